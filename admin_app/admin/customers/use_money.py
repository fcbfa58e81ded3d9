"""Money that no invoice uses yet finds its invoices: proposals with their reasons, one press, one undo [86, 87, 92]."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.money_forms import preset, read_typed
from admin_app.admin.customers.payments import form_key, in_words, tab_of_payments
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.sheet import Sheet
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.models import Allocation, Payment
from admin_app.policy import Permission
from admin_app.records.customer_money import open_invoices, standing_uses
from admin_app.services.allocate_payment import allocate_payment
from admin_app.services.propose_uses import (
    apply_uses,
    as_text,
    from_text,
    proposals_for,
    take_back_uses,
    uses_in,
)
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.formats import money


@desk.route("/<int:group_id>/payments/<int:payment_id>/allocate", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def allocate(group_id: int, payment_id: int) -> ResponseReturnValue:
    """Use money that no invoice uses yet: as proposed, or for one invoice by hand; take uses back [M26, 87, 92]."""
    group = the_group(group_id)
    payment = one_of(Payment, group, payment_id)
    session, who = office_session(), actor()
    open_ones = open_invoices(session, who, group)
    invoices = [invoice for invoice in open_ones if invoice.currency == payment.currency]
    own = replace(reading(), currency=payment.currency)
    sheet = Sheet(Payment, own, who, only=("amount",))
    if invoices:
        preset(sheet, own, amount=min(payment.unallocated, invoices[0].balance))

    def save(values: dict[str, Any]) -> str:
        read = read_typed(sheet, values, own)
        invoice = next((one for one in invoices if str(one.id) == request.form.get("invoice")), None)
        if invoice is None:
            raise Invalid("Choose the invoice that receives the money")
        amount = Money(read["amount"], payment.currency)
        allocate_payment(office_session(), payment, invoice, amount, actor(), clock(), form_key())
        return f"{money(amount)} used for invoice {invoice.number}."

    proposals = proposals_for(session, payment, who) if payment.unallocated else ()
    more = {
        "key": form_key(),
        "payment": payment,
        "invoices": invoices,
        "chosen": request.form.get("invoice", ""),
        "proposals": [(as_text(uses_in(one)), one) for one in proposals],
        "uses": standing_uses(session, who, payment),
    }
    return Popup(
        group,
        "Use this money",
        tab_of_payments(group),
        sheet if payment.unallocated else None,
        "Use money",
        template="admin/customers/allocate.html",
        more=more,
        obstacle="" if payment.unallocated else "Every cent of this payment is used",
    ).answer(save)


@desk.post("/<int:group_id>/payments/<int:payment_id>/use")
@rule(Permission.MONEY_WRITE)
def use_proposal(group_id: int, payment_id: int) -> ResponseReturnValue:
    """Apply a proposal in one act; the message carries the button that undoes it."""
    group = the_group(group_id)
    payment = one_of(Payment, group, payment_id)
    told = request.form.get("uses", "")
    uses = from_text(office_session(), actor(), group.id, told, payment.currency)
    made = apply_uses(office_session(), payment, uses, actor(), clock(), request.form.get("key"))
    _tell(group_id, payment, made)
    return redirect(tab_of_payments(group))


def _tell(group_id: int, payment: Payment, made: list[Allocation]) -> None:
    whole = in_words(sum(one.amount for one in made), payment.currency)
    count = f"{len(made)} {'invoice' if len(made) == 1 else 'invoices'}"
    undo = url_for(
        "customers.take_back",
        group_id=group_id,
        payment_id=payment.id,
        allocation=[one.id for one in made],
    )
    flash(json.dumps({"text": f"{whole} used for {count}.", "action_url": undo}), "undo")


@desk.post("/<int:group_id>/payments/<int:payment_id>/take-back")
@rule(Permission.MONEY_WRITE)
def take_back(group_id: int, payment_id: int) -> ResponseReturnValue:
    """Undo: the invoices are open again, and the money is there again, from today."""
    group = the_group(group_id)
    payment = one_of(Payment, group, payment_id)
    told = [text for text in request.values.getlist("allocation") if text.isascii() and text.isdigit()]
    ids = {int(text) for text in told if len(text) <= 18}
    if not ids:
        raise Invalid("Say which use is taken back")
    given_back = take_back_uses(office_session(), payment, ids, actor(), clock())
    flash(f"{money(given_back)} taken back; no invoice uses it now.", "success")
    return redirect(tab_of_payments(group))
