"""The company's calendar day of an instant, in SQL, exact over summer time on both databases [M35].

Instants lie in the database in UTC.  PostgreSQL knows time zones; for SQLite the zone's clock changes of 1970 to 2100
are written out as a CASE of bundles (some twenty comparisons a row, not three hundred, and no deep nesting, which its
parser refuses); outside those years the nearest offset holds.  One call::

    local_day(Estimate.sent_at)             # in the company's zone
    before_end_of(Estimate.sent_at, day)    # the same day or earlier, as one comparison that an index serves
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Integer, String, Text, column, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from reports.sources import company

FIRST_YEAR, LAST_YEAR = 1970, 2100
"""The years whose clock changes are written out for SQLite."""
BUNDLE = 16
"""Clock changes that are compared one by one, once the bundle is found."""
_PLACE = "\0"
"""Where the column goes in the text of a CASE."""


class _LocalDay(FunctionElement[date]):
    """The calendar day of an instant in a zone that is part of the text, so that statements are cached by it."""

    type = Date()
    name = "local_day"
    inherit_cache = True


class _DayOf(FunctionElement[date]):
    """A day that was kept as text ("2026-03-31")."""

    type = Date()
    name = "day_of"
    inherit_cache = True


class _DaysBetween(FunctionElement[int]):
    """Whole days from one day to another."""

    type = Integer()
    name = "days_between"
    inherit_cache = True


def local_day(instant: Any, zone: str | None = None) -> ColumnElement[date]:
    """The calendar day of an instant (a plain column) in the zone (default: the company's); NULL for none.

    Raises ZoneInfoNotFoundError for a zone that nobody knows.
    """
    name = zone or company.zone()
    ZoneInfo(name)
    return _LocalDay(instant, column(name))  # a name, not a value: statements are kept by it


def before_end_of(instant: Any, day: date, zone: str | None = None) -> ColumnElement[bool]:
    """Whether an instant lies on that calendar day of the zone or before it."""
    condition: ColumnElement[bool] = instant < end_of(day, zone)
    return condition


def end_of(day: date, zone: str | None = None) -> datetime:
    """The instant at which a calendar day of the zone ends."""
    here = ZoneInfo(zone or company.zone())
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), here).astimezone(UTC)


def day_of(text: Any) -> ColumnElement[date]:
    """The day that a text of the form 2026-03-31 names: what the history keeps of a day."""
    return _DayOf(type_coerce(text, Text()))


def days_between(first: Any, last: Any) -> ColumnElement[int]:
    """The whole days from `first` to `last`, negative where `last` is the earlier one."""
    return _DaysBetween(first, last)


@compiles(_LocalDay, "postgresql")
def _local_day_there(element: _LocalDay, compiler: Any, **how: Any) -> str:
    instant, zone = element.clauses
    name = compiler.render_literal_value(zone.name, String())
    return f"CAST(timezone({name}, {compiler.process(instant, **how)}) AS DATE)"


@compiles(_LocalDay)
def _local_day_in_sqlite(element: _LocalDay, compiler: Any, **how: Any) -> str:
    instant, zone = element.clauses
    read = compiler.process(instant, **how)
    # Whole seconds: SQLite rounds what is behind them, and half a millisecond before midnight is still today.
    return _by_clock_changes(zone.name).replace(_PLACE, f"substr({read}, 1, 19)")


@compiles(_DayOf, "postgresql")
def _day_of_there(element: _DayOf, compiler: Any, **how: Any) -> str:
    (text,) = element.clauses
    return f"CAST({compiler.process(text, **how)} AS DATE)"


@compiles(_DayOf)
def _day_of_in_sqlite(element: _DayOf, compiler: Any, **how: Any) -> str:
    (text,) = element.clauses
    return str(compiler.process(text, **how))


@compiles(_DaysBetween, "postgresql")
def _days_there(element: _DaysBetween, compiler: Any, **how: Any) -> str:
    first, last = (f"CAST({compiler.process(one, **how)} AS DATE)" for one in element.clauses)
    return f"({last} - {first})"


@compiles(_DaysBetween)
def _days_in_sqlite(element: _DaysBetween, compiler: Any, **how: Any) -> str:
    first, last = (compiler.process(one, **how) for one in element.clauses)
    return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"


@lru_cache(maxsize=32)
def _by_clock_changes(zone: str) -> str:
    """The day of the instant at `_PLACE`: clock changes in bundles, so that few are compared and nothing nests deep."""
    changes, offsets = clock_changes(zone)
    bundles = [
        (changes[at : at + BUNDLE], offsets[at : at + BUNDLE + 1])
        for at in range(0, len(changes) or 1, BUNDLE)
    ]
    inner = [
        (times[-1] if times else None, _case([*zip(times, found, strict=False)], found[-1]))
        for times, found in bundles
    ]
    steps = [(last, text) for last, text in inner[:-1] if last is not None]
    return f"date({_PLACE}, {_case_of(steps, inner[-1][1])})"


def _case(pairs: list[tuple[datetime, int]], last: int) -> str:
    return _case_of([(time, f"'{offset:+} seconds'") for time, offset in pairs], f"'{last:+} seconds'")


def _case_of(pairs: list[tuple[datetime, str]], last: str) -> str:
    if not pairs:
        return last
    steps = " ".join(f"WHEN {_PLACE} < '{time:%Y-%m-%d %H:%M:%S}' THEN {text}" for time, text in pairs)
    return f"CASE {steps} ELSE {last} END"


@lru_cache(maxsize=32)
def clock_changes(zone: str) -> tuple[list[datetime], list[int]]:
    """The instants (UTC) at which a zone's clocks change, and the offsets in seconds between them: one more."""
    here = ZoneInfo(zone)
    at, last = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
    changes, offsets = [], [_offset(here, at)]
    while at < last:
        later = at + timedelta(days=1)
        if _offset(here, later) != offsets[-1]:
            changes.append(_first_with_other_offset(here, at, later))
            offsets.append(_offset(here, later))
        at = later
    return changes, offsets


def _first_with_other_offset(here: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second of the change between two instants of different offsets."""
    old, seconds = _offset(here, before), int((after - before).total_seconds())
    low, high = 0, seconds
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(here, before + timedelta(seconds=middle)) == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _offset(here: ZoneInfo, instant: datetime) -> int:
    shift = instant.astimezone(here).utcoffset()
    assert shift is not None
    return int(shift.total_seconds())
