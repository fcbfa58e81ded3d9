"""An open credit is used for another invoice of the customer [M25]; any use is taken back [M26]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import Allocation, CreditNote, Invoice
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.answer_once import answer_once


def use_credit(
    session: Session,
    credit: CreditNote,
    invoice: Invoice,
    amount: Money,
    actor: Actor,
    clock: Clock,
    form_key: str | None = None,
) -> Allocation:
    """Use `amount` of a credit note for an invoice of the same customer, as of today.

    The invoice's balance falls by as much as the open credit does [M27, IN#11024].  Raises Unmet for more than is left
    on either side, for other customers or currencies, for an invoice that is not open, and in a locked period.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)

    def book() -> Allocation:
        lock_customer(session, credit.group_id)
        return Books(session, actor, clock).allocate(credit, invoice, amount, on=clock.today())

    return answer_once(
        session,
        clock,
        key=form_key,
        purpose="use credit",
        content=(credit.id, invoice.id, amount),
        kind=Allocation,
        act=book,
    )


def take_back_use(
    session: Session, allocation: Allocation, actor: Actor, clock: Clock, form_key: str | None = None
) -> Allocation:
    """What an invoice used of a payment or a credit note is taken back today: both are open again.

    Raises Unmet for one that was taken back already, and in a locked period.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)

    def book() -> Allocation:
        lock_customer(session, allocation.group_id)
        return Books(session, actor, clock).take_back(allocation, on=clock.today())

    return answer_once(
        session,
        clock,
        key=form_key,
        purpose="take back use",
        content=allocation.id,
        kind=Allocation,
        act=book,
    )
