"""The verbs of the policy: may, visible, explain, and the refusal (`demand`) that doors and services ask for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, false, select
from sqlalchemy.orm import object_session
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor, ActorKind
from admin_app.kernel.errors import NotAllowed, NotFound
from admin_app.models import Contact
from admin_app.models.field import BoundField, Surface
from admin_app.policy.client_grants import client_may
from admin_app.policy.clients import client_condition, why_client
from admin_app.policy.permissions import ACCESS_FIELDS, COST_FIELDS, FIELD_CREWS, GRANTS, P, Permission
from admin_app.policy.staff import RIGHTS, Rights


def holds(actor: Actor, permission: Permission) -> bool:
    """Whether the actor holds a right, whatever it is used on; the program itself holds all, strangers none."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    if actor.client is not None:
        return client_may(actor.client, permission)
    return actor.is_staff and actor.role in GRANTS[permission]


def demand(actor: Actor, permission: Permission) -> None:
    """Refuse unless the actor holds the right: NotAllowed to staff, NotFound to everybody else."""
    if holds(actor, permission):
        return
    if actor.is_staff:
        raise NotAllowed(f"Your role does not include the right to {permission.value}")
    raise NotFound("There is nothing here")


def demand_for(actor: Actor, permission: Permission, thing: Any) -> None:
    """Refuse unless the actor may do this to `thing`; to a client what is refused is not there."""
    if may(actor, permission, thing):
        return
    if actor.is_staff and not holds(actor, permission):
        raise NotAllowed(f"Your role does not include the right to {permission.value}")
    raise NotFound("There is nothing here")


def may(actor: Actor, permission: Permission, thing: Any = None) -> bool:
    """Whether the actor may do this to `thing`; crews and clients only to what their scope shows (see `explain`)."""
    if actor.client is not None:
        return client_may(actor.client, permission, thing)
    if not holds(actor, permission):
        return False
    if thing is None or actor.kind is ActorKind.SYSTEM or actor.role not in FIELD_CREWS:
        return True
    return _in_scope(actor, thing)


def _in_scope(actor: Actor, thing: Any) -> bool:
    session, rights = object_session(thing), RIGHTS.get(type(thing))
    if session is None or rights is None or rights.crew is None:
        return False
    kind = type(thing)
    return bool(session.scalar(select(kind.id).where(kind.id == thing.id, rights.crew(actor))))


def rights_of(entity: type[Any]) -> Rights:
    """The rights an entity asks for; raises KeyError for one that no rule names."""
    return RIGHTS[entity]


def scope(actor: Actor, entity: type[Any]) -> ColumnElement[bool] | None:
    """The condition on the rows of `entity` that this actor may see; None means every row."""
    rights = RIGHTS.get(entity)
    if actor.kind is ActorKind.SYSTEM:
        return None
    if actor.client is not None:
        return client_condition(actor.client, entity)
    if rights is None or not holds(actor, rights.read):
        return false()
    if actor.role in FIELD_CREWS:
        return rights.crew(actor) if rights.crew else false()
    return None


def visible(actor: Actor, query: Select[Any]) -> Select[Any]:
    """The query, narrowed to the rows that this actor may see; every select shown to anyone passes here.

    Raises TypeError for a client's select whose records cannot be told: one that names none (count the rows of a
    visible select instead), or one under another name.
    """
    entities = _entities_of(query)
    if actor.client is not None and not _all_are_named(query, entities):
        raise TypeError("A select that is shown to a client names the records that it shows")
    for entity in entities:
        condition = scope(actor, entity)
        if condition is not None:
            query = query.where(condition)
    return query


def _entities_of(query: Select[Any]) -> list[type[Any]]:
    """The mapped classes whose rows a select shows, each once."""
    found: list[type[Any]] = []
    for described in query.column_descriptions:
        entity = described.get("entity")
        if isinstance(entity, type) and entity not in found:
            found.append(entity)
    return found


def _all_are_named(query: Select[Any], entities: list[type[Any]]) -> bool:
    """Whether every record of a select is one that `_entities_of` found, and there is one at all."""
    told = {described.get("entity") for described in query.column_descriptions} - {None}
    return bool(entities) and told == set(entities)


def sees_field(actor: Actor, bound: BoundField) -> bool:
    """Whether this actor may read a field: nobody a secret, analysts no access notes, crews no money.

    Clients read what its declaration opens to the portal, and nothing else.
    """
    if bound.declared.secret:
        return False
    if actor.client is not None:
        return bound.is_on(Surface.PORTAL)
    if bound.key in ACCESS_FIELDS and not holds(actor, P.ACCESS_NOTES):
        return False
    if bound.key in COST_FIELDS and not holds(actor, P.COSTS_READ):
        return False
    if bound.kind == "money":
        return holds(actor, P.MONEY_READ)
    return not (actor.role in FIELD_CREWS and bound.entity is Contact and bound.key == "email")


def explain(actor: Actor, thing: Any) -> str:
    """The rule, in a sentence, that shows this record to the actor or hides it [L4]."""
    if actor.client is not None:
        return why_client(actor.client, thing)
    rights = RIGHTS.get(type(thing))
    if rights is None:
        return "Hidden: no rule names this kind of record"
    if actor.kind is ActorKind.SYSTEM:
        return "Shown: the program itself sees everything"
    if not holds(actor, rights.read):
        return f"Hidden: the role {actor.role or 'of a client'} does not include the right to {rights.read.value}"
    if actor.role in FIELD_CREWS:
        if _in_scope(actor, thing):
            return "Shown: it belongs to work that is assigned to them"
        return "Hidden: it does not belong to work that is assigned to them"
    return f"Shown: the role {actor.role} includes the right to {rights.read.value}"
