"""What a declared field holds, as text and back: one way for lists, forms, filters and exported files.

`parse` reads what a person typed, `plain` writes what a file carries (ISO dates, amounts with a point), `typed` writes
what a form shows back.  Whatever `plain` writes, `parse` reads to the same value.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import (
    clean_text,
    parse_amount,
    parse_boolean,
    parse_date,
    parse_decimal,
    parse_integer,
)
from admin_app.kernel.text import digits, fold
from admin_app.models import Company, Entity
from admin_app.models.field import BoundField, Kind, Surface, fields_on

LONGEST_TEXT = 20_000
"""Characters that a text without a limit of its own may have."""
LARGEST_INTEGER = 2_147_483_647
"""What a column of whole numbers holds on PostgreSQL."""
LARGEST_DECIMAL = Decimal(10) ** 12
"""Quantities and rates are kept in ten-thousandths of a 64-bit number."""

_EMAIL = re.compile(r"[^@\s<>\"(),:;\\]{1,64}@[^@\s<>\"(),:;\\.]+(\.[^@\s<>\"(),:;\\.]+)+")
_BETWEEN = re.compile(r"(\w+) BETWEEN (-?\d+) AND (-?\d+)")
_TIME = re.compile(
    r"(?P<day>.*?\d)(?:\s*,?\s+|T)(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How this office reads and writes: its currency, its time zone, the country of its phone numbers."""

    currency: str = "EUR"
    zone: str = "UTC"
    country: str = "GB"
    prices_include_tax: bool = False
    """How new documents begin [M7]."""


def office_reading(session: Session) -> Reading:
    """The company's way to read and write; one statement a session, none the second time."""
    company = session.get(Company, 1)
    if company is None:
        return Reading()
    return Reading(company.currency, company.zone, company.country, company.prices_include_tax)


OFFICE_WAYS = ("currency", "prices_include_tax")
"""Fields that a new record begins with as the company has them, on its form and where no form asks for them [M7]."""


