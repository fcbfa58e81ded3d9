"""Periods that move with the calendar: what a kept question means by "this year" on the day it is asked [125, M35].

In an address a period is named instead of its days (`period=year`); it becomes days before the question is read,
so that the engine knows days only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from urllib.parse import parse_qsl

from admin_app.kernel.errors import Invalid
from reports.engine.query import Query, a_year_before, read_query, unknown
from reports.metrics import METRICS

Days = tuple[date, date]
"""The first day, and the first one that is not in it."""

NAME = "period"
"""The parameter of an address."""
ALL = "all"
"""All time: no days at all."""


def _month_of(day: date, back: int = 0) -> date:
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def _quarter_of(day: date, back: int = 0) -> date:
    return _month_of(day, (day.month - 1) % 3 + 3 * back)


def _tomorrow(day: date) -> date:
    return day + timedelta(days=1)


def _a_year_of_months(day: date) -> date:
    return _month_of(day, 11)


PERIODS: dict[str, tuple[str, Callable[[date], Days]]] = {
    "month": ("This month so far", lambda day: (_month_of(day), _tomorrow(day))),
    "quarter": ("This quarter so far", lambda day: (_quarter_of(day), _tomorrow(day))),
    "year": ("This year so far", lambda day: (date(day.year, 1, 1), _tomorrow(day))),
    "12months": ("Twelve months up to today", lambda day: (_a_year_of_months(day), _tomorrow(day))),
    "last_month": ("Last month", lambda day: (_month_of(day, 1), _month_of(day))),
    "last_quarter": ("Last quarter", lambda day: (_quarter_of(day, 1), _quarter_of(day))),
    "last_year": ("Last year", lambda day: (date(day.year - 1, 1, 1), date(day.year, 1, 1))),
    "7days": ("The last 7 days", lambda day: (day - timedelta(days=6), _tomorrow(day))),
    "30days": ("The last 30 days", lambda day: (day - timedelta(days=29), _tomorrow(day))),
    "90days": ("The last 90 days", lambda day: (day - timedelta(days=89), _tomorrow(day))),
    "365days": ("The last 365 days", lambda day: (a_year_before(_tomorrow(day)), _tomorrow(day))),
}
"""Name → its words, and its days as seen from a day; a running period ends with that day, so that it is compared with
as many days of the year before."""


def days_of(name: str, today: date) -> Days:
    """The days of a named period; raises Invalid with the nearest names."""
    if name not in PERIODS:
        raise Invalid(unknown("period", name, PERIODS), {NAME: name})
    return PERIODS[name][1](today)


def with_days(pairs: Iterable[tuple[str, str]], today: date) -> list[tuple[str, str]]:
    """The pairs of an address with days instead of the name of a period.

    Days that are given win over the period; a figure that has no period (a stock) loses the name of one.  Raises
    Invalid for a name that nobody knows.
    """
    given = [(name, value) for name, value in pairs if value.strip()]
    named = next((value.strip() for name, value in given if name == NAME), "")
    rest = [(name, value) for name, value in given if name != NAME]
    if named in ("", ALL):
        return rest
    start, end = days_of(named, today)
    metric = METRICS.get(next((value for name, value in rest if name == "metric"), ""))
    if (metric is not None and metric.stock) or any(name in ("from", "to") for name, _ in rest):
        return rest
    return [*rest, ("from", start.isoformat()), ("to", end.isoformat())]


def kept_query(words: str, today: date) -> Query:
    """The question that a kept address asks on that day; raises Invalid for one that cannot be asked any more."""
    return read_query(with_days(parse_qsl(words), today))
