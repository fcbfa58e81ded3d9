"""Filters of a list, made from the declarations: which questions a field can be asked, and the condition of each.

An address names them in words, `balance.from=100&tags.any=VIP`; field and question are looked up in tables, values
are bound, and nothing that was typed becomes SQL (security.md).  A link is asked only which record it leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, and_, func, inspect, not_, or_
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text, parse_integer
from admin_app.kernel.text import digits, fold
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.policy import sees_field
from admin_app.records.linked import any_linked, names_by_id
from admin_app.records.values import Reading, parse, plain

MOST_VALUES = 50
"""So many records, tags or choices one filter may name."""
MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that a field can be asked: its name in the address, its words in the sentence, what it takes.

    `takes` is "text", "value" (as the field itself is typed), "choices", "records", "days" or "" (nothing to fill in).
    """

    name: str
    words: str
    takes: str


_HAS = Question("has", "contains", "text")
_STARTS = Question("starts", "starts with", "text")
_IS = Question("is", "is", "value")
_ONE_OF = Question("is", "is", "choices")
_FROM = Question("from", "at least", "value")
_TO = Question("to", "at most", "value")
_ON_OR_AFTER = Question("from", "on or after", "value")
_UNTIL = Question("to", "on or before", "value")
_LAST = Question("last", "in the last {} days", "days")
_NEXT = Question("next", "in the next {} days", "days")
_OLDER = Question("older", "more than {} days ago", "days")
_LEADS_TO = Question("is", "is", "records")
_ANY = Question("any", "has any of", "records")
_ALL = Question("all", "has all of", "records")
_NONE = Question("none", "has none of", "records")
_EMPTY = Question("empty", "is empty", "")
_FILLED = Question("filled", "is filled in", "")

_TEXTS = (_HAS, _STARTS, _IS)
_AMOUNTS = (_FROM, _TO, _IS)
_DAYS = (_ON_OR_AFTER, _UNTIL, _LAST, _NEXT, _OLDER)

QUESTIONS: dict[Kind, tuple[Question, ...]] = {
    Kind.TEXT: _TEXTS,
    Kind.LONG_TEXT: (_HAS,),
    Kind.EMAIL: _TEXTS,
    Kind.PHONE: (_HAS,),
    Kind.INTEGER: _AMOUNTS,
    Kind.DECIMAL: _AMOUNTS,
    Kind.MONEY: _AMOUNTS,
    Kind.COORDINATE: (_FROM, _TO),
    Kind.BOOLEAN: (_IS,),
    Kind.DATE: _DAYS,
    Kind.INSTANT: _DAYS,
    Kind.CHOICE: (_ONE_OF,),
    Kind.LINK: (_LEADS_TO,),
    Kind.LINKS: (_ANY, _ALL, _NONE),
}
"""What each kind of field can be asked, besides whether it is empty."""


def questions_of(bound: BoundField) -> tuple[Question, ...]:
    """Everything that this field can be asked; only what may be empty is asked whether it is."""
    asked = QUESTIONS.get(bound.kind, ())
    if asked and (bound.kind is Kind.LINKS or (not bound.required and bound.kind is not Kind.BOOLEAN)):
        return (*asked, _EMPTY, _FILLED)
    return asked


