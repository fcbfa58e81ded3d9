"""A day is moved: what of it moves, who clashes there, who is told; then all of it in one transaction [97, L14].

First the list (`plan_of_day`), then the one press (`move_day`), told once however often it is pressed, and the way
back (`put_day_back`).  One call::

    plan = plan_of_day(session, tuesday, thursday, "Europe/London", ann, clock)
    act = move_day(session, DayMove(tuesday, thursday, picked, told), ann, clock, key)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.parsing import parse_id
from admin_app.kernel.wall_hours import moved_by
from admin_app.models import AuditEntry, BulkAct, Change, Company, Event, WorkOrder
from admin_app.policy import Permission, demand
from admin_app.records.schedule import EVENT, WORK, Thing, read_things
from admin_app.services.answer_once import answer_once
from admin_app.services.bulk_change import one_act
from admin_app.services.messages.resolve import Resolved
from admin_app.services.move_job import move_thing, why_it_stays
from admin_app.services.planned_as import Planned, as_seen, planned_as, read_seen
from admin_app.services.save_record import find
from admin_app.services.schedule_work import Clash
from admin_app.services.tell_of_plan import tell_of_plan, untell, who_is_told

MOVE_DAY = "move day"
"""The kind of the act, which has an undo of its own."""
MOST_MOVED = 300
FURTHEST = timedelta(days=366 * 2)
LONGEST_SPAN = 62
"""Days after the new day that are looked at for clashes."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing of the day: how it would be planned, why it stays ("" if it moves), who clashes, who is told."""

    thing: Thing
    asked: Planned
    stays: str
    clashes: tuple[Clash, ...] = ()
    told: Resolved | None = None

    @property
    def seen(self) -> str:
        """What the form carries of it: how it was planned when the list was read."""
        thing = self.thing
        return as_seen(Planned(thing.starts_at, thing.ends_at, thing.people, thing.equipment))


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What moving a day would do."""

    day: date
    to: date
    moving: tuple[Candidate, ...]
    staying: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class DayMove:
    """What the form says: which things ("work-7" and what was seen of it), and of which the client is told."""

    day: date
    to: date
    picked: tuple[tuple[str, str], ...]
    told: tuple[str, ...] = ()


def plan_of_day(
    session: Session, day: date, to: date, zone: str, actor: Actor, clock: Clock, who: int | None = None
) -> DayPlan:
    """The list before the press: everybody's things of a day, or one person's.  Raises NotAllowed."""
    demand(actor, Permission.WORK_WRITE)
    things = [
        thing for thing in read_things(session, actor, day, 1, zone) if who is None or who in thing.people
    ]
    reasons = {thing.key: _why_it_stays(thing, day) for thing in things}
    moving = [thing for thing in things if not reasons[thing.key]]
    there = _on_the_new_day(session, actor, moving, to, zone)
    by = (to - day).days
    return DayPlan(
        day,
        to,
        tuple(
            Candidate(thing, asked, "", _clashes(asked, there), who_is_told(session, thing.record))
            for thing in moving
            for asked in [shifted(thing.record, by, zone)]
        ),
        tuple(
            Candidate(thing, planned_as(thing.record), reasons[thing.key])
            for thing in things
            if reasons[thing.key]
        ),
    )


def check_days(day: date, to: date, clock: Clock) -> None:
    """Raise Invalid (under "to") for a day to which nothing can be moved."""
    today = clock.today()
    wrong = ""
    if to == day:
        wrong = "Choose another day than the one that is moved"
    elif to < today:
        wrong = f"{to:%A} {to.day} {to:%B} is over; choose today or a later day"
    elif to > today + FURTHEST:
        wrong = "Choose a day within two years"
    if wrong:
        raise Invalid(wrong, {"to": wrong})


def shifted(record: WorkOrder | Event, days: int, zone: str) -> Planned:
    """How it is planned so many days later, at the same hours, also over a change of the clocks."""
    now = planned_as(record)
    if now.starts_at is None:
        return now
    starts_at, ends_at = moved_by(now.starts_at, now.ends_at, days, zone)
    return replace(now, starts_at=starts_at, ends_at=ends_at)


def move_day(session: Session, form: DayMove, actor: Actor, clock: Clock, key: str | None = None) -> BulkAct:
    """Move all that was picked or nothing, tell the clients, and give the act, by which it is undone.

    The same `key` again gives the first act and tells nobody twice.  Raises Invalid, MovedMeanwhile for what somebody
    else planned since the list was shown, Unmet for what has begun since, NotAllowed.
    """
    demand(actor, Permission.WORK_WRITE)
    check_days(form.day, form.to, clock)
    if not form.picked:
        raise Invalid("Tick what is to be moved")
    if len(form.picked) > MOST_MOVED:
        raise Invalid(f"At most {MOST_MOVED} things are moved at once")
    return answer_once(
        session,
        clock,
        key=key,
        purpose=MOVE_DAY,
        content=form,
        kind=BulkAct,
        act=lambda: _move_all(session, form, actor, clock),
    )


def _move_all(session: Session, form: DayMove, actor: Actor, clock: Clock) -> BulkAct:
    zone = session.scalar(select(Company.zone)) or "UTC"
    by = (form.to - form.day).days
    records = [(the_record(session, name, actor), name, seen) for name, seen in dict(form.picked).items()]
    # Customers are held in one order, so that two dispatchers who move the same day wait for each other.
    records.sort(key=lambda one: (one[0].group_id, one[1]))
    with one_act(session, MOVE_DAY, WorkOrder) as act:
        for record, name, seen in records:
            reason = why_it_stays(record)
            if reason:
                raise Unmet(
                    f"“{record.title}” stays: {reason[0].lower()}{reason[1:]}. Look at the list again"
                )
            before = read_seen(seen)
            moved = move_thing(session, record, before, _later(before, by, zone), actor, clock)
            if name in form.told:
                tell_of_plan(session, record, moved.was, actor, clock)
        act.count = len(records)
        act.summary = f"{counted(act.count)} moved from {_short(form.day)} to {_short(form.to)}"
    return act


def _later(plan: Planned, days: int, zone: str) -> Planned:
    if plan.starts_at is None:
        raise Invalid("This page is too old; open it again")
    starts_at, ends_at = moved_by(plan.starts_at, plan.ends_at, days, zone)
    return replace(plan, starts_at=starts_at, ends_at=ends_at)


def the_record(session: Session, name: str, actor: Actor) -> WorkOrder | Event:
    """The record that a page calls "work-7" or "event-9"; raises Invalid for other words, NotFound."""
    kind, _, digits = name.partition("-")
    number = parse_id(digits)
    if number is None or kind not in (WORK, EVENT):
        raise Invalid("This page is too old; open it again")
    if kind == WORK:
        return find(session, WorkOrder, number, actor)
    return find(session, Event, number, actor)


def counted(count: int) -> str:
    """ "1 job or appointment", "7 jobs and appointments"."""
    return "1 job or appointment" if count == 1 else f"{count} jobs and appointments"


# ------------------------------------------------------------------------------------------ the way back


def put_day_back(session: Session, act: BulkAct, actor: Actor, clock: Clock) -> BulkAct:
    """Undo a moved day: each thing to its hours before, unless somebody planned it anew since or it has begun.

    Waiting mails are taken back, and whoever has read one hears of the old day.  What stays is listed in `act.kept`.
    The caller has looked whether the act may be undone.
    """
    demand(actor, Permission.WORK_WRITE)
    kept: list[dict[str, object]] = []
    with one_act(session, f"undo {MOVE_DAY}", WorkOrder) as undoing:
        for record, was, became in _changes(session, act):
            now = planned_as(record)
            why = why_it_stays(record)
            if not why and (now.starts_at, now.ends_at) != (became.starts_at, became.ends_at):
                why = "changed since"
            if why:
                kept.append(
                    {"id": record.id, "name": record.title, "why": why, "entity": type(record).__name__}
                )
                continue
            asked = replace(now, starts_at=was.starts_at, ends_at=was.ends_at)
            moved = move_thing(session, record, now, asked, actor, clock, backwards=True)
            untell(session, record, moved.was, actor, clock)
            undoing.count += 1
        left = f"; {len(kept)} left as they are" if kept else ""
        undoing.summary = f"Undone for {undoing.count}: {act.summary}{left}"[:300]
    act.undone_at = clock.now()
    act.kept = list(kept)
    session.flush()  # so that it cannot be undone twice
    return undoing


def _changes(session: Session, act: BulkAct) -> list[tuple[WorkOrder | Event, Planned, Planned]]:
    """What the act moved, with the times before and after it; the calendar's copies of work follow the work."""
    entries = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.act_id == act.id,
            AuditEntry.change == Change.CHANGED,
            AuditEntry.entity.in_([WorkOrder.__name__, Event.__name__]),
        )
        .order_by(AuditEntry.id)
    )
    found: dict[tuple[str, int], tuple[dict[str, object], dict[str, object]]] = {}
    for entry in entries:
        before, after = found.setdefault((entry.entity, entry.entity_id), ({}, {}))
        for key in ("starts_at", "ends_at"):
            if key in (entry.after or {}):
                before.setdefault(key, (entry.before or {}).get(key))
                after[key] = (entry.after or {}).get(key)
    changes = []
    for (kind, number), (before, after) in sorted(found.items()):
        record = _record(session, kind, number)
        if record is None or not after or (isinstance(record, Event) and record.work_order_id is not None):
            continue
        now = planned_as(record)
        changes.append((record, _times(before, now), _times(after, now)))
    return sorted(changes, key=lambda one: (one[0].group_id, type(one[0]).__name__, one[0].id))


