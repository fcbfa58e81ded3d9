"""How amounts and days are printed on a page, in the reader's locale.

Filters for the templates: `money` (1,234.50 €), `bare_money` (1,234.50, where the head of the column names the
currency), `day` ("today", "Tue 3 Mar", "3 Mar 2025"), `clocked` (the same with the time), `instant` (the
full date and time, for the hover).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from flask import Flask
from flask_babel import get_locale

from admin_app.documents.printed import print_bare_money, print_money, print_number
from admin_app.kernel.money import Money

THIS_WEEK = 7


def _locale() -> Locale:
    """The locale of this request; British English where none is set."""
    return get_locale() or Locale("en", "GB")


def money(amount: Money | None) -> str:
    """The amount with its currency."""
    if amount is None:
        return "–"
    return print_money(amount, _locale())


def bare_money(amount: Money | None) -> str:
    """The amount alone, for a column whose head names the currency."""
    if amount is None:
        return "–"
    return print_bare_money(amount, _locale())


def bare_price(price: Decimal, code: str) -> str:
    """A price a unit alone, with the decimals that it has, at least those of its currency."""
    return print_number(price, _locale(), least_decimals=Money.minor_units(code))


def _local(moment: date | datetime, zone: str) -> date | datetime:
    """An instant as the wall clock of `zone` shows it; stored instants without a zone are UTC."""
    if not isinstance(moment, datetime):
        return moment
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(ZoneInfo(zone))


def day(moment: date | datetime, today: date, zone: str = "UTC") -> str:
    """The day in the fewest words that cannot be mistaken, seen from `today` in `zone`."""
    local = _local(moment, zone)
    then = local.date() if isinstance(local, datetime) else local
    if then == today:
        return local.strftime("today %H:%M") if isinstance(local, datetime) else "today"
    if then == today - timedelta(days=1):
        return "yesterday"
    if then == today + timedelta(days=1):
        return "tomorrow"
    if abs((then - today).days) < THIS_WEEK:
        return format_date(then, "EEE d MMM", locale=_locale())
    if then.year == today.year:
        return format_date(then, "d MMM", locale=_locale())
    return format_date(then, "d MMM y", locale=_locale())


def clocked(moment: datetime, today: date, zone: str = "UTC") -> str:
    """The day as :func:`day` says it, always with the time: "yesterday 10:14", "Tue 3 Mar 10:14"."""
    said = day(moment, today, zone)
    return said if said.startswith("today") else f"{said} {_local(moment, zone):%H:%M}"


def dated(moment: date | datetime, zone: str = "UTC") -> str:
    """The day by its date, and the time of an instant, whatever day it is now: for histories."""
    local = _local(moment, zone)
    if isinstance(local, datetime):
        return format_datetime(local, "d MMM y, HH:mm", locale=_locale())
    return format_date(local, "d MMM y", locale=_locale())


def instant(moment: date | datetime, zone: str = "UTC") -> str:
    """The whole of it: "Tuesday 3 March 2026, 14:05 (Europe/London)"."""
    local = _local(moment, zone)
    if isinstance(local, datetime):
        return f"{format_datetime(local, 'EEEE d MMMM y, HH:mm', locale=_locale())} ({zone})"
    return format_date(local, "EEEE d MMMM y", locale=_locale())


def from_json(text: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """What a flash message carries as JSON; a mapping passes as it is."""
    return text if isinstance(text, Mapping) else dict(json.loads(text))


def init_formats(app: Flask, today: Callable[[], date], zone: Callable[[], str] = lambda: "UTC") -> None:
    """Registers the filters; `today` and `zone` (an IANA name) are the company's."""
    app.jinja_env.filters.update(
        money=money,
        bare_money=bare_money,
        day=lambda moment: day(moment, today(), zone()),
        clocked=lambda moment: clocked(moment, today(), zone()),
        instant=lambda moment: instant(moment, zone()),
        from_json=from_json,
    )
