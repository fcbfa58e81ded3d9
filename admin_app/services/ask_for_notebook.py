"""Ask for a run of a notebook: the row that will keep it and the job that does it, in one transaction [135, 137].

Whether there is such a notebook and what it may be asked with is known to the page, above us.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import NotebookRun, NotebookRunState
from admin_app.policy import Permission, demand
from admin_app.services.queue_job import queue_job

JOB = "run notebook"
MOST_WAITING = 20
"""Runs that may wait; the worker does one at a time."""
_UNDER_WAY = (NotebookRunState.WAITING, NotebookRunState.RUNNING)


def ask_for_notebook(
    session: Session,
    *,
    actor: Actor,
    clock: Clock,
    notebook: str,
    parameters: Mapping[str, Any],
    verifies: NotebookRun | None = None,
) -> NotebookRun:
    """Queue a run; pressing twice gives the run that is under way already.

    `verifies` is the run that this one repeats.  Raises NotAllowed, and Unmet while too many wait.
    """
    demand(actor, Permission.REPORTS)
    under_way = session.scalars(
        select(NotebookRun).where(
            NotebookRun.state.in_(_UNDER_WAY),
            NotebookRun.notebook == notebook,
            NotebookRun.asked_by_id == actor.id,
            NotebookRun.verifies_id == (verifies.id if verifies is not None else None),
        )
    )
    for run in under_way:
        if run.parameters == dict(parameters):
            return run
    waiting = session.scalar(select(func.count(NotebookRun.id)).where(NotebookRun.state.in_(_UNDER_WAY))) or 0
    if waiting >= MOST_WAITING:
        raise Unmet(f"{waiting} runs wait already; ask again when some of them are done")
    run = NotebookRun(
        notebook=notebook,
        parameters=dict(parameters),
        asked_by_id=actor.id,
        asked_at=clock.now(),
        verifies_id=verifies.id if verifies is not None else None,
    )
    session.add(run)
    session.flush()  # the job names the run
    queue_job(session, JOB, f"notebook run {run.id}", {"run_id": run.id}, clock.now())
    return run


def find_run(session: Session, run_id: int, actor: Actor) -> NotebookRun:
    """A run by its number; raises NotAllowed and NotFound."""
    demand(actor, Permission.REPORTS)
    run = session.get(NotebookRun, run_id)
    if run is None:
        raise NotFound("There is no such run")
    return run


def runs_of(session: Session, notebook: str, actor: Actor, limit: int = 20) -> list[NotebookRun]:
    """The latest runs of a notebook, the latest first."""
    demand(actor, Permission.REPORTS)
    found = select(NotebookRun).where(NotebookRun.notebook == notebook)
    return list(session.scalars(found.order_by(NotebookRun.id.desc()).limit(limit)))
