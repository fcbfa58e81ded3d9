"""One job on site: where, how to get in, what to do, and the buttons to begin and to end it [61, 62, A70-A74]."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_app.admin.jobs.acts import answer_act
from admin_app.admin.jobs.desk import OPEN, desk, done_or_said, the_job
from admin_app.admin.jobs.no_signal import keep_on_phone
from admin_app.admin.jobs.on_site import my_clock, notes_from_site, photos, steps_on_site, worked_on
from admin_app.flow import SERVICE
from admin_app.flow.service import ServiceFacts
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.models import Service, ServiceState, TimeEntry, WorkOrder, WorkOrderState
from admin_app.policy import Permission, holds, visible
from admin_app.services.complete_services import RowResult, step_services
from admin_app.services.job_photos import own_photos
from admin_app.services.take import take
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.refusals import wants_json

MOST_ENTRIES = 200
DONE_WORDS = {
    "start": ("started", "started"),
    "complete": ("service completed", "services completed"),
    "reopen": ("service opened again", "services opened again"),
    "cancel": ("service cancelled", "services cancelled"),
}
STEP_WORDS = {
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
    entries = (
        select(TimeEntry)
        .options(joinedload(TimeEntry.user))
        .where(TimeEntry.work_order_id == work.id)
        .order_by(TimeEntry.worked_on.desc(), TimeEntry.id.desc())
        .limit(MOST_ENTRIES)
    )
    found = list(session.scalars(visible(who, entries)))
    running, taken = my_clock(), photos(work)
    if who.id in {one.id for one in work.crew}:
        keep_on_phone()
    return render_template(
        "admin/jobs/job.html",
        page_title=work.title,
        work=work,
        my_clock=running,
        steps=steps_on_site(work, running, work.id in worked_on([work.id])),
        services=[one for one in work.services if one.state is not ServiceState.CANCELLED],
        entries=found,
        photos=taken,
        own_photos=own_photos(session, taken, who),
        notes=notes_from_site(work),
        is_open=work.state not in (WorkOrderState.COMPLETED, WorkOrderState.CANCELLED),
        may_start=work.state in OPEN,
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
    step, ticked = _ticked()
    return answer_act(work, "services of job", (step, ticked), lambda at: _step_ticked(work, step, ticked, at))


def _ticked() -> tuple[str, list[str]]:
    """`one` is "id:step" of a row's own button; else `step` is taken with every ticked `service`."""
    row, _, row_step = request.form.get("one", "").partition(":")
    if row_step:
        return row_step, [row]
    return request.form.get("step", "complete"), request.form.getlist("service")


def _step_ticked(work: WorkOrder, step: str, ticked: Sequence[str], at: Clock) -> str:
    """What was done.

    To a phone, whose act may have waited for hours, a service that a colleague ticked meanwhile is no refusal: it is
    done, and what comes after it should not wait for a person to look.
    """
    ids = [number for number in (parse_id(text) for text in ticked) if number is not None]
    if step not in SERVICE.step_names:
        raise NotFound("There is no such step of a service")
    results = step_services(office_session(), work, ids, step, actor(), at)
    was_done = all(one.state is ServiceState.COMPLETED and not one.done for one in results)
    if was_done and step == "complete" and wants_json():
        return "It was completed already." if len(results) == 1 else "They were completed already."
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
