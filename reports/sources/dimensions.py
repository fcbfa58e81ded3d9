"""By what a figure is split: each dimension names the column that it needs and how a row finds its key.

A key is stable and short ("2026-03", "current", a record's id); its label is what people read.  A dimension is a
partition of the rows unless it says `overlapping`: a customer with two tags counts under both, and the sum over tags
is not the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, and_, cast, false, func, or_, select
from sqlalchemy.orm import aliased

from admin_app.models import Brand, CustomerGroup, ServicePlan, Tag, User, group_tag

Columns = Mapping[str, ColumnElement[Any]]
"""The columns of a row, as its part names them."""
Keyed = tuple[FromClause, ColumnElement[Any], ColumnElement[Any]]
"""What was joined so far with what this joins, and the key and the label of each row."""
Keying = Callable[[FromClause, Any, date], Keyed]
"""(what is joined so far, the columns `rows.c`, the day as of which) → the same, keyed."""

NONE = "none"
"""The key of rows that have nothing to be split by."""


@dataclass(frozen=True)
class Dimension:
    """One way of splitting rows that have the column `needs`.

    `keyed` joins what it needs under names of its own, for two dimensions may join the same table.  `fold` makes a
    coarser key of a key in Python; `period` tells the half-open days of a key of time.  `where` is the condition that
    a row has one of these keys; `where_on` the same where it depends on the day as of which.  `order` lists keys as
    they are read; others sort by key where `sorted_by_key`, else by amount.
    """

    name: str
    label: str
    sentence: str
    needs: str
    keyed: Keying
    where: Callable[[Columns, tuple[str, ...]], ColumnElement[bool]] | None = None
    where_on: Callable[[Columns, tuple[str, ...], date], ColumnElement[bool]] | None = None
    also_needs: frozenset[str] = frozenset()
    """Columns of every row that it looks at besides."""
    fold: Callable[[str], str] | None = None
    period: Callable[[str], tuple[date, date]] | None = None
    order: tuple[str, ...] = ()
    sorted_by_key: bool = False
    overlapping: bool = False
    none_label: str = "None"
    record: type[Any] | None = None
    """The entity whose ids are the keys; such keys are asked for by the record's name too."""
    record_label: str = "name"
    """The attribute of that entity by which people know it."""


def by_word(column: str) -> Keying:
    """A column whose word is key and label at once."""

    def keyed(so_far: FromClause, rows: Any, _: date) -> Keyed:
        return so_far, rows[column], rows[column]

    return keyed


def has_word(column: str) -> Callable[[Columns, tuple[str, ...]], ColumnElement[bool]]:
    """The condition that the column has one of these words."""

    def where(columns: Columns, keys: tuple[str, ...]) -> ColumnElement[bool]:
        return among(cast(columns[column], String), keys)

    return where


def by_record(column: str, entity: Any, label: str = "name") -> Keying:
    """A record by its id, told by an attribute of its own."""

    def keyed(so_far: FromClause, rows: Any, _: date) -> Keyed:
        named = aliased(entity)
        joined = so_far.outerjoin(named, named.id == rows[column])
        return joined, cast(rows[column], String), getattr(named, label)

    return keyed


def is_record(column: str) -> Callable[[Columns, tuple[str, ...]], ColumnElement[bool]]:
    """The condition that the column has one of these ids."""

    def where(columns: Columns, keys: tuple[str, ...]) -> ColumnElement[bool]:
        ids = [int(key) for key in keys if key != NONE]
        found = columns[column].in_(ids) if ids else false()
        return or_(found, columns[column].is_(None)) if NONE in keys else found

    return where


