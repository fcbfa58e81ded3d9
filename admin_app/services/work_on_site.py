"""What a crew does on site, in its words: start, write a word, finish; the clock goes along [61, 62, 67, A70].

One call::

    start_on_site(session, work, cem, clock, at)      # the work has begun, and so has the clock of whoever said so
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text
from admin_app.models import Clocking, Note, WorkOrder, WorkOrderState
from admin_app.services.demand_job import demand_job
from admin_app.services.run_clock import Booked, lock_person, running_clock, start_clock, stop_clock
from admin_app.services.take import take

LONGEST_WORDS = 4000
NOT_BEGUN = (WorkOrderState.NEW, WorkOrderState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Started:
    """The clock that runs now, what another one came to, and whether the work itself began."""

    running: Clocking
    booked: Booked | None
    began: bool


def start_on_site(session: Session, work: WorkOrder, actor: Actor, clock: Clock, at: datetime) -> Started:
    """Begin the work unless a colleague has, and let one's own clock run on it.

    `clock` tells the instant of the act, so that the work began when it did.  Raises Unmet while the safety form is
    missing, and what `start_clock` raises.
    """
    demand_job(actor, work)
    lock_person(session, actor)
    session.refresh(work)
    began = work.state in NOT_BEGUN
    if began:
        take(session, work, "start", actor, clock)
    running, booked = start_clock(session, work, actor, clock, at)
    return Started(running, booked, began)


def finish_on_site(
    session: Session, work: WorkOrder, actor: Actor, clock: Clock, at: datetime
) -> tuple[bool, Booked | None]:
    """Say that the work is finished, unless a colleague has, and stop one's own clock on it.

    Gives whether it was this act that finished the work, and what the clock came to.  Raises Unmet while services are
    open.
    """
    demand_job(actor, work)
    lock_person(session, actor)
    session.refresh(work)
    was = work.state in (WorkOrderState.FINISHED, WorkOrderState.COMPLETED)
    if not was:
        take(session, work, "finish", actor, clock)
    running = running_clock(session, actor)
    here = running is not None and running.work_order_id == work.id
    return not was, stop_clock(session, actor, clock, at, work) if here else None


def write_from_site(session: Session, work: WorkOrder, words: str, actor: Actor) -> Note:
    """A few words of the crew for the office: they lie on the notepad of the project.

    Raises Invalid for no words or too many.
    """
    demand_job(actor, work)
    body = clean_text(words, LONGEST_WORDS, multiline=True)
    if not body:
        raise Invalid("Write a few words first", {"body": "Write a few words first"})
    note = Note(group_id=work.group_id, project_id=work.project_id, body=body, author=actor.name[:120])
    session.add(note)
    session.flush()  # the page shows its time and number
    return note
