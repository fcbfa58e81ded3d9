"""Linked records as a list shows them: only their id and name, in one statement, as far as the actor may see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, inspect, select, union
from sqlalchemy.orm import Session, aliased

from admin_app.kernel.actor import Actor
from admin_app.models import CustomerGroup
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.policy import scope, visible
from admin_app.records.directory import matching
from admin_app.records.record_name import name_of
from admin_app.records.search import search_condition

Named = tuple[int, str]
"""A record as its id and name."""


def names_by_id(session: Session, actor: Actor, entity: type[Any], ids: Iterable[int]) -> dict[int, str]:
    """The names of these records, as far as the actor may see them: one statement, none for no ids."""
    wanted = set(ids)
    if not wanted:
        return {}
    query = visible(actor, select(entity.id, name_of(entity)).where(entity.id.in_(wanted)))
    return {row[0]: row[1] for row in session.execute(query)}


def join_name(query: Select[Any], actor: Actor, bound: BoundField, keys: str) -> Select[Any]:
    """Join the id and the name of the record that a link leads to, labelled `<keys>_id` and `<keys>_name`.

    A record out of the actor's scope shows neither.
    """
    target = bound.target
    assert target is not None
    linked = aliased(target)
    matches: ColumnElement[bool] = linked.id == getattr(bound.entity, bound.column_key)
    if scope(actor, target) is not None:
        matches = and_(matches, linked.id.in_(visible(actor, select(target.id))))
    name = name_of(target, inspect(linked).selectable)
    return query.outerjoin(linked, matches).add_columns(
        linked.id.label(f"{keys}_id"), name.label(f"{keys}_name")
    )


def ends_of(bound: BoundField) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The two columns of a set's link table: the one of this entity and the one of the linked one."""
    relationship = inspect(bound.entity).relationships[bound.key]
    (_, mine), *_ = relationship.synchronize_pairs
    (_, other), *_ = relationship.secondary_synchronize_pairs
    return mine, other


def links_of(session: Session, actor: Actor, bound: BoundField, ids: Sequence[int]) -> dict[int, list[Named]]:
    """The records linked to each of these rows, by name, in one statement."""
    if not ids:
        return {}
    mine, other = ends_of(bound)
    target = bound.target
    assert target is not None
    query = select(mine.label("owner"), target.id, name_of(target)).join(target, target.id == other)
    found: dict[int, list[Named]] = {}
    for owner, linked_id, name in session.execute(visible(actor, query.where(mine.in_(ids)))):
        found.setdefault(owner, []).append((linked_id, name))
    for linked in found.values():
        linked.sort(key=lambda pair: pair[1].casefold())
    return found


def searched_links(entity: type[Any]) -> tuple[BoundField, ...]:
    """The links through which the search of a list looks: those that are declared for it."""
    return tuple(bound for bound in fields_on(entity, Surface.SEARCH) if bound.kind is Kind.LINK)


def found_by(session: Session, actor: Actor, entity: type[Any], text: str) -> ColumnElement[bool]:
    """The condition that a list's search sets: a record's own words, or those that its searched links declare.

    Each way goes through its own search index, hence one set of ids instead of OR.
    """
    # Customers are found by their people too, as in their directory.
    own = matching(session, text) if entity is CustomerGroup else search_condition(session, entity, text)
    ways = [select(entity.id).where(own)]
    for bound in searched_links(entity):
        target = bound.target
        assert target is not None
        seen = visible(actor, select(target.id).where(search_condition(session, target, text)))
        ways.append(select(entity.id).where(getattr(entity, bound.column_key).in_(seen)))
    condition: ColumnElement[bool] = entity.id.in_(ways[0] if len(ways) == 1 else union(*ways))
    return condition


def searchable(entity: type[Any]) -> bool:
    """Whether the list of this entity has a search box."""
    return bool(fields_on(entity, Surface.SEARCH))


def any_linked(bound: BoundField, ids: Sequence[int], words: Sequence[str]) -> ColumnElement[bool]:
    """Whether a row is linked to any of these records, all given by their folded word or all by id."""
    mine, other = ends_of(bound)
    target = bound.target
    assert target is not None
    carrying: Select[Any] = select(mine).where(other.in_(ids))
    if words:
        # Joined, so that both databases go from the word through the index to the rows that carry it.
        carrying = select(mine).join(target, target.id == other).where(target.folded.in_(words))
    linked: ColumnElement[bool] = bound.entity.id.in_(carrying)
    return linked
