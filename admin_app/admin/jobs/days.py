"""The jobs by day: what a crew finds when it signs in in the morning [61, A70]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from admin_app.admin.customers.desk import may
from admin_app.admin.jobs.desk import OPEN, day_of, desk
from admin_app.models import Project, WorkOrder, WorkOrderState
from admin_app.policy import Permission, visible
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today

MOST_SHOWN = 200
STILL_SHOWN = timedelta(days=7)
"""Finished jobs stay in sight for a week, so that time can be written down afterwards."""


@dataclass(frozen=True, slots=True)
class Day:
    """One heading and its jobs; `on` is None for those without a day."""

    words: str
    on: date | None
    jobs: list[WorkOrder]


@desk.get("/")
@rule(Permission.WORK_READ)
def index() -> ResponseReturnValue:
    """Open jobs by their day, those without one, and what was finished lately."""
    jobs = _jobs()
    here = today()
    open_jobs = [job for job in jobs if job.state in OPEN]
    over = [job for job in jobs if job.state not in OPEN]
    days: dict[date, list[WorkOrder]] = {}
    for job in open_jobs:
        if job.starts_at is not None:
            days.setdefault(_day(job, here), []).append(job)
    found = [Day(_words(on, here), on, days[on]) for on in sorted(days)]
    undated = [job for job in open_jobs if job.starts_at is None]
    if undated:
        found.append(Day("No day yet", None, undated))
    if over:
        found.append(Day("Finished this week", None, over))
    return render_template(
        "admin/jobs/days.html",
        page_title="Jobs by day",
        days=found,
        more=len(jobs) == MOST_SHOWN,
        everybodys=may(Permission.WORK_WRITE),
    ), 200


def _jobs() -> list[WorkOrder]:
    query = (
        select(WorkOrder)
        .options(
            joinedload(WorkOrder.group),
            joinedload(WorkOrder.project).joinedload(Project.address),
            selectinload(WorkOrder.crew),
            selectinload(WorkOrder.services),
        )
        .where(
            or_(
                WorkOrder.state.in_(OPEN),
                (WorkOrder.state != WorkOrderState.CANCELLED)
                & (WorkOrder.state_since >= clock().now() - STILL_SHOWN),
            )
        )
        .order_by(WorkOrder.starts_at.is_(None), WorkOrder.starts_at, WorkOrder.id)
        .limit(MOST_SHOWN)
    )
    return list(office_session().scalars(visible(actor(), query)))


def _day(job: WorkOrder, here: date) -> date:
    """The day under which a job stands: work of several days that has begun is today's until it ends."""
    assert job.starts_at is not None
    first = day_of(job.starts_at)
    last = day_of(job.ends_at) if job.ends_at is not None else first
    return min(max(first, here), last)


def _words(on: date, here: date) -> str:
    names = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}
    long = f"{on:%A} {on.day} {on:%B}" + ("" if on.year == here.year else f" {on.year}")
    near = names.get((on - here).days)
    return f"{near}, {long}" if near else long
