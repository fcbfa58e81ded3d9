"""What a check is: a query for the rows that break an invariant, and the sentence that says how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    Table,
    case,
    cast,
    func,
    literal,
    type_coerce,
)
from sqlalchemy.sql import expression

from admin_app.models import (
    Address,
    Allocation,
    Base,
    Company,
    CustomerBalance,
    CustomerGroup,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    JournalEntry,
    Membership,
    NumberSeries,
    Payment,
    Posting,
    Refund,
)


def _table(entity: type[Base]) -> Table:
    """The table of an entity: checks read tables, not records."""
    table = entity.__table__
    assert isinstance(table, Table)
    return table


ADDRESS = _table(Address)
ALLOCATION = _table(Allocation)
COMPANY = _table(Company)
CUSTOMER_BALANCE = _table(CustomerBalance)
GROUP = _table(CustomerGroup)
INVOICE = _table(Invoice)
LINE = _table(InvoiceLine)
TAX = _table(InvoiceTax)
ENTRY = _table(JournalEntry)
MEMBERSHIP = _table(Membership)
SERIES = _table(NumberSeries)
PAYMENT = _table(Payment)
POSTING = _table(Posting)
REFUND = _table(Refund)


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the database; each row of `offences()` breaks the invariant.

    The select has the columns id, name, expected, actual (minor units or plain numbers) and currency (NULL where they
    are no money), in this order; `sentence` is filled with them.
    """

    table: str
    sentence: str
    offences: Callable[[], Select[Any]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule that always holds: its id in the requirements, its sentence, and the checks that prove it."""

    id: str
    title: str
    checks: tuple[Check, ...]


def row(
    id: ColumnElement[Any],
    name: Any,
    expected: Any,
    actual: Any,
    currency: Any = None,
) -> Select[Any]:
    """The select of a check, with its five columns."""
    return expression.select(
        id.label("id"),
        cast(name, String).label("name"),
        cast(expected, BigInteger).label("expected"),
        cast(actual, BigInteger).label("actual"),
        (cast(literal(None), String) if currency is None else currency).label("currency"),
    )


def whole(column: Any) -> ColumnElement[int]:
    """A column as the whole number that is stored, without the meaning its type gives it in code."""
    return type_coerce(column, BigInteger)


def as_text(column: Any) -> ColumnElement[str]:
    """A value as text, to be put into a name."""
    return cast(column, String)


def total(column: Any) -> ColumnElement[int]:
    """The sum of a column of whole numbers; PostgreSQL would answer with a NUMERIC."""
    return cast(func.coalesce(func.sum(whole(column)), 0), BigInteger)


def total_where(condition: ColumnElement[bool], column: Any) -> ColumnElement[int]:
    """The sum of a column over the rows of a group that meet a condition."""
    return total(case((condition, whole(column)), else_=0))


def or_zero(column: Any) -> ColumnElement[int]:
    """The number, or zero where an outer join found nothing."""
    return func.coalesce(column, 0)


def at_most(left: ColumnElement[int], right: ColumnElement[int]) -> ColumnElement[int]:
    """The smaller of two numbers, in words that both databases know."""
    return case((left < right, left), else_=right)
