"""The filtered list as a file: chosen columns, one statement, rows streamed from the database to the wire [42].

Never more than one part of the rows is in memory.  What a cell carries is what `values.plain` writes, so our own import
reads the file back to the same values.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, Select, String, func, inspect, literal, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.money import Money
from admin_app.models import Entity
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.policy import sees_field, visible
from admin_app.records.linked import ends_of, join_name
from admin_app.records.listing import Listing, ListRequest
from admin_app.records.record_name import name_of
from admin_app.records.sorting import Order
from admin_app.records.spreadsheet import Cell, csv_file, xlsx_file
from admin_app.records.values import Reading, plain

PART = 2_000
"""Rows that are fetched and written at a time."""
BETWEEN_TAGS = "; "

FORMATS = {
    "csv": ("text/csv; charset=utf-8", "csv"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
}
"""Name in the address → media type and ending."""


def exportable(entity: type[Entity], actor: Actor) -> tuple[BoundField, ...]:
    """The fields that this actor may take out."""
    return tuple(
        bound
        for bound in fields_on(entity, Surface.EXPORT)
        if bound.kind is not Kind.CHILDREN and sees_field(actor, bound)
    )


@dataclass(frozen=True)
class Export:
    """A file that is ready to be streamed: its statement was made while the reader's rights were known."""

    entity: type[Entity]
    columns: tuple[BoundField, ...]
    query: Select[Any]
    reading: Reading

    @property
    def header(self) -> list[str]:
        """The labels of the columns; the number by which an import finds the record again stands first."""
        return [f"{self.entity.singular.capitalize()} number", *(bound.label for bound in self.columns)]

    def stream(self, engine: Engine, form: str) -> Generator[bytes, None, None]:
        """The file as bytes, while the rows are read in a transaction of their own."""
        # Closed in this order also when the reader goes away in the middle.
        with engine.connect() as connection, closing(self.parts(connection)) as parts:
            if form == "xlsx":
                yield from xlsx_file(self.entity.plural.capitalize(), self.header, parts)
            else:
                yield from csv_file(self.header, parts)

    def parts(self, connection: Connection) -> Generator[list[list[Cell]], None, None]:
        """The rows as cells, PART at a time, by a cursor that the server keeps."""
        streaming = connection.execution_options(stream_results=True, yield_per=PART)
        with closing(streaming.execute(self.query)) as rows:
            for part in rows.partitions(PART):
                yield [self._cells(row._mapping) for row in part]

    def _cells(self, row: Any) -> list[Cell]:
        currency = row.get("m_currency") or self.reading.currency
        return [row["external_id"], *(_cell(b, row[_label(b)], currency) for b in self.columns)]


def _label(bound: BoundField) -> str:
    """Under which name the statement gives the value of a column."""
    return f"c_{bound.key}_name" if bound.kind is Kind.LINK else f"c_{bound.key}"


def _cell(bound: BoundField, value: Any, currency: str) -> Cell:
    """A number where a spreadsheet may count, else text."""
    if value is None:
        return None
    if bound.kind is Kind.MONEY:
        return Money(value, currency).decimal
    if bound.kind is Kind.INTEGER:
        return int(value)
    if bound.kind is Kind.DECIMAL:
        return Decimal(plain(bound, value, currency))
    if bound.kind in (Kind.LINK, Kind.LINKS):
        return str(value)
    return plain(bound, value, currency)


def prepare(
    session: Session,
    actor: Actor,
    entity: type[Entity],
    request: ListRequest,
    reading: Reading,
    today: date,
    keys: Sequence[str] = (),
) -> Export:
    """The export of everything that a list shows, in its order; `keys` choose the columns, none: all of them.

    Raises Invalid where a part of the list's address was not understood.
    """
    offered = {bound.key: bound for bound in exportable(entity, actor)}
    columns = tuple(offered[key] for key in keys if key in offered) or tuple(offered.values())
    wanted = Listing(entity).matching(session, actor, request, today)
    query = _columns(session, actor, entity, columns).where(entity.id.in_(wanted))
    return Export(entity, columns, _ordered(query, entity, request.order, request.descending), reading)


def _columns(
    session: Session, actor: Actor, entity: type[Entity], columns: Sequence[BoundField]
) -> Select[Any]:
    query: Select[Any] = select(entity.external_id.label("external_id")).select_from(entity)
    if "currency" in inspect(entity).column_attrs:
        query = query.add_columns(getattr(entity, "currency").label("m_currency"))  # noqa: B009 - not every entity
    for bound in columns:
        if bound.kind is Kind.LINK:
            query = join_name(query, actor, bound, f"c_{bound.key}")
        elif bound.kind is Kind.LINKS:
            query = query.add_columns(_all_names(session, actor, bound).label(f"c_{bound.key}"))
        else:
            query = query.add_columns(getattr(entity, bound.key).label(f"c_{bound.key}"))
    return query


def _all_names(session: Session, actor: Actor, bound: BoundField) -> Any:
    """The names of a set in one cell, by the database."""
    mine, other = ends_of(bound)
    target = bound.target
    assert target is not None
    named = visible(
        actor, select(name_of(target).label("name"), target.id).join(mine.table, target.id == other)
    )
    inner = named.where(mine == bound.entity.id).order_by(name_of(target)).correlate(bound.entity).subquery()
    together = func.string_agg if session.get_bind().dialect.name == "postgresql" else func.group_concat
    return select(together(inner.c.name, literal(BETWEEN_TAGS, String))).scalar_subquery()


def _ordered(query: Select[Any], entity: type[Entity], order: Order, descending: bool) -> Select[Any]:
    if order.through is not None:
        target, link = order.through
        query = query.join(target, target.id == link)
    ends: list[Any] = [term.desc() if descending else term.asc() for term in order.terms]
    if order.nullable:
        ends = [end.nulls_last() for end in ends]
    return query.order_by(*ends, entity.id.desc() if descending else entity.id.asc())
