"""A client told their bank that they did not mean to pay: the office is told, and what goes is booked [M28, M31].

When the provider takes the money, or decides against us, the refund is booked at that day and the invoice is open
again; money that the provider returns after we won is booked as money in.  Once a dispute, in whatever order it tells.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    Checkout,
    Invoice,
    InvoiceState,
    Payment,
    PaymentState,
    PaymentWay,
    ProviderEvent,
)
from admin_app.services.checkout.office import ask_the_office
from admin_app.services.checkout.settle import booked_on
from admin_app.services.checkout.told import DisputeTold
from admin_app.services.record_payment import PaymentForm, Use, book_payment
from admin_app.services.refund_payment import RefundForm, refund_payment

LONGEST_NOTE = 400
PAID_BACK = "The bank took the money back; a refund is booked"
RETURNED = "The dispute was won; the money is booked in again"


def follow_dispute(
    session: Session, payment: Payment, dispute: DisputeTold, at: datetime, clock: Clock
) -> str:
    """What follows one message about a dispute; the customer is locked.  Gives it as a sentence."""
    if dispute.currency != payment.currency:
        return _tell(session, payment, dispute, clock)  # nobody here can say what it comes to
    if dispute.withdrawn or dispute.lost:
        return _take_back(session, payment, dispute, at, clock)
    if dispute.returned:
        return _book_in_again(session, payment, dispute, at, clock)
    if dispute.won:
        return "The dispute was won; nothing changes"
    return _tell(session, payment, dispute, clock)


def _tell(session: Session, payment: Payment, dispute: DisputeTold, clock: Clock) -> str:
    amount = Money(dispute.amount, payment.currency)
    why = f"The client's bank disputes {amount} {payment.currency}: {dispute.reason or 'no reason was given'}"
    note = "; ".join(filter(None, (payment.note, f"{why} ({dispute.id})")))
    payment.note = note[-LONGEST_NOTE:]
    ask_the_office(
        session,
        payment.group_id,
        payment.project_id,
        f"Answer the dispute {dispute.id}",
        f"{why}. Answer it on the provider's pages, with the signed proposal and photos of the work.",
        clock,
    )
    return why


def _take_back(session: Session, payment: Payment, dispute: DisputeTold, at: datetime, clock: Clock) -> str:
    """Once a dispute: the money is gone, whatever the rest of it tells."""
    if _was(session, payment, dispute, PAID_BACK):
        return "The refund of this dispute is booked already"
    amount = min(dispute.amount, payment.amount - payment.refunded)
    if payment.state is not PaymentState.RECEIVED or amount <= 0:
        return "This payment was paid back already; nothing is left to take"
    form = RefundForm(
        payment.id,
        Money(amount, payment.currency),
        max(booked_on(session, at, clock), payment.paid_on),
        PaymentWay.CARD,
        reason=f"Disputed with the bank: {dispute.reason or dispute.id}"[:400],
        reopen_invoices=True,
    )
    try:
        with session.begin_nested():
            refund_payment(session, form, SYSTEM, clock)
    except Unmet:
        # A refund dated later has its number already: this one is dated today, when we heard of it [M10].
        refund_payment(session, replace(form, refunded_on=clock.today()), SYSTEM, clock)
    ask_the_office(
        session,
        payment.group_id,
        payment.project_id,
        f"The money of dispute {dispute.id} is gone",
        "The provider took it back and the invoice is open again; settle with the client how it is paid.",
        clock,
    )
    return PAID_BACK


def _book_in_again(
    session: Session, payment: Payment, dispute: DisputeTold, at: datetime, clock: Clock
) -> str:
    known = select(Payment.id).where(
        Payment.provider == payment.provider, Payment.provider_reference == dispute.id
    )
    if session.scalar(known) is not None:
        return "This money is booked in already"
    if not _was(session, payment, dispute, PAID_BACK):
        return "Nothing was booked as taken; nothing is booked as returned"
    book_payment(
        session,
        PaymentForm(
            payment.group_id,
            Money(dispute.amount, payment.currency),
            booked_on(session, at, clock),
            PaymentWay.CARD,
            reference="A dispute was won",
            uses=_open_again(session, payment, dispute.amount),
            provider=payment.provider,
            provider_reference=dispute.id,
            project_id=payment.project_id,
        ),
        SYSTEM,
        clock,
    )
    return RETURNED


def _open_again(session: Session, payment: Payment, amount: int) -> tuple[Use, ...]:
    """The invoices that the payment had settled and that are open again."""
    ids = select(Allocation.invoice_id).where(Allocation.payment_id == payment.id, Allocation.amount > 0)
    uses, left = [], amount
    for invoice in session.scalars(select(Invoice).where(Invoice.id.in_(ids)).order_by(Invoice.id)):
        part = min(invoice.balance, left)
        if invoice.state is InvoiceState.ISSUED and part > 0:
            uses.append(Use(invoice.id, Money(part, payment.currency)))
            left -= part
    return tuple(uses)


def _was(session: Session, payment: Payment, dispute: DisputeTold, effect: str) -> bool:
    """Whether a message about this dispute had this effect before."""
    told = session.scalars(
        select(ProviderEvent)
        .join(Checkout, Checkout.id == ProviderEvent.checkout_id)
        .where(Checkout.payment_id == payment.id, ProviderEvent.effect == effect)
    )
    return any(event.facts.get("dispute") == dispute.id for event in told)
