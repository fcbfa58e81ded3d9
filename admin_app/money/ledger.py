"""The books: everything that moves money is written here, once, in double entry (design section 4) [M20-M34].

Each act locks the customer first, so that two acts on the same customer's money wait for each other and nothing is
given out twice [M32].  The figures that lists show (`invoice.balance`, `payment.unallocated`, `credit_note.open`, what
a customer owes) are caches which only the books and `money.balances` write; `money.proof` compares them with the
journal.  One call::

    books = Books(session, actor, clock)
    books.allocate(payment, invoice, Money.of("50.00", "EUR"), on=clock.today())
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import NotFound
from admin_app.models import (
    Checkout,
    CreditNote,
    CustomerBalance,
    CustomerGroup,
    Invoice,
    Payment,
    WriteOff,
)
from admin_app.money import append_only
from admin_app.money.books_invoice import Billing
from admin_app.money.books_money import Till
from admin_app.money.entries import company_currency

__all__ = ["Books", "append_only", "company_currency", "lock_customer"]


class Books(Billing, Till):
    """The open books: bills and credits, money in and out, and what it is used for."""

    __slots__ = ()


def lock_customer(session: Session, group_id: int) -> CustomerGroup:
    """Hold a customer's money until the transaction ends, and see it as it is now.

    PostgreSQL locks the row; on SQLite the door's BEGIN IMMEDIATE has locked everything already.  What this session
    had read of the customer's documents before is read again.  Raises NotFound.
    """
    group = session.scalar(
        select(CustomerGroup)
        .where(CustomerGroup.id == group_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if group is None:
        raise NotFound("This customer does not exist")
    for thing in list(session.identity_map.values()):
        if isinstance(thing, _READ_AGAIN) and thing.group_id == group_id:
            session.refresh(thing)
    return group


_READ_AGAIN = (Payment, Invoice, CreditNote, WriteOff, CustomerBalance, Checkout)
"""What another act may have changed while this one waited."""
