"""Unallocated money is used for an invoice, from the payment or from the invoice [M26, M32]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import Allocation, Invoice, Payment
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.answer_once import answer_once


def allocate_payment(
    session: Session,
    payment: Payment,
    invoice: Invoice,
    amount: Money,
    actor: Actor,
    clock: Clock,
    form_key: str | None = None,
) -> Allocation:
    """Use `amount` of a payment for an invoice of the same customer, as of today.

    Raises Unmet for more than is left on either side, for other customers or currencies, for an invoice that is not
    open, and in a locked period.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)

    def book() -> Allocation:
        lock_customer(session, payment.group_id)
        return Books(session, actor, clock).allocate(payment, invoice, amount, on=clock.today())

    return answer_once(
        session,
        clock,
        key=form_key,
        purpose="allocate payment",
        content=(payment.id, invoice.id, amount),
        kind=Allocation,
        act=book,
    )
