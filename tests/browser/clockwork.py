"""A clock that tests turn: an office whose days go by between two clicks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

ZONE = "Europe/London"


class TurningClock:
    """Stands at ten in the morning (UTC) of a day until somebody turns it to a later one."""

    def __init__(self, day: date) -> None:
        """Begin on `day`."""
        self.turn_to(day)

    def turn_to(self, day: date) -> None:
        """It is ten in the morning of that day."""
        self._now = datetime.combine(day, time(10), tzinfo=UTC)

    def now(self) -> datetime:
        """The instant, in UTC."""
        return self._now

    def today(self) -> date:
        """The business day in the company's zone."""
        return self._now.astimezone(ZoneInfo(ZONE)).date()
