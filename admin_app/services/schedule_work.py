"""Work gets its day, crew and machines; each of them finds it in the calendar, with the notes [A70, 61, 95].

One call::

    schedule_work(session, work, Plan(starts_at, ends_at, crew=(7, 9), equipment=(3,)), ann, clock)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import (
    Equipment,
    Event,
    EventState,
    User,
    WorkOrder,
    WorkOrderState,
    work_order_equipment,
)
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand
from admin_app.records.schedule import LONGEST_JOB
from admin_app.services.keep_calendar import keep_calendar
from admin_app.services.record_rules import put
from admin_app.services.take import move, open_step

MOST_CREW = 50
MOST_MACHINES = 20
MOST_CLASHES = 20
PLANNED_WORK = (WorkOrderState.NEW, WorkOrderState.SCHEDULED, WorkOrderState.IN_PROGRESS)
"""Work that still needs its machines."""


@dataclass(frozen=True, slots=True)
class Plan:
    """From when to when (UTC instants; the end may be open), by whom (ids of staff), and with what.

    `equipment` (ids) that is None stays as the workorder has it.
    """

    starts_at: datetime | None
    ends_at: datetime | None = None
    crew: tuple[int, ...] = ()
    equipment: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody of the crew, a truck or a machine is somewhere else at that time."""

    who: str
    what: str
    starts_at: datetime
    ends_at: datetime | None


def schedule_work(session: Session, work: WorkOrder, plan: Plan, actor: Actor, clock: Clock) -> list[Clash]:
    """Plan the work, or plan it anew, and keep the calendar in step; returns who is double booked, which may be.

    Raises Invalid for a time that cannot be, Unmet for work that is over, NotAllowed.
    """
    demand(actor, Permission.WORK_WRITE)
    lock_customer(session, work.group_id)
    session.refresh(work)
    if work.state in (WorkOrderState.FINISHED, WorkOrderState.COMPLETED, WorkOrderState.CANCELLED):
        raise Unmet(f"This workorder is {work.state.value}, so no day is planned for it")
    _check(plan)
    crew = _crew_of(session, plan.crew, work)
    values: dict[str, Any] = {"starts_at": plan.starts_at, "ends_at": plan.ends_at, "crew": crew}
    if plan.equipment is not None:
        values["equipment"] = _equipment_of(session, plan.equipment, work)
    put(session, work, values)
    if work.state is WorkOrderState.IN_PROGRESS:
        # A crew that is at work already may come again tomorrow, with others: that is no step.
        keep_calendar(session, work)
    else:
        move(session, work, open_step(session, work, "schedule", actor, clock), actor, clock)
    assert plan.starts_at is not None
    return clashes_of(session, work)


def clashes(
    session: Session,
    crew: Collection[int],
    starts_at: datetime,
    ends_at: datetime | None,
    *,
    but: int | None = None,
    but_event: int | None = None,
) -> list[Clash]:
    """What else these people have at that time, apart from the workorder `but` and the event `but_event`.

    A clash is told, never refused: two small jobs on a morning are daily bread.
    """
    end = ends_at or starts_at + timedelta(minutes=1)
    query = (
        select(Event)
        .join(User, User.id == Event.assignee_id)
        .options(contains_eager(Event.assignee))
        .where(
            Event.assignee_id.in_(crew),
            Event.state == EventState.PLANNED,
            or_(Event.work_order_id.is_(None), Event.work_order_id != (but or 0)),
            Event.id != (but_event or 0),
            Event.starts_at < end,
            or_(Event.ends_at > starts_at, and_(Event.ends_at.is_(None), Event.starts_at >= starts_at)),
        )
        .order_by(Event.starts_at, Event.id)
        .limit(MOST_CLASHES)
    )
    return [
        Clash(event.assignee.name if event.assignee else "", event.title, event.starts_at, event.ends_at)
        for event in session.scalars(query)
    ]


def clashes_of(session: Session, work: WorkOrder) -> list[Clash]:
    """Who of its crew and which of its machines are double booked on the planned days, as the page says it."""
    if work.starts_at is None:
        return []
    crew, machines = [one.id for one in work.crew], [one.id for one in work.equipment]
    found = clashes(session, crew, work.starts_at, work.ends_at, but=work.id) if crew else []
    if machines:
        found += machine_clashes(session, machines, work.starts_at, work.ends_at, but=work.id)
    return found


