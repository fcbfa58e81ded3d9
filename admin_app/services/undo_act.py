"""Taking back an act over many records; what somebody changed since is kept and listed [L5, 147].

The before-images say what each record was.  A record with a later entry of anybody else's is left as it is: of 250
tagged customers of whom a colleague edited 3, undo takes the tag off 247 at most, and never off those who had it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, exists, or_, select
from sqlalchemy.orm import Session, aliased

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound, Refusal, Unmet
from admin_app.models import AuditEntry, BulkAct, Change, CustomerGroup, Entity
from admin_app.models.field import Kind, field_named
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, demand, rights_of
from admin_app.records import bulk
from admin_app.records.encoding import decode
from admin_app.services.bulk_change import DELETE, one_act
from admin_app.services.move_day import MOVE_DAY, put_day_back
from admin_app.services.restore_record import entity_named, make_again

MOST_NAMED = 500
"""Kept records that are listed by name; the summary tells how many they are."""

Image = Row[tuple[int, int, str, dict[str, Any] | None, dict[str, Any] | None]]
"""Entry id, record id, name, before, after."""


def undo(session: Session, act_id: int, actor: Actor) -> BulkAct:
    """Undo an act; returns the new act that did it, while the old one lists in `kept` what was left alone.

    Raises NotFound, NotAllowed, and Unmet for an act that was undone already or is final [A19].
    """
    demand(actor, Permission.BULK)
    known = abs(act_id) <= LARGEST_ID
    act = session.get(BulkAct, act_id, with_for_update=True, populate_existing=True) if known else None
    if act is None:
        raise NotFound("There is no such act")
    entity = entity_named(act.entity)
    demand(actor, rights_of(entity).write)
    refuse_undoing(act)
    if act.kind == MOVE_DAY:
        return put_day_back(session, act, actor, session.info["clock"])
    with one_act(session, "undo", entity) as undoing:
        kept = _named(_images(session, act, changed_since=True))
        images = _images(session, act, changed_since=False)
        changes = [image for image in images if image.after is not None]
        undoing.count, gone = _take_back(session, entity, changes)
        again, refused = _make_all_again(session, act)
        undoing.count += again
        kept += gone + refused
        undoing.summary = _told(act, undoing.count, len(kept))
    act.undone_at = session.info["clock"].now()
    act.kept = kept[:MOST_NAMED]
    session.flush()  # so that it cannot be undone twice
    return undoing


def refuse_undoing(act: BulkAct) -> None:
    """Raise Unmet for an act that cannot be taken back."""
    if act.undone_at is not None:
        raise Unmet("This was undone already")
    if act.kind == DELETE and act.entity == CustomerGroup.__name__:
        raise Unmet("A deleted customer cannot be restored")


def _images(session: Session, act: BulkAct, *, changed_since: bool) -> Sequence[Image]:
    """The changes of an act on records that somebody did, or did not, change since."""
    later = aliased(AuditEntry)
    touched = exists().where(
        later.entity == AuditEntry.entity,
        later.entity_id == AuditEntry.entity_id,
        later.id > AuditEntry.id,
        or_(later.act_id.is_(None), later.act_id != act.id),
    )
    wanted = (
        select(AuditEntry.id, AuditEntry.entity_id, AuditEntry.name, AuditEntry.before, AuditEntry.after)
        .where(AuditEntry.act_id == act.id, AuditEntry.change == Change.CHANGED)
        .where(touched if changed_since else ~touched)
        .order_by(AuditEntry.id)
    )
    return session.execute(wanted).all()


def _take_back(
    session: Session, entity: type[Entity], images: Sequence[Image]
) -> tuple[int, list[dict[str, Any]]]:
    """Set the old values, one statement for all records with the same one; returns how many, and what was left."""
    alike: dict[tuple[str, str, str], list[Image]] = defaultdict(list)
    for image in images:
        for key, before in (image.before or {}).items():
            after = (image.after or {}).get(key)
            alike[(key, *_difference(entity, key, before, after))].append(image)
    done = 0
    left: list[dict[str, Any]] = []
    for (key, was, became), group in alike.items():
        ids = [image.entity_id for image in group]
        bound = field_named(entity, key)
        if bound.kind is Kind.LINKS:
            for tag_id in json.loads(became):
                done += bulk.remove_link(session, entity, ids, key, tag_id)
            for tag_id in json.loads(was):
                if session.get(bound.target or Entity, tag_id) is not None:
                    done += bulk.add_link(session, entity, ids, key, tag_id)
            continue
        value = decode(bound, json.loads(was))
        if bound.kind is Kind.LINK and value is not None:
            value = session.get(bound.target or Entity, value)
            if value is None:
                left += _named(group)
                continue
        done += bulk.set_value(session, entity, ids, key, value)
    return done, left


def _difference(entity: type[Entity], key: str, before: Any, after: Any) -> tuple[str, str]:
    """What to put back and what to take away, in a form that tells equal changes apart from others."""
    if field_named(entity, key).kind is not Kind.LINKS:
        return json.dumps(before, sort_keys=True), ""
    had, has = ({linked["id"] for linked in linked_list or ()} for linked_list in (before, after))
    return json.dumps(sorted(had - has)), json.dumps(sorted(has - had))


def _make_all_again(session: Session, act: BulkAct) -> tuple[int, list[dict[str, Any]]]:
    """Make deleted records of the act's kind again; what fell with them comes with them."""
    entity = entity_named(act.entity)
    deleted = select(AuditEntry).where(
        AuditEntry.act_id == act.id, AuditEntry.change == Change.DELETED, AuditEntry.entity == act.entity
    )
    made = 0
    refused: list[dict[str, Any]] = []
    for entry in session.scalars(deleted.order_by(AuditEntry.id)).all():
        try:
            with session.begin_nested():  # one that cannot come back must not hold up the others
                make_again(session, entity, entry)
            made += 1
        except Refusal as refusal:
            refused.append({"id": entry.entity_id, "name": entry.name, "why": refusal.sentence})
    return made, refused


def _named(images: Sequence[Image]) -> list[dict[str, Any]]:
    return [{"id": image.entity_id, "name": image.name, "why": "changed since"} for image in images]


def _told(act: BulkAct, done: int, kept: int) -> str:
    summary = f"Undone for {done}: {act.summary}"
    return (f"{summary}; {kept} left as they are" if kept else summary)[:300]
