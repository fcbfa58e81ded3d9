"""What a check is: a query for the rows that break an invariant, and the sentence that says how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    Subquery,
    Table,
    case,
    cast,
    func,
    literal,
    or_,
    type_coerce,
)
from sqlalchemy.sql import expression

from admin_app.models import (
    Address,
    Allocation,
    Base,
    Company,
    CreditNote,
    CreditNoteLine,
    CreditNoteTax,
    CustomerBalance,
    CustomerGroup,
    DepositUse,
    DocumentSnapshot,
    Estimate,
    EstimateLine,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    JournalEntry,
    Membership,
    NumberSeries,
    Payment,
    Payout,
    Posting,
    Refund,
    WriteOff,
)


def _table(entity: type[Base]) -> Table:
    """The table of an entity: checks read tables, not records."""
    table = entity.__table__
    assert isinstance(table, Table)
    return table


ADDRESS = _table(Address)
ALLOCATION = _table(Allocation)
COMPANY = _table(Company)
CREDIT = _table(CreditNote)
CREDIT_LINE = _table(CreditNoteLine)
CREDIT_TAX = _table(CreditNoteTax)
CUSTOMER_BALANCE = _table(CustomerBalance)
DEPOSIT_USE = _table(DepositUse)
ESTIMATE = _table(Estimate)
ESTIMATE_LINE = _table(EstimateLine)
GROUP = _table(CustomerGroup)
INVOICE = _table(Invoice)
LINE = _table(InvoiceLine)
TAX = _table(InvoiceTax)
ENTRY = _table(JournalEntry)
MEMBERSHIP = _table(Membership)
SERIES = _table(NumberSeries)
PAYMENT = _table(Payment)
PAYOUT = _table(Payout)
POSTING = _table(Posting)
REFUND = _table(Refund)
SNAPSHOT = _table(DocumentSnapshot)
WRITE_OFF = _table(WriteOff)


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
class Offender:
    """A row that breaks an invariant, as a reading found it: the columns of a check's select."""

    id: int
    name: str
    expected: int | None
    actual: int | None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One question that no database can answer (a hash, a text to be read): the rows pass through Python.

    `offenders` streams its rows, so that a large table needs no memory; `sentence` is filled as a check's is.
    """

    table: str
    sentence: str
    offenders: Callable[[Connection], Iterator[Offender]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule that always holds: its id in the requirements, its sentence, and the checks that prove it."""

    id: str
    title: str
    checks: tuple[Check | Reading, ...]


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


def crosses(source: Any, id: Any, *pairs: tuple[Any, Any]) -> Select[Any]:
    """Rows of a join in which one of the pairs (customers, currencies) is not alike."""
    different = or_(*(left != right for left, right in pairs))
    return row(id, as_text(id), pairs[0][1], pairs[0][0]).select_from(source).where(different)


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


def asked_at_first() -> ColumnElement[int]:
    """What was open of an issued invoice, retainage included once it is released: total − deducted − held back."""
    held = case((INVOICE.c.released_on.is_(None), whole(INVOICE.c.retained)), else_=0)
    return whole(INVOICE.c.total) - whole(INVOICE.c.deducted) - held


def standing_loss() -> Subquery:
    """What is written off of each invoice and was not taken back: columns invoice_id and sum."""
    return (
        expression.select(WRITE_OFF.c.invoice_id, total(WRITE_OFF.c.amount).label("sum"))
        .where(WRITE_OFF.c.taken_back_on.is_(None))
        .group_by(WRITE_OFF.c.invoice_id)
        .subquery()
    )


def settled_by_own_credits() -> Subquery:
    """What credit notes of an invoice settle of that same invoice: columns invoice_id and sum."""
    return (
        expression.select(ALLOCATION.c.invoice_id, total(ALLOCATION.c.amount).label("sum"))
        .join(CREDIT, CREDIT.c.id == ALLOCATION.c.credit_note_id)
        .where(CREDIT.c.invoice_id == ALLOCATION.c.invoice_id)
        .group_by(ALLOCATION.c.invoice_id)
        .subquery()
    )


def at_most(left: ColumnElement[int], right: ColumnElement[int]) -> ColumnElement[int]:
    """The smaller of two numbers, in words that both databases know."""
    return case((left < right, left), else_=right)
