"""What the office must look at when a provider and our books disagree: a task, once for each such thing."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.models import Task

LONGEST_TITLE = 200


def ask_the_office(
    session: Session, group_id: int, project_id: int | None, title: str, why: str, clock: Clock
) -> None:
    """Write a task that is due today; the same title for the same customer is one task while it is open."""
    words = title[:LONGEST_TITLE]
    known = select(Task.id).where(Task.group_id == group_id, Task.title == words, Task.done_at.is_(None))
    if session.scalar(known.limit(1)) is not None:
        return
    session.add(
        Task(title=words, group_id=group_id, project_id=project_id, due_on=clock.today(), description=why)
    )
    session.flush()
