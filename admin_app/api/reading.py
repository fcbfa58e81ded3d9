"""What a program sends, read with the sentences that a person would get: JSON bodies, filters, keys, days."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import UnsupportedMediaType

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import clean_text, parse_amount, parse_date
from admin_app.models import Entity
from admin_app.policy import visible

LONGEST_TEXT = 20_000
DEEPEST = 32
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

E = TypeVar("E", bound=Entity)
T = TypeVar("T")


def find(session: Session, entity: type[E], public_id: str, actor: Actor) -> E:
    """The record with this id, if the person behind the token may see it; raises NotFound."""
    record: E | None = None
    if _ID.fullmatch(public_id):
        record = session.scalar(visible(actor, select(entity).where(entity.public_id == public_id)))
    if record is None:
        raise NotFound(f"There is no such {entity.singular}")
    return record


def linked(session: Session, entity: type[E], public_id: object, actor: Actor, field: str) -> E:
    """The record that a field names; raises Invalid at the field."""
    try:
        return find(session, entity, text(public_id, field), actor)
    except NotFound as refusal:
        raise wrong(field, refusal.sentence) from None


def body_text() -> str:
    """The body as text; raises UnsupportedMediaType for what is no JSON, Invalid for what is no UTF-8."""
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        return request.get_data().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"This body is not UTF-8 text (byte {error.start + 1})") from None


def body(known: tuple[str, ...], *, may_be_empty: bool = False) -> dict[str, Any]:
    """The object that a body holds; raises Invalid for no JSON, no object, and a field that is not known.

    A field that nobody reads would be something said and not heard.
    """
    if may_be_empty and not request.get_data():
        return {}
    try:
        said = json.loads(body_text(), parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Invalid(f"This is not JSON (line {error.lineno}, column {error.colno})") from None
    except (ValueError, RecursionError):
        raise Invalid("This JSON holds something that cannot be read") from None
    return fields_of_object(said, known, "")


def fields_of_object(said: object, known: tuple[str, ...], path: str) -> dict[str, Any]:
    """A JSON object with these fields and no others."""
    if not isinstance(said, dict):
        sentence = "This is not an object in braces"
        raise Invalid(sentence, {path: sentence} if path else None)
    for key in said:
        if key not in known:
            named = f"{path}.{key[:40]}" if path else key[:40]
            offers = f"known are {', '.join(known)}" if known else "nothing is asked here"
            raise wrong(named, f"“{key[:40]}” is not known here; {offers}")
    return said


def _no_number(word: str) -> None:
    raise ValueError(word)


def wrong(field: str, sentence: str) -> Invalid:
    """A refusal at one field."""
    return Invalid(sentence, {field: sentence})


def at_field(field: str, read: Callable[[], T]) -> T:
    """What `read` gives; a refusal of its own is put at the field."""
    try:
        return read()
    except Invalid as refusal:
        raise wrong(field, refusal.sentence) from None


def text(said: object, field: str, longest: int = LONGEST_TEXT) -> str:
    """Text that both databases keep."""
    if not isinstance(said, str):
        raise wrong(field, "This is not text")
    return at_field(field, lambda: clean_text(said, longest, multiline=True))


def flag(said: object, field: str) -> bool:
    """True or false."""
    if not isinstance(said, bool):
        raise wrong(field, "This is true or false")
    return said


def day(said: object, field: str) -> date:
    """A day as 2026-03-17."""
    written = text(said, field, 40)
    if not _DAY.fullmatch(written):
        raise wrong(field, f"“{written}” is not a day; write it as 2026-03-17")
    return at_field(field, lambda: parse_date(written))


def moment(said: object, field: str) -> datetime:
    """A moment with its zone, as 2026-03-17T09:30:00Z."""
    written = text(said, field, 40)
    try:
        found = datetime.fromisoformat(written).astimezone(UTC) if "T" in written else None
        zoned = found is not None and datetime.fromisoformat(written).tzinfo is not None
    except (ValueError, OverflowError):
        found, zoned = None, False
    if found is None or not zoned:
        raise wrong(field, f"“{written}” is not a moment; write it as 2026-03-17T09:30:00Z")
    at_field(field, lambda: parse_date(found.date().isoformat()))
    return found


def amount(said: object, field: str, currency: str) -> Money:
    """An amount as decimal text; a bare number with a point could have lost a digit on the way."""
    if isinstance(said, bool) or not isinstance(said, str | int):
        raise wrong(field, 'This is no amount; write it as text, such as "64.20"')
    return at_field(field, lambda: parse_amount(str(said)[:80], currency))


def listed(said: object, field: str, most: int) -> list[Any]:
    """A list that is not without end."""
    if not isinstance(said, list):
        raise wrong(field, "This is not a list")
    if len(said) > most:
        raise wrong(field, f"At most {most} are taken at once")
    return said


def parameters(known: tuple[str, ...]) -> Mapping[str, str]:
    """What the address asks for; a filter that nobody knows would show more than was asked for, so it is refused."""
    for name in request.args:
        if name not in known:
            raise wrong(name[:40], f"“{name[:40]}” is not known here; known are {', '.join(known)}")
    return request.args
