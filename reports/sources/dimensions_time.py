"""By what waits and returning customers are split: days waited, months since the first purchase, scores [L12, 124]."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, cast, exists, extract, or_, select

from reports.sources.customers_first import first_days
from reports.sources.dimensions import NONE, Columns, Dimension, Keyed, of_word

MONTHS_A_YEAR = 12
SCORES = ("1", "2", "3", "4", "5")


def _months(first: Any, day: Any) -> ColumnElement[Any]:
    """Calendar months from one day to another: 0 in the same month."""
    years: ColumnElement[Any] = extract("year", day) - extract("year", first)
    return years * MONTHS_A_YEAR + extract("month", day) - extract("month", first)


def _since(so_far: FromClause, rows: Any, as_of: date) -> Keyed:
    first = first_days(as_of)
    key = _months(first.c.first_on, rows.day)
    return so_far.outerjoin(first, first.c.group_id == rows.group_id), key, key


def _is_since(columns: Columns, keys: tuple[str, ...], as_of: date) -> ColumnElement[bool]:
    first = first_days(as_of)
    bought = select(first.c.group_id).where(first.c.group_id == columns["group_id"])
    months = cast(_months(first.c.first_on, columns["day"]), String)
    found = exists(bought.where(months.in_([key for key in keys if key != NONE])))
    return or_(found, ~exists(bought)) if NONE in keys else found


TIME_AND_AGAIN: tuple[Dimension, ...] = (
    Dimension(
        "months_since",
        "Months since",
        "Calendar months since the customer's first purchase; 0: the same month.",
        "group_id",
        _since,
        where_on=_is_since,
        also_needs=frozenset({"day"}),
        sorted_by_key=True,
        none_label="No purchase yet",
    ),
    of_word(
        "waited", "Days waited", "Days until it was won or lost, or until now; less than 0: the dates contradict.",
        sorted_by_key=True,
    ),
    of_word("recency", "Recency", "1: longest ago, 5: latest; by the last purchase.", order=SCORES),
    of_word("frequency", "Frequency", "1: fewest, 5: most; by the number of purchase days.", order=SCORES),
    of_word("worth", "Money", "1: least, 5: most; by the sum of purchases.", order=SCORES),
)  # fmt: skip
