"""Who is where: jobs, appointments and visits of a stretch of days, by person or by machine [97, A70].

A week of forty people costs as many statements as an empty one.  Jobs are read from their workorders, so that the days
that each of a crew has in the calendar are not shown twice; crews see their own.  One call::

    schedule = read_schedule(session, actor, monday, 7, "Europe/London", Wanted(brand_id=2))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor, Role
from admin_app.kernel.wall_hours import bounds_of, days_touched
from admin_app.models import (
    CustomerGroup,
    Equipment,
    Event,
    EventState,
    Project,
    User,
    WorkOrder,
    WorkOrderState,
)
from admin_app.policy import FIELD_CREWS, visible
from admin_app.records.search import search_condition

WORK, EVENT = "work", "event"
NOBODY = "nobody"
"""The row of what nobody is sent to yet."""
LONGEST_JOB = timedelta(days=366)
MOST_THINGS = 3_000
MOST_WAITING = 40
ALWAYS_SHOWN = (Role.CREW, Role.SUBCONTRACTOR, Role.ESTIMATOR)
"""These have a row also where they have nothing to do; others only with something in it."""
_ORDER = (*ALWAYS_SHOWN, Role.OFFICE, Role.OWNER, Role.ANALYST)
OPEN_WORK = (WorkOrderState.NEW, WorkOrderState.SCHEDULED, WorkOrderState.IN_PROGRESS)
"""States of work for which a day can be planned."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a schedule is narrowed to; `equipment` shows machines in place of people."""

    brand_id: int | None = None
    mine: bool = False
    role: Role | None = None
    equipment: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether something that is there may be left out."""
        return bool(self.brand_id or self.mine or self.role)


@dataclass(frozen=True, slots=True)
class Thing:
    """A job or an event as the schedule shows it; `people` and `equipment` are ids, `names` who else is there."""

    kind: str
    id: int
    word: str
    title: str
    customer: str
    group_id: int
    project_id: int | None
    place: str
    starts_at: datetime
    ends_at: datetime | None
    state: str
    notes: str
    people: tuple[int, ...]
    equipment: tuple[int, ...]
    names: tuple[str, ...]
    machines: tuple[str, ...]
    first: date
    last: date
    record: Any = field(compare=False, repr=False, default=None)

    @property
    def key(self) -> str:
        """How a page names it: "work-7"."""
        return f"{self.kind}-{self.id}"

    @property
    def can_move(self) -> bool:
        """Whether another day can be planned for it."""
        return self.state in ("new", "scheduled", "in progress", "planned")

    @property
    def days(self) -> int:
        """How many days it touches."""
        return (self.last - self.first).days + 1


@dataclass(slots=True)
class Row:
    """A person, a machine or nobody yet, and what they have on these days; `key` is "p7", "e3" or "nobody"."""

    key: str
    name: str
    detail: str
    things: list[Thing] = field(default_factory=list)
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Schedule:
    """Some days of some people."""

    first: date
    days: tuple[date, ...]
    rows: list[Row]
    things: list[Thing]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Workorders without a day, and visits to which nobody is sent; the counts are those of all of them."""

    jobs: list[WorkOrder]
    job_count: int
    visits: list[Thing]
    visit_count: int


def read_schedule(
    session: Session, actor: Actor, first: date, days: int, zone: str, wanted: Wanted | None = None
) -> Schedule:
    """Everybody's things on these days, or one's own for a crew."""
    asked = wanted or Wanted()
    things = read_things(session, actor, first, days, zone, asked.brand_id)
    rows = _machines(session, things) if asked.equipment else _people(session, actor, things, asked)
    shown = tuple(first + timedelta(days=number) for number in range(days))
    return Schedule(first, shown, rows, things)


def read_things(
    session: Session, actor: Actor, first: date, days: int, zone: str, brand_id: int | None = None
) -> list[Thing]:
    """Jobs and events that touch these days, by their start."""
    since, until = bounds_of(first, days, zone)
    found = [_job(work, zone) for work in session.scalars(_jobs(actor, since, until, brand_id))]
    found += [_event(event, zone) for event in session.scalars(_events(actor, since, until, brand_id))]
    return sorted(found, key=lambda thing: (thing.starts_at, thing.kind, thing.id))


