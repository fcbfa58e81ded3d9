"""Time worked, as people type and read it: "1:30", "1.5 h", "90 min"; "1 h 30 min"."""

from __future__ import annotations

import re
from decimal import Decimal

from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import parse_decimal
from admin_app.kernel.rounding import round_half_up

HOUR = 60
MOST_HOURS = 24
"""A bare number up to this is hours, a larger one minutes."""
HELP = "1:30, 1.5 or 90 min"

_CLOCK = re.compile(r"(\d{1,2})\s*[:h]\s*(\d{1,2})(?:\s*(?:m|min))?", re.IGNORECASE)
_UNIT = re.compile(r"([\d.,]+)\s*(h|hour|hours|hrs|m|min|mins|minutes)?", re.IGNORECASE)


def read_worked(text: str) -> int:
    """Minutes; raises Invalid for what says no time."""
    bare = text.strip()
    if not bare:
        raise Invalid("How long did it take?")
    clock = _CLOCK.fullmatch(bare)
    if clock and int(clock[2]) < HOUR:
        return int(clock[1]) * HOUR + int(clock[2])
    unit = _UNIT.fullmatch(bare)
    if unit is None:
        raise Invalid(f"“{bare[:20]}” is no time; write it as {HELP}")
    number = parse_decimal(unit[1])
    in_minutes = (unit[2] or "").lower().startswith("m") or (unit[2] is None and number > MOST_HOURS)
    return round_half_up(number if in_minutes else number * Decimal(HOUR))


def worked(minutes: int) -> str:
    """ "1 h 30 min", "45 min", "2 h"; nothing is "0 min"."""
    hours, rest = divmod(minutes, HOUR)
    if not hours:
        return f"{rest} min"
    return f"{hours:,} h" if not rest else f"{hours:,} h {rest:02} min"


def typed_worked(minutes: int) -> str:
    """What a form shows back: "1:30"."""
    return f"{minutes // HOUR}:{minutes % HOUR:02}"
