"""Records as programs read them: what their declarations say, as far as the person behind the token may see it.

A list costs one statement for its rows and one for each link that its declaration names, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.api.resources import Part, Resource
from admin_app.api.schema import told_fields
from admin_app.kernel.actor import Actor
from admin_app.kernel.money import Money
from admin_app.models.field import BoundField, Kind
from admin_app.policy import Permission, holds, sees_field, visible
from admin_app.records.linked import ends_of
from admin_app.records.record_name import name_of
from admin_app.records.values import plain

Json = dict[str, Any]
Names = dict[str, dict[int, Any]]
"""By field: what a link leads to by its stored id; for a set, the linked records by the row's own id."""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom records are written: the person behind the token, the day, the currency of rows that name none."""

    session: Session
    actor: Actor
    today: date
    currency: str

    def documents(self, resource: Resource, records: Sequence[Any]) -> list[Json]:
        """The documents of a list."""
        fields = self._fields(told_fields(resource.entity))
        names = self._names(fields, records)
        return [self._document(resource, record, fields, names) for record in records]

    def whole(self, resource: Resource, record: Any) -> Json:
        """One document with its parts, its taxes and how its total came about."""
        document = self.documents(resource, [record])[0]
        for part in resource.parts:
            document[part.key] = self._parts(resource, part, record)
        if resource.has_taxes and holds(self.actor, Permission.MONEY_READ):
            document["taxes"] = [self._tax(tax, record.currency) for tax in record.taxes]
            document["derivation"] = record.derivation
        return document

    def _fields(self, fields: Iterable[BoundField]) -> list[BoundField]:
        return [bound for bound in fields if sees_field(self.actor, bound)]

    def _document(self, resource: Resource, record: Any, fields: Sequence[BoundField], names: Names) -> Json:
        currency = getattr(record, "currency", None) or self.currency
        return {
            "id": record.public_id,
            "external_id": record.external_id,
            "version": record.version,
            "created_at": instant(record.created_at),
            "updated_at": instant(record.updated_at),
            "currency": currency,
            **self._values(record, fields, names, currency),
            **{name: derived.value(record, self.today) for name, derived in resource.derived.items()},
        }

    def _parts(self, resource: Resource, part: Part, record: Any) -> list[Json]:
        rows = list(getattr(record, part.key))
        fields = self._fields(told_fields(part.entity, resource.entity))
        names = self._names(fields, rows)
        currency = getattr(record, "currency", None) or self.currency
        return [
            {
                "id": row.public_id,
                **self._values(row, fields, names, currency),
                **({"taxes": list(row.tax_names)} if part.taxed else {}),
            }
            for row in rows
        ]

    def _tax(self, tax: Any, currency: str) -> Json:
        return {
            "name": tax.name,
            "rate": None if tax.rate is None else format(tax.rate.normalize(), "f"),
            "base": str(Money(tax.base, currency)),
            "amount": str(Money(tax.amount, currency)),
        }

    def _values(self, record: Any, fields: Sequence[BoundField], names: Names, currency: str) -> Json:
        return {bound.key: self._value(bound, record, names, currency) for bound in fields}

    def _value(self, bound: BoundField, record: Any, names: Names, currency: str) -> Any:
        if bound.kind is Kind.LINKS:
            return names[bound.key].get(record.id, [])
        value = getattr(record, bound.column_key)
        if bound.kind is Kind.LINK:
            return names[bound.key].get(value)
        if value is None or bound.kind in (Kind.INTEGER, Kind.BOOLEAN, Kind.COORDINATE, Kind.STRUCTURE):
            return value
        return plain(bound, value, currency)

    def _names(self, fields: Sequence[BoundField], records: Sequence[Any]) -> Names:
        found: Names = {}
        for bound in fields:
            if bound.kind is Kind.LINK:
                ids = {getattr(record, bound.column_key) for record in records} - {None}
                found[bound.key] = self._linked(bound, ids)
            elif bound.kind is Kind.LINKS:
                found[bound.key] = self._sets(bound, [record.id for record in records])
        return found

    def _linked(self, bound: BoundField, ids: set[int]) -> dict[int, Any]:
        """The records of a link by id, as far as the reader may see them."""
        target = bound.target
        assert target is not None
        if not ids:
            return {}
        query = select(target.id, target.public_id, name_of(target)).where(target.id.in_(ids))
        rows = self.session.execute(visible(self.actor, query))
        return {row[0]: {"id": row[1], "name": row[2]} for row in rows}

    def _sets(self, bound: BoundField, ids: Sequence[int]) -> dict[int, Any]:
        """The linked records of each row, by name, as far as the reader may see them."""
        target = bound.target
        assert target is not None
        mine, other = ends_of(bound)
        query = select(mine.label("owner"), target.public_id, name_of(target).label("called"))
        query = query.join(target, target.id == other).where(mine.in_(ids))
        found: dict[int, Any] = {}
        for owner, public_id, name in self.session.execute(visible(self.actor, query).order_by("called")):
            found.setdefault(owner, []).append({"id": public_id, "name": name})
        return found


def instant(moment: datetime) -> str:
    """A moment as programs read it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
