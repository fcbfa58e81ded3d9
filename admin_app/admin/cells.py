"""What a list or a details page shows of one value: words, a link, a tone; formatted in Python, one small row a cell.

The row loop of a list stays free of macros and address building (performance.md section 7.9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import current_app, url_for

from admin_app.kernel.money import Money
from admin_app.models import Entity
from admin_app.models.field import BoundField, Kind
from admin_app.records.listing import ListRow
from admin_app.records.values import Reading, plain
from admin_app.web.formats import bare_money, day, instant, money

LONGEST_CELL = 80
"""Characters that a list shows of a long text."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value, dressed: `kind` picks the look ("text", "number", "state", "link", "tags", "date", "none")."""

    kind: str
    words: str = ""
    title: str = ""
    href: str = ""
    parts: tuple[tuple[str, str], ...] = field(default=())


NOTHING = Cell("none")


@dataclass(frozen=True)
class Dresser:
    """Dresses values for one request: the office's reading, its day, and the currency that heads say already."""

    reading: Reading
    today: date
    one_currency: str | None = None

    def row(self, columns: Sequence[BoundField], values: Mapping[str, Any]) -> list[Cell]:
        """The cells of a list row in the order of its columns; `values` by field key."""
        return [self.cell(bound, values[bound.key]) for bound in columns]

    def cell(self, bound: BoundField, value: Any) -> Cell:
        """One value; a link as (id, name), links as such pairs, money as (minor, currency or None)."""
        if value is None or value == "" or value == []:
            return NOTHING
        match bound.kind:
            case Kind.MONEY:
                return self._money(value)
            case Kind.LINK:
                return Cell("link", value[1], href=record_url(bound.target, value[0]))
            case Kind.LINKS:
                return Cell(
                    "tags", parts=tuple((name, record_url(bound.target, linked)) for linked, name in value)
                )
            case Kind.DATE | Kind.INSTANT:
                return Cell(
                    "date", day(value, self.today, self.reading.zone), title=instant(value, self.reading.zone)
                )
            case Kind.BOOLEAN:
                return Cell("yes" if value else "no", "Yes" if value else "No")
            case Kind.CHOICE:
                word = str(value.value)
                kind = "state" if bound.key in ("state", "status", "standing") else "text"
                return Cell(kind, word if kind == "state" else word.capitalize())
            case Kind.STRUCTURE:
                items = value.items() if isinstance(value, dict) else enumerate(value)
                return Cell("text", ", ".join(f"{name}: {part}" for name, part in items)[:LONGEST_CELL])
            case Kind.INTEGER if bound.declared.unit == "stars":
                return Cell("stars", str(value))
            case Kind.INTEGER | Kind.DECIMAL | Kind.COORDINATE:
                return Cell("number", plain(bound, value, self.reading.currency))
            case _:
                return self._text(str(value))

    def _money(self, value: tuple[int, str | None]) -> Cell:
        amount = Money(value[0], value[1] or self.reading.currency)
        bare = self.one_currency == amount.currency
        return Cell("number", bare_money(amount) if bare else money(amount), title=money(amount))

    @staticmethod
    def _text(words: str) -> Cell:
        if len(words) <= LONGEST_CELL:
            return Cell("text", words)
        return Cell("text", words[: LONGEST_CELL - 1].rstrip() + "…", title=words[:400])


def currency_of_rows(rows: Sequence[ListRow], columns: Sequence[BoundField], usual: str) -> str | None:
    """The one currency of every amount on the page, for the heads of the columns; None where there are several."""
    amounts = [bound.key for bound in columns if bound.kind is Kind.MONEY]
    found = {(row.cells[key] or (0, None))[1] or usual for row in rows for key in amounts if row.cells[key]}
    return found.pop() if len(found) == 1 else None


def record_url(entity: type[Entity] | None, record_id: int) -> str:
    """The page of a record: a customer's profile, else the details of its generated view; "" where none exists."""
    pages: dict[type[Entity], tuple[str, str]] = current_app.extensions.get("sawhorse_record_pages", {})
    if entity is None or entity not in pages:
        return ""
    endpoint, argument = pages[entity]
    named: dict[str, Any] = {argument: record_id}
    return url_for(endpoint, **named)


def value_of(record: Entity, bound: BoundField) -> Any:
    """A loaded record's value in the form that a cell is dressed from."""
    value = getattr(record, bound.key)
    if bound.kind is Kind.LINK:
        return None if value is None else (value.id, str(value))
    if bound.kind is Kind.LINKS:
        return [(linked.id, str(linked)) for linked in value]
    if bound.kind is Kind.MONEY:
        return None if value is None else (value, getattr(record, "currency", None))
    return value
