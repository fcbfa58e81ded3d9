"""The Payments tab: money that came, what it is used for, and its corrections [A27, A28, A95, A96, 83-88]."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.money_forms import (
    CHOSEN,
    CREDIT,
    OLDEST,
    chosen_uses,
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
from admin_app.services.allocate_payment import allocate_payment
from admin_app.services.edit_payment import edit_payment as correct
from admin_app.services.record_payment import record_payment
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
        refunds=refunds_of(session, who, group),
        reversed_too=reversed_too,
        today=today(),
        states=PaymentState,
    )


def _tab(group: CustomerGroup) -> str:
    return url_for("customers.payments", group_id=group.id)


def _key() -> str:
    """The key drawn with this form: pressed twice, it books once (security.md, promise 3)."""
    return request.form.get("key") or secrets.token_urlsafe(24)


def _currencies(invoices: list[Invoice], *others: str) -> list[str]:
    """Currencies that a payment of this customer may have: of its open invoices first, then the company's."""
    return list(dict.fromkeys([invoice.currency for invoice in invoices] + [*others, currency()]))


def _currency_of(form_currency: str, offered: list[str]) -> str:
    if form_currency not in offered:
        raise Invalid("Choose one of the currencies offered", {"currency": "Choose one of these currencies"})
    return form_currency


def _payment_sheet(invoices: list[Invoice], record: Payment | None = None) -> Sheet:
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


