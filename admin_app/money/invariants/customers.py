"""Invariants of customers: what they owe, and exactly one primary contact and billing address [I11, I12]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, func, literal, or_, select, union_all

from admin_app.models import InvoiceState
from admin_app.money import accounts
from admin_app.money.invariants.check import (
    ADDRESS,
    COMPANY,
    CUSTOMER_BALANCE,
    GROUP,
    INVOICE,
    MEMBERSHIP,
    PAYMENT,
    POSTING,
    Check,
    Invariant,
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


def _journal() -> Select[Any]:
    """What the journal says each customer owes and has left, by currency."""
    return select(
        POSTING.c.group_id,
        POSTING.c.currency,
        total_where(POSTING.c.account == accounts.RECEIVABLE, POSTING.c.amount).label("receivable"),
        (-total_where(POSTING.c.account == accounts.ADVANCES, POSTING.c.amount)).label("unallocated"),
    ).group_by(POSTING.c.group_id, POSTING.c.currency)


def _documents() -> Select[Any]:
    """What invoices and payments show, by customer and currency."""
    nothing = literal(0, BigInteger)
    owed = select(
        INVOICE.c.group_id,
        INVOICE.c.currency,
        whole(INVOICE.c.balance).label("receivable"),
        nothing.label("unallocated"),
    ).where(INVOICE.c.state == InvoiceState.ISSUED)
    left = select(PAYMENT.c.group_id, PAYMENT.c.currency, nothing, whole(PAYMENT.c.unallocated))
    rows = union_all(owed, left).subquery()
    return select(
        rows.c.group_id,
        rows.c.currency,
        total(rows.c.receivable).label("receivable"),
        total(rows.c.unallocated).label("unallocated"),
    ).group_by(rows.c.group_id, rows.c.currency)


def _kept() -> Select[Any]:
    return select(
        CUSTOMER_BALANCE.c.group_id,
        CUSTOMER_BALANCE.c.currency,
        whole(CUSTOMER_BALANCE.c.receivable).label("receivable"),
        (whole(CUSTOMER_BALANCE.c.unallocated) + whole(CUSTOMER_BALANCE.c.credits)).label("unallocated"),
    )


def _kept_differs_from(says: Select[Any]) -> Select[Any]:
    """Customers of whom another balance is kept than `says` says, or none, or one without reason.

    Both sides are added up in one pass with opposite signs: what does not cancel out differs.
    """
    source, kept = says.subquery(), _kept().subquery()
    nothing = literal(0, BigInteger)
    both = union_all(
        select(
            source.c.group_id,
            source.c.currency,
            source.c.receivable.label("receivable"),
            source.c.unallocated.label("unallocated"),
            (source.c.receivable - source.c.unallocated).label("said"),
            nothing.label("kept"),
        ),
        select(
            kept.c.group_id,
            kept.c.currency,
            -kept.c.receivable,
            -kept.c.unallocated,
            nothing,
            kept.c.receivable - kept.c.unallocated,
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
        .having(or_(total(both.c.receivable) != 0, total(both.c.unallocated) != 0))
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
        "A customer owes the open invoices less unallocated money, and the journal says the same",
        (
            Check(
                "customer_balance",
                "{name} is kept with {actual}, the journal says {expected}",
                _kept_differs_from_journal,
            ),
            Check(
                "customer_balance",
                "{name} is kept with {actual}, invoices and payments say {expected}",
                _kept_differs_from_documents,
            ),
            Check(
                "customer_group", "{name} shows {actual}, {expected} is kept", _shown_balance_is_the_kept_one
            ),
        ),
    ),
)