@dataclass(frozen=True, slots=True)
class Filter:
    """A question to a field with its answer: `values` are typed, `texts` are what the address said."""

    bound: BoundField
    question: Question
    values: tuple[Any, ...]
    texts: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called in the address: "balance.from"."""
        return f"{self.bound.key}.{self.question.name}"


def filterable(entity: type[Any], actor: Actor) -> tuple[BoundField, ...]:
    """The fields that this actor may filter by: declared for it, and visible to them."""
    return tuple(
        bound
        for bound in fields_on(entity, Surface.FILTER)
        if bound.kind in QUESTIONS and sees_field(actor, bound)
    )


def read_filters(
    entity: type[Any], actor: Actor, params: Mapping[str, Sequence[str]], reading: Reading
) -> tuple[list[Filter], list[str]]:
    """The filters that an address asks for, and a sentence for each one that cannot be understood."""
    table = {
        f"{bound.key}.{question.name}": (bound, question)
        for bound in filterable(entity, actor)
        for question in questions_of(bound)
    }
    found, problems = [], []
    for name, texts in params.items():
        filled = tuple(text for text in texts if text.strip())
        if "." not in name or not filled:
            continue
        if name not in table:
            problems.append(f"There is no filter called “{name[:40]}” here, so it was left out")
            continue
        bound, question = table[name]
        try:
            found.append(Filter(bound, question, _values(bound, question, filled, reading), filled))
        except Invalid as refusal:
            problems.append(f"{bound.label} {question.words}: {refusal.sentence}")
    return found, problems


def _values(
    bound: BoundField, question: Question, texts: tuple[str, ...], reading: Reading
) -> tuple[Any, ...]:
    if len(texts) > MOST_VALUES:
        raise Invalid(f"At most {MOST_VALUES} can be chosen")
    match question.takes:
        case "text":
            return (clean_text(texts[-1], 200),)
        case "days":
            return (parse_integer(texts[-1], 0, MOST_DAYS),)
        case "choices":
            return tuple(parse(bound, text, reading) for text in texts)
        case "records":
            return tuple(_record(bound, text) for text in texts)
        case "value" if bound.kind in (Kind.DATE, Kind.INSTANT):
            return (_moment(bound, texts[-1], reading, question),)
        case "value":
            return (parse(bound, texts[-1], reading),)
        case _:
            return ()


def _record(bound: BoundField, text: str) -> int | str:
    """A record by its id; a tag by its word (there is a tag called 2024), so that addresses can be read."""
    if bound.kind is Kind.LINKS and hasattr(bound.target, "folded"):
        return fold(clean_text(text, 120))
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    raise Invalid(f"“{text[:40]}” names no record")


def _moment(bound: BoundField, text: str, reading: Reading, question: Question) -> date | datetime:
    """A day; for instants the first or the last moment of that day in the company's zone."""
    day_field = BoundField(bound.entity, bound.key, bound.declared, Kind.DATE, False, None, None)
    day: date = parse(day_field, text, reading)
    if bound.kind is Kind.DATE:
        return day
    edge = time.min if question is _ON_OR_AFTER else time.max
    return datetime.combine(day, edge, ZoneInfo(reading.zone)).astimezone(UTC)


def condition(chosen: Filter, today: date) -> ColumnElement[bool]:
    """The condition that a filter sets on the rows of its entity; `today` is the company's day."""
    return _ANSWERS[chosen.question.name](chosen, today)


def _column(bound: BoundField) -> Any:
    return getattr(bound.entity, bound.column_key)


def folded_column(bound: BoundField) -> Any | None:
    """The column that keeps the folded form of a name, where the entity has one: accents then do not matter."""
    if bound.key != "name":
        return None
    columns = inspect(bound.entity).column_attrs
    return next((getattr(bound.entity, key) for key in ("sort_name", "folded") if key in columns), None)


def _text_match(chosen: Filter, how: str) -> ColumnElement[bool]:
    """Compare without case, and for names without accents; `how` is "contains", "startswith" or "equals"."""
    bound, text = chosen.bound, str(chosen.values[0])
    column: Any = _column(bound)
    if bound.kind is Kind.PHONE and digits(text):
        bare: Any = column
        for mark in " -()./":
            bare = func.replace(bare, mark, "")
        return _compare(bare, digits(text), "contains")
    folded = folded_column(bound)
    if folded is not None:
        return _compare(folded, fold(text), how)
    # SQLite lowers only ASCII, so letters with accents are tried as typed, too.
    return or_(_compare(func.lower(column), text.lower(), how), _compare(column, text, how))


