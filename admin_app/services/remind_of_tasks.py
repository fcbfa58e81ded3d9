"""Whoever has a task is reminded of it at the moment that was chosen, by mail and once [96, issue 4]."""

from __future__ import annotations

import logging

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Task, TaskState, User
from admin_app.services.queue_mail import queue_mail

LOG = logging.getLogger("sawhorse.worker")

AT_A_TIME = 200


def remind_of_tasks(session: Session, clock: Clock, most: int = AT_A_TIME, desk_url: str | None = None) -> int:
    """Queue the mails that are due and mark their tasks; returns how many tasks were looked at, at most `most`.

    What is done, dropped, or in nobody's hands is marked without a mail: the moment does not come again.  Without a
    sender nothing can be sent, and the tasks wait.  `desk_url` is the public address of the office, for the link.
    """
    due = (
        select(Task)
        .options(joinedload(Task.assignee), joinedload(Task.group))
        .where(Task.remind_at <= clock.now(), Task.reminded_at.is_(None))
        .order_by(Task.remind_at, Task.id)
        .limit(most)
        .with_for_update(of=Task, skip_locked=True)
    )
    found = list(session.scalars(due))
    for task in found:
        who = task.assignee
        if who is not None and who.active and task.state in (TaskState.OPEN, TaskState.IN_PROGRESS):
            try:
                _remind(session, task, who, clock, desk_url)
            except Unmet:
                return 0  # no sender yet: asked again at the next round
            except Invalid:
                LOG.warning("no mail can go to %s: the address is none", who.name)
        task.reminded_at = clock.now()
    session.flush()  # marked with the mails, in one transaction
    return len(found)


def _remind(session: Session, task: Task, who: User, clock: Clock, desk_url: str | None) -> None:
    assert task.remind_at is not None
    lines = [f"{who.name},", "", f"you asked to be reminded of this task: {task.title}"]
    if task.group is not None:
        lines.append(f"Customer: {task.group.name}")
    if task.due_on is not None:
        lines.append(f"Due: {task.due_on.day} {task.due_on:%B %Y}")
    if task.description:
        lines += ["", task.description]
    if desk_url and task.group_id is not None:
        lines += ["", f"{desk_url}/admin/customers/{task.group_id}/tasks/{task.id}"]
    moment = int(task.remind_at.timestamp())
    queue_mail(
        session,
        who.email,
        f"Reminder: {task.title}"[:300],
        "\n".join(lines) + "\n",
        clock,
        key=f"task-reminder-{task.public_id}-{moment}",
        purpose="task reminder",
        reason=f"{who.name} has this task",
    )
