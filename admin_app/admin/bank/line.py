"""One line of the bank: what it may be and why, and the acts on it [92, L8, M31]."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.bank.desk import desk, onwards, said, tell
from admin_app.admin.customers.desk import reading
from admin_app.admin.customers.money_forms import CHOSEN, chosen_uses
from admin_app.kernel.errors import Conflict, Invalid, NotFound, Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_amount
from admin_app.models import BankLine, BankLineState, CustomerGroup, Invoice, Payment, Refund
from admin_app.policy import Permission, visible
from admin_app.records.bank_queue import payouts_of, the_line
from admin_app.records.customer_money import open_invoices, open_projects
from admin_app.services.book_payout import PayoutForm
from admin_app.services.match_bank_line import (
    BookForm,
    attach_payment,
    attach_refund,
    book_line,
    book_line_as_payout,
    open_again,
    payment_of,
    set_aside,
)
from admin_app.services.propose_for_lines import LineProposer
from admin_app.services.propose_uses import as_text, from_text, proposals_for_money, uses_in
from admin_app.services.record_payment import Use
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today
from admin_app.web.office import keep_nothing

PROVIDERS = ("stripe", "paypal", "sumup", "mollie", "adyen", "square", "klarna", "zettle", "gocardless")
"""Card providers whose payouts are recognised by name."""


@desk.get("/lines/<int:line_id>")
@rule(Permission.BANK)
def line(line_id: int) -> ResponseReturnValue:
    """What the line says, and what it may be."""
    return _shown(the_line(office_session(), actor(), line_id))


def _shown(line: BankLine, error: str = "") -> str:
    session, who = office_session(), actor()
    is_open = line.state is BankLineState.OPEN
    group = _chosen_group() if is_open else None
    invoices = _payable(group, line) if group is not None else []
    return render_template(
        "admin/bank/line.html",
        line=line,
        states=BankLineState,
        payment=payment_of(session, line) if not is_open else None,
        payout=payouts_of(session, who, [line]).get(line.id),
        proposals=LineProposer(session, who, [line]).of(line) if is_open else (),
        ways=_ways(group, line) if group is not None and line.amount > 0 else (),
        as_text=lambda use: as_text(uses_in(use)),
        group=group,
        invoices=invoices,
        projects=open_projects(session, who, group) if group is not None else [],
        typed=request.form,
        key=request.form.get("key") or secrets.token_urlsafe(24),
        provider=_provider(line),
        today=today(),
        error=error,
    )


def _ways(group: CustomerGroup, line: BankLine) -> Any:
    return proposals_for_money(
        office_session(), group.id, Money(line.amount, line.currency), line.text or "", actor()
    )


def _chosen_group() -> CustomerGroup | None:
    """The customer that the person looked for; raises NotFound for one that is not there."""
    text = request.values.get("group", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NotFound("There is no such customer")
    query = select(CustomerGroup).where(CustomerGroup.id == int(text))
    found: CustomerGroup | None = office_session().scalar(visible(actor(), query))
    if found is None:
        raise NotFound("There is no such customer")
    return found


def _payable(group: CustomerGroup, line: BankLine) -> list[Invoice]:
    found = open_invoices(office_session(), actor(), group)
    return [invoice for invoice in found if invoice.currency == line.currency]


def _provider(line: BankLine) -> str:
    """The card provider that the line names, "" where it names none."""
    told = f"{line.counterparty or ''} {line.text or ''}".casefold()
    return next((name for name in PROVIDERS if name in told), "")


def _refused(line_id: int, sentence: str) -> str:
    office_session().rollback()
    keep_nothing()
    return _shown(the_line(office_session(), actor(), line_id), sentence)


@desk.post("/lines/<int:line_id>/book")
@rule(Permission.BANK)
def book(line_id: int) -> ResponseReturnValue:
    """Book the line for a customer: as proposed, split over invoices, or as credit."""
    line = the_line(office_session(), actor(), line_id)
    group = _chosen_group()
    try:
        if group is None:
            raise Invalid("Choose the customer whose money this is")
        form = BookForm(group.id, _uses(group, line), _project())
        payment = book_line(office_session(), line_id, form, actor(), clock(), request.form.get("key"))
    except (Invalid, Unmet, Conflict) as refusal:
        return _refused(line_id, refusal.sentence), refusal.status
    left = Money(payment.unallocated, payment.currency)
    rest = f"; {left} {left.currency} of it no invoice uses yet" if left else ""
    tell(f"{said(line)} booked for {group.name}{rest}.", line)
    return redirect(onwards(line))


def _uses(group: CustomerGroup, line: BankLine) -> tuple[Use, ...]:
    """The uses of the button that was pressed, else as written beside each invoice."""
    told = request.form.get("uses", "")
    if told:
        return from_text(office_session(), actor(), group.id, told, line.currency)
    if request.form.get("spread") != CHOSEN:
        return ()
    return chosen_uses(
        request.form, _payable(group, line), line.currency, replace(reading(), currency=line.currency)
    )


def _project() -> int | None:
    """The project whose next invoice takes the rest; the service checks that it is this customer's."""
    text = request.form.get("project", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


@desk.post("/lines/<int:line_id>/attach")
@rule(Permission.BANK)
def attach(line_id: int) -> ResponseReturnValue:
    """The line is what somebody recorded by hand."""
    line = the_line(office_session(), actor(), line_id)
    try:
        if "refund" in request.form:
            attach_refund(office_session(), line_id, _recorded(Refund), actor())
        else:
            attach_payment(office_session(), line_id, _recorded(Payment), actor())
    except (Invalid, Unmet) as refusal:
        return _refused(line_id, refusal.sentence), refusal.status
    tell(f"{said(line)} is what was recorded by hand. Nothing was booked twice.", line)
    return redirect(onwards(line))


def _recorded(kind: Any) -> Any:
    """The payment or refund that the button names; raises NotFound."""
    text = request.form.get(kind.__tablename__, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
    found = office_session().scalar(visible(actor(), select(kind).where(kind.id == number)))
    if found is None:
        raise NotFound(f"There is no such {kind.singular}")
    return found


@desk.post("/lines/<int:line_id>/aside")
@rule(Permission.BANK)
def aside(line_id: int) -> ResponseReturnValue:
    """Not our customers' money: out of the queue, with the reason."""
    line = the_line(office_session(), actor(), line_id)
    try:
        set_aside(office_session(), line_id, request.form.get("why", ""), actor())
    except (Invalid, Unmet) as refusal:
        return _refused(line_id, refusal.sentence), refusal.status
    tell(f"{said(line)} set aside: {line.set_aside_why}.", line)
    return redirect(onwards(line))


@desk.post("/lines/<int:line_id>/payout")
@rule(Permission.BANK)
def payout(line_id: int) -> ResponseReturnValue:
    """Card money that the provider paid out, less its fee [M31]."""
    line = the_line(office_session(), actor(), line_id)
    try:
        gross, fee = (_amount(name, line.currency) for name in ("gross", "fee"))
        form = PayoutForm(gross, fee, line.booked_on, request.form.get("provider", "")[:40].strip())
        book_line_as_payout(office_session(), line_id, form, actor(), clock(), request.form.get("key"))
    except (Invalid, Unmet, Conflict) as refusal:
        return _refused(line_id, refusal.sentence), refusal.status
    tell(f"Payout of {said(line)} booked; the fee of {fee} {fee.currency} is a cost.", line)
    return redirect(onwards(line))


def _amount(name: str, code: str) -> Money:
    try:
        return parse_amount(request.form.get(name, ""), code)
    except Invalid as refusal:
        raise Invalid(f"{name.capitalize()}: {refusal.sentence}", {name: refusal.sentence}) from None


@desk.post("/lines/<int:line_id>/open")
@rule(Permission.BANK)
def open_line(line_id: int) -> ResponseReturnValue:
    """Undo: the line is open again, and what it became is taken back."""
    the_line(office_session(), actor(), line_id)
    try:
        line = open_again(office_session(), line_id, actor(), clock())
    except Unmet as refusal:
        return _refused(line_id, refusal.sentence), refusal.status
    flash(f"{said(line)} is open again.", "success")
    return redirect(url_for("bank.line", line_id=line_id))
