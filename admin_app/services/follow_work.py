"""What a workorder, its services and its days in the calendar remember of their steps [A70, A73, A31, 4.2].

Reactions, named in `services/reactions.py`; each gets (session, document, actor, clock, said).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.parsing import clean_text
from admin_app.models import Event, EventState, Service, WorkOrder
from admin_app.services.facts import Said
from admin_app.services.record_rules import put

LONGEST_REASON = 400


def note_start(session: Session, work: WorkOrder, actor: Actor, clock: Clock, said: Said) -> None:
    """The crew has begun; who starts a second time after a reopening keeps the first instant."""
    if work.started_at is None:
        put(session, work, {"started_at": clock.now()})


def note_finish(session: Session, work: WorkOrder, actor: Actor, clock: Clock, said: Said) -> None:
    """The crew has left: the instant stays, and the days in the calendar are done."""
    put(session, work, {"finished_at": clock.now()})
    _mark_days(session, work, EventState.PLANNED, EventState.DONE)


def note_completion(session: Session, work: WorkOrder, actor: Actor, clock: Clock, said: Said) -> None:
    """The office has agreed: the day stays; work completed without a finish of the crew is finished by it."""
    put(
        session,
        work,
        {
            "completed_on": clock.today(),
            "started_at": work.started_at or clock.now(),
            "finished_at": work.finished_at or clock.now(),
        },
    )
    _mark_days(session, work, EventState.PLANNED, EventState.DONE)


def note_reopening(session: Session, work: WorkOrder, actor: Actor, clock: Clock, said: Said) -> None:
    """The work goes on: it is neither finished nor completed, and nothing is said of its bill."""
    put(session, work, {"finished_at": None, "completed_on": None, "billing_note": None})


def note_cancellation(session: Session, work: WorkOrder, actor: Actor, clock: Clock, said: Said) -> None:
    """The reason stays, and nobody is sent there any more.  Raises Invalid for one that cannot be kept."""
    put(session, work, {"cancelled_reason": clean_text(said.reason, LONGEST_REASON) or None})
    _mark_days(session, work, EventState.PLANNED, EventState.CANCELLED)


def note_service_done(session: Session, service: Service, actor: Actor, clock: Clock, said: Said) -> None:
    """Who completed it and when; the thing that was worked on remembers it too [A31]."""
    put(session, service, {"completed_at": clock.now(), "completed_by": actor.name[:120]})
    if service.asset is not None:
        asset, today = service.asset, clock.today()
        line = line_of_history(service, today)
        known = [one for one in (asset.notes or "").splitlines() if one != line]
        checked = max(today, asset.checked_on or today)
        put(session, asset, {"notes": "\n".join([*known, line]), "checked_on": checked})


def note_service_reopened(session: Session, service: Service, actor: Actor, clock: Clock, said: Said) -> None:
    """It is to be done again: what its asset remembers of it is taken back, as far as it still stands there."""
    done_on = service.completed_at
    if service.asset is not None and done_on is not None and service.asset.notes:
        ending = _what_was_done(service)
        kept = [one for one in service.asset.notes.splitlines() if not one.endswith(ending)]
        put(session, service.asset, {"notes": "\n".join(kept) or None})
    put(session, service, {"completed_at": None, "completed_by": None})


def line_of_history(service: Service, day: date) -> str:
    """What stands on an asset of the work on it: "17 Mar 2026: Crown reduction (NORTH-W-00012)"."""
    return f"{day:%d %b %Y}".lstrip("0") + _what_was_done(service)


def _what_was_done(service: Service) -> str:
    return f": {service.description} ({service.work_order.number})"


def _mark_days(session: Session, work: WorkOrder, were: EventState, are: EventState) -> None:
    """The days of a workorder in the calendar that were in one state are in another."""
    query = select(Event).where(Event.work_order_id == work.id, Event.state == were)
    for event in session.scalars(query):
        put(session, event, {"state": are})
