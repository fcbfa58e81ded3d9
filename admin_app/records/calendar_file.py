"""The schedule as a file that calendar programs read (RFC 5545): with zones, and names that stay the same [96].

No money and no word on how to get into a site: whoever has the address of a feed reads it.  One call::

    text = calendar_file(session, user.as_actor(), "Ashworth", "Europe/London", clock, own_of=user.id)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.wall_hours import on_the_wall
from admin_app.models import (
    Event,
    EventState,
    Project,
    WorkOrder,
    WorkOrderState,
    work_order_crew,
)
from admin_app.policy import visible
from admin_app.records.schedule import touching

BACK, AHEAD = timedelta(days=30), timedelta(days=365)
MOST = 5_000
"""Entries of a file; a company that plans more in a year reads feeds by person."""
HOST = "schedule.sawhorse"
"""What follows the number in a name, so that it is the same whatever the address of the office is."""


def calendar_file(
    session: Session, actor: Actor, title: str, zone: str, clock: Clock, own_of: int | None = None
) -> str:
    """What is planned from thirty days ago to a year ahead, as far as the actor sees it; `own_of`: one person's."""
    since, until = clock.now() - BACK, clock.now() + AHEAD
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Sawhorse//Schedule//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    for work in session.scalars(_jobs(actor, since, until, own_of)):
        calendar.add_component(_job(work, zone))
    for event in session.scalars(_events(actor, since, until, own_of)):
        calendar.add_component(_event(event, zone))
    calendar.add_missing_timezones()
    return str(calendar.to_ical().decode())


def _jobs(actor: Actor, since: datetime, until: datetime, own_of: int | None) -> Any:
    query = (
        select(WorkOrder)
        .options(
            joinedload(WorkOrder.group),
            joinedload(WorkOrder.project).joinedload(Project.address),
            selectinload(WorkOrder.crew),
        )
        .where(touching(WorkOrder, since, until))
        .order_by(WorkOrder.starts_at, WorkOrder.id)
        .limit(MOST)
    )
    if own_of is not None:
        mine = select(work_order_crew.c.work_order_id).where(work_order_crew.c.user_id == own_of)
        query = query.where(WorkOrder.id.in_(mine))
    return visible(actor, query)


def _events(actor: Actor, since: datetime, until: datetime, own_of: int | None) -> Any:
    """Appointments and visits; the days of workorders are told by the workorders."""
    query = (
        select(Event)
        .options(joinedload(Event.group), joinedload(Event.address), joinedload(Event.assignee))
        .where(Event.work_order_id.is_(None), touching(Event, since, until))
        .order_by(Event.starts_at, Event.id)
        .limit(MOST)
    )
    if own_of is not None:
        query = query.where(Event.assignee_id == own_of)
    return visible(actor, query)


def _job(work: WorkOrder, zone: str) -> icalendar.Event:
    place = work.project.address.name if work.project.address is not None else ""
    off = work.state is WorkOrderState.CANCELLED
    return _entry(
        work, "work", work.starts_at, zone, work.group.name, place, (one.name for one in work.crew), off
    )


def _event(event: Event, zone: str) -> icalendar.Event:
    place = event.address.name if event.address is not None else ""
    who = [event.assignee.name] if event.assignee is not None else []
    off = event.state is EventState.CANCELLED
    return _entry(event, "event", event.starts_at, zone, event.group.name, place, who, off)


def _entry(
    record: WorkOrder | Event,
    kind: str,
    starts_at: datetime | None,
    zone: str,
    customer: str,
    place: str,
    who: Iterable[str],
    off: bool,
) -> icalendar.Event:
    """One entry; its name stays the same through all moves, its sequence rises with each."""
    assert starts_at is not None
    entry = icalendar.Event()
    changed = record.updated_at.replace(tzinfo=record.updated_at.tzinfo or UTC).astimezone(UTC)
    entry.add("uid", f"{kind}-{record.public_id}@{HOST}")
    entry.add("dtstamp", changed)
    entry.add("last-modified", changed)
    entry.add("sequence", record.version)
    entry.add("dtstart", on_the_wall(starts_at, zone))
    if record.ends_at is not None and record.ends_at > starts_at:
        entry.add("dtend", on_the_wall(record.ends_at, zone))
    entry.add("summary", f"{record.title} ({customer})")
    if place:
        entry.add("location", place)
    names = ", ".join(who)
    said = "\n".join(part for part in (names, record.notes or "") if part)
    if said:
        entry.add("description", said)
    entry.add("status", "CANCELLED" if off else "CONFIRMED")
    return entry
