"""Work loses its day: nobody is sent there, and it waits for a new day among the work to be planned [95, 97]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import WorkOrder
from admin_app.services.record_rules import put
from admin_app.services.take import move, open_step


def unschedule_work(session: Session, work: WorkOrder, actor: Actor, clock: Clock) -> WorkOrder:
    """Take scheduled work off the schedule; its crew and machines stay proposed for the next day.

    Raises Unmet for work that is not scheduled or has begun, NotAllowed.
    """
    opened = open_step(session, work, "unschedule", actor, clock)
    put(session, work, {"starts_at": None, "ends_at": None})
    move(session, work, opened, actor, clock)
    return work