@desk.route("/<int:group_id>/payments/new", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def new_payment(group_id: int) -> ResponseReturnValue:
    """Record money: full, partial, more than is owed, or for no invoice yet; with a tip [A27, A28, M27, M30]."""
    group = the_group(group_id)
    invoices = open_invoices(office_session(), actor(), group)
    sheet = _payment_sheet(invoices)
    wanted = next((i for i in invoices if str(i.id) == request.args.get("invoice")), None)
    if wanted is not None and request.method == "GET":
        sheet["currency"].value = wanted.currency
        preset(sheet, replace(reading(), currency=wanted.currency), amount=wanted.balance)

    def save(values: dict[str, Any]) -> str:
        code = _currency_of(values.get("currency", ""), [option[0] for option in sheet["currency"].options])
        form = read_payment(sheet, values, group.id, code, reading())
        form = replace(form, uses=chosen_uses(request.form, invoices, code, reading()))
        payment = record_payment(office_session(), form, actor(), clock(), _key())
        return _booked(payment)

    more = {
        "invoices": invoices,
        "key": _key(),
        "spread": request.form.get("spread") or (CHOSEN if wanted else OLDEST if invoices else CREDIT),
        "written": _written(invoices, wanted),
        "today": today(),
    }
    template = "admin/customers/payment.html"
    return Popup(
        group, "Record payment", _tab(group), sheet, "Record payment", template=template, more=more
    ).answer(save)


def _written(invoices: list[Invoice], wanted: Invoice | None) -> dict[int, str]:
    """What stands beside each invoice: as typed, or the whole balance of the one that the person came from."""
    if request.method == "POST":
        return {invoice.id: request.form.get(f"use-{invoice.id}", "") for invoice in invoices}
    return {wanted.id: str(Money(wanted.balance, wanted.currency))} if wanted else {}


def _said(minor: int, code: str) -> str:
    """An amount in a sentence."""
    return money(Money(minor, code))


def _booked(payment: Payment) -> str:
    whole = _said(payment.amount, payment.currency)
    if not payment.unallocated:
        return f"Payment of {whole} recorded."
    left = _said(payment.unallocated, payment.currency)
    return f"Payment of {whole} recorded; {left} is credit that no invoice uses yet."


@desk.route("/<int:group_id>/payments/<int:payment_id>/edit", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def edit_payment(group_id: int, payment_id: int) -> ResponseReturnValue:
    """Correct a payment that was typed wrong: the old one is reversed, a new one stands in its place [A96, D4]."""
    group = the_group(group_id)
    payment = one_of(Payment, group, payment_id)
    sheet = _payment_sheet([], payment)

    def save(values: dict[str, Any]) -> str:
        code = _currency_of(values.get("currency", ""), [option[0] for option in sheet["currency"].options])
        form = read_payment(sheet, values, group.id, code, reading())
        corrected = correct(office_session(), payment, form, actor(), clock(), _key())
        return (
            "Saved."
            if corrected is payment
            else "Corrected. The old entry was reversed and a new one booked."
        )

    return Popup(
        group,
        f"Edit payment of {_said(payment.amount, payment.currency)}",
        _tab(group),
        sheet,
        note="A change of amount, day, way or currency reverses the old entry on its own day and books a new one for "
        "the same invoices, as far as it reaches. The timeline keeps both.",
        template="admin/customers/money.html",
        more={"key": _key()},
    ).answer(save)


@desk.route("/<int:group_id>/payments/<int:payment_id>/delete", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def delete_payment(group_id: int, payment_id: int) -> ResponseReturnValue:
    """Take a payment out of the books that was a mistake; its rows stay and say so [A96, M29]."""
    group = the_group(group_id)
    payment = one_of(Payment, group, payment_id)
    uses = uses_of(office_session(), actor(), [payment])[payment.id]
    whole = _said(payment.amount, payment.currency)

    def save(_: dict[str, Any]) -> str:
        reverse_payment(office_session(), payment, actor(), clock())
        return f"Payment of {whole} deleted by reversal."

    return Popup(
        group,
        f"Delete the payment of {whole}?",
        _tab(group),
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
    named = ", ".join(f"{invoice.number} with {_said(minor, invoice.currency)}" for invoice, minor in uses)
    one = len(uses) == 1
    return f"{len(uses)} {'invoice opens' if one else 'invoices open'} again: {named}. {reversal}"


@desk.route("/<int:group_id>/payments/<int:payment_id>/refund", methods=["GET", "POST"])
@rule(Permission.REFUND)
def refund(group_id: int, payment_id: int) -> ResponseReturnValue:
    """Pay money back: all or part, also of what no invoice uses [M28, 88]."""
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
            reopen_invoices=bool(request.form.get("reopen")),
        )
        made = refund_payment(office_session(), form, actor(), clock(), _key())
        return f"Refund {made.number} of {money(form.amount)} recorded."

    more = {"key": _key(), "row": row, "reopen": bool(request.form.get("reopen"))}
    title = f"Refund of the payment of {_said(payment.amount, payment.currency)}"
    return Popup(
        group, title, _tab(group), sheet, "Record refund", template="admin/customers/refund.html", more=more
    ).answer(save)


@desk.route("/<int:group_id>/payments/<int:payment_id>/allocate", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def allocate(group_id: int, payment_id: int) -> ResponseReturnValue:
    """Use money that no invoice uses yet for one that is open [M26, 87]."""
    group = the_group(group_id)
    payment = one_of(Payment, group, payment_id)
    open_ones = open_invoices(office_session(), actor(), group)
    invoices = [invoice for invoice in open_ones if invoice.currency == payment.currency]
    own = replace(reading(), currency=payment.currency)
    sheet = Sheet(Payment, own, actor(), only=("amount",))
    if invoices:
        preset(sheet, own, amount=min(payment.unallocated, invoices[0].balance))

    def save(values: dict[str, Any]) -> str:
        read = read_typed(sheet, values, own)
        invoice = next((one for one in invoices if str(one.id) == request.form.get("invoice")), None)
        if invoice is None:
            raise Invalid("Choose the invoice that receives the money")
        amount = Money(read["amount"], payment.currency)
        allocate_payment(office_session(), payment, invoice, amount, actor(), clock(), _key())
        return f"{money(amount)} used for invoice {invoice.number}."

    more = {
        "key": _key(),
        "payment": payment,
        "invoices": invoices,
        "chosen": request.form.get("invoice", ""),
    }
    return Popup(
        group,
        "Use this money for an invoice",
        _tab(group),
        sheet,
        "Use money",
        template="admin/customers/allocate.html",
        more=more,
    ).answer(save)