def machine_clashes(
    session: Session, machines: Collection[int], starts_at: datetime, ends_at: datetime | None, *, but: int
) -> list[Clash]:
    """Which other open work has these trucks and machines at that time: a thing is in one place only."""
    end = ends_at or starts_at + timedelta(minutes=1)
    query = (
        select(Equipment.name, WorkOrder.title, WorkOrder.starts_at, WorkOrder.ends_at)
        .join(work_order_equipment, work_order_equipment.c.equipment_id == Equipment.id)
        .join(WorkOrder, WorkOrder.id == work_order_equipment.c.work_order_id)
        .where(
            Equipment.id.in_(machines),
            WorkOrder.id != but,
            WorkOrder.state.in_(PLANNED_WORK),
            WorkOrder.starts_at < end,
            or_(
                WorkOrder.ends_at > starts_at,
                and_(WorkOrder.ends_at.is_(None), WorkOrder.starts_at >= starts_at),
            ),
        )
        .order_by(WorkOrder.starts_at, WorkOrder.id, Equipment.name)
        .limit(MOST_CLASHES)
    )
    return [
        Clash(name, title, starts, ends)
        for name, title, starts, ends in session.execute(query)
        if starts is not None
    ]


def can_be_sent(session: Session) -> Sequence[tuple[int, str]]:
    """Who can be put on a crew: active staff by id and name, which whoever plans must be able to choose."""
    query = select(User.id, User.name).where(User.active).order_by(User.name, User.id)
    return [(number, name) for number, name in session.execute(query)]


def can_be_planned(session: Session) -> Sequence[tuple[int, str]]:
    """Trucks and machines that can be planned, by id and name; none that are put aside."""
    query = select(Equipment.id, Equipment.name).where(Equipment.archived.is_(False))
    return [
        (number, name)
        for number, name in session.execute(query.order_by(Equipment.kind, Equipment.name, Equipment.id))
    ]


def _check(plan: Plan) -> None:
    if plan.starts_at is None:
        raise Invalid("Choose the day on which the work starts", {"starts_at": "When does the work start?"})
    if plan.ends_at is None:
        return
    if plan.ends_at < plan.starts_at:
        raise Invalid("The work ends before it starts", {"ends_at": "This is before the start"})
    if plan.ends_at - plan.starts_at > LONGEST_JOB:
        raise Invalid("This is longer than a year", {"ends_at": "This is more than a year after the start"})


def _crew_of(session: Session, ids: tuple[int, ...], work: WorkOrder) -> list[User]:
    """The people named; whoever is on the crew already may stay, though switched off meanwhile."""
    wanted = set(ids)
    if len(wanted) > MOST_CREW:
        raise Invalid(f"A crew has at most {MOST_CREW} people", {"crew": f"At most {MOST_CREW}"})
    stays = {one.id for one in work.crew}
    found = session.scalars(select(User).where(User.id.in_(wanted)).order_by(User.name, User.id))
    crew = [one for one in found if one.active or one.id in stays]
    if len(crew) < len(wanted):
        raise Invalid(
            "Somebody of this crew does not work here any more",
            {"crew": "Choose among those who work here"},
        )
    return crew


def _equipment_of(session: Session, ids: tuple[int, ...], work: WorkOrder) -> list[Equipment]:
    """The machines named; what is planned here already may stay, though put aside meanwhile."""
    wanted = set(ids)
    if len(wanted) > MOST_MACHINES:
        most = f"At most {MOST_MACHINES} trucks and machines"
        raise Invalid(most, {"equipment": most})
    stays = {one.id for one in work.equipment}
    found = session.scalars(
        select(Equipment).where(Equipment.id.in_(wanted)).order_by(Equipment.name, Equipment.id)
    )
    machines = [one for one in found if not one.archived or one.id in stays]
    if len(machines) < len(wanted):
        gone = "One of these machines is not planned for anything new"
        raise Invalid(gone, {"equipment": gone})
    return machines
