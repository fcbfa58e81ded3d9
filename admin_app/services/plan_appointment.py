"""A time with a client: planned, moved, called off, done [95, A52, P18].

A clash is told by whoever shows the page (:func:`clashes_at`), never refused.  One call::

    plan_appointment(session, group, kind=EventKind.VISIT, title="Look at the oak", starts_at=nine, ends_at=ten,
                     assignee_id=7, address_id=3, project_id=None, contact_id=5, notes=None, tell=True, actor=ann,
                     clock=clock)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.models import (
    Address,
    CustomerGroup,
    Event,
    EventKind,
    EventState,
    Membership,
    MessagePurpose,
    Project,
    ProjectContact,
    User,
)
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, demand, visible
from admin_app.services.record_rules import make, put
from admin_app.services.save_record import find
from admin_app.services.schedule_work import Clash, clashes
from admin_app.services.tell_of_plan import take_back_waiting, tell_as_it_stands

LONGEST_TITLE = 200
LONGEST_NOTES = 10_000
LONGEST_APPOINTMENT = timedelta(days=31)


def plan_appointment(
    session: Session,
    group: CustomerGroup,
    *,
    kind: EventKind,
    title: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    assignee_id: int | None,
    address_id: int | None,
    project_id: int | None,
    contact_id: int | None,
    notes: str | None,
    tell: bool,
    actor: Actor,
    clock: Clock,
) -> Event:
    """Put a time with the client into the calendar (instants in UTC); `tell` queues the confirmation to the client.

    Raises NotAllowed, Invalid with a sentence a field: also for a person who does not work here and for an address, a
    project or a contact of another customer.
    """
    demand(actor, Permission.WORK_WRITE)
    words = clean_text(title, LONGEST_TITLE)
    if not words:
        raise Invalid("Say what it is about", {"title": "Say what it is about"})
    facts = {
        "kind": kind,
        "title": words,
        "group_id": group.id,
        "assignee_id": _assignee(session, assignee_id),
        "address_id": _own(session, Address, address_id, group, actor),
        "project_id": _own(session, Project, project_id, group, actor),
        "contact_id": _contact(session, contact_id, group, project_id),
        "notes": clean_text(notes or "", LONGEST_NOTES, multiline=True) or None,
        **_time(starts_at, ends_at),
    }
    event = make(session, Event, facts)
    if tell:
        tell_as_it_stands(session, event, MessagePurpose.APPOINTMENT, actor, clock)
    return event


def move_event(
    session: Session,
    event: Event,
    starts_at: datetime | None,
    ends_at: datetime | None,
    assignee_id: int | None,
    tell: bool,
    actor: Actor,
    clock: Clock,
) -> Event:
    """Another time, or another person who comes; whoever has it already may keep it, though switched off meanwhile.

    `tell` queues a word about it to the client, once a move; a move to the same time and person is none.

    Raises Unmet for what is over and for a day of a workorder, which is planned there; Invalid, NotAllowed.
    """
    held = _planned(session, event, actor)
    stays = frozenset({held.assignee_id} if held.assignee_id is not None else ())
    facts = _time(starts_at, ends_at) | {"assignee_id": _assignee(session, assignee_id, stays)}
    news = {key: value for key, value in facts.items() if getattr(held, key) != value}
    if news:
        put(session, held, news)
        if tell:
            tell_as_it_stands(session, held, MessagePurpose.APPOINTMENT_MOVED, actor, clock)
        else:
            take_back_waiting(session, held, actor)  # what waits says the old time
    return held


def call_off_event(
    session: Session, event: Event, reason: str, tell: bool, actor: Actor, clock: Clock
) -> Event:
    """It does not take place; the reason, where one is given, stands in its notes.

    Raises Unmet for what is over and for a day of a workorder; NotAllowed.
    """
    held = _planned(session, event, actor)
    why = clean_text(reason, 400)
    notes = "\n".join(part for part in (held.notes, f"Called off: {why}" if why else "Called off") if part)
    put(session, held, {"state": EventState.CANCELLED, "notes": notes})
    if tell:
        tell_as_it_stands(session, held, MessagePurpose.APPOINTMENT_CALLED_OFF, actor, clock)
    return held


def event_done(session: Session, event: Event, actor: Actor) -> Event:
    """It took place; raises Unmet for what is over already, NotAllowed."""
    held = _planned(session, event, actor)
    put(session, held, {"state": EventState.DONE})
    return held


def plan_again(session: Session, event: Event, actor: Actor) -> Event:
    """What was done or called off by mistake is planned again at the time it had; raises Unmet, NotAllowed."""
    demand(actor, Permission.WORK_WRITE)
    held = find(session, Event, event.id, actor, lock=True)
    if held.state is EventState.PLANNED:
        raise Unmet(f"“{held.title}” is planned already")
    if held.work_order_id is not None:
        raise Unmet("This day belongs to a workorder; plan it there, so that crew and calendar agree")
    put(session, held, {"state": EventState.PLANNED})
    return held


def clashes_at(session: Session, event: Event) -> list[Clash]:
    """What else the person of this event has at that time, for the page to say."""
    if event.assignee_id is None or event.state is not EventState.PLANNED:
        return []
    return clashes(session, [event.assignee_id], event.starts_at, event.ends_at, but_event=event.id)


def _planned(session: Session, event: Event, actor: Actor) -> Event:
    """The event, held until the transaction ends, while it can still be changed."""
    demand(actor, Permission.WORK_WRITE)
    held = find(session, Event, event.id, actor, lock=True)
    if held.state is not EventState.PLANNED:
        was = "called off" if held.state is EventState.CANCELLED else "done"
        raise Unmet(f"“{held.title}” is {was} already")
    if held.work_order_id is not None:
        raise Unmet("This day belongs to a workorder; plan it there, so that crew and calendar agree")
    return held


def _time(starts_at: datetime | None, ends_at: datetime | None) -> dict[str, Any]:
    if starts_at is None:
        raise Invalid("Choose a day and a time", {"starts_at": "When does it start?"})
    if ends_at is not None and ends_at < starts_at:
        raise Invalid("It ends before it starts", {"ends_at": "This is before the start"})
    if ends_at is not None and ends_at - starts_at > LONGEST_APPOINTMENT:
        raise Invalid("This is longer than a month", {"ends_at": "This is more than 31 days after the start"})
    return {"starts_at": starts_at, "ends_at": ends_at}


def _assignee(session: Session, user_id: int | None, stays: frozenset[int] = frozenset()) -> int | None:
    """Somebody who works here, or whoever has it already."""
    if user_id is None or user_id in stays:
        return user_id
    working = select(User.id).where(User.id == _usable(user_id), User.active)
    if session.scalar(working) is None:
        gone = "Choose among those who work here"
        raise Invalid(gone, {"assignee": gone})
    return user_id


def _own(
    session: Session, entity: type[Address | Project], record_id: int | None, group: CustomerGroup, actor: Actor
) -> int | None:
    """The id of an address or project of this customer; raises Invalid for any other."""
    if record_id is None:
        return None
    query = select(entity.id).where(entity.id == _usable(record_id), entity.group_id == group.id)
    if session.scalar(visible(actor, query)) is None:
        other = f"This {entity.singular} is not one of {group.name}"
        raise Invalid(other, {entity.singular: other})
    return record_id


def _contact(
    session: Session, contact_id: int | None, group: CustomerGroup, project_id: int | None
) -> int | None:
    """A contact of this customer, or one whom the project brought along [D2]."""
    if contact_id is None:
        return None
    member = select(Membership.contact_id).where(
        Membership.group_id == group.id, Membership.contact_id == _usable(contact_id)
    )
    beside = select(ProjectContact.contact_id).where(
        ProjectContact.project_id == project_id, ProjectContact.contact_id == _usable(contact_id)
    )
    if session.scalar(member) is None and session.scalar(beside) is None:
        other = f"This contact does not belong to {group.name}"
        raise Invalid(other, {"contact": other})
    return contact_id


def _usable(record_id: int) -> int:
    """A number that a database can hold; larger ones name nothing."""
    return record_id if abs(record_id) <= LARGEST_ID else 0
