"""A saved card is charged from the invoice, under the client's permission; declined charges are stopped [A20]."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.billing.desk import desk, the_invoice, usable
from admin_app.admin.billing.steps import home_of
from admin_app.admin.projects.dialog import Asked, Dialog
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_id
from admin_app.models import Checkout, InvoiceState
from admin_app.policy import Permission, visible
from admin_app.services.checkout.charge_saved import charge_for_invoice, stop_charging
from admin_app.services.checkout.saved_cards import chargeable, name_of
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.formats import dated, money


@desk.route("/invoices/<int:invoice_id>/charge-card", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def charge_card(invoice_id: int) -> ResponseReturnValue:
    """Charge a saved card with what is open, after reading under which permission."""
    invoice = the_invoice(invoice_id)
    left = money(Money(invoice.balance, invoice.currency))
    words = chargeable(office_session(), actor(), invoice.group_id)
    dialog = Dialog(invoice.group, f"Charge {left} to a saved card", f"Charge {left}", home_of(invoice))
    dialog.points = [
        f"{word.given_by} agreed on {dated(word.given_at.date())} for {name_of(card)}: “{word.words}”"
        for card, word in words
    ]
    dialog.points.append(
        "It is charged within a minute. A declined card is tried again after 1, 3 and 7 days."
    )
    dialog.questions = [
        Asked(
            "card",
            "Card",
            "radio",
            str(words[0][0].id) if words else "",
            options=[(str(card.id), name_of(card)) for card, _ in words],
        )
    ]
    if invoice.state is not InvoiceState.ISSUED or not invoice.balance:
        dialog.obstacle = "Nothing is open of this invoice"
    elif not words:
        dialog.obstacle = "The client gave no permission to charge a card; they give it in the portal"

    def act(typed: Mapping[str, str]) -> str:
        card_id = parse_id(typed["card"])
        if card_id is None:
            raise Invalid("Choose a card", {"card": "Choose one"})
        charge_for_invoice(office_session(), invoice, card_id, actor(), clock(), request.form.get("key"))
        return f"{left} are being charged; the invoice says how it went."

    return dialog.answer(act)


@desk.route("/charges/<int:checkout_id>/stop", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def stop_charge(checkout_id: int) -> ResponseReturnValue:
    """Try a declined card no more."""
    query = visible(actor(), select(Checkout)).where(Checkout.id == usable(checkout_id))
    checkout: Checkout | None = office_session().scalar(query)
    if checkout is None or not checkout.targets:
        raise NotFound("There is no such charge")
    invoice = the_invoice(int(checkout.targets[0]["invoice"]))
    dialog = Dialog(
        checkout.group,
        f"Stop charging invoice {invoice}?",
        "Stop charging",
        home_of(invoice),
        points=[checkout.problem, "The card is not tried again; the invoice stays open."],
    )
    if checkout.next_try_at is None:
        dialog.obstacle = "No further try waits"

    def act(_: Mapping[str, str]) -> str:
        stop_charging(office_session(), checkout, actor(), clock())
        return f"Invoice {invoice} is not charged any more."

    return dialog.answer(act)
