"""Time that somebody worked on a workorder is written down, with what an hour of theirs costs us then [67].

The office writes for everybody; crews for themselves, and they see no cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound
from admin_app.kernel.parsing import clean_text
from admin_app.models import TimeEntry, User, WorkOrder
from admin_app.policy import Permission, demand, holds, visible
from admin_app.services.answer_once import answer_once
from admin_app.services.demand_job import demand_job
from admin_app.services.record_rules import make, put

LONGEST_NOTE = 400
DAY = 24 * 60
"""Minutes of a day."""


@dataclass(frozen=True, slots=True)
class TimeForm:
    """Who worked when, and for how many minutes."""

    user_id: int
    worked_on: date
    minutes: int
    note: str = ""


def track_time(
    session: Session, work: WorkOrder, form: TimeForm, actor: Actor, clock: Clock, key: str | None = None
) -> TimeEntry:
    """Write time down; the same form sent twice (`key`) is one entry.

    Raises Invalid with a sentence a field, NotAllowed for a crew that writes another's time.
    """
    demand_job(actor, work)
    user = _worker(session, form, actor)
    values = _checked(session, form, user, clock)

    def act() -> TimeEntry:
        facts = {"group_id": work.group_id, "work_order_id": work.id, "hour_cost": user.hour_cost or 0}
        return make(session, TimeEntry, values | facts)

    content = (work.id, form)
    return answer_once(session, clock, key=key, purpose="time", content=content, kind=TimeEntry, act=act)


def change_time(session: Session, entry: TimeEntry, form: TimeForm, actor: Actor, clock: Clock) -> TimeEntry:
    """Put an entry right; the cost of an hour changes only with the person.  Raises as `track_time` does."""
    demand_job(actor, entry.work_order)
    _own(entry, actor)
    user = _worker(session, form, actor)
    values = _checked(session, form, user, clock, but=entry.id)
    if user.id != entry.user_id:
        values["hour_cost"] = user.hour_cost or 0
    put(session, entry, values)
    return entry


def remove_time(session: Session, entry: TimeEntry, actor: Actor) -> None:
    """Take an entry away; the history keeps it.  Raises NotAllowed for crews, who correct theirs instead."""
    demand(actor, Permission.WORK_WRITE)
    session.delete(entry)
    session.flush()  # what comes after adds up without it


def the_time(session: Session, work: WorkOrder, entry_id: int, actor: Actor) -> TimeEntry:
    """One entry of this workorder that the actor may see; raises NotFound."""
    query = select(TimeEntry).where(TimeEntry.id == entry_id, TimeEntry.work_order_id == work.id)
    entry: TimeEntry | None = session.scalar(visible(actor, query))
    if entry is None:
        raise NotFound("There is no such time entry here")
    return entry


def _own(entry: TimeEntry, actor: Actor) -> None:
    if entry.user_id != actor.id and not holds(actor, Permission.WORK_WRITE):
        raise NotAllowed("You can change your own time, not that of others")


def _worker(session: Session, form: TimeForm, actor: Actor) -> User:
    """Whose time it is; a crew writes its own."""
    if form.user_id != actor.id and not holds(actor, Permission.WORK_WRITE):
        raise NotAllowed("You can write down your own time, not that of others")
    user = session.get(User, form.user_id)
    if user is None:
        raise Invalid("Choose who worked", {"user": "Choose who worked"})
    return user


def _checked(
    session: Session, form: TimeForm, user: User, clock: Clock, but: int | None = None
) -> dict[str, object]:
    if form.worked_on > clock.today():
        raise Invalid("Time is written down after the work", {"worked_on": "This day has not come yet"})
    if not 1 <= form.minutes <= DAY:
        raise Invalid("Between a minute and a day", {"minutes": "Between 1 minute and 24 hours"})
    if form.minutes + minutes_of(session, user, form.worked_on, but) > DAY:
        longer = f"With this, {user.name} would have worked more than 24 hours on that day"
        raise Invalid(longer, {"minutes": longer})
    note = clean_text(form.note, LONGEST_NOTE)
    return {
        "user": user,
        "worked_on": form.worked_on,
        "minutes": form.minutes,
        "note": note or None,
    }


def minutes_of(session: Session, user: User, day: date, but: int | None = None) -> int:
    """What somebody has written down for a day, on all workorders."""
    query = select(TimeEntry.id, TimeEntry.minutes).where(
        TimeEntry.user_id == user.id, TimeEntry.worked_on == day
    )
    return sum(minutes for number, minutes in session.execute(query) if number != but)