def _record(session: Session, kind: str, number: int) -> WorkOrder | Event | None:
    if kind == WorkOrder.__name__:
        return session.get(WorkOrder, number)
    return session.get(Event, number)


def _times(told: dict[str, object], now: Planned) -> Planned:
    """A plan with the times that the history tells; what it does not tell did not change."""

    def read(key: str, otherwise: datetime | None) -> datetime | None:
        text = told.get(key)
        if key not in told:
            return otherwise
        return datetime.fromisoformat(text) if isinstance(text, str) else None

    return replace(now, starts_at=read("starts_at", now.starts_at), ends_at=read("ends_at", now.ends_at))


# ------------------------------------------------------------------------------------------ the list


def _why_it_stays(thing: Thing, day: date) -> str:
    why = why_it_stays(thing.record)
    if why:
        return why
    if thing.first != day:
        return f"It began on {_short(thing.first)} and takes {thing.days} days; move it by itself"
    return ""


def _on_the_new_day(
    session: Session, actor: Actor, moving: Sequence[Thing], to: date, zone: str
) -> list[Thing]:
    """What is there already, apart from what moves along."""
    if not moving:
        return []
    days = min(max(thing.days for thing in moving), LONGEST_SPAN)
    along = {thing.key for thing in moving}
    return [
        thing
        for thing in read_things(session, actor, to, days, zone)
        if thing.key not in along and thing.can_move
    ]


def _clashes(asked: Planned, there: Sequence[Thing]) -> tuple[Clash, ...]:
    """Who of its people and which of its machines have something else at the new time."""
    assert asked.starts_at is not None
    ends = asked.ends_at or asked.starts_at + timedelta(minutes=1)
    found = []
    for thing in there:
        until = thing.ends_at or thing.starts_at + timedelta(minutes=1)
        if thing.starts_at >= ends or until <= asked.starts_at:
            continue
        both = [
            name for number, name in zip(thing.people, thing.names, strict=True) if number in asked.people
        ]
        both += [
            name
            for number, name in zip(thing.equipment, thing.machines, strict=True)
            if number in asked.equipment
        ]
        found += [Clash(name, thing.title, thing.starts_at, thing.ends_at) for name in both]
    return tuple(found)


def _short(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
