"""Ask the worker for a backup now, beside the nightly one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Job
from admin_app.policy import Permission, demand
from admin_app.services.queue_job import queue_job

JOB = "keep backups"
"""The worker's name for the job."""
KEY = "keep backups: asked for"


def ask_for_backup(session: Session, actor: Actor, clock: Clock) -> Job:
    """Queue a backup that is due at once; one that waits already is not queued twice."""
    demand(actor, Permission.BACKUP)
    job = waiting_backup(session)
    if job is None:
        job = queue_job(session, JOB, f"{KEY} {clock.now().isoformat()}", {}, clock.now())
    return job


def waiting_backup(session: Session) -> Job | None:
    """The backup that was asked for and is not done yet."""
    return session.scalar(select(Job).where(Job.name == JOB, Job.key.startswith(KEY), Job.done_at.is_(None)))