def among(column: ColumnElement[Any], keys: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether a column of words has one of these; "none" is an empty one."""
    words = [key for key in keys if key != NONE]
    found = column.in_(words) if words else false()
    return or_(found, column.is_(None)) if NONE in keys else found


def _by_day(length: int) -> Keying:
    def keyed(so_far: FromClause, rows: Any, _: date) -> Keyed:
        key = func.substr(cast(rows.day, String), 1, length)
        return so_far, key, key

    return keyed


def _kind(so_far: FromClause, rows: Any, _: date) -> Keyed:
    customer = aliased(CustomerGroup)
    return so_far.outerjoin(customer, customer.id == rows.group_id), customer.kind, customer.kind  # type: ignore[return-value]


def _is_of_kind(columns: Columns, keys: tuple[str, ...]) -> ColumnElement[bool]:
    return columns["group_id"].in_(select(CustomerGroup.id).where(cast(CustomerGroup.kind, String).in_(keys)))


def _tags(so_far: FromClause, rows: Any, _: date) -> Keyed:
    worn, tag = group_tag.alias(), aliased(Tag)
    joined = so_far.outerjoin(worn, worn.c.group_id == rows.group_id).outerjoin(tag, tag.id == worn.c.tag_id)
    return joined, tag.name, tag.name  # type: ignore[return-value]


def _has_tag(columns: Columns, keys: tuple[str, ...]) -> ColumnElement[bool]:
    worn = select(group_tag.c.group_id).join(Tag, Tag.id == group_tag.c.tag_id)
    found = columns["group_id"].in_(worn.where(Tag.name.in_([key for key in keys if key != NONE])))
    return or_(found, columns["group_id"].not_in(worn)) if NONE in keys else found


def in_periods(periods: list[tuple[date, date]]) -> Callable[[Columns], ColumnElement[bool]]:
    """The condition that a row counts on a day of one of these half-open periods."""

    def where(columns: Columns) -> ColumnElement[bool]:
        return or_(*(and_(columns["day"] >= first, columns["day"] < end) for first, end in periods))

    return where


def week_of(day: str) -> str:
    """The ISO week of a day: "2026-03-02" → "2026-W10"."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02}"


def quarter_of(month: str) -> str:
    """The quarter of a month: "2026-03" → "2026-Q1"."""
    return f"{month[:4]}-Q{(int(month[5:7]) + 2) // 3}"


def _month(key: str) -> tuple[date, date]:
    first = date(int(key[:4]), int(key[5:7]), 1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _quarter(key: str) -> tuple[date, date]:
    first = date(int(key[:4]), int(key[-1]) * 3 - 2, 1)
    return first, (first + timedelta(days=95)).replace(day=1)


def _week(key: str) -> tuple[date, date]:
    first = date.fromisocalendar(int(key[:4]), int(key[-2:]), 1)
    return first, first + timedelta(days=7)


def _day(key: str) -> tuple[date, date]:
    first = date.fromisoformat(key)
    return first, first + timedelta(days=1)


def _year(key: str) -> tuple[date, date]:
    return date(int(key), 1, 1), date(int(key) + 1, 1, 1)


def _time(name: str, label: str, sentence: str, length: int, period: Any, fold: Any = None) -> Dimension:
    return Dimension(
        name, label, sentence, "day", _by_day(length), fold=fold, period=period, sorted_by_key=True
    )


def of_record(name: str, label: str, sentence: str, needs: str, entity: type[Any], **more: Any) -> Dimension:
    """A dimension whose keys are ids of records."""
    return Dimension(
        name, label, sentence, needs, by_record(needs, entity), is_record(needs), record=entity, **more
    )


def of_word(name: str, label: str, sentence: str, **more: Any) -> Dimension:
    """A dimension whose keys are the words of the column of its name."""
    return Dimension(name, label, sentence, name, by_word(name), has_word(name), **more)


STATES = (
    "waiting",
    "postponed",
    "estimated",
    "sent",
    "open",
    "won",
    "lost",
)
"""The words of leads and estimates in the order of the way."""
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")

TIMES: tuple[Dimension, ...] = (
    _time("day", "Day", "The day on which the row counts.", 10, _day),
    _time("week", "Week", "The ISO week of that day.", 10, _week, week_of),
    _time("month", "Month", "The calendar month.", 7, _month),
    _time("quarter", "Quarter", "The quarter of the calendar year.", 7, _quarter, quarter_of),
    _time("year", "Year", "The calendar year.", 4, _year),
)

RECORDS: tuple[Dimension, ...] = (
    of_record("customer", "Customer", "The customer of the row.", "group_id", CustomerGroup),
    of_record("brand", "Brand", "The document's brand, or its customer's.", "brand_id", Brand),
    of_record(
        "estimator", "Estimator", "Who owns the row: at acceptance, else the project's.", "user_id", User
    ),
    of_record("crew", "Crew", "Who does the work.", "worker_id", User, none_label="Nobody yet"),
    of_record("plan", "Service plan", "The service plan of the row.", "plan_id", ServicePlan),
)

WORDS: tuple[Dimension, ...] = (
    Dimension("kind", "Kind of customer", "Household, business or team.", "group_id", _kind, _is_of_kind),
    Dimension(
        "tag",
        "Tag",
        "Each tag of the customer; a customer with two counts under both.",
        "group_id",
        _tags,
        _has_tag,
        overlapping=True,
        none_label="No tag",
    ),
    of_word("method", "Way of paying", "How the money came or went."),
    of_word("document_kind", "Kind of bill", "Full, partial, deposit, final or interest."),
    of_word("source", "Source", "How the customer heard of us.", none_label="Not known"),
    of_word("state", "State", "Where the record stood, in the words of the figure.", order=STATES),
    of_word("reason", "Reason", "Why, as it was said.", none_label="Not said"),
    of_word("movement", "Movement", "What moved the recurring revenue.", order=MOVEMENTS),
    of_word("currency", "Currency", "The currency of the row.", none_label="No currency"),
)
