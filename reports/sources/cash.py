"""What came in and went out: payments received, refunds paid [M28, M36]; a reversed payment was a mistake [M29]."""

from __future__ import annotations

from datetime import date

from admin_app.models import Payment, PaymentState, Refund
from reports.sources.base import Part, Source, part
from reports.sources.billing import brand_of


def payment_part(as_of: date) -> Part:
    """One row a payment that was received, gross with its tip, on the day it was paid."""
    return part(
        Payment,
        "payment",
        Payment.id,
        where=(Payment.state == PaymentState.RECEIVED, Payment.paid_on <= as_of),
        day=Payment.paid_on,
        group_id=Payment.group_id,
        amount=Payment.amount,
        currency=Payment.currency,
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
        project_id=None,
        method=Refund.method,
    )


COLLECTED = Source(
    "collected",
    "Payments received less refunds, gross with tax and tips; each on the day the money moved.",
    (Payment, Refund),
    lambda as_of: (payment_part(as_of), refund_part(as_of)),
    frozenset({"brand_id", "project_id", "method"}),
    measure="collected",
)
