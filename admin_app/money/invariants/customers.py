"""Invariants of customers: what they owe and since when, and one primary contact and billing address [I11-I13]."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Date,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from admin_app.kernel.currency import MINOR_DIGITS
from admin_app.kernel.money import Money
from admin_app.models import InvoiceState
from admin_app.money import accounts
from admin_app.money.ageing import OpenItem, age
from admin_app.money.invariants.check import (
    ADDRESS,
    COMPANY,
    CREDIT,
    CUSTOMER_BALANCE,
    GROUP,
    INVOICE,
    MEMBERSHIP,
    PAYMENT,
    POSTING,
    Check,
    Invariant,
    Offender,
    Reading,
    or_zero,
    row,
    total,
    total_where,
    whole,
)


def _exactly_one(table: Any, flag: Any) -> Select[Any]:
    """Customers that have such rows, but not exactly one that carries the flag."""
    chosen = func.sum(case((flag, 1), else_=0))
    found = (
        select(table.c.group_id, chosen.label("chosen"))
        .group_by(table.c.group_id)
        .having(chosen != 1)
        .subquery()
    )
    return row(GROUP.c.id, GROUP.c.name, 1, found.c.chosen).join(found, found.c.group_id == GROUP.c.id)


def _one_primary_contact() -> Select[Any]:
    return _exactly_one(MEMBERSHIP, MEMBERSHIP.c.is_primary)


def _one_billing_address() -> Select[Any]:
    return _exactly_one(ADDRESS, ADDRESS.c.is_billing)


_PARTS = ("receivable", "retained", "unallocated", "credits")
"""What is kept of a customer in each currency, all positive."""


def _journal() -> Select[Any]:
    """What the journal says each customer owes and has left, by currency."""

    def on(account: str) -> ColumnElement[int]:
        """The balance of one account."""
        return total_where(POSTING.c.account == account, POSTING.c.amount)

    return (
        select(
            POSTING.c.group_id,
            POSTING.c.currency,
            on(accounts.RECEIVABLE).label("receivable"),
            on(accounts.RETAINED).label("retained"),
            (-on(accounts.ADVANCES)).label("unallocated"),
            (-on(accounts.CREDITS)).label("credits"),
        )
        .where(POSTING.c.group_id.is_not(None))
        .group_by(POSTING.c.group_id, POSTING.c.currency)
    )


def _documents() -> Select[Any]:
    """What invoices, payments and credit notes show, by customer and currency."""
    nothing = literal(0, BigInteger)
    held = case((INVOICE.c.released_on.is_(None), whole(INVOICE.c.retained)), else_=0)
    issued = INVOICE.c.state == InvoiceState.ISSUED
    owed = select(
        INVOICE.c.group_id,
        INVOICE.c.currency,
        whole(INVOICE.c.balance).label("receivable"),
        held.label("retained"),
        nothing.label("unallocated"),
        nothing.label("credits"),
    ).where(issued)
    left = select(
        PAYMENT.c.group_id, PAYMENT.c.currency, nothing, nothing, whole(PAYMENT.c.unallocated), nothing
    )
    given = select(CREDIT.c.group_id, CREDIT.c.currency, nothing, nothing, nothing, whole(CREDIT.c.open))
    rows = union_all(owed, left, given).subquery()
    return select(
        rows.c.group_id, rows.c.currency, *(total(rows.c[part]).label(part) for part in _PARTS)
    ).group_by(rows.c.group_id, rows.c.currency)


def _kept() -> Select[Any]:
    return select(
        CUSTOMER_BALANCE.c.group_id,
        CUSTOMER_BALANCE.c.currency,
        *(whole(CUSTOMER_BALANCE.c[part]).label(part) for part in _PARTS),
    )


def _kept_differs_from(says: Select[Any]) -> Select[Any]:
    """Customers of whom another balance is kept than `says` says, or none, or one without reason.

    Both sides are added up in one pass with opposite signs: what does not cancel out differs.
    """
    source, kept = says.subquery(), _kept().subquery()
    nothing = literal(0, BigInteger)

    def owes(side: Subquery) -> ColumnElement[int]:
        """What the customer owes in all."""
        found: ColumnElement[int] = side.c.receivable - side.c.unallocated - side.c.credits
        return found

    both = union_all(
        select(
            source.c.group_id,
            source.c.currency,
            *(source.c[part].label(part) for part in _PARTS),
            owes(source).label("said"),
            nothing.label("kept"),
        ),
        select(
            kept.c.group_id,
            kept.c.currency,
            *((-kept.c[part]).label(part) for part in _PARTS),
            nothing,
            owes(kept),
        ),
    ).subquery()
    differing = (
        select(
            both.c.group_id,
            both.c.currency,
            total(both.c.said).label("said"),
            total(both.c.kept).label("kept"),
        )
        .group_by(both.c.group_id, both.c.currency)
        .having(or_(*(total(both.c[part]) != 0 for part in _PARTS)))
        .subquery()
    )
    return row(GROUP.c.id, GROUP.c.name, differing.c.said, differing.c.kept, differing.c.currency).join(
        differing, differing.c.group_id == GROUP.c.id
    )


def _kept_differs_from_journal() -> Select[Any]:
    return _kept_differs_from(_journal())


def _kept_differs_from_documents() -> Select[Any]:
    return _kept_differs_from(_documents())


def _shown_balance_is_the_kept_one() -> Select[Any]:
    """The one balance on the customer is the kept one in the company's currency."""
    currency = func.coalesce(select(COMPANY.c.currency).limit(1).scalar_subquery(), "EUR")
    kept = or_zero(
        whole(CUSTOMER_BALANCE.c.receivable)
        - whole(CUSTOMER_BALANCE.c.unallocated)
        - whole(CUSTOMER_BALANCE.c.credits)
    )
    mine = and_(CUSTOMER_BALANCE.c.group_id == GROUP.c.id, CUSTOMER_BALANCE.c.currency == currency)
    return (
        row(GROUP.c.id, GROUP.c.name, kept, GROUP.c.balance, currency)
        .select_from(GROUP.outerjoin(CUSTOMER_BALANCE, mine))
        .where(kept != whole(GROUP.c.balance))
    )


