"""One act over many records: tag, archive, delete, change a field; shown, counted and undone as one [P25-P28, 34, L5].

What is chosen is a handful of ids or a select of ids (everything a filter finds); either way only what the actor may
see.  One call::

    act = add_tag(session, select(CustomerGroup.id).where(CustomerGroup.kind == GroupKind.TEAM), "sport", ann)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import BulkAct, CustomerGroup, Entity, Tag
from admin_app.models.field import Kind, Surface
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, demand, rights_of, visible
from admin_app.records import bulk
from admin_app.records.images import who_acts
from admin_app.services.archive_record import can_be_archived
from admin_app.services.delete_record import delete_many
from admin_app.services.must_stay import must_be_kept
from admin_app.services.read_values import read_values
from admin_app.services.record_rules import has_rules
from admin_app.services.tag_customer import tag_named

Chosen = Select[Any] | Sequence[int]
"""Which records: ids that were ticked, or a select of the ids that a filter finds."""

DELETE = "delete"
"""The kind of an act that deletes; a deletion of customers is final [A19]."""

_SET_AT_ONCE = frozenset({Kind.CHOICE, Kind.BOOLEAN, Kind.DATE, Kind.INTEGER, Kind.LINK})


def chosen_ids(session: Session, entity: type[Entity], chosen: Chosen, actor: Actor) -> list[int]:
    """The ids of the chosen records that the actor may see, once each, in order.

    They are taken down at once, so that the act does not follow a filter that it changes itself.
    """
    if isinstance(chosen, Select):
        return list(
            session.scalars(
                visible(actor, select(entity.id).where(entity.id.in_(chosen))).order_by(entity.id)
            )
        )
    found: set[int] = set()
    for part in bulk.parts([one for one in chosen if abs(one) <= LARGEST_ID]):
        found.update(session.scalars(visible(actor, select(entity.id).where(entity.id.in_(part)))))
    return sorted(found)


@contextmanager
def one_act(session: Session, kind: str, entity: type[Entity]) -> Iterator[BulkAct]:
    """An act that is being done: what the history writes inside belongs to it.  The caller fills count and summary."""
    who = who_acts(session)
    act = BulkAct(
        kind=kind,
        entity=entity.__name__,
        summary="",
        count=0,
        actor=who["actor"],
        actor_id=who["actor_id"],
        at=who["at"],
    )
    session.add(act)
    session.flush()  # the entries name it
    before = session.info.get("act_id")
    session.info["act_id"] = act.id
    try:
        yield act
        session.flush()
    finally:
        session.info["act_id"] = before


def add_tag(session: Session, chosen: Chosen, word: str, actor: Actor) -> BulkAct:
    """Stick a tag on customers; those who have it already are not touched, other tags stay [34]."""
    _may(actor, CustomerGroup)
    tag = tag_named(session, word)
    with one_act(session, "add tag", CustomerGroup) as act:
        ids = chosen_ids(session, CustomerGroup, chosen, actor)
        act.count = bulk.add_link(session, CustomerGroup, ids, "tags", tag.id)
        act.summary = f"Tag “{tag.name}” added to {_so_many(act.count, CustomerGroup)}"
    return act


def remove_tag(session: Session, chosen: Chosen, tag_id: int, actor: Actor) -> BulkAct:
    """Take a tag off customers; raises NotFound for a tag that is gone."""
    _may(actor, CustomerGroup)
    tag = session.scalar(visible(actor, select(Tag).where(Tag.id == tag_id)))
    if tag is None:
        raise NotFound("There is no such tag")
    with one_act(session, "remove tag", CustomerGroup) as act:
        ids = chosen_ids(session, CustomerGroup, chosen, actor)
        act.count = bulk.remove_link(session, CustomerGroup, ids, "tags", tag.id)
        act.summary = f"Tag “{tag.name}” taken off {_so_many(act.count, CustomerGroup)}"
    return act


def archive(session: Session, entity: type[Entity], chosen: Chosen, actor: Actor) -> BulkAct:
    """Hide many records; they can be brought back [R12, D6]."""
    return _set_archived(session, entity, chosen, actor, archived=True)


def restore(session: Session, entity: type[Entity], chosen: Chosen, actor: Actor) -> BulkAct:
    """Bring many archived records back."""
    return _set_archived(session, entity, chosen, actor, archived=False)


def _set_archived(
    session: Session, entity: type[Entity], chosen: Chosen, actor: Actor, *, archived: bool
) -> BulkAct:
    _may(actor, entity)
    if not can_be_archived(entity):
        raise Unmet(f"{entity.plural.capitalize()} are deleted, not archived")
    archived_at: Any = entity.archived_at  # type: ignore[attr-defined]
    with one_act(session, "archive" if archived else "restore", entity) as act:
        concerned = archived_at.is_(None) if archived else archived_at.is_not(None)
        ids = [
            record_id
            for part in bulk.parts(chosen_ids(session, entity, chosen, actor))
            for record_id in session.scalars(select(entity.id).where(entity.id.in_(part), concerned))
        ]
        now = session.info["clock"].now() if archived else None
        act.count = bulk.set_value(session, entity, ids, "archived_at", now)
        act.summary = f"{_so_many(act.count, entity)} {'archived' if archived else 'brought back'}"
    return act


def delete(
    session: Session, entity: type[Entity], chosen: Chosen, actor: Actor, *, else_archive: bool = False
) -> BulkAct:
    """Delete many records [P27].

    Customers with issued invoices or payments are archived instead if `else_archive`, else nothing is deleted and
    Unmet says how many they are [M33].
    """
    demand(actor, Permission.BULK)
    demand(actor, rights_of(entity).delete)
    with one_act(session, DELETE, entity) as act:
        ids = chosen_ids(session, entity, chosen, actor)
        kept = set(must_be_kept(session, ids)) if else_archive and entity is CustomerGroup else set()
        act.count = delete_many(session, entity, [one for one in ids if one not in kept], actor)
        act.summary = f"{_so_many(act.count, entity)} deleted"
        if kept:
            now = session.info["clock"].now()
            archived = bulk.set_value(session, entity, sorted(kept), "archived_at", now)
            act.summary += f", {archived} with issued invoices or payments archived instead"
    return act


def set_brand(session: Session, chosen: Chosen, brand_id: int | None, actor: Actor) -> BulkAct:
    """Serve many customers under another brand; documents that were issued keep theirs [A36, D5]."""
    return set_field(session, CustomerGroup, chosen, "brand", brand_id, actor)


def set_field(
    session: Session, entity: type[Entity], chosen: Chosen, key: str, value: Any, actor: Actor
) -> BulkAct:
    """Give one field of many records the same value (typed or as text; a link by id).

    Raises Invalid for a value the field cannot hold, Unmet for a field that is changed one record at a time.
    """
    _may(actor, entity)
    ((bound, read),) = read_values(session, entity, {key: value}, actor).items()
    if bound.kind not in _SET_AT_ONCE or bound.is_on(Surface.SEARCH) or has_rules(entity):
        raise Unmet(f"{bound.label} is changed one {entity.singular} at a time")
    with one_act(session, f"set {bound.label.lower()}"[:60], entity) as act:
        ids = chosen_ids(session, entity, chosen, actor)
        act.count = bulk.set_value(session, entity, ids, bound.key, read)
        shown = "empty" if read is None else str(read)
        act.summary = f"{bound.label} of {_so_many(act.count, entity)} set to {shown}"[:300]
    return act


def _may(actor: Actor, entity: type[Entity]) -> None:
    demand(actor, Permission.BULK)
    demand(actor, rights_of(entity).write)


def _so_many(count: int, entity: type[Entity]) -> str:
    return f"{count} {entity.singular if count == 1 else entity.plural}"
