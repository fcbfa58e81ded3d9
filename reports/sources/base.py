"""Signed rows: what every source yields, however many tables it stands on [L1].

A source is one or several parts (issued invoices; credit notes, turned round); a part names the columns of a row as
expressions, and only those that a question needs reach the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    String,
    cast,
    literal,
    null,
    select,
)

from reports.sources import company

Condition = Callable[[Mapping[str, ColumnElement[Any]]], ColumnElement[bool]]
"""A condition on the columns of a row, by their names."""

CORE: dict[str, Any] = {
    "row": String,
    "day": Date,
    "group_id": BigInteger,
    "amount": BigInteger,
    "currency": String,
    "about": String,
    "about_id": BigInteger,
    "title": String,
}
"""Columns of every row: its key ("invoice:17"), the day on which it counts, its customer (may be nobody), its signed
amount (minor units; 1 where rows are counted; minutes, days where the source says so), the currency (None where it is
no money), the record that it tells of and what that is called."""

EXTRAS: dict[str, Any] = {
    "brand_id": BigInteger,
    "project_id": BigInteger,
    "address_id": BigInteger,
    "invoice_id": BigInteger,
    "estimate_id": BigInteger,
    "lead_id": BigInteger,
    "user_id": BigInteger,
    "worker_id": BigInteger,
    "plan_id": BigInteger,
    "method": String,
    "state": String,
    "document_kind": String,
    "due_on": Date,
    "issued_on": Date,
    "source": String,
    "service": String,
    "reason": String,
    "movement": String,
    "bucket": String,
    "waited": BigInteger,
    "recency": String,
    "frequency": String,
    "worth": String,
    "bucket_by_issue": String,
    "days": BigInteger,
}
"""Columns that some sources have besides, by which their rows can be split (`dimensions`)."""


DAYS_REMEMBERED = 64
"""Of so many days a source keeps its expressions; they depend on the day alone and may be used again."""


@dataclass(frozen=True)
class Part:
    """Rows of one kind: from where, on which conditions, and each column as an expression."""

    columns: Mapping[str, ColumnElement[Any]]
    comes_from: FromClause
    conditions: tuple[ColumnElement[bool], ...] = ()

    def pick(self, names: Iterable[str], narrowed: Iterable[Condition] = ()) -> Select[Any]:
        """The rows as a select of these columns alone."""
        return (
            select(*(self.columns[name].label(name) for name in names))
            .select_from(self.comes_from)
            .where(*self.conditions, *(condition(self.columns) for condition in narrowed))
        )


@dataclass(frozen=True)
class Source:
    """Signed rows by name: a sentence, the records that they show, and the parts as they stood on a day.

    `rows(as_of)` yields rows that counted at the end of `as_of` and none that came later [M37].  `extras` are the
    columns besides `CORE`.  `measure` names the totals a day that stand for it, where such are kept.  `finer` has the
    same amounts cut into smaller rows, for questions that need a column which these lack.  Rows that are not
    `in_money` carry no currency.
    """

    name: str
    sentence: str
    entities: tuple[type[Any], ...]
    rows: Callable[[date], tuple[Part, ...]] = field(repr=False)
    extras: frozenset[str] = frozenset()
    measure: str | None = None
    finer: Source | None = None
    in_money: bool = True

    def __post_init__(self) -> None:
        """Refuse extras that no dimension could know; the expressions of a day are built once, for they are slow to."""
        unknown = self.extras - set(EXTRAS)
        assert not unknown, f"{self.name} has columns that EXTRAS does not name: {unknown}"
        object.__setattr__(self, "rows", _remembered(self.rows))

    def has(self, column: str) -> bool:
        """Whether its rows, or finer ones, have a column."""
        if column == "currency":
            return self.in_money
        return column in CORE or column in self.extras or (self.finer is not None and self.finer.has(column))

    def with_columns(self, columns: Iterable[str]) -> Source:
        """This source, or the finer one where only its rows have all of these columns."""
        missing = {column for column in columns if column not in CORE and column not in self.extras}
        return self.finer if missing and self.finer is not None else self


def _remembered(rows: Callable[[date], tuple[Part, ...]]) -> Callable[[date], tuple[Part, ...]]:
    """The parts of a day, built once for each zone and currency of a company: both are in the expressions."""

    @lru_cache(maxsize=DAYS_REMEMBERED)
    def built(as_of: date, zone: str, currency: str) -> tuple[Part, ...]:
        return rows(as_of)

    return lambda as_of: built(as_of, company.zone(), company.currency())


def part(
    comes_from: Any, about: str, about_id: Any, *, where: Iterable[ColumnElement[bool]] = (), **columns: Any
) -> Part:
    """A part whose rows tell of one record each ("invoice", Invoice.id); every column typed as `CORE` says.

    `row` is made of both; what is not given is empty.  `title` defaults to the row's key.
    """
    key = literal(f"{about}:") + cast(about_id, String)
    given = {
        "row": key,
        "about": literal(about),
        "about_id": about_id,
        "title": key,
        "currency": None,
    } | columns
    kinds = CORE | EXTRAS
    typed = {name: _typed(value, kinds[name]) for name, value in given.items()}
    missing = set(CORE) - set(typed)
    assert not missing, f"rows about {about} lack {missing}"
    table = getattr(comes_from, "__table__", comes_from)
    return Part(typed, table, tuple(where))


def _typed(value: Any, kind: Any) -> ColumnElement[Any]:
    """An expression of that type; nothing at all is a typed nothing, for parts are put under each other."""
    if value is None:
        return cast(null(), kind)
    if not isinstance(value, ColumnElement) and not hasattr(value, "__clause_element__"):
        return literal(value, Integer() if kind is BigInteger else kind())
    element: ColumnElement[Any] = (
        value.__clause_element__() if hasattr(value, "__clause_element__") else value
    )
    if kind is String and not isinstance(element.type, String):
        return cast(element, String)
    if kind is BigInteger and not isinstance(element.type, Integer | BigInteger):
        return cast(element, BigInteger)
    return element
