"""Reading dates as people and other programs write them [M35].

"03/04/2025" is 3 April to some and 4 March to others: without a file-wide `order` it is refused, and
`guess_date_order` finds that order from the rows of the file that leave no doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from admin_app.kernel.errors import Invalid
from admin_app.kernel.text import fold

EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
"""Dates outside these years are typing mistakes."""


class DateOrder(StrEnum):
    """What stands first where both could be meant."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


# The months in English, German, French, Spanish, Italian, Dutch, Portuguese and the Scandinavian languages,
# folded; any beginning of at least three letters counts, and so do the odd abbreviations at the end.
_MONTH_NAMES: tuple[str, ...] = (
    "january januar janvier enero gennaio januari janeiro",
    "february februar fevrier febrero febbraio februari fevereiro",
    "march marz maerz mars marzo maart marco mrz mrt",
    "april avril abril aprile",
    "may mai mayo maggio mei maio maj",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august aout agosto augustus augusti",
    "september septembre septiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember decembre diciembre dicembre dezembro desember",
)


def _beginnings() -> dict[str, int]:
    """Every beginning of a month's name that means one month only ("jui" could be June or July)."""
    meanings: dict[str, set[int]] = {}
    for month, names in enumerate(_MONTH_NAMES, start=1):
        for name in names.split():
            for length in range(3, len(name) + 1):
                meanings.setdefault(name[:length], set()).add(month)
    return {beginning: months.pop() for beginning, months in meanings.items() if len(months) == 1}


_MONTHS = _beginnings()

_TIME = (
    r"(?:[T ]\s*(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)"
    r"\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_YEAR_FIRST = re.compile(r"(?P<y>[0-9]{4})(?P<mark>[-/.])(?P<m>[0-9]{1,2})(?P=mark)(?P<d>[0-9]{1,2})" + _TIME)
_COMPACT = re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})")
_TWO_FIRST = re.compile(
    r"(?P<a>[0-9]{1,2})\s*(?P<mark>[-/.])\s*(?P<b>[0-9]{1,2})\s*(?P=mark)\s*(?P<y>[0-9]{4}|[0-9]{2})" + _TIME
)
_DAY_NAME = re.compile(
    r"(?P<d>[0-9]{1,2})(?:st|nd|rd|th|\.)?[\s-]*(?:de\s+)?(?P<name>[^\W\d]+)\.?,?[\s-]*(?:de\s+)?"
    r"(?P<y>[0-9]{4}|[0-9]{2})" + _TIME
)
_NAME_DAY = re.compile(
    r"(?P<name>[^\W\d]+)\.?[\s-]+(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?,?[\s-]+(?P<y>[0-9]{4})" + _TIME
)


def parse_date(text: str, order: DateOrder | str | None = None) -> date:
    """A calendar day: "2025-03-04", "4.3.2025", "4 Mar 2025", "Mar 4, 2025", "20250304", "4/3/2025".

    Dots always mean day first; slashes and dashes follow `order`, or the numbers where one exceeds 12, else
    the date is refused.  A time of day behind it is dropped; with a time zone only midnight is, because any
    other instant may be another day here.  Two-digit years are 1970-2069.  Raises Invalid.
    """
    settled = DateOrder(order) if order is not None else None
    bare = re.sub(r"\s+", " ", text).strip()
    for pattern in (_YEAR_FIRST, _COMPACT, _TWO_FIRST, _DAY_NAME, _NAME_DAY):
        found = pattern.fullmatch(bare)
        if found:
            parts = found.groupdict()
            _refuse_other_zones(parts, text)
            if pattern is _TWO_FIRST:
                day, month = _which_is_the_day(int(parts["a"]), int(parts["b"]), parts["mark"], settled, text)
            else:
                day = int(parts["d"])
                month = int(parts["m"]) if "m" in parts else _month_named(parts["name"], text)
            return _day(parts["y"], month, day, text)
    raise Invalid(f"“{_shown(text)}” is not a date; write it as 2025-03-31")


def guess_date_order(samples: Iterable[str]) -> DateOrder | None:
    """Which part of a file's slash dates is the day, or None where no row decides or rows contradict."""
    seen: set[DateOrder] = set()
    for sample in samples:
        found = _TWO_FIRST.fullmatch(re.sub(r"\s+", " ", sample).strip())
        if not found or found["mark"] == ".":
            continue
        first, second = int(found["a"]), int(found["b"])
        if 12 < first <= 31 and second <= 12:
            seen.add(DateOrder.DAY_FIRST)
        elif 12 < second <= 31 and first <= 12:
            seen.add(DateOrder.MONTH_FIRST)
    return seen.pop() if len(seen) == 1 else None


def _which_is_the_day(a: int, b: int, mark: str, order: DateOrder | None, text: str) -> tuple[int, int]:
    """Day and month of two numbers, by the mark, the settled order or what the numbers allow."""
    if mark == "." or order is DateOrder.DAY_FIRST:
        return a, b
    if order is DateOrder.MONTH_FIRST:
        return b, a
    if a > 12 or a == b:
        return a, b
    if b > 12:
        return b, a
    raise Invalid(
        f"“{_shown(text)}” can be two different days; write it as 2025-03-31, or say if the day comes first"
    )


def _month_named(name: str, text: str) -> int:
    """The month whose name begins with this word."""
    month = _MONTHS.get(fold(name))
    if month is None:
        raise Invalid(f"“{_shown(text)}” names no month that is known here; write it as 2025-03-31")
    return month


def _day(year_text: str, month: int, day: int, text: str) -> date:
    """The date of its parts; raises Invalid where the calendar has no such day."""
    year = int(year_text)
    if len(year_text) == 2:
        year += 1900 if year >= 70 else 2000
    try:
        found = date(year, month, day)
    except ValueError:
        raise Invalid(f"“{_shown(text)}” is not a day of the calendar") from None
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise Invalid(f"“{_shown(text)}” lies outside the years {EARLIEST_YEAR} to {LATEST_YEAR}")
    return found


def _refuse_other_zones(parts: dict[str, str | None], text: str) -> None:
    """An instant in another zone may be another day in ours: only midnight is taken as a plain date."""
    if parts.get("zone") and (parts.get("time") or "").strip("0:.,"):
        raise Invalid(f"“{_shown(text)}” is an instant in another time zone; a plain date is needed")


def _shown(text: str) -> str:
    """The typed text as a sentence may quote it: printable and short."""
    return "".join(c if c.isprintable() else "�" for c in text.strip())[:40]
