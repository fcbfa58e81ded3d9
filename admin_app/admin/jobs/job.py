"""One job on site: where, how to get in, what to do, and the buttons to begin and to end it [61, 62, A70-A74]."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_app.admin.jobs.desk import desk, done_or_said, the_job
from admin_app.flow import SERVICE
from admin_app.flow.service import ServiceFacts
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.models import Service, ServiceState, TimeEntry, WorkOrder, WorkOrderState
from admin_app.policy import Permission, holds, visible
from admin_app.services.complete_services import RowResult, step_services
from admin_app.services.take import offers, take
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session

CREW_STEPS = ("start", "finish")
"""What is done on site; the office has the rest in the workspace of the project."""
MOST_ENTRIES = 200
DONE_WORDS = {
    "start": ("started", "started"),
    "complete": ("service completed", "services completed"),
    "reopen": ("service opened again", "services opened again"),
    "cancel": ("service cancelled", "services cancelled"),
}
STEP_WORDS = {
    "schedule": "The work is planned.",
    "start": "The work has begun.",
    "finish": "The work is finished. The office takes it from here.",
    "complete": "The workorder is completed.",
    "reopen": "The workorder is open again.",
}


@desk.get("/<int:work_id>")
@rule(Permission.WORK_READ)
def job(work_id: int) -> ResponseReturnValue:
    """Everything that is needed on site, on one screen of a phone after another."""
    session, who = office_session(), actor()
    work = the_job(work_id)
    steps = [one for one in offers(session, work, who, clock()) if one.step.name in CREW_STEPS]
    entries = (
        select(TimeEntry)
        .options(joinedload(TimeEntry.user))
        .where(TimeEntry.work_order_id == work.id)
        .order_by(TimeEntry.worked_on.desc(), TimeEntry.id.desc())
        .limit(MOST_ENTRIES)
    )
    return render_template(
        "admin/jobs/job.html",
        page_title=work.title,
        work=work,
        steps=steps,
        services=[one for one in work.services if one.state is not ServiceState.CANCELLED],
        entries=list(session.scalars(visible(who, entries))),
        is_open=work.state not in (WorkOrderState.COMPLETED, WorkOrderState.CANCELLED),
    ), 200


@desk.post("/<int:work_id>/steps/<step>")
@rule(Permission.JOB_DO)
def step(work_id: int, step: str) -> ResponseReturnValue:
    """Take a step that asks nothing; the flow says who may and what is in the way."""
    work = the_job(work_id)
    if step not in STEP_WORDS:
        raise NotFound("There is no such step here")

    def act() -> str:
        take(office_session(), work, step, actor(), clock())
        if step == "complete" and work.billing_note:
            return f"{STEP_WORDS[step]} {work.billing_note}."
        return STEP_WORDS[step]

    return done_or_said(work, act)


@desk.post("/<int:work_id>/services")
@rule(Permission.JOB_DO)
def services(work_id: int) -> ResponseReturnValue:
    """Complete Selected, or another step of one service or of the ticked ones [A73, A74]."""
    work = the_job(work_id)
    return done_or_said(work, lambda: _step_ticked(work))


def _step_ticked(work: WorkOrder) -> str:
    """`one` is "id:step" of a row's own button; else `step` is taken with every ticked `service`."""
    row, _, row_step = request.form.get("one", "").partition(":")
    step = row_step or request.form.get("step", "complete")
    ticked = [row] if row_step else request.form.getlist("service")
    ids = [number for number in (parse_id(text) for text in ticked) if number is not None]
    if step not in SERVICE.step_names:
        raise NotFound("There is no such step of a service")
    results = step_services(office_session(), work, ids, step, actor(), clock())
    if not any(result.done for result in results):
        raise Invalid(results[0].sentence)
    return _told(results, step)


def _told(results: Sequence[RowResult], step: str) -> str:
    """ "2 services completed." and, row by row, why others were left."""
    done = sum(result.done for result in results)
    one, several = DONE_WORDS[step]
    words = f"{done} {one if done == 1 else several}."
    left = [f"“{result.description}” was left: {result.sentence}." for result in results if not result.done]
    return " ".join([words, *left])


def open_steps(service: Service, billed: int) -> list[str]:
    """The steps that this person could take with a service now, for the buttons of its row."""
    who = actor()
    return [
        offer.step.name
        for offer in SERVICE.offers(service, ServiceFacts(billed=billed))
        if offer.is_open and holds(who, offer.step.permission)
    ]
