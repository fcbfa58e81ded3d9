"""A payment that was a mistake is taken out of the books; the rows stay and say so [A96, M29, D4]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import Payment, PaymentState
from admin_app.money.ledger import Books, lock_customer


def reverse_payment(session: Session, payment: Payment, actor: Actor, clock: Clock) -> Payment:
    """What the Delete button of a payment does: its entries are reversed on their own dates, recorded now.

    Its invoices are open again.  Raises Unmet for money that came through a provider or was refunded (those are
    facts, not mistakes), for a payment reversed before, and in a locked period.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    lock_customer(session, payment.group_id)
    refuse_fact(payment, "deleted")
    Books(session, actor, clock).take_back_receipt(payment)
    return payment


def refuse_fact(payment: Payment, done: str) -> None:
    """Raise Unmet unless the payment may still be `done` ("edited", "deleted") as a mistake."""
    if payment.provider is not None:
        raise Unmet(f"This payment came through {payment.provider}; it cannot be {done}, only refunded")
    if payment.state is PaymentState.REVERSED:
        raise Unmet(f"This payment was taken back before; it cannot be {done}")
    if payment.refunded:
        raise Unmet(f"A part of this payment was refunded; it cannot be {done} any more")
