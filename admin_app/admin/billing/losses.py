"""What is not asked for any more, and what is due at last: write-offs, allowances, retainage [M5, M20, 79, 81]."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.billing.desk import desk, the_invoice, the_write_off
from admin_app.admin.billing.steps import home_of
from admin_app.admin.billing.typed import amount_typed, day_typed
from admin_app.admin.projects.dialog import Asked, Dialog
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.models import InvoiceState, WriteOffKind
from admin_app.policy import Permission
from admin_app.services.release_retainage import release_retainage
from admin_app.services.write_off_invoice import (
    WriteOffForm,
    allow_settlement,
    take_back_write_off,
    write_off_invoice,
)
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today
from admin_app.web.formats import dated, money


@desk.route("/invoices/<int:invoice_id>/write-off", methods=["GET", "POST"])
@rule(Permission.CREDIT)
def write_off(invoice_id: int) -> ResponseReturnValue:
    """Give up what is open of an invoice, or a part of it, after reading what that does."""
    invoice = the_invoice(invoice_id)
    left = Money(invoice.balance, invoice.currency)
    dialog = Dialog(invoice.group, f"Write off invoice {invoice}", "Write off", home_of(invoice), danger=True)
    dialog.points = [
        f"{money(left)} is open; the customer is asked for that much less.",
        "Revenue and tax stay as they are; where the law gives the tax back, write a credit note instead.",
        "It can be taken back when the money comes after all.",
    ]
    dialog.questions = [
        Asked(
            "kind",
            "Why",
            "radio",
            WriteOffKind.BAD_DEBT.value,
            options=[
                (WriteOffKind.BAD_DEBT.value, "Nobody will pay it: a bad debt"),
                (WriteOffKind.ALLOWANCE.value, "Let off for paying early: a settlement allowance"),
            ],
        ),
        Asked("amount", "Amount", value=str(left), required=True, longest=20),
        Asked("on", "From", "date", today().isoformat(), help="Of an allowance: the day of the payment"),
        Asked("reason", "Reason", "textarea", required=True),
    ]
    if invoice.state is not InvoiceState.ISSUED:
        dialog.obstacle = f"This invoice is {invoice.state.value}; only an issued one can be written off"
    elif not left:
        dialog.obstacle = "Nothing is open of this invoice"

    def act(typed: Mapping[str, str]) -> str:
        amount = amount_typed(typed, "amount", invoice.currency)
        form = WriteOffForm(invoice.id, typed["reason"], amount, day_typed(typed, "on"))
        is_allowance = typed["kind"] == WriteOffKind.ALLOWANCE.value
        book = allow_settlement if is_allowance else write_off_invoice
        loss = book(office_session(), form, actor(), clock(), request.form.get("key"))
        done = "let off" if is_allowance else "written off"
        gone, rest = Money(loss.amount, loss.currency), Money(invoice.balance, invoice.currency)
        return f"{money(gone)} {done}; {money(rest)} of invoice {invoice.number} stays open."

    return dialog.answer(act)


@desk.get("/write-offs/<int:loss_id>")
@rule(Permission.MONEY_READ)
def loss(loss_id: int) -> ResponseReturnValue:
    """What was written off, when and why."""
    return render_template("admin/billing/loss.html", loss=the_write_off(loss_id))


@desk.route("/write-offs/<int:loss_id>/take-back", methods=["GET", "POST"])
@rule(Permission.CREDIT)
def take_back_loss(loss_id: int) -> ResponseReturnValue:
    """Ask for it again: the money comes after all."""
    found = the_write_off(loss_id)
    amount = money(Money(found.amount, found.currency))
    dialog = Dialog(
        found.group,
        f"Take the write-off of {amount} back?",
        "Take write-off back",
        url_for("billing.loss", loss_id=found.id),
        points=[f"Invoice {found.invoice.number} asks for {amount} more, from today."],
    )
    if found.taken_back_on is not None:
        dialog.obstacle = f"It was taken back on {dated(found.taken_back_on)}"

    def act(_: Mapping[str, str]) -> str:
        take_back_write_off(office_session(), found, actor(), clock(), request.form.get("key"))
        return f"Invoice {found.invoice.number} asks for {amount} again."

    return dialog.answer(act)


@desk.route("/invoices/<int:invoice_id>/release", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def release(invoice_id: int) -> ResponseReturnValue:
    """Make due what was held back; before the agreed day only with a tick that says so."""
    invoice = the_invoice(invoice_id)
    held = money(Money(invoice.retained, invoice.currency))
    until = invoice.retained_until
    is_early = until is not None and until > today()
    dialog = Dialog(
        invoice.group, f"Release the retainage of invoice {invoice}", "Release retainage", home_of(invoice)
    )
    rest = money(Money(invoice.balance + invoice.retained, invoice.currency))
    dialog.points = [
        f"{held} held back becomes due; {rest} of the invoice is open then, less open credits of it."
    ]
    if until is not None:
        days = abs((until - today()).days)
        when = f"{days} {'day' if days == 1 else 'days'} from now" if is_early else f"{days} days ago"
        said = "today" if until == today() else when
        dialog.points = [*dialog.points, f"It was agreed to be held until {dated(until)}, {said}."]
    else:
        dialog.points = [*dialog.points, "No day was agreed until which it is held."]
    dialog.questions = [
        Asked("released_on", "Released on", "date", today().isoformat(), required=True),
        Asked("due_on", "Due", "date", help="Empty: the invoice keeps its due date"),
    ]
    if is_early:
        dialog.questions.append(
            Asked("early", "The customer pays before the day that was agreed", "checkbox")
        )
    if invoice.state is not InvoiceState.ISSUED or not invoice.retained or invoice.released_on is not None:
        dialog.obstacle = "Nothing is held back of this invoice"

    def act(typed: Mapping[str, str]) -> str:
        day = day_typed(typed, "released_on")
        if until is not None and (day or today()) < until and not typed.get("early"):
            early = f"It is held until {dated(until)}; tick that the customer pays before that"
            raise Invalid(early, {"early": early})
        release_retainage(
            office_session(),
            invoice,
            actor(),
            clock(),
            day,
            day_typed(typed, "due_on"),
            request.form.get("key"),
        )
        return f"{held} of invoice {invoice.number} is due now."

    return dialog.answer(act)
