"""Queue work for the worker in the transaction of the act that needs it: what is rolled back is never done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.models.running import Job


def queue_job(session: Session, name: str, key: str, payload: Mapping[str, Any], due_at: datetime) -> Job:
    """Queue the job `name` (a line of `jobs.schedule.HANDLERS`) for `due_at`, an instant.

    `key` names the act: the same key again gives the job that is queued already, so that two presses are one job.
    """
    queued = session.scalar(select(Job).where(Job.key == key))
    if queued is not None:
        return queued
    job = Job(name=name, key=key, payload=dict(payload), due_at=due_at)
    session.add(job)
    session.flush()  # so that a second key is seen here and not at the commit
    return job
