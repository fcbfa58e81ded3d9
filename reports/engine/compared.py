"""A figure held against another time of itself: the difference as printed, and whether it is the good way [123]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from reports.engine.answer import Answer, spoken
from reports.metrics import Unit

FEWEST_ROWS = 20
"""Under so many rows no percentage is told: it would say more than is known."""


@dataclass(frozen=True)
class Compared:
    """Two answers beside each other.  `change` is empty where one of them has no figure; `better` None: neither way."""

    now: Answer
    before: Answer
    when: str
    change: str
    better: bool | None

    @property
    def sentence(self) -> str:
        """ "£1,000.00 in 1 Jan – 17 Mar 2025, +£200.00 (+20.0 %)"."""
        return f"{self.before.text} {self.when}" + (f", {self.change}" if self.change else "")


def compared(now: Answer, before: Answer) -> Compared:
    """An answer held against the one of an earlier time."""
    change, better = "", None
    if now.value is not None and before.value is not None and now.currency == before.currency:
        apart = Decimal(now.value) - Decimal(before.value)
        change = _told(now, before, apart)
        if apart and now.metric.good:
            better = (apart > 0) == (now.metric.good == "up")
    return Compared(now, before, _when(before), change, better)


def _told(now: Answer, before: Answer, apart: Decimal) -> str:
    locale, unit = now.locale, now.metric.unit
    sign = "+" if apart > 0 else ""
    if unit is Unit.SHARE:
        points = format_decimal(apart * 100, format="#,##0.0", locale=locale)
        return f"{sign}{points} points"
    whole = int(apart) if apart == int(apart) else apart
    said = f"{sign}{spoken(whole, unit, now.currency, locale)}" if apart else "no change"
    before_value = Decimal(before.value or 0)
    if not apart or before_value <= 0 or min(now.rows, before.rows) < FEWEST_ROWS:
        return said
    share = format_percent(apart / before_value, format="#,##0.0 %", locale=locale)
    return f"{said} ({sign}{share})"


def said_day(day: date, locale: Locale) -> str:
    """A day as pages, letters and pictures of figures say it: "3 Mar 2026"."""
    return str(format_date(day, "d MMM y", locale=locale))


def _when(before: Answer) -> str:
    query, locale = before.query, before.locale
    if before.metric.stock or query.start is None or query.end is None:
        return f"on {said_day(before.as_of, locale)}"
    return f"from {said_day(query.start, locale)} through {said_day(query.end - timedelta(days=1), locale)}"
