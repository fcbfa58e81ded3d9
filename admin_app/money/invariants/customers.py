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


def _journal() -> Any:
    """What the journal says each customer owes and has left, by currency."""
    return (
        select(
            POSTING.c.group_id,
            POSTING.c.currency,
            total_where(POSTING.c.account == accounts.RECEIVABLE, POSTING.c.amount).label("receivable"),
            (-total_where(POSTING.c.account == accounts.ADVANCES, POSTING.c.amount)).label("unallocated"),
        )
        .group_by(POSTING.c.group_id, POSTING.c.currency)
        .subquery()
    )


def _documents() -> Any:
    """What invoices and payments show, by customer and currency."""
    owed = select(
        INVOICE.c.group_id,
        INVOICE.c.currency,
        whole(INVOICE.c.balance).label("receivable"),
        _zero("unallocated"),
    ).where(INVOICE.c.state == InvoiceState.ISSUED)
    left = select(PAYMENT.c.group_id, PAYMENT.c.currency, _zero("receivable"), whole(PAYMENT.c.unallocated))
    rows = union_all(owed, left).subquery()
    return (
        select(
            rows.c.group_id,
            rows.c.currency,
            total(rows.c.receivable).label("receivable"),
            total(rows.c.unallocated).label("unallocated"),
        )
        .group_by(rows.c.group_id, rows.c.currency)
        .subquery()
    )


def _zero(name: str) -> Any:
    return literal(0, BigInteger).label(name)


def _balance(of: Any) -> Any:
    return or_zero(of.c.receivable) - or_zero(of.c.unallocated)


def _kept_differs_from(source: Any) -> Select[Any]:
    """Kept balances that say other than `source` says."""
    differs = or_(
        whole(CUSTOMER_BALANCE.c.receivable) != or_zero(source.c.receivable),
        whole(CUSTOMER_BALANCE.c.unallocated) != or_zero(source.c.unallocated),
        whole(CUSTOMER_BALANCE.c.credits) != 0,
    )
    kept = (
        whole(CUSTOMER_BALANCE.c.receivable)
        - whole(CUSTOMER_BALANCE.c.unallocated)
        - whole(CUSTOMER_BALANCE.c.credits)
    )
    return (
        row(CUSTOMER_BALANCE.c.id, GROUP.c.name, _balance(source), kept, CUSTOMER_BALANCE.c.currency)
        .select_from(
            CUSTOMER_BALANCE.join(GROUP, GROUP.c.id == CUSTOMER_BALANCE.c.group_id).outerjoin(
                source, _same_customer(source)
            )
        )
        .where(differs)
    )


def _missing_from(source: Any) -> Select[Any]:
    """Customers with money in `source` for whom no balance is kept."""
    return (
        row(GROUP.c.id, GROUP.c.name, _balance(source), 0, source.c.currency)
        .select_from(
            source.join(GROUP, GROUP.c.id == source.c.group_id).outerjoin(
                CUSTOMER_BALANCE, _same_customer(source)
            )
        )
        .where(CUSTOMER_BALANCE.c.id.is_(None), or_(source.c.receivable != 0, source.c.unallocated != 0))
    )


def _same_customer(source: Any) -> Any:
    return and_(
        source.c.group_id == CUSTOMER_BALANCE.c.group_id, source.c.currency == CUSTOMER_BALANCE.c.currency
    )


def _kept_differs_from_journal() -> Select[Any]:
    return _kept_differs_from(_journal())


def _missing_from_journal() -> Select[Any]:
    return _missing_from(_journal())


def _kept_differs_from_documents() -> Select[Any]:
    return _kept_differs_from(_documents())


def _missing_from_documents() -> Select[Any]:
    return _missing_from(_documents())


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
                "customer_group",
                "{name} owes {expected} by the journal, nothing is kept",
                _missing_from_journal,
            ),
            Check(
                "customer_balance",
                "{name} is kept with {actual}, invoices and payments say {expected}",
                _kept_differs_from_documents,
            ),
            Check(
                "customer_group",
                "{name} owes {expected} by invoices and payments, nothing is kept",
                _missing_from_documents,
            ),
            Check(
                "customer_group", "{name} shows {actual}, {expected} is kept", _shown_balance_is_the_kept_one
            ),
        ),
    ),
)