def _buckets_add_up(connection: Connection) -> Iterator[Offender]:
    """Customers whose ageing of today, credits and unallocated money included, is not what they owe."""
    today = connection.scalar(select(func.current_date(type_=Date())))
    assert today is not None
    items = (
        select(
            INVOICE.c.group_id,
            INVOICE.c.currency,
            INVOICE.c.due_on,
            total(INVOICE.c.balance).label("balance"),
        )
        .where(INVOICE.c.state == InvoiceState.ISSUED, whole(INVOICE.c.balance) != 0)
        .group_by(INVOICE.c.group_id, INVOICE.c.currency, INVOICE.c.due_on)
        .order_by(INVOICE.c.group_id, INVOICE.c.currency)
    )
    kept = {
        (one.group_id, one.currency): one
        for one in connection.execute(
            select(*_kept().selected_columns, GROUP.c.name).join(
                GROUP, GROUP.c.id == CUSTOMER_BALANCE.c.group_id
            )
        )
        if one.receivable
    }
    rows = connection.execute(items, execution_options={"yield_per": 5000})
    for (group_id, currency), mine in groupby(rows, key=lambda one: (one.group_id, one.currency)):
        open_items = [
            OpenItem(one.due_on, Money(one.balance, currency)) for one in mine if currency in MINOR_DIGITS
        ]
        of_customer = kept.pop((group_id, currency), None)
        if not open_items or of_customer is None:
            continue  # I12 names a customer of whom nothing is kept
        credit, unallocated = (
            Money(amount, currency) for amount in (of_customer.credits, of_customer.unallocated)
        )
        buckets = age(open_items, today, currency, credit=credit, unallocated=unallocated)
        aged = Money.total(buckets.values(), currency).minor
        owed = of_customer.receivable - of_customer.unallocated - of_customer.credits
        if aged != owed:
            yield Offender(group_id, of_customer.name, owed, aged, currency)
    for (group_id, currency), of_customer in kept.items():
        yield Offender(group_id, of_customer.name, of_customer.receivable, 0, currency)


CUSTOMERS: tuple[Invariant, ...] = (
    Invariant(
        "I11",
        "A customer with contacts has one primary contact, one with addresses one billing address",
        (
            Check("customer_group", "{name} has {actual} primary contacts", _one_primary_contact),
            Check("customer_group", "{name} has {actual} billing addresses", _one_billing_address),
        ),
    ),
    Invariant(
        "I12",
        "A customer owes the open invoices less unallocated money and open credits, and the journal says the same",
        (
            Check(
                "customer_balance",
                "{name} is kept with {actual}, the journal says {expected}",
                _kept_differs_from_journal,
            ),
            Check(
                "customer_balance",
                "{name} is kept with {actual}, invoices, payments and credits say {expected}",
                _kept_differs_from_documents,
            ),
            Check(
                "customer_group", "{name} shows {actual}, {expected} is kept", _shown_balance_is_the_kept_one
            ),
        ),
    ),
    Invariant(
        "I13",
        "The ageing of open invoices, less credits and unallocated money, is what a customer owes",
        (Reading("invoice", "The ageing of {name} comes to {actual}, {expected} is owed", _buckets_add_up),),
    ),
)
