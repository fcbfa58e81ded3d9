"""What the page of one record shows: its facts, what happened to it, and two versions side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.admin.cells import Cell, Dresser, value_of
from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.kernel.money import Money
from admin_app.models import AuditEntry, Change, Entity
from admin_app.models.field import BoundField, Kind, Surface, field_named, fields_of
from admin_app.policy import sees_field
from admin_app.records.encoding import MASK, decode
from admin_app.records.values import Reading, plain
from admin_app.services import restore_record
from admin_app.services.merge_edits import Overlap
from admin_app.web.company import actor, office_session, zone
from admin_app.web.formats import dated, money

if TYPE_CHECKING:
    from admin_app.admin.entity_view import EntityView

ENTRIES = 20
"""Changes that a timeline shows at a time."""
LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a timeline: `changes` are (label, before, after) in words."""

    id: int
    at: datetime
    actor: str
    door: str
    words: str
    changes: tuple[tuple[str, str, str], ...]
    can_be_restored: bool


def facts(
    record: Entity, actor: Actor, reading: Reading, today: date, without: Collection[str] = ()
) -> list[tuple[str, Cell]]:
    """Every declared field of a record that this actor may see, dressed; `without` is said elsewhere on the page."""
    dresser = Dresser(reading, today)
    shown = Surface.LIST | Surface.FORM
    return [
        (bound.label, dresser.cell(bound, value_of(record, bound)))
        for bound in fields_of(type(record))
        if bound.kind is not Kind.CHILDREN
        and bound.declared.on & shown
        and bound.key not in without
        and sees_field(actor, bound)
    ]


def timeline(
    session: Session, who: Actor, record: Entity, reading: Reading, asked: Mapping[str, str]
) -> tuple[list[Happened], int | None]:
    """What happened to a record, the latest first, and the entry before which older ones begin (None: no more)."""
    entity = type(record)
    query = select(AuditEntry).where(AuditEntry.entity == entity.__name__, AuditEntry.entity_id == record.id)
    before = asked.get("before_entry", "")
    if before.isascii() and before.isdigit() and len(before) <= 18:
        query = query.where(AuditEntry.id < int(before))
    entries = list(session.scalars(query.order_by(AuditEntry.id.desc()).limit(ENTRIES + 1)))
    more = entries[ENTRIES - 1].id if len(entries) > ENTRIES else None
    currency = getattr(record, "currency", None) or reading.currency
    lines = [happened(entity, entry, who, currency) for entry in entries[:ENTRIES]]
    return lines, more


def happened(entity: type[Entity], entry: AuditEntry, actor: Actor, currency: str) -> Happened:
    """One entry of the history as a line of a timeline, of the fields that this actor may see."""
    before, after = entry.before or {}, entry.after or {}
    keys = dict.fromkeys((*after, *before))
    changes = tuple(_change(entity, key, before, after, actor, currency) for key in keys)
    words = {Change.CREATED: "entered", Change.CHANGED: "changed", Change.DELETED: "deleted"}[entry.change]
    said = tuple(change for change in changes if change is not None)
    restorable = entry.change is Change.CHANGED and any(_is_restored(entity, key) for key in before)
    return Happened(entry.id, entry.at, entry.actor, entry.door, words, said, restorable)


def _is_restored(entity: type[Entity], key: str) -> bool:
    try:
        bound = field_named(entity, key)
    except KeyError:
        return False
    return bool(bound.declared.on & Surface.FORM) and not bound.declared.secret


def _change(
    entity: type[Entity],
    key: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    actor: Actor,
    currency: str,
) -> tuple[str, str, str] | None:
    """One changed field in words, or None where this actor may not see it or nobody knows it by a name."""
    try:
        bound = field_named(entity, key)
    except KeyError:
        return None
    if bound.declared.secret:
        return bound.label, MASK if before.get(key) else "", MASK if after.get(key) else ""
    if not sees_field(actor, bound) or (bound.kind is Kind.STRUCTURE and not bound.declared.on):
        return None
    label = "Archived" if key == "archived_at" else bound.label
    return label, said(bound, before.get(key), currency), said(bound, after.get(key), currency)


def said(bound: BoundField, kept: Any, currency: str) -> str:
    """A value of the history in words; nothing is ""."""
    if kept in (None, "", []):
        return ""
    match bound.kind:
        case Kind.LINK:
            return str(kept["name"])
        case Kind.LINKS:
            return ", ".join(str(linked["name"]) for linked in kept)
        case Kind.MONEY:
            return money(Money(int(kept), currency))
        case Kind.DATE | Kind.INSTANT:
            return dated(decode(bound, kept), zone())
        case Kind.BOOLEAN:
            return "Yes" if kept else "No"
        case Kind.CHOICE:
            return str(kept).capitalize()
        case _:
            return plain(bound, decode(bound, kept), currency)[:LONGEST_VALUE]


def restore(view: EntityView, record: Entity, entry: str) -> ResponseReturnValue:
    """Put the record back to what it was before one entry of its own timeline."""
    number = int(entry) if entry.isascii() and entry.isdigit() and len(entry) <= 18 else 0
    session = office_session()
    found = session.get(AuditEntry, number)
    if found is None or (found.entity, found.entity_id) != (view.entity.__name__, record.id):
        raise NotFound("There is no such entry in the history of this record")
    restore_record.restore(session, found.id, actor())
    flash(f"{record} is back as it was.", "success")
    return redirect(view.record_url(record))


def overlap_rows(record: Entity, overlaps: Iterable[Overlap], reading: Reading) -> list[dict[str, str]]:
    """Two versions of each field, in words, for the page that lets a person choose."""
    currency = getattr(record, "currency", None) or reading.currency
    found = []
    for overlap in overlaps:
        bound = field_named(type(record), overlap.key)
        versions = (overlap.base, overlap.theirs, overlap.yours)
        before, theirs, yours = (said(bound, version, currency) for version in versions)
        found.append(
            {"label": overlap.label, "name": overlap.key, "before": before, "theirs": theirs, "yours": yours}
        )
    return found


def authors(overlaps: Sequence[Overlap]) -> str:
    """Who changed the overlapping fields: "Ann and Pete"."""
    names = list(dict.fromkeys(overlap.author for overlap in overlaps if overlap.author))
    return " and ".join(names) or "Somebody"