def begun(session: Session, entity: type[Entity], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a new record, with the ways of the office where `values` says nothing of them."""
    reading = office_reading(session)
    asked = {bound.key for bound in fields_on(entity, Surface.FORM)} if entity is not Company else set()
    return {key: getattr(reading, key) for key in OFFICE_WAYS if key in asked} | dict(values)


def parse(bound: BoundField, text: str, reading: Reading) -> Any:
    """What `text` means for the field, or None for nothing; raises Invalid with a sentence.

    Links are not text: the doors resolve them to an id.
    """
    if not text.strip():
        return None
    return _PARSERS[bound.kind](bound, text, reading)


def _parse_text(bound: BoundField, text: str, reading: Reading) -> str:
    return clean_text(text, bound.max_length or LONGEST_TEXT)


def _parse_long_text(bound: BoundField, text: str, reading: Reading) -> str:
    return clean_text(text, bound.max_length or LONGEST_TEXT, multiline=True)


def _parse_email(bound: BoundField, text: str, reading: Reading) -> str:
    address = clean_text(text, bound.max_length or 254)
    if not _EMAIL.fullmatch(address):
        raise Invalid(f"“{address[:60]}” is not an email address; it needs the form name@company.com")
    return address


def _parse_phone(bound: BoundField, text: str, reading: Reading) -> str:
    """A number in international form where it is one; what cannot be read so stays as typed."""
    typed = clean_text(text, bound.max_length or 40)
    if len(digits(typed)) < 3:
        raise Invalid(f"“{typed}” is not a phone number")
    try:
        number = phonenumbers.parse(typed, reading.country)
    except phonenumbers.NumberParseException:
        return typed
    if not phonenumbers.is_possible_number(number):
        return typed
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return normal if len(normal) <= (bound.max_length or 40) else typed


def _parse_integer(bound: BoundField, text: str, reading: Reading) -> int:
    low, high = range_of(bound)
    return parse_integer(
        text,
        -LARGEST_INTEGER if low is None else low,
        LARGEST_INTEGER if high is None else high,
    )


def _parse_decimal(bound: BoundField, text: str, reading: Reading) -> Decimal:
    number = parse_decimal(text)
    if abs(number) >= LARGEST_DECIMAL:
        raise Invalid(f"{number} is more than this field can hold")
    return number


def _parse_money(bound: BoundField, text: str, reading: Reading) -> int:
    return parse_amount(text, reading.currency).minor


def _parse_boolean(bound: BoundField, text: str, reading: Reading) -> bool:
    return parse_boolean(text)


def _parse_date(bound: BoundField, text: str, reading: Reading) -> date:
    return parse_date(text)


def _parse_instant(bound: BoundField, text: str, reading: Reading) -> datetime:
    """A day with a time of day in the company's zone, or a full instant with its own."""
    bare = text.strip()
    try:
        full = datetime.fromisoformat(bare)
    except ValueError:
        full = None
    if full is not None and full.tzinfo is not None:
        parse_date(full.date().isoformat())  # refuses the years that are typing mistakes
        return full.astimezone(UTC)
    found = _TIME.fullmatch(bare)
    day = parse_date(found["day"] if found else bare)
    hour, minute, second = (
        (int(found[part] or 0) for part in ("hour", "minute", "second")) if found else (0, 0, 0)
    )
    if hour > 23 or minute > 59 or second > 59:
        raise Invalid(f"“{bare[:40]}” is not a time of day; write it as 2025-03-31 14:30")
    local = datetime.combine(day, time(hour, minute, second), ZoneInfo(reading.zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid(f"There is no {hour:02}:{minute:02} on that day: the clocks go forward")
    return instant


def _parse_choice(bound: BoundField, text: str, reading: Reading) -> enum.Enum:
    wanted = fold(text).replace("_", " ")
    members: list[enum.Enum] = list(bound.choices or ())
    for member in members:
        if wanted in (fold(str(member.value)), fold(member.name).replace("_", " ")):
            return member
    offered = ", ".join(str(member.value) for member in members)
    raise Invalid(f"“{text.strip()[:40]}” is not one of: {offered}")


def _parse_coordinate(bound: BoundField, text: str, reading: Reading) -> float:
    bare = text.strip().replace(",", ".")
    if not re.fullmatch(r"[+-]?\d{1,6}(\.\d{1,15})?", bare):
        raise Invalid(f"“{text.strip()[:40]}” is not a coordinate; write it as 51.5074")
    number = float(bare)
    low, high = range_of(bound)
    if (low is not None and number < low) or (high is not None and number > high):
        raise Invalid(f"{bare} lies outside {low} to {high}")
    return number


def _parse_structure(bound: BoundField, text: str, reading: Reading) -> Any:
    """Lines "name: value", as `typed` writes them; JSON as `plain` writes it."""
    if text.lstrip().startswith(("{", "[")):
        try:
            return checked_structure(json.loads(text))
        except (ValueError, RecursionError):
            raise Invalid("These details cannot be read; write one a line, as height: 12") from None
    details: dict[str, Any] = {}
    for line in clean_text(text, LONGEST_TEXT, multiline=True).splitlines():
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or not name.strip():
            raise Invalid(f"“{line[:40]}” needs a name and a colon before its value, as height: 12")
        details[name.strip()] = _scalar(value.strip())
    return details


def checked_structure(value: Any) -> Any:
    """Details that both databases keep: no control characters or halves of characters, no NaN, not without end.

    Raises Invalid for too long a text and for a character that cannot be kept; ValueError, TypeError or RecursionError
    for what is no JSON at all.
    """
    text = json.dumps(value, allow_nan=False)
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"These details have {len(text)} characters; at most {LONGEST_TEXT} fit")
    for word in _words_of(value):
        clean_text(word, LONGEST_TEXT, multiline=True)
    return value


def _words_of(value: Any) -> Iterator[str]:
    """Every text in some details, the names too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield str(name)
            yield from _words_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words_of(part)


def _scalar(text: str) -> Any:
    """A number or yes and no where the text is one, else the text."""
    if text in ("yes", "no"):
        return text == "yes"
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d{1,12}\.\d{1,6}", text) else text


_PARSERS: dict[Kind, Any] = {
    Kind.TEXT: _parse_text,
    Kind.LONG_TEXT: _parse_long_text,
    Kind.EMAIL: _parse_email,
    Kind.PHONE: _parse_phone,
    Kind.INTEGER: _parse_integer,
    Kind.DECIMAL: _parse_decimal,
    Kind.MONEY: _parse_money,
    Kind.BOOLEAN: _parse_boolean,
    Kind.DATE: _parse_date,
    Kind.INSTANT: _parse_instant,
    Kind.CHOICE: _parse_choice,
    Kind.COORDINATE: _parse_coordinate,
    Kind.STRUCTURE: _parse_structure,
}


def plain(bound: BoundField, value: Any, currency: str) -> str:
    """The value as a file carries it: exact, in one form, read back by `parse`; nothing is ""."""
    if value is None:
        return ""
    match bound.kind:
        case Kind.MONEY:
            return str(Money(value, currency))
        case Kind.BOOLEAN:
            return "yes" if value else "no"
        case Kind.DATE:
            return str(value.isoformat())
        case Kind.INSTANT:
            return str(value.astimezone(UTC).isoformat(timespec="seconds"))
        case Kind.CHOICE:
            return str(value.value if isinstance(value, enum.Enum) else value)
        case Kind.DECIMAL:
            return format(Decimal(value).normalize(), "f")
        case Kind.STRUCTURE:
            return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
        case _:
            return str(value)


def typed(bound: BoundField, value: Any, reading: Reading, currency: str | None = None) -> str:
    """The value as a form shows it back: dates as "17 Mar 2026", instants for the browser's own picker."""
    if value is None or value == "":
        return ""
    match bound.kind:
        case Kind.DATE:
            return f"{value.day} {value.strftime('%b %Y')}"
        case Kind.INSTANT:
            return str(value.astimezone(ZoneInfo(reading.zone)).strftime("%Y-%m-%dT%H:%M"))
        case Kind.STRUCTURE if isinstance(value, dict):
            return "\n".join(f"{name}: {_scalar_text(part)}" for name, part in value.items())
        case _:
            return plain(bound, value, currency or reading.currency)


def _scalar_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


@lru_cache(maxsize=512)
def range_of(bound: BoundField) -> tuple[int | None, int | None]:
    """The least and the most that the table's own CHECK allows ("rating BETWEEN 0 AND 5"), where it says so."""
    for constraint in bound.entity.__table__.constraints:
        if isinstance(constraint, CheckConstraint):
            for column, low, high in _BETWEEN.findall(str(constraint.sqltext)):
                if column == bound.key:
                    return int(low), int(high)
    return None, None
