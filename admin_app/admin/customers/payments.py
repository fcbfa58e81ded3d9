"""The Payments tab: money that came, what it is used for, and its corrections [A27, A28, A95, A96, 83-88]."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.money_forms import (
    preset,
    read_payment,
    read_typed,
)
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.profile import show
from admin_app.admin.customers.sheet import Sheet
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.models import CustomerGroup, Invoice, Payment, PaymentState, Refund
from admin_app.policy import Permission
from admin_app.records.customer_money import PaymentRow, open_invoices, payments_of, refunds_of, uses_of
from admin_app.records.invoice_credits import open_credits
from admin_app.services.checkout.pay_back import how_they_go
from admin_app.services.edit_payment import edit_payment as correct
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.reverse_payment import reverse_payment
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, currency, office_session, today
from admin_app.web.formats import money

NOT_REFUNDED_BY_HAND = ("payment", "group", "number", "currency")


@desk.get("/<int:group_id>/payments")
@rule(Permission.MONEY_READ)
def payments(group_id: int) -> ResponseReturnValue:
    """Open invoices, payments with what they are used for, and refunds."""
    group, session, who = the_group(group_id), office_session(), actor()
    reversed_too = bool(request.args.get("reversed"))
    return show(
        group,
        "payments",
        open_invoices=open_invoices(session, who, group),
        payments=payments_of(session, who, group, reversed_too=reversed_too),
        refunds=(refunds := refunds_of(session, who, group)),
        sending=how_they_go(session, refunds),
        credits=open_credits(session, who, group),
        reversed_too=reversed_too,
        today=today(),
        states=PaymentState,
    )


def tab_of_payments(group: CustomerGroup) -> str:
    """The address of the Payments tab."""
    return url_for("customers.payments", group_id=group.id)


def form_key() -> str:
    """The key drawn with this form: pressed twice, it books once (security.md, promise 3)."""
    return request.form.get("key") or secrets.token_urlsafe(24)


def _currencies(invoices: list[Invoice], *others: str) -> list[str]:
    """Currencies that a payment of this customer may have: of its open invoices first, then the company's."""
    return list(dict.fromkeys([invoice.currency for invoice in invoices] + [*others, currency()]))


def currency_of(form_currency: str, offered: list[str]) -> str:
    """The currency that was chosen; raises Invalid for one that was not offered."""
    if form_currency not in offered:
        raise Invalid("Choose one of the currencies offered", {"currency": "Choose one of these currencies"})
    return form_currency


def payment_sheet(invoices: list[Invoice], record: Payment | None = None) -> Sheet:
    """The questions of a payment; the currency is a choice where there is one, and no question where there is none."""
    offered = _currencies(invoices, *([record.currency] if record else []))
    shown_in = replace(reading(), currency=record.currency if record else offered[0])
    sheet = Sheet(Payment, shown_in, actor(), record=record)
    question = sheet["currency"]
    question.input, question.options = "select", [(code, code) for code in offered]
    question.value = record.currency if record else offered[0]
    if record is None:
        preset(sheet, reading(), paid_on=today())
    return sheet


def in_words(minor: int, code: str) -> str:
    """An amount in a sentence."""
    return money(Money(minor, code))


@desk.route("/<int:group_id>/payments/<int:payment_id>/edit", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def edit_payment(group_id: int, payment_id: int) -> ResponseReturnValue:
    """Correct a payment that was typed wrong: the old one is reversed, a new one stands in its place [A96, D4]."""
    group = the_group(group_id)
    payment = one_of(Payment, group, payment_id)
    sheet = payment_sheet([], payment)

    def save(values: dict[str, Any]) -> str:
        code = currency_of(values.get("currency", ""), [option[0] for option in sheet["currency"].options])
        form = read_payment(sheet, values, group.id, code, reading())
        form = replace(form, project_id=payment.project_id)  # it goes on naming what it was taken for [M23]
        corrected = correct(office_session(), payment, form, actor(), clock(), form_key())
        return (
            "Saved."
            if corrected is payment
            else "Corrected. The old entry was reversed and a new one booked."
        )

    return Popup(
        group,
        f"Edit payment of {in_words(payment.amount, payment.currency)}",
        tab_of_payments(group),
        sheet,
        note="A change of amount, day, way or currency reverses the old entry on its own day and books a new one for "
        "the same invoices, as far as it reaches. The timeline keeps both.",
        template="admin/customers/money.html",
        more={"key": form_key()},
    ).answer(save)


@desk.route("/<int:group_id>/payments/<int:payment_id>/delete", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def delete_payment(group_id: int, payment_id: int) -> ResponseReturnValue:
    """Take a payment out of the books that was a mistake; its rows stay and say so [A96, M29]."""
    group = the_group(group_id)
    payment = one_of(Payment, group, payment_id)
    uses = uses_of(office_session(), actor(), [payment])[payment.id]
    whole = in_words(payment.amount, payment.currency)

    def save(_: dict[str, Any]) -> str:
        reverse_payment(office_session(), payment, actor(), clock())
        return f"Payment of {whole} deleted by reversal."

    return Popup(
        group,
        f"Delete the payment of {whole}?",
        tab_of_payments(group),
        button="Delete payment",
        danger=True,
        note=_what_reopens(uses),
    ).answer(save)


def _what_reopens(uses: list[tuple[Invoice, int]]) -> str:
    reversal = (
        "Its entries are reversed on the day they were booked; the books keep both. Money that really came is "
        "refunded instead."
    )
    if not uses:
        return reversal
    named = ", ".join(f"{invoice.number} with {in_words(minor, invoice.currency)}" for invoice, minor in uses)
    one = len(uses) == 1
    return f"{len(uses)} {'invoice opens' if one else 'invoices open'} again: {named}. {reversal}"


@desk.route("/<int:group_id>/payments/<int:payment_id>/refund", methods=["GET", "POST"])
@rule(Permission.REFUND)
def refund(group_id: int, payment_id: int) -> ResponseReturnValue:
    """Pay money back: all or part; invoices that used it open again or are credited, as the person says [M28, 88]."""
    group = the_group(group_id)
    payment = one_of(Payment, group, payment_id)
    row = PaymentRow(payment, uses_of(office_session(), actor(), [payment])[payment.id])
    own = replace(reading(), currency=payment.currency)
    sheet = Sheet(Refund, own, actor(), leave_out=NOT_REFUNDED_BY_HAND)
    preset(sheet, own, amount=row.left_to_refund, refunded_on=today(), method=payment.method)

    def save(values: dict[str, Any]) -> str:
        read = read_typed(sheet, values, own)
        form = RefundForm(
            payment_id=payment.id,
            amount=Money(read["amount"], payment.currency),
            refunded_on=read["refunded_on"],
            method=read["method"],
            reason=read.get("reason"),
            reopen_invoices=request.form.get("follows") == "reopen",
            credit_invoices=request.form.get("follows") == "credit",
        )
        made = refund_payment(office_session(), form, actor(), clock(), form_key())
        return f"Refund {made.number} of {money(form.amount)} recorded."

    more = {"key": form_key(), "row": row, "follows": request.form.get("follows", "")}
    title = f"Refund of the payment of {in_words(payment.amount, payment.currency)}"
    return Popup(
        group,
        title,
        tab_of_payments(group),
        sheet,
        "Record refund",
        template="admin/customers/refund.html",
        more=more,
    ).answer(save)
