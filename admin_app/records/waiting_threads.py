"""How many threads wait for an answer: one cheap statement for the frame around every page [100]."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import Thread, ThreadState
from admin_app.policy import visible

MOST_COUNTED = 1_000
"""Beyond it nobody reads the number."""


def waiting_for(session: Session, actor: Actor) -> int:
    """Threads in which the client spoke last, of those this actor may see; counted no further than 1,000."""
    waiting = select(Thread.id).where(Thread.state == ThreadState.OPEN, Thread.waits)
    found = visible(actor, waiting).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0
