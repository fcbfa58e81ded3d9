"""Interest and late fees at the desk: looked through, charged, taken off again with a reason [80, M41]."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.billing.desk import desk, the_invoice
from admin_app.admin.billing.steps import home_of
from admin_app.admin.projects.dialog import Asked, Dialog
from admin_app.kernel.errors import Invalid, Refusal
from admin_app.kernel.money import Money
from admin_app.models import Company, Invoice, InvoiceKind, InvoiceState
from admin_app.policy import Permission, holds
from admin_app.records.overdue import MOST_SHOWN, overdue_invoices
from admin_app.services.charge_interest import (
    NOT_AGREED,
    charge_interest,
    charges_of,
    terms_of,
    waive_interest,
)
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, currency, office_session, today
from admin_app.web.formats import money


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one ticked invoice: the draft, or why there is none."""

    invoice: Invoice
    draft: Invoice | None = None
    refusal: str = ""


@desk.get("/interest")
@rule(Permission.MONEY_READ)
def interest() -> ResponseReturnValue:
    """Overdue invoices with what may be charged for each today."""
    return _shown([])


@desk.post("/interest")
@rule(Permission.MONEY_WRITE)
def charge_ticked() -> ResponseReturnValue:
    """A draft for each ticked invoice; they wait in the tray, each row says what became of it."""
    ids = {int(text) for text in request.form.getlist("invoice") if text.isascii() and text.isdigit()}
    session, who = office_session(), actor()
    chosen = [one for one in overdue_invoices(session, who, today()) if one.id in ids]
    if not chosen:
        raise Invalid("Tick at least one invoice")
    key = request.form.get("key", "")[:40] or secrets.token_urlsafe(24)
    results = []
    for invoice in chosen:
        try:
            with session.begin_nested():
                draft = charge_interest(session, invoice, who, clock(), f"{key}-{invoice.id}")
            results.append(Result(invoice, draft))
        except Refusal as refusal:
            results.append(Result(invoice, refusal=refusal.sentence))
    return _shown(results)


def _shown(results: list[Result]) -> str:
    session, who = office_session(), actor()
    terms = terms_of(session, currency())
    charges = charges_of(session, overdue_invoices(session, who, today()), today()) if terms else []
    return render_template(
        "admin/billing/interest.html",
        terms=terms,
        rows=charges,
        results=results,
        sums=_sums([one.interest.amount for one in charges]),
        is_full=len(charges) == MOST_SHOWN,
        today=today(),
        settings_url=url_for("settings.company") if holds(who, Permission.SETTINGS) else None,
        key=secrets.token_urlsafe(24),
    )


def _sums(amounts: list[Money]) -> dict[str, Money]:
    found: dict[str, Money] = {}
    for amount in amounts:
        found[amount.currency] = found.get(amount.currency, Money.zero(amount.currency)) + amount
    return found


@desk.route("/invoices/<int:invoice_id>/interest", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def charge_one(invoice_id: int) -> ResponseReturnValue:
    """What may be charged for one invoice, how it comes about, and the draft."""
    invoice = the_invoice(invoice_id)
    session = office_session()
    dialog = Dialog(invoice.group, f"Charge interest on invoice {invoice}", "Write draft", home_of(invoice))
    charges = charges_of(session, [invoice], today())
    if session.scalar(select(Company.id)) is None or terms_of(session, invoice.currency) is None:
        dialog.obstacle = NOT_AGREED
        dialog.fix = (url_for("settings.company"), "Open the settings")
    elif invoice.kind is InvoiceKind.INTEREST:
        dialog.obstacle = "It is over interest itself; interest bears none"
    elif invoice.state is not InvoiceState.ISSUED:
        dialog.obstacle = f"This invoice is {invoice.state.value}; only an issued one bears interest"
    elif not charges or not charges[0].interest.amount:
        dialog.obstacle = "Nothing more may be charged for it today"
    else:
        charge = charges[0].interest
        dialog.note = (
            f"{money(charge.amount)} for {charge.days} overdue days. A draft of its own, without tax; nothing is "
            "booked before it is issued."
        )
        dialog.points = [
            f"{step.label}: {money(step.amount)} ({step.rule})" for step in charge.derivation.children
        ]

    def act(_: Mapping[str, str]) -> str:
        draft = charge_interest(session, invoice, actor(), clock(), request.form.get("key"))
        asked = money(Money(draft.total, draft.currency))
        return f"Draft over {asked} written. It waits in the To invoice tray."

    return dialog.answer(act)


@desk.route("/invoices/<int:invoice_id>/waive", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def waive(invoice_id: int) -> ResponseReturnValue:
    """Take interest off again: a draft goes, an issued invoice is void, a paid one is credited."""
    invoice = the_invoice(invoice_id)
    amount = money(Money(invoice.total, invoice.currency))
    back = url_for("billing.tray") if invoice.state is InvoiceState.DRAFT else home_of(invoice)
    dialog = Dialog(invoice.group, f"Take {amount} of interest off?", "Take interest off", back, danger=True)
    dialog.points = [_what_waiving_does(invoice)]
    dialog.questions = [Asked("reason", "Reason", "textarea", required=True)]
    if invoice.kind is not InvoiceKind.INTEREST or invoice.state is InvoiceState.VOID:
        dialog.obstacle = "This invoice charges no interest"

    def act(typed: Mapping[str, str]) -> str:
        reason, key = typed["reason"], request.form.get("key")
        how = waive_interest(office_session(), invoice, reason, actor(), clock(), key)
        done = {"deleted": "its draft is gone", "void": "its invoice is void", "credited": "it is credited"}
        return f"{amount} of interest taken off: {done[how]}."

    return dialog.answer(act)


def _what_waiving_does(invoice: Invoice) -> str:
    if invoice.state is InvoiceState.DRAFT:
        return "Its draft is deleted; nothing was booked. It can be charged again."
    if invoice.balance == invoice.total:
        return "Its invoice is void: the number stays on the list. It can be charged again."
    return "Something is paid on its invoice already: a credit note takes it back, and what was paid is open credit."