def read_waiting(
    session: Session, actor: Actor, since: datetime, zone: str, text: str = "", brand_id: int | None = None
) -> Waiting:
    """What has no day or nobody yet, the oldest work first, visits from `since` on by their day."""
    jobs = (
        select(WorkOrder)
        .join(Project, Project.id == WorkOrder.project_id)
        .where(WorkOrder.starts_at.is_(None), WorkOrder.state.in_(OPEN_WORK))
        .where(search_condition(session, WorkOrder, text))
    )
    visits = select(Event).where(
        Event.assignee_id.is_(None),
        Event.work_order_id.is_(None),
        Event.state == EventState.PLANNED,
        Event.starts_at >= since,
        search_condition(session, Event, text),
    )
    if brand_id is not None:
        jobs, visits = jobs.where(_of_brand(WorkOrder, brand_id)), visits.where(_of_brand(Event, brand_id))
    jobs, visits = visible(actor, jobs), visible(actor, visits)
    beside = (
        joinedload(WorkOrder.group),
        joinedload(WorkOrder.project).joinedload(Project.address),
        selectinload(WorkOrder.crew),
        selectinload(WorkOrder.equipment),
    )
    first_jobs = jobs.options(*beside).order_by(WorkOrder.id).limit(MOST_WAITING)
    first_visits = visits.options(joinedload(Event.group), joinedload(Event.address)).order_by(
        Event.starts_at, Event.id
    )
    return Waiting(
        list(session.scalars(first_jobs)),
        _count(session, jobs),
        [_event(event, zone) for event in session.scalars(first_visits.limit(MOST_WAITING))],
        _count(session, visits),
    )


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _jobs(actor: Actor, since: datetime, until: datetime, brand_id: int | None) -> Select[WorkOrder]:
    query = (
        select(WorkOrder)
        .options(
            joinedload(WorkOrder.group),
            joinedload(WorkOrder.project).joinedload(Project.address),
            selectinload(WorkOrder.crew),
            selectinload(WorkOrder.equipment),
        )
        .where(WorkOrder.state != WorkOrderState.CANCELLED)
    )
    return _between(actor, query, WorkOrder, since, until, brand_id)


def _events(actor: Actor, since: datetime, until: datetime, brand_id: int | None) -> Select[Event]:
    query = (
        select(Event)
        .options(joinedload(Event.group), joinedload(Event.address), joinedload(Event.assignee))
        .where(Event.work_order_id.is_(None), Event.state != EventState.CANCELLED)
    )
    return _between(actor, query, Event, since, until, brand_id)


