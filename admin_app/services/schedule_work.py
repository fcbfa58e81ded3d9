"""Work gets its day and its crew; each of them finds it in the calendar, with the notes for the crew [A70, 61, 95].

One call::

    schedule_work(session, work, Plan(starts_at, ends_at, crew=(7, 9)), ann, clock)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Event, EventState, User, WorkOrder, WorkOrderState
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand
from admin_app.services.keep_calendar import keep_calendar
from admin_app.services.record_rules import put
from admin_app.services.take import move, open_step

LONGEST_JOB = timedelta(days=366)
MOST_CREW = 50
MOST_CLASHES = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """From when to when (UTC instants; the end may be open), and by whom (ids of staff)."""

    starts_at: datetime | None
    ends_at: datetime | None = None
    crew: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody of the crew is somewhere else at that time."""

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
    put(session, work, {"starts_at": plan.starts_at, "ends_at": plan.ends_at, "crew": crew})
    if work.state is WorkOrderState.IN_PROGRESS:
        # A crew that is at work already may come again tomorrow, with others: that is no step.
        keep_calendar(session, work)
    else:
        move(session, work, open_step(session, work, "schedule", actor, clock), actor, clock)
    assert plan.starts_at is not None
    return clashes(session, plan.crew, plan.starts_at, plan.ends_at, but=work.id)


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
    """Who of its crew is double booked on the planned day, as the page says it."""
    crew = [one.id for one in work.crew]
    if work.starts_at is None or not crew:
        return []
    return clashes(session, crew, work.starts_at, work.ends_at, but=work.id)


def can_be_sent(session: Session) -> Sequence[tuple[int, str]]:
    """Who can be put on a crew: active staff by id and name, which whoever plans must be able to choose."""
    query = select(User.id, User.name).where(User.active).order_by(User.name, User.id)
    return [(number, name) for number, name in session.execute(query)]


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