def _compare(column: Any, text: str, how: str) -> ColumnElement[bool]:
    matched: ColumnElement[bool]
    if how == "equals":
        matched = column == text
    elif how == "startswith":
        matched = column.startswith(text, autoescape=True)
    else:
        matched = column.contains(text, autoescape=True)
    return matched


def _is(chosen: Filter, today: date) -> ColumnElement[bool]:
    column, values = _column(chosen.bound), chosen.values
    if chosen.question is _IS and chosen.bound.kind in (Kind.TEXT, Kind.EMAIL):
        return _text_match(chosen, "equals")
    same: ColumnElement[bool] = column.in_(values) if len(values) > 1 else column == values[0]
    return same


def _days_from(chosen: Filter, today: date, days: int) -> date | datetime:
    """The day so many days from today; for instants its first moment, in UTC."""
    day = date.fromordinal(max(1, min(today.toordinal() + days, date.max.toordinal())))
    if chosen.bound.kind is Kind.DATE:
        return day
    return datetime.combine(day, time.min, UTC)


def _empty(chosen: Filter, today: date) -> ColumnElement[bool]:
    bound = chosen.bound
    if bound.kind is Kind.LINKS:
        unlinked: ColumnElement[bool] = not_(getattr(bound.entity, bound.key).any())
        return unlinked
    column = _column(bound)
    if isinstance(bound.column_type, String) and bound.kind is not Kind.CHOICE:
        blank: ColumnElement[bool] = or_(column.is_(None), column == "")
        return blank
    missing: ColumnElement[bool] = column.is_(None)
    return missing


def _linked(bound: BoundField, values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a row is linked to any of these, asked in the link table's own index."""
    ids = [value for value in values if isinstance(value, int)]
    words = [value for value in values if isinstance(value, str)]
    return any_linked(bound, ids, words)


_ANSWERS: dict[str, Callable[[Filter, date], ColumnElement[bool]]] = {
    "has": lambda f, today: _text_match(f, "contains"),
    "starts": lambda f, today: _text_match(f, "startswith"),
    "is": _is,
    "from": lambda f, today: _column(f.bound) >= f.values[0],
    "to": lambda f, today: _column(f.bound) <= f.values[0],
    "last": lambda f, today: _column(f.bound).between(
        _days_from(f, today, -f.values[0]), _days_from(f, today, 0 if f.bound.kind is Kind.DATE else 1)
    ),
    "next": lambda f, today: _column(f.bound).between(
        _days_from(f, today, 0), _days_from(f, today, f.values[0] + (0 if f.bound.kind is Kind.DATE else 1))
    ),
    "older": lambda f, today: _column(f.bound) < _days_from(f, today, -f.values[0]),
    "any": lambda f, today: _linked(f.bound, f.values),
    "all": lambda f, today: and_(*(_linked(f.bound, [value]) for value in f.values)),
    "none": lambda f, today: not_(_linked(f.bound, f.values)),
    "empty": _empty,
    "filled": lambda f, today: not_(_empty(f, today)),
}


def sentence(session: Session, actor: Actor, chosen: Filter, reading: Reading) -> str:
    """The filter in words: "Balance at least 100.00", "Tags has any of VIP"; names cost one statement a link."""
    bound = chosen.bound
    match chosen.question.takes:
        case "records":
            assert bound.target is not None
            ids = [value for value in chosen.values if isinstance(value, int)]
            names = names_by_id(session, actor, bound.target, ids)
            gone = f"a {bound.target.singular} that is gone"
            pairs = zip(chosen.values, chosen.texts, strict=True)
            said = [names.get(value, gone) if isinstance(value, int) else text for value, text in pairs]
        case "value" | "choices":
            end = 10 if bound.kind is Kind.INSTANT else None
            said = [plain(bound, value, reading.currency)[:end] for value in chosen.values]
        case "days":
            return f"{bound.label} {chosen.question.words.format(chosen.values[0])}"
        case _:
            said = [str(value) for value in chosen.values]
    return f"{bound.label} {chosen.question.words} {' or '.join(said)}".strip()
