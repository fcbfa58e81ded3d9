"""What holds of a task whichever door saves it: when it was done, and that it reminds once [94, 96, A92]."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.models import Task, TaskState


def check_task(session: Session, task: Task | None, values: dict[str, Any]) -> None:
    """Write down when it was done, and let a new moment remind again; a moment that is over reminds nobody."""
    now: datetime = session.info["clock"].now()
    if "state" in values and "done_at" not in values:
        was = task.state if task is not None else None
        if values["state"] is not was:
            values["done_at"] = now if values["state"] is TaskState.DONE else None
    if "remind_at" in values and (task is None or task.remind_at != values["remind_at"]):
        moment = values["remind_at"]
        values["reminded_at"] = now if moment is not None and moment <= now else None


def refuse_silent_reminder(task: Task, was: datetime | None, clock: Clock) -> None:
    """Refuse a reminder that would reach nobody; `was` is the moment before this edit.

    Only what is typed now is judged, so the forms ask it after saving.  Raises Invalid at `remind_at`.
    """
    if task.remind_at is None or task.remind_at == was:
        return
    said = ""
    if task.remind_at <= clock.now():
        said = "This moment is over; choose a later one"
    elif task.assignee_id is None:
        said = "Give the task to somebody first: whoever has it gets the mail"
    if said:
        raise Invalid(said, {"remind_at": said})
