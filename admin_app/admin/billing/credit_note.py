"""A credit note: what it says, what uses it, and what its open part is used for [M25-M28, 87, 88]."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.billing.desk import desk, the_credit_note
from admin_app.admin.billing.typed import amount_typed, day_typed, number_typed
from admin_app.admin.derivations import explain
from admin_app.admin.projects.dialog import Asked, Dialog
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.money import Money
from admin_app.models import CreditNote, PaymentWay
from admin_app.policy import Permission
from admin_app.records.invoice_credits import refunds_of_credit, usable_for, uses_of_credit
from admin_app.records.portal_receipts import seen_of_document
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.use_credit import take_back_use
from admin_app.services.use_credit import use_credit as use_for
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today
from admin_app.web.formats import money
from admin_app.web.paths import own_path


@desk.get("/credits/<int:credit_id>")
@rule(Permission.MONEY_READ)
def credit_note(credit_id: int) -> ResponseReturnValue:
    """The credit note with its uses and refunds."""
    note = the_credit_note(credit_id)
    session, who = office_session(), actor()
    return render_template(
        "admin/billing/credit_note.html",
        note=note,
        uses=uses_of_credit(session, who, note),
        refunds=refunds_of_credit(session, who, note),
        usable=usable_for(session, who, note) if note.open else [],
        seen=seen_of_document(session, "credit-note", note.id),
        why=explain(note.derivation, len(note.lines), str(Money(note.subtotal, note.currency))),
    )


@desk.route("/credits/<int:credit_id>/use", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def use_credit(credit_id: int) -> ResponseReturnValue:
    """Use what is open for an invoice of the same customer; it asks for as much less."""
    note = the_credit_note(credit_id)
    invoices = usable_for(office_session(), actor(), note)
    dialog = _dialog(note, f"Use credit note {note.number}", "Use credit")
    dialog.note = f"{_open(note)} is open of it. The invoice asks for as much less."
    dialog.questions = [
        Asked(
            "invoice",
            "Invoice",
            "select",
            options=[
                (str(one.id), f"{one.number} · {money(Money(one.balance, one.currency))} open")
                for one in invoices
            ],
            required=True,
        ),
        Asked("amount", "Amount", help="At most what is open of both", required=True, longest=20),
    ]
    if not note.open:
        dialog.obstacle = "Nothing is open of this credit note"
    elif not invoices:
        dialog.obstacle = f"No invoice of this customer in {note.currency} is open"
    else:
        most = min(note.open, invoices[0].balance)
        dialog.questions[1].value = str(Money(most, note.currency))

    def act(typed: Mapping[str, str]) -> str:
        invoice = next((one for one in invoices if one.id == number_typed(typed, "invoice")), None)
        if invoice is None:
            raise Invalid("Choose an invoice", {"invoice": "Choose one of the open invoices"})
        amount = _amount(typed, note)
        use_for(office_session(), note, invoice, amount, actor(), clock(), request.form.get("key"))
        return f"{money(amount)} of credit note {note.number} used for invoice {invoice.number}."

    return dialog.answer(act)


@desk.route("/credits/<int:credit_id>/uses/<int:use_id>/take-back", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def take_back_credit(credit_id: int, use_id: int) -> ResponseReturnValue:
    """An invoice gives the credit back: both are open again."""
    note = the_credit_note(credit_id)
    found = next(
        (one for one in uses_of_credit(office_session(), actor(), note) if one[0].id == use_id), None
    )
    if found is None:
        raise NotFound("There is no such use of this credit note")
    allocation, invoice = found
    amount = money(Money(allocation.amount, allocation.currency))
    dialog = _dialog(note, f"Take {amount} back from invoice {invoice.number}?", "Take credit back")
    dialog.danger = True
    dialog.points = [
        f"Invoice {invoice.number} asks for {amount} more, from today.",
        f"{amount} of credit note {note.number} is open again.",
    ]

    def act(_: Mapping[str, str]) -> str:
        take_back_use(office_session(), allocation, actor(), clock(), request.form.get("key"))
        return f"{amount} taken back from invoice {invoice.number}."

    return dialog.answer(act)


@desk.route("/credits/<int:credit_id>/refund", methods=["GET", "POST"])
@rule(Permission.REFUND)
def refund_open_credit(credit_id: int) -> ResponseReturnValue:
    """Pay back what is open; it gets a document with a number of its own [M28]."""
    note = the_credit_note(credit_id)
    dialog = _dialog(note, f"Pay credit note {note.number} back", "Record refund")
    dialog.note = f"{_open(note)} is open of it. The refund gets a number and a paper of its own."
    dialog.questions = [
        Asked("amount", "Amount", value=str(Money(note.open, note.currency)), required=True, longest=20),
        Asked("refunded_on", "Paid back on", "date", today().isoformat(), required=True),
        Asked(
            "method",
            "Way",
            "select",
            PaymentWay.TRANSFER.value,
            options=[(way.value, way.value.capitalize()) for way in PaymentWay],
        ),
        Asked("reason", "Reason", "textarea"),
    ]
    if not note.open:
        dialog.obstacle = "Nothing is open of this credit note"

    def act(typed: Mapping[str, str]) -> str:
        day = day_typed(typed, "refunded_on")
        if day is None:
            raise Invalid("Paid back on is missing", {"refunded_on": "Enter the day on which it went"})
        ways = {way.value: way for way in PaymentWay}
        if typed["method"] not in ways:
            raise Invalid("Choose a way", {"method": "Choose one of these ways"})
        form = CreditRefundForm(
            note.id, _amount(typed, note), day, ways[typed["method"]], typed["reason"].strip() or None
        )
        made = refund_credit(office_session(), form, actor(), clock(), request.form.get("key"))
        return f"Refund {made.number} of {money(form.amount)} recorded."

    return dialog.answer(act)


def _dialog(note: CreditNote, title: str, button: str) -> Dialog:
    home = url_for("billing.credit_note", credit_id=note.id)
    return Dialog(note.group, title, button, own_path(request.values.get("back"), home))


def _open(note: CreditNote) -> str:
    return money(Money(note.open, note.currency))


def _amount(typed: Mapping[str, str], note: CreditNote) -> Money:
    amount = amount_typed(typed, "amount", note.currency)
    if amount is None:
        raise Invalid("Amount is missing", {"amount": "Amount is missing"})
    return amount
