"""What day it is: handed to services, never asked of the machine in the middle of a rule.

Business dates are plain dates in the company's zone; instants are UTC [M35].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the instant (aware, UTC) and the company's calendar day."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        ...

    def today(self) -> date:
        """The calendar day in the company's zone."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock seen from the company's time zone (an IANA name)."""

    zone: str = "UTC"

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The calendar day in `zone`."""
        return datetime.now(ZoneInfo(self.zone)).date()


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still at `instant`: for demos, imports of history and tests."""

    instant: datetime
    zone: str = "UTC"

    def now(self) -> datetime:
        """The instant it stands at, in UTC."""
        return self.instant.astimezone(UTC)

    def today(self) -> date:
        """The calendar day of the instant in `zone`."""
        return self.instant.astimezone(ZoneInfo(self.zone)).date()
