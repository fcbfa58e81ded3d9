"""From the text of a cell to the value that is staged: one compiled function a column.

What `records.values` reads for a form is read here too; the ways taken by nearly every cell of a large file are
short cuts before it.  Staged values are what both databases take without help: text, whole numbers, ISO dates.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from admin_app.kernel.currency import MINOR_DIGITS
from admin_app.kernel.dates import DateOrder
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import LARGEST_MINOR
from admin_app.kernel.parsing import (
    clean_text,
    parse_amount,
    parse_boolean,
    parse_date,
    parse_decimal,
    parse_integer,
)
from admin_app.models.field import Kind
from admin_app.models.types import Scaled
from admin_app.records.importing.countries import country_code
from admin_app.records.importing.schema import Column
from admin_app.records.spreadsheet import unguarded
from admin_app.records.values import LONGEST_TEXT, Reading, parse

Convert = Callable[[str], Any]
"""Text of a cell that is not empty → the staged value; raises Invalid with a sentence."""

_PLAIN_AMOUNT = re.compile(r"(-?)([0-9]{1,13})(?:\.([0-9]{1,4}))?")
_ISO_DAY = re.compile(r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])")
_MOST_REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class Manner:
    """How this file writes things, where it could be read in two ways; `None`: as each cell says.

    `mapped`: a file of another program, whose phones and countries are brought into our form.
    """

    reading: Reading = field(default_factory=Reading)
    date_order: DateOrder | None = None
    decimal_mark: str | None = "."
    mapped: bool = False


def converter(column: Column, manner: Manner) -> Convert:
    """The function that reads the cells of this column."""
    match column.kind:
        case Kind.TEXT if column.name == "country":
            return _remembering(country_code)
        case Kind.TEXT if column.name == "currency":
            return _remembering(_currency)
        case Kind.TEXT | Kind.LINK:
            return _text(column.max_length or 200, multiline=False)
        case Kind.LONG_TEXT:
            return _text(column.max_length or LONGEST_TEXT, multiline=True)
        case Kind.EMAIL:
            return _email(column, manner)
        case Kind.PHONE:
            return _phone(column, manner)
        case Kind.MONEY if column.scaled:
            return scaled_amount(manner)
        case Kind.MONEY:
            return lambda text: parse_amount(text, manner.reading.currency, manner.decimal_mark).minor
        case Kind.DECIMAL:
            return _decimal(manner)
        case Kind.DATE:
            return _day(manner)
        case Kind.BOOLEAN:
            return _remembering(parse_boolean)
        case Kind.INSTANT:
            return _instant(manner)
        case _:
            return _declared(column, manner)


def _remembering(convert: Convert) -> Convert:
    """The same, remembering what it read: a column of choices or days holds few different cells."""
    known: dict[str, Any] = {}

    def remembered(text: str) -> Any:
        try:
            return known[text]
        except KeyError:
            value = convert(text)
            if len(known) < _MOST_REMEMBERED:
                known[text] = value
            return value

    return remembered


def _text(longest: int, *, multiline: bool) -> Convert:
    def read(text: str) -> str:
        if text[0] == "'":
            text = unguarded(text)
        if len(text) <= longest and text.isprintable() and unicodedata.is_normalized("NFC", text):
            return text.strip()
        return clean_text(text, longest, multiline=multiline)

    return read


def _email(column: Column, manner: Manner) -> Convert:
    simple = re.compile(r"[a-zA-Z0-9._+-]{1,64}@[a-zA-Z0-9-]{1,60}(\.[a-zA-Z0-9-]{1,40}){1,3}")
    thorough = _declared(column, manner)
    return lambda text: text if simple.fullmatch(text) else thorough(text)


def _phone(column: Column, manner: Manner) -> Convert:
    """A number in international form is kept as it is written; another file's is brought into that form."""
    simple = re.compile(r"\+[0-9][0-9 ()-]{5,28}[0-9]")
    thorough = _declared(column, manner)

    def read(text: str) -> Any:
        if text[0] == "'":
            text = unguarded(text)
        return text if not manner.mapped and simple.fullmatch(text) else thorough(text)

    return read


def scaled_amount(manner: Manner) -> Convert:
    """An amount in ten-thousandths; how many decimals its currency has is checked when that is known."""
    points = manner.decimal_mark in (None, ".")

    def read(text: str) -> int:
        found = _PLAIN_AMOUNT.fullmatch(text) if points else None
        if found is not None:
            sign, whole, decimals = found.groups()
            if decimals is None or manner.decimal_mark == "." or len(decimals) != 3:
                scaled = int(whole) * 10_000 + (int(decimals.ljust(4, "0")) if decimals else 0)
                return -scaled if sign else scaled
        return _slow_amount(unguarded(text), manner)

    return read


def _slow_amount(text: str, manner: Manner) -> int:
    try:
        number = parse_decimal(text, manner.decimal_mark)
    except Invalid:
        money = parse_amount(text, _sign_of(text) or manner.reading.currency, manner.decimal_mark)
        number = money.decimal
    if abs(number) > Decimal(LARGEST_MINOR) / 100:
        raise Invalid(f"“{text[:40]}” is more than this office can book")
    return int(number * 10_000)


def _sign_of(text: str) -> str | None:
    """The currency that the amount itself names, by its three letters."""
    words = re.findall(r"[A-Za-z]{3}", text)
    return next((word.upper() for word in words if word.upper() in MINOR_DIGITS), None)


def _decimal(manner: Manner) -> Convert:
    def read(text: str) -> int:
        found = _PLAIN_AMOUNT.fullmatch(text) if manner.decimal_mark == "." else None
        if found is not None:
            sign, whole, decimals = found.groups()
            scaled = int(whole) * Scaled.scale + (int(decimals.ljust(4, "0")) if decimals else 0)
            return -scaled if sign else scaled
        return int(parse_decimal(unguarded(text), manner.decimal_mark) * Scaled.scale)

    return read


def _day(manner: Manner) -> Convert:
    slow = _remembering(lambda text: parse_date(text, manner.date_order).isoformat())
    return lambda text: text if _ISO_DAY.fullmatch(text) else slow(text)


def _instant(manner: Manner) -> Convert:
    """UTC as both databases write it; a time without a zone is the company's."""
    zone = ZoneInfo(manner.reading.zone)
    stored = "%Y-%m-%d %H:%M:%S.%f"

    def read(text: str) -> str:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            day = parse_date(text, manner.date_order)
            moment = datetime.combine(day, time())
        if not 1900 <= moment.year <= 2200:
            raise Invalid(f"“{text[:40]}” lies outside the years 1900 to 2200")
        local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return local.astimezone(UTC).strftime(stored)

    return read


def _currency(text: str) -> str:
    code = text.strip().upper()
    if code not in MINOR_DIGITS:
        raise Invalid(f"“{text.strip()[:20]}” is not a currency; write its three letters, such as EUR")
    return code


def _declared(column: Column, manner: Manner) -> Convert:
    """Whatever the field's own reading says, as the database keeps it."""
    bound = column.bound
    if bound is None:
        integer = Column(column.name, Kind.INTEGER)
        assert column.kind is integer.kind, f"the column {column.name} needs a declared field"
        return _whole_number

    def read(text: str) -> Any:
        value = parse(bound, unguarded(text), manner.reading)
        match bound.kind:
            case Kind.CHOICE:
                return value.value if value is not None else None
            case Kind.STRUCTURE:
                return json.dumps(value) if value is not None else None
        return value

    return _remembering(read) if column.kind is Kind.CHOICE else read


def _whole_number(text: str) -> int:
    return parse_integer(text, -2_147_483_647, 2_147_483_647)