def touching(entity: Any, since: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether a workorder or event lies in a half-open span or reaches into it."""
    return and_(
        entity.starts_at < until,
        entity.starts_at >= since - LONGEST_JOB,  # keeps the search in its index
        or_(entity.starts_at >= since, entity.ends_at > since),
    )


def _between(
    actor: Actor, query: Select[Any], entity: Any, since: datetime, until: datetime, brand_id: int | None
) -> Select[Any]:
    """What of the query lies in a span or reaches into it, in the order of its hours, as far as this actor may see."""
    query = query.where(touching(entity, since, until))
    if brand_id is not None:
        query = query.where(_of_brand(entity, brand_id))
    return visible(actor, query.order_by(entity.starts_at, entity.id).limit(MOST_THINGS))


def _of_brand(entity: Any, brand_id: int) -> Any:
    """Work of a brand: that of its project, else that of its customer."""
    projects = select(Project.id).where(Project.brand_id == brand_id)
    unbranded = or_(
        entity.project_id.is_(None),
        entity.project_id.in_(select(Project.id).where(Project.brand_id.is_(None))),
    )
    customers = select(CustomerGroup.id).where(CustomerGroup.brand_id == brand_id)
    return or_(entity.project_id.in_(projects), and_(unbranded, entity.group_id.in_(customers)))


def thing_of(record: WorkOrder | Event, zone: str) -> Thing:
    """One record as the schedule shows it; raises ValueError for work without a day."""
    return _job(record, zone) if isinstance(record, WorkOrder) else _event(record, zone)


def _job(work: WorkOrder, zone: str) -> Thing:
    if work.starts_at is None:
        raise ValueError(f"{work.number} has no day")
    first, last = days_touched(work.starts_at, work.ends_at, zone)
    return Thing(
        WORK,
        work.id,
        "job",
        work.title,
        work.group.name,
        work.group_id,
        work.project_id,
        work.project.address.name if work.project.address else "",
        work.starts_at,
        work.ends_at,
        str(work.state.value),
        work.notes or "",
        tuple(one.id for one in work.crew),
        tuple(one.id for one in work.equipment),
        tuple(one.name for one in work.crew),
        tuple(one.name for one in work.equipment),
        first,
        last,
        work,
    )


def _event(event: Event, zone: str) -> Thing:
    first, last = days_touched(event.starts_at, event.ends_at, zone)
    return Thing(
        EVENT,
        event.id,
        str(event.kind.value),
        event.title,
        event.group.name,
        event.group_id,
        event.project_id,
        event.address.name if event.address else "",
        event.starts_at,
        event.ends_at,
        str(event.state.value),
        event.notes or "",
        (event.assignee_id,) if event.assignee_id is not None else (),
        (),
        (event.assignee.name,) if event.assignee is not None else (),
        (),
        first,
        last,
        event,
    )


# ------------------------------------------------------------------------------------------ the rows


def _people(session: Session, actor: Actor, things: Sequence[Thing], wanted: Wanted) -> list[Row]:
    """Who has a row: crews, subcontractors and estimators always, others with something to do; a crew itself only.

    Names and roles are no secret among those who work here, so that they are read without the right to manage staff.
    """
    busy = {number for thing in things for number in thing.people}
    own_only = actor.role in FIELD_CREWS or wanted.mine
    query = select(User.id, User.name, User.role, User.active).where(
        or_(and_(User.active, User.role.in_(ALWAYS_SHOWN)), User.id.in_(busy), User.id == (actor.id or 0))
    )
    if own_only:
        query = query.where(User.id == (actor.id or 0))
    if wanted.role is not None:
        query = query.where(User.role == wanted.role)
    found = [
        (_ORDER.index(role), name.casefold(), number, name, role, active)
        for number, name, role, active in session.execute(query)
    ]
    rows = {
        number: Row(f"p{number}", name, role.value, is_active=active)
        for _, _, number, name, role, active in sorted(found)
        if number in busy or role in ALWAYS_SHOWN or own_only
    }
    _hand_out(things, rows, lambda thing: thing.people)
    nobody = [thing for thing in things if not thing.people]
    if nobody and not own_only and wanted.role is None:
        return [Row(NOBODY, "Nobody yet", "", nobody), *rows.values()]
    return list(rows.values())


def _machines(session: Session, things: Sequence[Thing]) -> list[Row]:
    """Trucks and machines, and those put aside that are still planned for something."""
    busy = {number for thing in things for number in thing.equipment}
    query = select(Equipment.id, Equipment.name, Equipment.kind, Equipment.plate, Equipment.archived)
    found = session.execute(
        query.where(or_(Equipment.archived.is_(False), Equipment.id.in_(busy))).order_by(
            Equipment.kind, Equipment.name, Equipment.id
        )
    )
    rows = {
        number: Row(
            f"e{number}", name, f"{kind.value}, {plate}" if plate else kind.value, is_active=not archived
        )
        for number, name, kind, plate, archived in found
    }
    _hand_out(things, rows, lambda thing: thing.equipment)
    return list(rows.values())


def _hand_out(
    things: Sequence[Thing], rows: Mapping[int, Row], whose: Callable[[Thing], tuple[int, ...]]
) -> None:
    for thing in things:
        for number in whose(thing):
            if number in rows:
                rows[number].things.append(thing)
