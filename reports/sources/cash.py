"""What came in and went out: payments received, refunds paid [M28, M36]; a reversed payment was a mistake [M29]."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal, select
from sqlalchemy.orm import aliased

from admin_app.models import CreditNote, Invoice, Payment, PaymentState, Refund, WriteOff
from reports.sources.base import Part, Source, part
from reports.sources.bills import BY_DOCUMENT, brand_of, columns_of_invoice


def payment_part(as_of: date, amount: Any = Payment.amount, currency: Any = Payment.currency) -> Part:
    """One row a payment that was received, gross with its tip, on the day it was paid."""
    return part(
        Payment,
        "payment",
        Payment.id,
        where=(Payment.state == PaymentState.RECEIVED, Payment.paid_on <= as_of),
        day=Payment.paid_on,
        group_id=Payment.group_id,
        amount=amount,
        currency=currency,
        title=Payment.reference,
        brand_id=brand_of(None, Payment.group_id),
        project_id=Payment.project_id,
        method=Payment.method,
    )


def refund_part(as_of: date, sign: int = -1) -> Part:
    """One row a refund, on the day the money went back; negative unless `sign` is 1."""
    return part(
        Refund,
        "refund",
        Refund.id,
        where=(Refund.refunded_on <= as_of,),
        day=Refund.refunded_on,
        group_id=Refund.group_id,
        amount=sign * Refund.amount,
        currency=Refund.currency,
        title=Refund.number,
        brand_id=brand_of(None, Refund.group_id),
        project_id=_project_of_refund(),
        method=Refund.method,
        reason=Refund.reason,
    )


def _project_of_refund() -> ColumnElement[Any]:
    """The project of the payment that goes back, or of the bill that was credited."""
    paid, note, bill = aliased(Payment), aliased(CreditNote), aliased(Invoice)
    of_payment = (
        select(paid.project_id).where(paid.id == Refund.payment_id).correlate(Refund).scalar_subquery()
    )
    of_credit = (
        select(bill.project_id)
        .join(note, note.invoice_id == bill.id)
        .where(note.id == Refund.credit_note_id)
        .correlate(Refund)
        .scalar_subquery()
    )
    return func.coalesce(of_payment, of_credit)


def _loss_part(day: Any, amount: Any, name: str, as_of: date) -> Part:
    """One row a write-off on one of its two days."""
    losses = WriteOff.__table__.outerjoin(Invoice.__table__, Invoice.id == WriteOff.invoice_id)
    return part(
        losses,
        "invoice",
        Invoice.id,
        where=(day <= as_of,),
        row=literal(f"{name}:") + cast(WriteOff.id, String),
        day=day,
        group_id=WriteOff.group_id,
        amount=amount,
        currency=WriteOff.currency,
        title=Invoice.number,
        reason=WriteOff.kind,
        **columns_of_invoice(),
    )


BY_PAYMENT = frozenset({"brand_id", "project_id", "method"})

COLLECTED = Source(
    "collected",
    "Payments received less refunds, gross with tax and tips; each on the day the money moved.",
    (Payment, Refund),
    lambda as_of: (payment_part(as_of), refund_part(as_of)),
    BY_PAYMENT,
    measure="collected",
)

REFUNDS = Source(
    "refunds",
    "Money paid back to customers, on the day it went.",
    (Refund, Payment),
    lambda as_of: (refund_part(as_of, 1),),
    BY_PAYMENT | {"reason"},
)

PAYMENT_COUNT = Source(
    "payments",
    "Payments received, one each, on the day they were paid; reversed ones are left out.",
    (Payment,),
    lambda as_of: (payment_part(as_of, 1, None),),
    BY_PAYMENT,
    measure="payments",
    in_money=False,
)

WRITTEN_OFF = Source(
    "written_off",
    "Bad debts and settlement allowances on their day; what was asked for again is negative on that day.",
    (WriteOff, Invoice),
    lambda as_of: (
        _loss_part(WriteOff.written_off_on, WriteOff.amount, "write-off", as_of),
        _loss_part(WriteOff.taken_back_on, -WriteOff.amount, "write-off taken back", as_of),
    ),
    BY_DOCUMENT | {"reason"},
)
