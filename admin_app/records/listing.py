"""The list of an entity as an address asks for it: columns, filters, search, order, one page; the doors only draw it.

A page costs a fixed number of statements however many rows there are: one for its rows with the names of what they
link to, one for the capped count, one for each set of links (tags).  One call::

    request = read_request(CustomerGroup, actor, {"balance.from": ["100"], "sort": ["-balance"]}, reading)
    page = Listing(CustomerGroup).page(session, actor, request, today)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, inspect, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text
from admin_app.models import Entity
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.policy import scope, sees_field, visible
from admin_app.records.filters import Filter, condition, read_filters
from admin_app.records.linked import found_by, join_name, links_of
from admin_app.records.paging import (
    LAST_PAGE_NUMBER,
    Place,
    capped_count,
    count_words,
    in_order,
    keys_of_page,
    read_place,
    write_place,
)
from admin_app.records.record_name import name_of
from admin_app.records.sorting import LARGE, Order, orders_of, usual_order
from admin_app.records.values import Reading

PAGE_SIZES = (25, 50, 100, 200)
USUAL_SIZE = 50
SHOWN_ARCHIVED = ("no", "yes", "all")
"""What `archived=` in an address may say: current records, archived ones, both."""


@dataclass(frozen=True)
class ListRequest:
    """What one address asks of a list; `problems` are sentences about what could not be understood."""

    columns: tuple[BoundField, ...]
    order: Order
    descending: bool = False
    filters: tuple[Filter, ...] = ()
    search: str = ""
    archived: str = "no"
    size: int = USUAL_SIZE
    number: int | None = None
    place: Place | None = None
    backwards: bool = False
    problems: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether it shows anything else than all current records."""
        return bool(self.filters or self.search or self.archived != "no")


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row: `cells` by field key; money as (minor units, currency), a link as (id, name), tags as such pairs."""

    id: int
    name: str
    cells: dict[str, Any]
    is_archived: bool = False


@dataclass(frozen=True)
class ListPage:
    """What a list page shows; `next` and `previous` are texts for the address, None at an end."""

    rows: tuple[ListRow, ...]
    columns: tuple[BoundField, ...]
    count: int
    more: bool
    next: str | None
    previous: str | None
    notices: tuple[str, ...] = field(default=())

    @property
    def count_text(self) -> str:
        """The count as the title shows it: "1,234" or "10,000+"."""
        return count_words(self.count, self.more)


def columns_of(
    entity: type[Entity], actor: Actor, chosen: Sequence[str] | None = None
) -> tuple[BoundField, ...]:
    """The columns to show: the chosen ones in their order, else the usual ones; only what the actor may see."""
    offered = {bound.key: bound for bound in fields_on(entity, Surface.LIST) if sees_field(actor, bound)}
    picked = [offered[key] for key in chosen or () if key in offered]
    return tuple(picked or [bound for bound in offered.values() if not bound.declared.chosen])


def read_request(
    entity: type[Entity],
    actor: Actor,
    params: Mapping[str, Sequence[str]],
    reading: Reading,
    *,
    columns: Sequence[str] | None = None,
    usual: str | None = None,
) -> ListRequest:
    """What an address asks for; `columns` are the person's own choice, `usual` the order when none is named.

    Nothing is refused: what cannot be understood is left out and said in `problems`.
    """
    filters, problems = read_filters(entity, actor, params, reading)
    order, descending = _read_order(
        entity, actor, _last(params, "sort"), usual or usual_order(entity), problems
    )
    place, backwards = _read_position(params, order, problems)
    return ListRequest(
        columns=columns_of(entity, actor, columns),
        order=order,
        descending=descending,
        filters=tuple(filters),
        search=_read_search(_last(params, "search"), problems),
        archived=_one_of(_last(params, "archived"), SHOWN_ARCHIVED),
        size=_read_size(_last(params, "size")),
        number=_read_number(_last(params, "page")),
        place=place,
        backwards=backwards,
        problems=tuple(problems),
    )


def _last(params: Mapping[str, Sequence[str]], name: str) -> str:
    texts = params.get(name) or [""]
    return texts[-1].strip()


def _one_of(text: str, known: Sequence[str]) -> str:
    return text if text in known else known[0]


def _read_search(text: str, problems: list[str]) -> str:
    try:
        return clean_text(text, 200)
    except Invalid as refusal:
        problems.append(f"Search: {refusal.sentence}")
        return ""


def _read_size(text: str) -> int:
    """The nearest page size offered; any number is fine."""
    if not (text.isascii() and text.isdigit()):
        return USUAL_SIZE
    wanted = int(text[:6])
    return min(PAGE_SIZES, key=lambda size: abs(size - wanted))


def _read_number(text: str) -> int | None:
    """A page number between 1 and the last that is served; twenty digits mean the last [F8]."""
    if not (text.isascii() and text.isdigit()):
        return None
    return max(1, min(int(text), LAST_PAGE_NUMBER)) if len(text) < 9 else LAST_PAGE_NUMBER


def _read_order(
    entity: type[Entity], actor: Actor, text: str, usual: str, problems: list[str]
) -> tuple[Order, bool]:
    # An order tells what it sorts by, and so does the mark of its next page.
    hidden = {bound.key for bound in fields_on(entity, Surface.LIST) if not sees_field(actor, bound)}
    orders = {key: order for key, order in orders_of(entity).items() if key not in hidden}
    if text and text.removeprefix("-") not in orders:
        problems.append(f"This list cannot be sorted by “{text[:40]}”")
        text = ""
    wanted = text or usual
    return orders.get(wanted.removeprefix("-"), orders["id"]), wanted.startswith("-")


def _read_position(
    params: Mapping[str, Sequence[str]], order: Order, problems: list[str]
) -> tuple[Place | None, bool]:
    for name, backwards in (("after", False), ("before", True)):
        text = _last(params, name)
        if text:
            place = read_place(text, order)
            if place is None:
                problems.append("That place in the list is not known; this is its first page")
            return place, backwards and place is not None
    return None, False


class Listing:
    """The list of one entity."""

    def __init__(self, entity: type[Entity], large: int = LARGE) -> None:
        """Serve the list of `entity`; above `large` rows only an indexed order is given."""
        self.entity = entity
        self.large = large

    def conditions(
        self, session: Session, actor: Actor, request: ListRequest, today: date
    ) -> list[ColumnElement[bool]]:
        """Everything that a row must meet: the actor's scope, the filters, the search, archived or not."""
        met = [condition(chosen, today) for chosen in request.filters]
        if request.search:
            met.append(found_by(session, actor, self.entity, request.search))
        if "archived_at" in inspect(self.entity).column_attrs and request.archived != "all":
            archived = inspect(self.entity).column_attrs["archived_at"].class_attribute
            met.append(archived.is_not(None) if request.archived == "yes" else archived.is_(None))
        allowed = scope(actor, self.entity)
        return met if allowed is None else [*met, allowed]

    def matching(self, session: Session, actor: Actor, request: ListRequest, today: date) -> Select[int]:
        """The ids of all rows that the request matches, for acts over "all that match" and for export.

        Raises Invalid when a part of the request was not understood: an act must not reach more than was meant.
        """
        if request.problems:
            raise Invalid(f"{request.problems[0]}. Nothing was changed")
        query = select(self.entity.id).where(and_(True, *self.conditions(session, actor, request, today)))
        return visible(actor, query)

    def count(self, session: Session, actor: Actor, request: ListRequest, today: date) -> tuple[int, bool]:
        """How many rows match, capped; True: there are more."""
        return capped_count(session, self.entity, self.conditions(session, actor, request, today))

    def page(self, session: Session, actor: Actor, request: ListRequest, today: date) -> ListPage:
        """One page of rows, ready to draw."""
        notices = list(request.problems)
        request = self._within_reach(session, request, notices)
        conditions = self.conditions(session, actor, request, today)
        found = self._rows(session, actor, request, conditions)
        if not found and (request.number or 1) > 1:
            request = replace(request, number=None, place=None, backwards=True)
            notices.append("There are fewer pages than that; this is the last one")
            found = self._rows(session, actor, request, conditions)
        more_ahead = len(found) > request.size
        if more_ahead:
            found = found[1:] if request.backwards else found[: request.size]
        rows = self._as_rows(session, actor, request, found)
        count, more = capped_count(session, self.entity, conditions)
        following, preceding = self._neighbours(request, found, more_ahead)
        return ListPage(rows, request.columns, count, more, following, preceding, tuple(notices))

    def _within_reach(self, session: Session, request: ListRequest, notices: list[str]) -> ListRequest:
        """The request in an order that can be given: large lists are not sorted without an index."""
        if request.order.indexed:
            return request
        _, large = capped_count(session, self.entity, (), self.large)
        if not large:
            return request
        usual = usual_order(self.entity)
        order = orders_of(self.entity)[usual.removeprefix("-")]
        notices.append(
            f"More than {self.large:,} rows are not sorted by {request.order.label}: it would take minutes. "
            f"They are sorted by {order.label}"
        )
        return replace(request, order=order, descending=usual.startswith("-"), place=None, backwards=False)

    def _rows(
        self, session: Session, actor: Actor, request: ListRequest, conditions: Sequence[ColumnElement[bool]]
    ) -> list[Any]:
        """The rows of one page and one more, in order, with what they show; one statement."""
        offset = (request.number - 1) * request.size if request.number else 0
        keys = keys_of_page(
            self.entity,
            conditions,
            request.order,
            descending=request.descending,
            limit=request.size + 1,
            place=None if request.number else request.place,
            backwards=request.backwards,
            offset=offset,
        )
        query = self.shown(actor, request.columns, keys)
        query = query.order_by(*in_order(keys, request.order, descending=request.descending))
        return list(session.execute(query))

    def shown(self, actor: Actor, columns: Sequence[BoundField], keys: Any) -> Select[Any]:
        """The select of what these columns show for the rows of `keys`, names of linked records joined."""
        entity = self.entity
        sorted_by = [column.label(f"_k_{column.name}") for column in keys.c]
        query: Select[Any] = select(*sorted_by, name_of(entity).label("_name"))
        query = query.select_from(entity).join(keys, keys.c.id == entity.id)
        attributes = inspect(entity).column_attrs
        for machinery in ("archived_at", "currency"):
            if machinery in attributes:
                query = query.add_columns(getattr(entity, machinery).label(f"_m_{machinery}"))
        for bound in columns:
            if bound.kind is Kind.LINK:
                query = join_name(query, actor, bound, f"l_{bound.key}")
            elif bound.kind not in (Kind.LINKS, Kind.CHILDREN):
                query = query.add_columns(getattr(entity, bound.key).label(f"c_{bound.key}"))
        return query

    def _as_rows(
        self, session: Session, actor: Actor, request: ListRequest, found: Sequence[Any]
    ) -> tuple[ListRow, ...]:
        sets = {
            bound.key: links_of(session, actor, bound, [row._k_id for row in found])
            for bound in request.columns
            if bound.kind is Kind.LINKS
        }
        rows = []
        for row in found:
            values = row._mapping
            cells = {bound.key: cell(bound, values, sets) for bound in request.columns}
            archived = values.get("_m_archived_at") is not None
            rows.append(ListRow(values["_k_id"], values["_name"], cells, archived))
        return tuple(rows)

    def _neighbours(
        self, request: ListRequest, found: Sequence[Any], more_ahead: bool
    ) -> tuple[str | None, str | None]:
        """Where the next and the previous page begin, None at an end of the list."""
        if not found:
            return None, None
        first, last = (self._place(request.order, row) for row in (found[0], found[-1]))
        if request.backwards:
            return (write_place(last) if request.place else None), (
                write_place(first) if more_ahead else None
            )
        started_inside = request.place is not None or (request.number or 1) > 1
        return (write_place(last) if more_ahead else None), (write_place(first) if started_inside else None)

    @staticmethod
    def _place(order: Order, row: Any) -> Place:
        values, rest = row._mapping, bool(row._mapping["_k_part"])
        terms = () if rest else tuple(values[f"_k_s{number}"] for number in range(len(order.terms)))
        return Place(terms, values["_k_id"], rest)


def cell(bound: BoundField, values: Mapping[str, Any], sets: Mapping[str, Mapping[int, Any]]) -> Any:
    """What a row shows in one column, still without a door's clothes."""
    match bound.kind:
        case Kind.LINK:
            linked = values[f"l_{bound.key}_id"]
            return None if linked is None else (linked, values[f"l_{bound.key}_name"])
        case Kind.LINKS:
            return sets.get(bound.key, {}).get(values["_k_id"], [])
        case Kind.MONEY:
            amount = values[f"c_{bound.key}"]
            return None if amount is None else (amount, values.get("_m_currency"))
        case _:
            return values[f"c_{bound.key}"]
