"""Putting a record back as the history has it: an edit taken back, a deleted record made again [143, A19].

A restore is an edit like any other: it asks for the same rights, obeys the same rules, and is written down.  Customers
are the exception: their deletion is final.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import AuditEntry, Base, Change, CustomerGroup, Entity, Invoice, Payment, Refund, User
from admin_app.models.field import BoundField, Kind
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, demand, rights_of
from admin_app.records.encoding import decode, kept_fields
from admin_app.services.record_rules import make, put
from admin_app.services.save_record import find

_BY_OTHER_WAYS: tuple[type[Any], ...] = (Payment, Refund, User)
"""Money is corrected by the journal, staff by their own page: never by a step back in time."""


def entity_named(name: str) -> type[Entity]:
    """The kind of record that an entry of the history names; raises NotFound."""
    for mapper in Base.registry.mappers:
        if mapper.class_.__name__ == name and issubclass(mapper.class_, Entity):
            return mapper.class_
    raise NotFound("There is no such kind of record")


def restore(session: Session, entry_id: int, actor: Actor) -> Entity:
    """Put a record back to what it was before an entry of the history.

    Raises NotFound, NotAllowed, and Unmet where that is not possible (with the reason).
    """
    demand(actor, Permission.AUDIT)
    entry = session.get(AuditEntry, entry_id) if abs(entry_id) <= LARGEST_ID else None
    if entry is None:
        raise NotFound("There is no such entry in the history")
    entity = entity_named(entry.entity)
    demand(actor, rights_of(entity).write)
    refuse_restoring(entity, entry.change)
    if entry.change is Change.DELETED:
        return make_again(session, entity, entry)
    record = find(session, entity, entry.entity_id, actor, lock=True)
    put_back(session, record, entry.before or {})
    return record


def refuse_restoring(entity: type[Entity], change: Change) -> None:
    """Raise Unmet for what is never restored."""
    if entity in _BY_OTHER_WAYS:
        raise Unmet(f"A {entity.singular} is not restored from the history; correct it on its own page")
    if change is Change.DELETED and entity is CustomerGroup:
        raise Unmet("A deleted customer cannot be restored")
    if change is Change.DELETED and entity is Invoice:
        raise Unmet("A deleted draft cannot be restored; write a new one")
    if change is Change.CREATED:
        raise Unmet("Before this the record did not exist; delete it instead")


def put_back(session: Session, record: Entity, before: dict[str, Any]) -> None:
    """Set the fields of a before-image on a record that exists; secrets were not kept and stay as they are."""
    put(session, record, dict(_decoded(session, type(record), before)))


def _decoded(session: Session, entity: type[Entity], image: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values of an image by attribute; links as the records they name."""
    for bound in kept_fields(entity):
        if bound.key not in image or bound.declared.secret:
            continue
        value = decode(bound, image[bound.key])
        if bound.kind is Kind.LINK:
            value = None if value is None else _still_there(session, bound, value, image[bound.key]["name"])
        elif bound.kind is Kind.LINKS:
            value = [
                other for other in (session.get(_target(bound), one) for one in value) if other is not None
            ]
        yield bound.key, value


def _target(bound: BoundField) -> type[Entity]:
    assert bound.target is not None
    return bound.target


def _still_there(session: Session, bound: BoundField, record_id: int, name: str) -> Any:
    found = session.get(_target(bound), record_id)
    if found is None:
        raise Unmet(f"{bound.label} “{name}” does not exist any more, so this cannot be restored")
    return found


def make_again(session: Session, entity: type[Entity], entry: AuditEntry) -> Entity:
    """Make a deleted record again from its image, under its old number where that is free, with what fell with it."""
    image = dict(entry.before or {})
    secret = next(
        (b for b in kept_fields(entity) if b.declared.secret and image.get(b.key) is not None), None
    )
    if secret is not None:
        raise Unmet(
            f"{secret.label} was not kept in the history, so this {entity.singular} cannot be restored"
        )
    if session.get(entity, entry.entity_id) is not None and _is_same(session, entity, entry, image):
        raise Unmet(f"This {entity.singular} exists already")
    values = dict(_decoded(session, entity, image))
    values = {key: value for key, value in values.items() if value is not None}
    kept: dict[str, Any] = {"external_id": image.get("external_id")}
    if session.get(entity, entry.entity_id) is None:
        kept["id"] = entry.entity_id
    if not _public_id_taken(session, entity, image.get("public_id")):
        kept["public_id"] = image["public_id"]
    record = make(session, entity, values, **kept)
    for fallen in _fallen_with(session, entity, entry):
        _make_part_again(session, fallen, entry, record)
    return record


def _is_same(session: Session, entity: type[Entity], entry: AuditEntry, image: dict[str, Any]) -> bool:
    """Whether the record under the old number is the restored one and no newcomer (SQLite uses numbers again)."""
    now = session.get(entity, entry.entity_id)
    return now is not None and now.public_id == image.get("public_id")


def _public_id_taken(session: Session, entity: type[Entity], public_id: str | None) -> bool:
    taken = select(entity.id).where(entity.public_id == public_id)
    return public_id is None or session.scalar(taken) is not None


def _fallen_with(session: Session, entity: type[Entity], entry: AuditEntry) -> Iterable[AuditEntry]:
    """The entries of records that the database deleted along: written just before, in the same instant."""
    along = select(AuditEntry).where(
        AuditEntry.change == Change.DELETED,
        AuditEntry.at == entry.at,
        AuditEntry.id < entry.id,
        AuditEntry.entity != entry.entity,
    )
    for fallen in session.scalars(along.order_by(AuditEntry.id.desc()).limit(500)):
        image = fallen.before or {}
        if any(_names(image.get(key), entry) for key in _links_to(fallen, entity)):
            yield fallen


def _links_to(fallen: AuditEntry, entity: type[Entity]) -> list[str]:
    return [
        bound.key
        for bound in kept_fields(entity_named(fallen.entity))
        if bound.target is entity and bound.kind is Kind.LINK and bound.required
    ]


def _names(linked: dict[str, Any] | None, entry: AuditEntry) -> bool:
    return linked is not None and linked["id"] == entry.entity_id


def _stands(session: Session, bound: BoundField, linked: dict[str, Any] | None) -> bool:
    return linked is not None and session.get(_target(bound), linked["id"]) is not None


def _make_part_again(session: Session, fallen: AuditEntry, entry: AuditEntry, whole: Entity) -> None:
    """Make a part again where its other links still stand; a star or a tick given away meanwhile stays there."""
    part = entity_named(fallen.entity)
    image = dict(fallen.before or {})
    for key in ("is_primary", "is_billing"):
        image.pop(key, None)
    for bound in kept_fields(part):
        if bound.kind is Kind.LINK and bound.target is type(whole) and _names(image.get(bound.key), entry):
            image[bound.key] = {"id": whole.id, "name": entry.name}
        elif bound.kind is Kind.LINK and bound.required and not _stands(session, bound, image.get(bound.key)):
            return
    values = {key: value for key, value in _decoded(session, part, image) if value is not None}
    make(session, part, values, external_id=image.get("external_id"))
