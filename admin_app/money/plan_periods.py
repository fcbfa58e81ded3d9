"""The periods of a service plan: half-open, on their anchor day, and what of one is unused [M35, M40].

A period begins on the anchor day of its month, on the month's last day where it has no such day: 31 January,
28 February, 31 March.  The next one begins where it ends.  Days are calendar days, never instants::

    first = period_from(date(2026, 1, 31), anchor_day=31, months=1)     # 31 January until before 28 February
    second = period_from(first.ends_on, 31, 1)                          # 28 February until before 31 March
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

MONTHS_OF_YEAR = 12


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days: `ends_on` is the first day that it does not cover."""

    starts_on: date
    ends_on: date

    @property
    def last_day(self) -> date:
        """The last day that it covers."""
        return self.ends_on - timedelta(days=1)

    def __str__(self) -> str:
        """As a bill names it: 31 January 2026 to 27 February 2026."""
        return f"{self.starts_on:%-d %B %Y} to {self.last_day:%-d %B %Y}"


def months_later(day: date, months: int, anchor_day: int) -> date:
    """The anchor day so many months after the month of `day`, or that month's last day."""
    count = day.year * MONTHS_OF_YEAR + day.month - 1 + months
    year, month = divmod(count, MONTHS_OF_YEAR)
    return date(year, month + 1, min(anchor_day, monthrange(year, month + 1)[1]))


def period_from(starts_on: date, anchor_day: int, months: int) -> Period:
    """The period of so many months that begins on this day."""
    return Period(starts_on, months_later(starts_on, months, anchor_day))


def periods_until(starts_on: date, anchor_day: int, months: int, until: date) -> Iterator[Period]:
    """The periods from this day on that begin on or before `until`, one by one."""
    while starts_on <= until:
        period = period_from(starts_on, anchor_day, months)
        yield period
        starts_on = period.ends_on


def first_start_from(starts_on: date, anchor_day: int, months: int, day: date) -> date:
    """The first start of a period, of those from `starts_on` on, that is not before `day`."""
    while starts_on < day:
        starts_on = months_later(starts_on, months, anchor_day)
    return starts_on


def unused_share(period: Period, anchor_day: int, months: int, from_day: date) -> Fraction:
    """How much of a period lies on and after `from_day`, between 0 and 1.

    Each of its months counts the same; of the month in which `from_day` lies, the days that are left by the days of
    that month (ERPNext#36953 counted others, #28253 hours).
    """
    unused = Fraction(0)
    starts_on = period.starts_on
    for _ in range(months):
        month = period_from(starts_on, anchor_day, 1)
        days = (month.ends_on - month.starts_on).days
        left = (month.ends_on - max(month.starts_on, from_day)).days
        unused += Fraction(min(max(left, 0), days), days)
        starts_on = month.ends_on
    return unused / months
