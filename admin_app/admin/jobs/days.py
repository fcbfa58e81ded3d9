"""My jobs: what a crew finds when it signs in in the morning, today in full, the days after it below [61, A70]."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from admin_app.admin.customers.desk import may
from admin_app.admin.jobs.desk import OPEN, day_of, desk, title_here
from admin_app.admin.jobs.no_signal import keep_on_phone, pages_of
from admin_app.admin.jobs.on_site import SiteStep, card_facts, steps_on_site
from admin_app.models import Project, WorkOrder, WorkOrderState
from admin_app.policy import FIELD_CREWS, Permission, visible
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today

MOST_SHOWN = 200
STILL_SHOWN = timedelta(days=7)
"""Finished jobs stay in sight for a week, so that time can be written down afterwards."""
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Day:
    """One heading and its jobs; `on` is None for those without a day, `full` where jobs stand with all they need."""

    words: str
    on: date | None
    jobs: list[WorkOrder]
    full: bool = False
    steps: dict[int, list[SiteStep]] = field(default_factory=dict)
    """What each job asks next, where it stands in full."""


@desk.get("/")
@rule(Permission.WORK_READ)
def index() -> ResponseReturnValue:
    """Today's jobs in order, what was left open, the days to come, and what was finished lately."""
    jobs = _jobs()
    mine = [job for job in jobs if _is_mine(job)]
    facts = card_facts(mine)
    days = _days(jobs, facts)
    if mine or actor().role in FIELD_CREWS:
        keep_on_phone()
    return render_template(
        "admin/jobs/days.html",
        page_title=title_here(),
        days=days,
        first=_first_to_do(days),
        more=len(jobs) == MOST_SHOWN,
        everybodys=may(Permission.WORK_WRITE),
        is_mine=_is_mine,
        warm=pages_of(job for job in mine if _soon(job)),
        **facts,
    ), 200


def _days(jobs: list[WorkOrder], facts: dict[str, Any]) -> list[Day]:
    here = today()
    by_day: dict[date, list[WorkOrder]] = {}
    for job in jobs:
        if job.state in OPEN and job.starts_at is not None:
            by_day.setdefault(_day(job, here), []).append(job)
    # What was finished today stays where it stood, with its tick.
    for job in jobs:
        if job.state not in OPEN and job.starts_at is not None and _day(job, here) == here:
            by_day.setdefault(here, []).append(job)
    now = sorted(by_day.get(here, []), key=lambda job: (job.starts_at is None, job.starts_at, job.id))
    steps = {job.id: _steps(job, facts) for job in now if _is_mine(job)}
    found = [Day(_words(here, here), here, now, True, steps)]
    before = [job for on in sorted(by_day) if on < here for job in by_day[on]]
    found += [Day("Left open", None, before)] if before else []
    found += [Day(_words(on, here), on, by_day[on]) for on in sorted(by_day) if here < on < here + WEEK]
    later = [job for on in sorted(by_day) if on >= here + WEEK for job in by_day[on]]
    found += [Day("Later", None, later)] if later else []
    undated = [job for job in jobs if job.state in OPEN and job.starts_at is None]
    found += [Day("No day yet", None, undated)] if undated else []
    over = [job for job in jobs if job.state not in OPEN and job not in now]
    found += [Day("Finished this week", None, over)] if over else []
    return found if any(day.jobs for day in found) else []


def _steps(job: WorkOrder, facts: dict[str, Any]) -> list[SiteStep]:
    return steps_on_site(job, facts["my_clock"], job.id in facts["worked_on"])


def _first_to_do(days: list[Day]) -> int | None:
    """The job whose next step is the one primary action of the page: the first of today with something to do."""
    todo = [
        job.id
        for day in days
        if day.full
        for job in day.jobs
        if any(not step.done for step in day.steps.get(job.id, ()))
    ]
    return todo[0] if todo else None


def _is_mine(job: WorkOrder) -> bool:
    """Whether the signed-in person is on the crew of this job."""
    return actor().id in {one.id for one in job.crew}


def _soon(job: WorkOrder) -> bool:
    """Whether the job may be opened today or tomorrow without signal."""
    here = today()
    return job.state in OPEN and job.starts_at is not None and _day(job, here) <= here + timedelta(days=1)


def _jobs() -> list[WorkOrder]:
    query = (
        select(WorkOrder)
        .options(
            joinedload(WorkOrder.group),
            joinedload(WorkOrder.project).joinedload(Project.address),
            joinedload(WorkOrder.project).joinedload(Project.contact),
            selectinload(WorkOrder.crew),
            selectinload(WorkOrder.services),
            selectinload(WorkOrder.forms),
            selectinload(WorkOrder.equipment),
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
