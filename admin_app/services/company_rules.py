"""What must hold of the company's own facts beyond their shape: they steer every page, so none may be nonsense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.currency import CURRENCIES
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Company, Invoice, JournalEntry, Payment
from admin_app.policy import Permission, demand


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The names of time zones that people choose from: "Europe/London", and UTC."""
    return (
        "UTC",
        *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")),
    )


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """Two letters → the country's English name."""
    names = Locale("en").territories
    return {code: name for code, name in names.items() if len(code) == 2 and code.isalpha() and code != "ZZ"}


def currency_names() -> dict[str, str]:
    """ISO code → its English name."""
    names = Locale("en").currencies
    return {code: names.get(code, code) for code in CURRENCIES}


def check_company(session: Session, company: Company | None, values: Mapping[str, Any], actor: Actor) -> None:
    """Refuse facts that would break pages or books; `company` is None before the set-up.

    Locking the books asks for its own right.  Raises Invalid with a sentence a field, Unmet for another currency
    once money is booked, NotAllowed.
    """
    wrong = dict(_nonsense(values)) or _backwards(company, values)
    if wrong:
        raise Invalid("Some of this is not known here", wrong)
    if company is None:
        return
    if "currency" in values and values["currency"] != company.currency and _has_money(session):
        raise Unmet(f"The books are kept in {company.currency} and hold money already; that cannot change")
    if "locked_until" in values and values["locked_until"] != company.locked_until:
        demand(actor, Permission.PERIOD_LOCK)
        _not_ahead(session, values["locked_until"])


def _nonsense(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if "zone" in values and values["zone"] not in zones():
        found.append(("zone", "Choose a time zone from the list"))
    if "country" in values and values["country"] not in countries():
        found.append(("country", "Choose a country from the list"))
    if "currency" in values and values["currency"] not in CURRENCIES:
        found.append(("currency", "Choose a currency from the list"))
    if "language" in values and not is_language(values["language"]):
        found.append(("language", "Choose a language from the list"))
    for key in ("map_tiles_url", "geocoder_url"):
        address = values.get(key)
        if address and not str(address).startswith(("https://", "http://")):
            found.append((key, "An address begins with https:// or http://"))
    found += [
        (key, "Write a time of day as 07:30")
        for key in TIMES_OF_DAY
        if key in values and not is_time_of_day(values[key])
    ]
    return found


def _backwards(company: Company | None, values: Mapping[str, Any]) -> dict[str, str]:
    """A working day that ends before it starts has no free slot in it."""
    starts, ends = (values.get(key, getattr(company, key, "")) for key in ("day_starts", "day_ends"))
    return {"day_ends": "The working day ends after it starts"} if starts and ends and starts >= ends else {}


TIMES_OF_DAY = ("quiet_from", "quiet_until", "day_starts", "day_ends")
"""The company's times of day, kept as people write them: 07:30."""


def is_time_of_day(text: object) -> bool:
    """Whether this is a time of day, hours and minutes: "07:30"."""
    return re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", str(text)) is not None


def is_language(name: object) -> bool:
    """Whether dates and numbers can be written in this language ("en", "en_GB")."""
    try:
        Locale.parse(str(name))
    except (ValueError, UnknownLocaleError, TypeError):
        return False
    return True


def _has_money(session: Session) -> bool:
    return any(
        session.scalar(select(entity.id).limit(1)) is not None for entity in (JournalEntry, Invoice, Payment)
    )


def _not_ahead(session: Session, day: date | None) -> None:
    """Tomorrow's money cannot be locked away today: nothing could be booked at all."""
    if day is not None and day > session.info["clock"].today():
        raise Invalid("The books can be locked up to today", {"locked_until": "This day has not come yet"})
