"""A credit note at the desk: what is left to credit, what it comes to, and then booked [M25, 74, 75, I8]."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.billing.desk import desk, the_invoice
from admin_app.admin.billing.steps import home_of
from admin_app.admin.billing.typed import amount_typed, day_typed
from admin_app.kernel.errors import Conflict, Invalid, Unmet
from admin_app.kernel.money import Money
from admin_app.models import CreditNote, Invoice, InvoiceState
from admin_app.money.crediting import Credit, Creditable, CreditableLine
from admin_app.policy import Permission
from admin_app.services.write_credit_note import (
    CreditForm,
    CreditPart,
    left_to_credit,
    preview_credit_note,
    write_credit_note,
)
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today
from admin_app.web.formats import money
from admin_app.web.office import keep_nothing

WAYS = ("all", "lines", "amount")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the invoice as the form asks for it: what is left, and what was typed beside it."""

    line: CreditableLine
    typed: str
    error: str = ""


@desk.route("/invoices/<int:invoice_id>/credit", methods=["GET", "POST"])
@rule(Permission.CREDIT)
def credit(invoice_id: int) -> ResponseReturnValue:
    """Everything, some lines or an amount; the totals are shown before anything is booked."""
    invoice = the_invoice(invoice_id)
    if request.method != "POST":
        return _shown(invoice)
    session = office_session()
    try:
        form = _typed(invoice, left_to_credit(session, invoice))
        if request.form.get("act") != "book":
            return _shown(invoice, preview=preview_credit_note(session, form, actor(), clock()))
        note = write_credit_note(session, form, actor(), clock(), request.form.get("key"))
    except (Invalid, Unmet, Conflict) as refusal:
        session.rollback()
        keep_nothing()
        invoice = the_invoice(invoice_id)
        return _shown(invoice, error=refusal.sentence, fields=getattr(refusal, "fields", {})), refusal.status
    flash(_told(note), "success")
    return redirect(url_for("billing.credit_note", credit_id=note.id))


def _told(note: CreditNote) -> str:
    """What became of it, in numbers."""
    settled = Money(note.total - note.open, note.currency)
    said = f"Credit note {note.number} of {money(Money(note.total, note.currency))} written."
    if settled:
        said += f" Invoice {note.invoice.number} asks for {money(settled)} less."
    if note.open:
        said += (
            f" {money(Money(note.open, note.currency))} is open: use it for another invoice or pay it back."
        )
    return said


def _typed(invoice: Invoice, left: Creditable) -> CreditForm:
    """The form as the service takes it; raises Invalid with everything that is wrong."""
    way, reason = request.form.get("how", ""), request.form.get("reason", "")
    if way not in WAYS:
        raise Invalid("Choose what is credited")
    issued_on = day_typed(request.form, "issued_on")
    if way == "all":
        return CreditForm(invoice.id, reason, issued_on=issued_on)
    if way == "amount":
        amount = amount_typed(request.form, "amount", invoice.currency)
        if amount is None:
            raise Invalid("Amount is missing", {"amount": "Enter what is credited, tax included"})
        return CreditForm(invoice.id, reason, amount=amount, issued_on=issued_on)
    parts, wrong = [], {}
    for line in left.lines:
        try:
            net = amount_typed(request.form, f"net-{line.id}", invoice.currency)
        except Invalid as refusal:
            wrong.update(refusal.fields)
            continue
        if net:
            parts.append(CreditPart(line.id, net))
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)
    if not parts:
        raise Invalid("Write beside the lines what is credited of them")
    return CreditForm(invoice.id, reason, parts=tuple(parts), issued_on=issued_on)


def _shown(
    invoice: Invoice,
    preview: Credit | None = None,
    error: str = "",
    fields: dict[str, str] | None = None,
) -> str:
    left = left_to_credit(office_session(), invoice)
    wrong = fields or {}
    posted = request.method == "POST"
    typed = request.form if posted else request.args
    rows = [
        Row(
            line,
            typed.get(f"net-{line.id}", "") if posted else "",
            wrong.get(f"net-{line.id}", ""),
        )
        for line in left.lines
    ]
    obstacle = ""
    if invoice.state is not InvoiceState.ISSUED:
        obstacle = f"This invoice is {invoice.state.value}; only an issued one can be credited"
    elif not left.total:
        obstacle = "Everything of this invoice is credited already"
    return render_template(
        "admin/billing/credit.html",
        invoice=invoice,
        left=left,
        rows=rows,
        how=typed.get("how", "") if typed.get("how", "") in WAYS else "all",
        typed=typed,
        preview=preview,
        effect=_effect(invoice, preview.total) if preview else None,
        obstacle=obstacle,
        error=error,
        fields=wrong,
        today=today(),
        key=request.form.get("key") or secrets.token_urlsafe(24),
        back=home_of(invoice),
    )


def _effect(invoice: Invoice, total: Money) -> dict[str, Any]:
    """How much of it lowers the balance of the invoice, and how much stays as open credit."""
    settles = min(total, Money(invoice.balance, invoice.currency))
    return {
        "settles": settles,
        "open": total - settles,
        "rest": Money(invoice.balance, invoice.currency) - settles,
    }
