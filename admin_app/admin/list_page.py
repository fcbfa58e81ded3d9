"""Everything that the template of a list asks for: heads, rows, chips, the filter panel, the addresses around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from admin_app.admin.cells import Cell, Dresser, currency_of_rows
from admin_app.admin.forms import lookup_url
from admin_app.kernel.actor import Actor
from admin_app.models import Entity
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.policy import sees_field
from admin_app.records.filters import Filter, filterable, questions_of, sentence
from admin_app.records.linked import names_by_id
from admin_app.records.listing import PAGE_SIZES, ListPage, ListRequest
from admin_app.records.sorting import orders_of
from admin_app.records.values import Reading, plain

Params = Mapping[str, Sequence[str]]

IN_PANEL: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("has",),
    Kind.LONG_TEXT: ("has",),
    Kind.EMAIL: ("has",),
    Kind.PHONE: ("has",),
    Kind.INTEGER: ("from", "to"),
    Kind.DECIMAL: ("from", "to"),
    Kind.MONEY: ("from", "to"),
    Kind.COORDINATE: (),
    Kind.BOOLEAN: ("is",),
    Kind.DATE: ("from", "to", "last"),
    Kind.INSTANT: ("from", "to", "last"),
    Kind.CHOICE: ("is",),
    Kind.LINK: ("is",),
    Kind.LINKS: ("any", "none"),
}
"""The questions that stand in the filter panel; the others are asked by address."""

_POSITION = ("after", "before", "page")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: `sort_url` turns the order, `direction` is "ascending", "descending" or ""."""

    label: str
    key: str
    is_number: bool
    sort_url: str
    direction: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One input of the filter panel: its name in the address, its words, what is in it."""

    name: str
    label: str
    takes: str
    value: str
    options: tuple[tuple[str, str, bool], ...] = ()
    url: str = ""
    creates: bool = False


def link_to(base: str, params: Params, **changes: str | None) -> str:
    """The address of this list with some parameters changed, None: taken away; a change leads to the first page."""
    kept = {name: list(texts) for name, texts in params.items() if name not in _POSITION and any(texts)}
    for name, text in changes.items():
        kept.pop(name, None)
        if text is not None:
            kept[name] = [text]
    return f"{base}?{urlencode(kept, doseq=True)}" if kept else base


def heads(
    base: str, params: Params, request: ListRequest, entity: type[Entity], currency: str | None
) -> list[Head]:
    """The heads of the columns; the sorted one says its direction and turns when it is pressed."""
    orders = orders_of(entity)
    found = []
    for bound in request.columns:
        label = bound.label
        if bound.kind is Kind.MONEY and currency:
            label = f"{label} ({currency})"
        elif bound.declared.unit and bound.declared.unit != "stars":
            label = f"{label} ({bound.declared.unit})"
        order = orders.get(bound.key)
        is_sorted = order is not None and request.order.key == bound.key
        towards = (
            bound.key if is_sorted and request.descending else f"-{bound.key}" if is_sorted else bound.key
        )
        direction = ("descending" if request.descending else "ascending") if is_sorted else ""
        number = bound.kind in (Kind.MONEY, Kind.INTEGER, Kind.DECIMAL, Kind.COORDINATE)
        number = number and bound.declared.unit != "stars"
        url = link_to(base, params, sort=towards) if order is not None else ""
        found.append(Head(label, bound.key, number, url, direction))
    return found


def dressed_rows(
    page: ListPage, dresser: Dresser, told: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[tuple[int, str, bool, list[Cell]]]:
    """Id, name, archived, cells of each row; `told` is the last word of the entity's pages on a row's values."""
    return [
        (row.id, row.name, row.is_archived, dresser.row(page.columns, told(row.cells))) for row in page.rows
    ]


def dresser_for(page: ListPage, reading: Reading, today: Any) -> Dresser:
    """The dresser of one page: amounts are bare where the head names their currency."""
    return Dresser(reading, today, currency_of_rows(page.rows, page.columns, reading.currency))


def chips(
    session: Session, actor: Actor, base: str, params: Params, request: ListRequest, reading: Reading
) -> list[tuple[str, str]]:
    """What narrows the list, in words, each with the address without it."""
    found = [
        (sentence(session, actor, chosen, reading), link_to(base, params, **{chosen.name: None}))
        for chosen in request.filters
    ]
    if request.search:
        found.insert(0, (f"found by “{request.search}”", link_to(base, params, search=None)))
    if request.archived != "no":
        said = "archived only" if request.archived == "yes" else "archived ones too"
        found.append((said, link_to(base, params, archived=None)))
    return found


def panel(
    session: Session, actor: Actor, entity: type[Entity], request: ListRequest, reading: Reading
) -> list[tuple[str, list[Asked]]]:
    """The inputs of the filter panel, field by field, with what is asked now."""
    active = {chosen.name: chosen for chosen in request.filters}
    found = []
    for bound in filterable(entity, actor):
        inputs = [
            _asked(session, actor, bound, name, words, takes, active, reading)
            for name, words, takes in _offered(bound)
        ]
        if inputs:
            found.append((bound.label, inputs))
    return found


def _offered(bound: BoundField) -> Iterable[tuple[str, str, str]]:
    wanted = IN_PANEL.get(bound.kind, ())
    for question in questions_of(bound):
        if question.name in wanted:
            yield question.name, question.words, question.takes


def _asked(
    session: Session,
    actor: Actor,
    bound: BoundField,
    question: str,
    words: str,
    takes: str,
    active: Mapping[str, Filter],
    reading: Reading,
) -> Asked:
    name = f"{bound.key}.{question}"
    chosen = active.get(name)
    texts = chosen.texts if chosen else ()
    label = f"{bound.label} {words.replace('{}', '…')}"
    if bound.kind is Kind.BOOLEAN:
        now = plain(bound, chosen.values[0], reading.currency) if chosen else ""
        options = tuple((value, text, value == now) for value, text in (("yes", "Yes"), ("no", "No")))
        return Asked(name, label, "one", "", options)
    if takes == "choices":
        chosen_values = {str(value.value) for value in chosen.values} if chosen else set()
        members = tuple(
            (str(m.value), str(m.value).capitalize(), str(m.value) in chosen_values)
            for m in bound.choices or ()
        )
        return Asked(name, label, "some", "", members)
    if takes == "records":
        return _asked_records(session, actor, bound, name, label, texts, chosen)
    return Asked(name, label, takes, texts[-1] if texts else "")


def _asked_records(
    session: Session,
    actor: Actor,
    bound: BoundField,
    name: str,
    label: str,
    texts: Sequence[str],
    chosen: Filter | None,
) -> Asked:
    target = bound.target
    assert target is not None
    if bound.kind is Kind.LINKS and hasattr(target, "folded"):
        return Asked(name, label, "many", "", tuple((text, text, True) for text in texts), lookup_url(bound))
    # Asked while typing even where the table is short: a list page does not read what nobody may look at.
    ids = set(chosen.values) if chosen else set()
    named = names_by_id(session, actor, target, ids)
    return Asked(
        name,
        label,
        "many",
        "",
        tuple((str(row), words, True) for row, words in named.items()),
        lookup_url(bound),
    )


def kept_by_panel(params: Params, inputs: Sequence[tuple[str, list[Asked]]]) -> list[tuple[str, str]]:
    """What the panel's form carries along unseen: search, order, and filters that only an address asks."""
    shown = {asked.name for _, group in inputs for asked in group}
    return [
        (name, text)
        for name, texts in params.items()
        if name not in shown and name not in _POSITION
        for text in texts
        if text
    ]


def kept_by_search(params: Params) -> list[tuple[str, str]]:
    """What the search box carries along unseen: everything but the search itself and the place in the list."""
    return [
        (name, text)
        for name, texts in params.items()
        if name not in (*_POSITION, "search")
        for text in texts
        if text
    ]


def column_choices(entity: type[Entity], actor: Actor, request: ListRequest) -> list[tuple[str, str, bool]]:
    """Every column that can be shown, as (key, label, shown now)."""
    shown = {bound.key for bound in request.columns}
    return [
        (bound.key, bound.label, bound.key in shown)
        for bound in fields_on(entity, Surface.LIST)
        if sees_field(actor, bound)
    ]


def sizes(base: str, params: Params, request: ListRequest) -> list[tuple[int, str, bool]]:
    """The page sizes on offer, each with its address."""
    return [(size, link_to(base, params, size=str(size)), size == request.size) for size in PAGE_SIZES]
