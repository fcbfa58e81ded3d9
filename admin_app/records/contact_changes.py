"""Changes of details that clients asked for in the portal, as the inbox lists and shows them [121]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.models import ChangeState, Contact, ContactChange
from admin_app.models.field import fields_of
from admin_app.policy import visible
from admin_app.records.values import office_reading, typed

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """One field that a client wants changed: as it was when they asked, as it is, as they want it."""

    label: str
    before: str
    now: str
    after: str

    @property
    def is_other_now(self) -> bool:
        """Whether somebody changed the field since the client asked."""
        return self.before != self.now


def waiting_changes(session: Session, actor: Actor) -> list[ContactChange]:
    """The wishes that wait for the office, the oldest first, with contact and customer; one statement."""
    query = (
        select(ContactChange)
        .where(ContactChange.state == ChangeState.WAITING)
        .options(joinedload(ContactChange.contact), joinedload(ContactChange.group))
        .order_by(ContactChange.id)
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(visible(actor, query)))


def the_change(session: Session, actor: Actor, change_id: int) -> ContactChange:
    """One wish with contact and customer; raises NotFound."""
    query = (
        select(ContactChange)
        .where(ContactChange.id == change_id)
        .options(joinedload(ContactChange.contact), joinedload(ContactChange.group))
    )
    found: ContactChange | None = session.scalar(visible(actor, query))
    if found is None:
        raise NotFound("There is no such change of details")
    return found


def wishes_of(session: Session, change: ContactChange) -> list[Wish]:
    """The fields of a wish, as forms show them."""
    reading = office_reading(session)
    declared = {bound.key: bound for bound in fields_of(Contact)}

    def shown(key: str, value: Any) -> str:
        return typed(declared[key], value, reading) if value is not None else ""

    return [
        Wish(
            declared[key].label,
            shown(key, change.before.get(key)),
            shown(key, getattr(change.contact, key)),
            shown(key, after),
        )
        for key, after in change.after.items()
        if key in declared
    ]
