"""The calendar says what the workorders say: each of a crew has an event with the day and the notes [A70, 61, 95]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Event, EventKind, EventState, Project, WorkOrder
from admin_app.services.facts import Said
from admin_app.services.record_rules import make, put


def note_plan(session: Session, work: WorkOrder, actor: Actor, clock: Clock, said: Said) -> None:
    """The reaction to scheduled work, whichever door scheduled it."""
    keep_calendar(session, work)


def clear_calendar(session: Session, work: WorkOrder, actor: Actor, clock: Clock, said: Said) -> None:
    """The reaction to work that has no day any more: its planned days leave the calendar."""
    planned = select(Event).where(Event.work_order_id == work.id, Event.state == EventState.PLANNED)
    for event in session.scalars(planned):
        session.delete(event)
    session.flush()  # days that went are gone before the next reads them


def keep_calendar(session: Session, work: WorkOrder) -> None:
    """One event for each of the crew, or one for nobody yet, with the day and the notes of the workorder [A70].

    Days that are over or were called off are history and stay as they are.
    """
    if work.starts_at is None:
        return
    facts = {
        "title": work.title,
        "starts_at": work.starts_at,
        "ends_at": work.ends_at,
        "address_id": session.scalar(select(Project.address_id).where(Project.id == work.project_id)),
        "notes": work.notes,
    }
    planned = select(Event).where(Event.work_order_id == work.id, Event.state == EventState.PLANNED)
    known = list(session.scalars(planned.order_by(Event.id)))
    wanted: list[int | None] = [one.id for one in work.crew] or [None]
    missing = [one for one in wanted if one not in {event.assignee_id for event in known}]
    for event in known:
        if event.assignee_id in wanted:
            wanted.remove(event.assignee_id)
            put(session, event, dict(facts))
        elif missing:
            put(session, event, {**facts, "assignee_id": missing.pop(0)})
        else:
            session.delete(event)
    for user_id in missing:
        make(session, Event, _whose(work) | facts | {"assignee_id": user_id})
    session.flush()  # days that went are gone before the next reads them


def _whose(work: WorkOrder) -> dict[str, object]:
    return {
        "kind": EventKind.WORK,
        "group_id": work.group_id,
        "project_id": work.project_id,
        "work_order_id": work.id,
    }
