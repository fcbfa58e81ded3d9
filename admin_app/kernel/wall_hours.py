"""Days and hours as the clock on the company's wall shows them, also on the days on which it is changed [M35].

Instants are UTC; a day of the calendar has 23, 24 or 25 hours.  One call::

    starts_at, ends_at = moved_by(starts_at, ends_at, 2, "Europe/London")      # two days later, at the same hours
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOMENT = timedelta(microseconds=1)


def on_the_wall(moment: datetime, zone: str) -> datetime:
    """An instant as the clock shows it; stored instants without a zone are UTC."""
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(ZoneInfo(zone))


def day_on_the_wall(moment: datetime, zone: str) -> date:
    """The calendar day of an instant."""
    return on_the_wall(moment, zone).date()


def instant_at(day: date, hour: time, zone: str) -> datetime:
    """The instant (UTC) at which the clock shows this hour of this day; the first of two.

    An hour that is left out in spring is the one after it: 02:30 is 03:30 then.
    """
    return datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)


def bounds_of(first: date, days: int, zone: str) -> tuple[datetime, datetime]:
    """When a stretch of days begins, and when the day after it does (UTC)."""
    return instant_at(first, time(), zone), instant_at(first + timedelta(days=days), time(), zone)


def days_touched(starts_at: datetime, ends_at: datetime | None, zone: str) -> tuple[date, date]:
    """The first and the last day of something; what ends at midnight does not touch the day after."""
    first = day_on_the_wall(starts_at, zone)
    if ends_at is None or ends_at <= starts_at:
        return first, first
    return first, day_on_the_wall(ends_at - MOMENT, zone)


def moved_by(
    starts_at: datetime, ends_at: datetime | None, days: int, zone: str
) -> tuple[datetime, datetime | None]:
    """The same hours so many days later (earlier, if negative); where the clock has no such end, the same length."""
    starts = _shifted(starts_at, days, zone)
    if ends_at is None:
        return starts, None
    ends = _shifted(ends_at, days, zone)
    return starts, ends if ends >= starts else starts + (ends_at - starts_at)


def hour_of(text: str, otherwise: time = time(8)) -> time:
    """ "07:30" as an hour; `otherwise` for what is none."""
    hours, _, minutes = text.partition(":")
    try:
        return time(int(hours), int(minutes or 0))
    except ValueError:
        return otherwise


def _shifted(moment: datetime, days: int, zone: str) -> datetime:
    local = on_the_wall(moment, zone)
    return instant_at(local.date() + timedelta(days=days), local.time(), zone)
