"""A job or an appointment is moved on the schedule: to another day, hour, person or machine [95, 97].

What its mover saw comes along, so that of two dispatchers the second is told (`planned_as.py`).  One call::

    moved = move_thing(session, work, seen, dropped(work, seen, drop, zone, ("07:00", "17:00")), ann, clock)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.wall_hours import day_on_the_wall, hour_of, instant_at, moved_by
from admin_app.models import Company, Event, WorkOrder, WorkOrderState
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand
from admin_app.services.plan_appointment import clashes_at, move_event
from admin_app.services.planned_as import Planned, as_seen, demand_unmoved, planned_as
from admin_app.services.save_record import find
from admin_app.services.schedule_work import Clash, Plan, schedule_work
from admin_app.services.unschedule_work import unschedule_work

PERSON, MACHINE, NOBODY = "p", "e", "nobody"
LEAST_DAY = timedelta(hours=2)
"""How long work is planned for that starts after the working day ends."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Where something was dropped: its day, the hour (an instant; None: its own), from whose row into whose.

    Rows are named as the schedule names them: "p7", "e3", "nobody"; "" is the side list.
    """

    day: date
    at: datetime | None = None
    source: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did: how it was, how it is planned now, and who or what is double booked by it."""

    was: Planned
    now: Planned
    clashes: list[Clash]

    @property
    def is_change(self) -> bool:
        """Whether anything stands otherwise than before."""
        return as_seen(self.was) != as_seen(self.now)


def dropped(
    record: WorkOrder | Event, seen: Planned, drop: Drop, zone: str, working_day: tuple[str, str]
) -> Planned:
    """How it would be planned there: the hours and length that were seen, for work without a day the working day.

    Raises Invalid for a person dropped on a machine and for an appointment in the row of one.
    """
    starts_at, ends_at = seen.starts_at, seen.ends_at
    if starts_at is None:
        starts_at, ends_at = _whole_day(drop, zone, working_day)
    elif drop.at is not None:
        length = ends_at - starts_at if ends_at is not None else None
        starts_at = drop.at.astimezone(UTC)
        ends_at = starts_at + length if length is not None else None
    else:
        by = (drop.day - day_on_the_wall(starts_at, zone)).days
        starts_at, ends_at = moved_by(starts_at, ends_at, by, zone)
    return _handed_over(record, replace(seen, starts_at=starts_at, ends_at=ends_at), drop)


def _whole_day(drop: Drop, zone: str, working_day: tuple[str, str]) -> tuple[datetime, datetime]:
    """From the hour of the drop, else from when work starts, until work ends that day."""
    opens = instant_at(drop.day, hour_of(working_day[0], time(7)), zone)
    closes = instant_at(drop.day, hour_of(working_day[1], time(17)), zone)
    starts_at = drop.at.astimezone(UTC) if drop.at is not None else opens
    return starts_at, closes if closes > starts_at else starts_at + LEAST_DAY


def _handed_over(record: WorkOrder | Event, plan: Planned, drop: Drop) -> Planned:
    """The people or machines with the one of the target row in place of the one of the source row."""
    if drop.source == drop.target or not drop.target:
        return plan
    away, to = _number(drop.source), _number(drop.target)
    if drop.target.startswith(MACHINE):
        if isinstance(record, Event):
            raise Invalid("Trucks and machines are planned for workorders, not for appointments")
        return replace(plan, equipment=_swapped(plan.equipment, away, to))
    if drop.source.startswith(MACHINE):
        raise Invalid("Drop it on another truck or machine, or open it to choose people")
    people = _swapped(plan.people, away, to)
    if isinstance(record, Event):
        people = (to,) if to is not None else ()
    return replace(plan, people=people)


def _swapped(ids: tuple[int, ...], away: int | None, to: int | None) -> tuple[int, ...]:
    rest = {number for number in ids if number != away}
    return tuple(sorted(rest | {to} if to is not None else rest))


def _number(row: str) -> int | None:
    digits = row[1:]
    return int(digits) if row[:1] in (PERSON, MACHINE) and digits.isdecimal() and len(digits) <= 18 else None


def move_thing(
    session: Session,
    record: WorkOrder | Event,
    seen: Planned,
    asked: Planned,
    actor: Actor,
    clock: Clock,
    *,
    backwards: bool = False,
) -> Moved:
    """Plan it as asked, if it still is as seen; the clashes are told, never refused.

    A day that is over is refused unless `backwards` (an undo).  Raises MovedMeanwhile with both versions, Unmet for
    what has begun or is over, Invalid for people and times that cannot be, NotAllowed.
    """
    held = _hold(session, record, actor)
    demand_unmoved(session, held, seen, asked)
    was = planned_as(held)
    if asked.starts_at is None:
        if not isinstance(held, WorkOrder):
            raise Invalid("An appointment has a day; call it off instead")
        unschedule_work(session, held, actor, clock)
        return Moved(was, planned_as(held), [])
    if not backwards:
        refuse_the_past(session, was, asked, clock)
    if isinstance(held, WorkOrder):
        plan = Plan(asked.starts_at, asked.ends_at, asked.people, asked.equipment)
        clashes = schedule_work(session, held, plan, actor, clock)
    else:
        who = asked.people[0] if asked.people else None
        clashes = clashes_at(
            session, move_event(session, held, asked.starts_at, asked.ends_at, who, False, actor, clock)
        )
    return Moved(was, planned_as(held), clashes)


def refuse_the_past(session: Session, was: Planned, asked: Planned, clock: Clock) -> None:
    """Raise Unmet where something is moved to a day that is over; people of such a day may still change."""
    assert asked.starts_at is not None
    if was.starts_at == asked.starts_at:
        return
    zone = session.scalar(select(Company.zone)) or "UTC"
    day = day_on_the_wall(asked.starts_at, zone)
    if day < clock.today():
        raise Unmet(f"{day:%A} {day.day} {day:%B} is over; choose today or a later day")


def why_it_stays(record: WorkOrder | Event) -> str:
    """Why it cannot move; "" where it can."""
    if isinstance(record, WorkOrder):
        if record.state is WorkOrderState.IN_PROGRESS:
            return "The work has begun"
        if record.state in (WorkOrderState.FINISHED, WorkOrderState.COMPLETED, WorkOrderState.CANCELLED):
            return f"The work is {record.state.value}"
        return ""
    return "" if record.state.value == "planned" else f"It is {record.state.value}"


def _hold(session: Session, record: WorkOrder | Event, actor: Actor) -> WorkOrder | Event:
    """The record as it is now, held until the transaction ends."""
    demand(actor, Permission.WORK_WRITE)
    if isinstance(record, WorkOrder):
        lock_customer(session, record.group_id)
        session.refresh(record)
        return record
    return find(session, Event, record.id, actor, lock=True)
