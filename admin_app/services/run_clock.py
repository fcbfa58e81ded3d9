"""The clock of somebody at work: it runs on one workorder at a time, and stopping it writes the time down [67].

A clock that was left running overnight is never believed: whoever left it says when the work ended, and where nobody
says, the end of the working day counts and the entry tells that it was guessed.  One call::

    started = start_clock(session, work, cem, clock, at)      # stops and books the clock that ran elsewhere
    booked = stop_clock(session, cem, clock, at)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotAllowed, Unmet
from admin_app.models import Clocking, Company, TimeEntry, User, WorkOrder, WorkOrderState
from admin_app.services.demand_job import demand_job
from admin_app.services.record_rules import make
from admin_app.services.track_time import DAY, minutes_of

LONGEST_SHIFT = timedelta(hours=12)
"""A clock that runs longer was left running; whoever did work longer says so."""
GUESSED = "The clock was left running"
"""How the note of an entry begins whose end is guessed."""
CLOSED = (WorkOrderState.FINISHED, WorkOrderState.COMPLETED, WorkOrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Booked:
    """What a stopped clock came to; without an entry it ran for less than a minute, or the day was full."""

    work: WorkOrder
    minutes: int
    entry: TimeEntry | None
    guessed: bool


def running_clock(session: Session, actor: Actor) -> Clocking | None:
    """The clock of this person with its workorder, if it runs."""
    query = (
        select(Clocking).options(joinedload(Clocking.work_order)).where(Clocking.user_id == actor.id)
    )
    return session.scalar(query.execution_options(populate_existing=True))


def is_left_running(running: Clocking, now: datetime) -> bool:
    """Whether nobody can have worked that long."""
    return now - running.started_at > LONGEST_SHIFT


def start_clock(
    session: Session, work: WorkOrder, actor: Actor, clock: Clock, at: datetime
) -> tuple[Clocking, Booked | None]:
    """Let the clock run on `work` since `at`; one that runs here already goes on, one that runs elsewhere is booked.

    Raises Unmet for work that is over, NotFound for a workorder of another crew.
    """
    demand_job(actor, work)
    lock_person(session, actor)
    if work.state in CLOSED:
        raise Unmet(f"This workorder is {work.state.value}; write your time down by hand")
    before, booked = running_clock(session, actor), None
    if before is not None:
        if before.work_order_id == work.id and not is_left_running(before, at):
            return before, None
        booked = _book(session, before, max(at, before.started_at), clock)
    running = Clocking(user_id=actor.id, work_order_id=work.id, started_at=at)
    session.add(running)
    session.flush()  # one clock a person: the database says so too
    return running, booked


def stop_clock(
    session: Session,
    actor: Actor,
    clock: Clock,
    at: datetime,
    work: WorkOrder | None = None,
    ended: time | None = None,
) -> Booked:
    """Stop the clock and write the time down; `ended` is what its owner says of a clock that was left running.

    `ended` is a time of the day on which the clock was started; one before that start is of the next day.
    Raises Unmet where no clock runs, or not on `work`; Invalid for an end that cannot be.
    """
    lock_person(session, actor)
    running = running_clock(session, actor)
    if running is None:
        raise Unmet("Your clock is not running")
    if work is not None and running.work_order_id != work.id:
        raise Unmet(f"Your clock runs on “{running.work_order.title}”, not here")
    if ended is None:
        return _book(session, running, max(at, running.started_at), clock)
    return _book(session, running, _said(session, running, ended, clock), clock, said=True)


def guessed_end(session: Session, running: Clocking) -> datetime:
    """Where a clock that was left running is cut: the end of that working day, midnight for one begun later."""
    zone, day_ends = _day_of_company(session)
    start = running.started_at.astimezone(zone)
    evening = datetime.combine(start.date(), day_ends, tzinfo=zone)
    midnight = datetime.combine(start.date() + timedelta(days=1), time(), tzinfo=zone)
    return (evening if evening > start else midnight).astimezone(UTC)


def lock_person(session: Session, actor: Actor) -> None:
    """Two presses of one person wait for each other; taken before any customer is locked, so that none waits in turn.

    Raises NotAllowed for whoever is nobody of the staff.
    """
    row = select(User.id).where(User.id == actor.id).with_for_update(key_share=True)
    if actor.id is None or session.scalar(row) is None:
        raise NotAllowed("Only members of staff have a clock")


def _said(session: Session, running: Clocking, ended: time, clock: Clock) -> datetime:
    zone, _ = _day_of_company(session)
    start = running.started_at.astimezone(zone)
    end = datetime.combine(start.date(), ended, tzinfo=zone)
    if end <= start:
        end = datetime.combine(start.date() + timedelta(days=1), ended, tzinfo=zone)
    if end.astimezone(UTC) > clock.now():
        words = f"The clock was started at {start:%H:%M}; the work cannot have ended after now"
        raise Invalid(words, {"ended": words})
    return end.astimezone(UTC)


def _book(
    session: Session, running: Clocking, until: datetime, clock: Clock, *, said: bool = False
) -> Booked:
    """Write the entry of a clock and take the clock away; the job need not be theirs any more, the time is."""
    work, user = running.work_order, running.user
    guessed = not said and is_left_running(running, until)
    if guessed:
        until = min(until, guessed_end(session, running))
    worked_on = _local_day(session, running.started_at)
    minutes = round((until - running.started_at) / timedelta(minutes=1))
    minutes = min(minutes, DAY - minutes_of(session, user, worked_on))
    entry = None
    if minutes > 0:
        zone, _ = _day_of_company(session)
        note = f"{GUESSED}; counted until {until.astimezone(zone):%H:%M}" if guessed else None
        values = {
            "group_id": work.group_id,
            "work_order_id": work.id,
            "user": user,
            "worked_on": worked_on,
            "minutes": minutes,
            "hour_cost": user.hour_cost or 0,
            "note": note,
        }
        entry = make(session, TimeEntry, values)
    session.delete(running)
    session.flush()  # the next clock of this person takes its place
    return Booked(work, max(minutes, 0), entry, guessed)


def _local_day(session: Session, moment: datetime) -> date:
    return moment.astimezone(_day_of_company(session)[0]).date()


def _day_of_company(session: Session) -> tuple[ZoneInfo, time]:
    """The company's zone and the end of its working day."""
    row = session.execute(select(Company.zone, Company.day_ends)).first()
    zone, day_ends = row if row else ("UTC", "17:00")
    return ZoneInfo(zone), time.fromisoformat(day_ends)
