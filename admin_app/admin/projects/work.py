"""The Workorder tab: services and their states, schedule, forms, time and costs, and its steps [A69-A77, 61-67]."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from admin_app.admin.customers.desk import may, reading
from admin_app.admin.customers.popup import Popup, save_over
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.jobs.desk import the_job
from admin_app.admin.jobs.job import open_steps
from admin_app.admin.jobs.on_site import photos as photos_on_site
from admin_app.admin.projects.desk import desk, home_of, one_of, show, step_url, the_project
from admin_app.flow import Offer
from admin_app.kernel.errors import NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.models import (
    Estimate,
    Event,
    JobCost,
    Project,
    Service,
    ServiceState,
    TimeEntry,
    WorkOrder,
    WorkOrderState,
)
from admin_app.policy import FIELD_CREWS, Permission, visible
from admin_app.services.contract_chain import confirmed_revisions
from admin_app.services.facts import Said, billed_by_line
from admin_app.services.job_result import JobResult, job_result
from admin_app.services.keep_calendar import keep_calendar
from admin_app.services.schedule_work import clashes_of
from admin_app.services.take import offers, take
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session

MOST_SHOWN = 200
ASKED_FOR = ("title", "notes", "needs_safety_form", "needs_report", "needs_finish_form")
"""What the pencil of a workorder asks: its words, and which forms it wants [A70, A72]."""
OVER = (WorkOrderState.COMPLETED, WorkOrderState.CANCELLED)


def the_work(project: Project) -> WorkOrder:
    """The workorder that the address names by `work`, else the latest that is not cancelled; raises NotFound."""
    options = (selectinload(WorkOrder.crew), selectinload(WorkOrder.forms))
    services = selectinload(WorkOrder.services).joinedload(Service.asset)
    number = parse_id(request.values.get("work", ""))
    if number is not None:
        return one_of(WorkOrder, project, number, select(WorkOrder).options(*options, services))
    query = (
        select(WorkOrder)
        .options(*options, services)
        .where(WorkOrder.project_id == project.id)
        .order_by(WorkOrder.state == WorkOrderState.CANCELLED, WorkOrder.id.desc())
        .limit(1)
    )
    work: WorkOrder | None = office_session().scalar(visible(actor(), query))
    if work is None:
        raise NotFound("This project has no workorder")
    return work


@desk.get("/<int:project_id>/workorder")
@rule(Permission.WORK_READ)
def workorder(project_id: int) -> ResponseReturnValue:
    """The tab; a field crew goes to its own page of the job, which knows no prices."""
    project = the_project(project_id)
    try:
        work = the_work(project)
    except NotFound:
        if request.values.get("work"):
            raise
        return show(project, "workorder", "admin/projects/no_work.html"), 200
    if actor().role in FIELD_CREWS:
        return redirect(url_for("jobs.job", work_id=work.id))
    return show(project, "workorder", "admin/projects/work.html", **_on_the_tab(project, work)), 200


@desk.get("/workorders/<int:work_id>")
@rule(Permission.WORK_READ)
def open_workorder(work_id: int) -> ResponseReturnValue:
    """The tab of a workorder by its own number: lists and searches lead here."""
    work = the_job(work_id)
    return redirect(tab_of(work))


def tab_of(work: WorkOrder) -> str:
    """The address of the tab that shows this workorder."""
    return url_for("projects.workorder", project_id=work.project_id, work=work.id)


def _on_the_tab(project: Project, work: WorkOrder) -> dict[str, Any]:
    session = office_session()
    billed = billed_by_line(session, work.estimate_id)
    standing = confirmed_revisions(session, work.estimate_id)
    currency = standing[0].currency if standing else session.get_one(Estimate, work.estimate_id).currency
    return {
        "work": work,
        "others": _others(project, work),
        "here": tab_of(work),
        "is_over": work.state in OVER,
        "currency": currency,
        "services": _rows(work, billed),
        "bulk_steps": _bulk_steps(work),
        "unbilled": _unbilled(work, billed),
        "estimate": standing[0] if standing else None,
        "steps": _steps(work),
        "asked": {
            "schedule": _act("schedule_work", work),
            "unschedule": url_for("schedule.take_off", work_id=work.id, back=tab_of(work)),
            "cancel": _act("cancel_work", work),
        },
        "fixes": {
            "schedule": _act("schedule_work", work),
            "forms": url_for("jobs.forms", work_id=work.id, back=tab_of(work)),
            "services": "#services",
            "invoice": step_url("invoice", project.id) or url_for("invoices.index_view"),
        },
        "events": _events(work),
        "clashes": clashes_of(session, work) if work.state not in OVER else [],
        "entries": _entries(work),
        "photos": photos_on_site(work),
        "costs": _costs(work) if may(Permission.COSTS_READ) else [],
        "result": _result(work),
        "actions": actions(project, work),
        "bill_url": _bill_url(work),
    }


def _steps(work: WorkOrder) -> list[Offer]:
    """The steps on offer; a new day for what is scheduled is chosen beside the calendar."""
    found = offers(office_session(), work, actor(), clock())
    planned = work.state is WorkOrderState.SCHEDULED
    return [offer for offer in found if not (planned and offer.step.name == "schedule")]


def _act(endpoint: str, work: WorkOrder) -> str:
    return url_for(f"projects.{endpoint}", project_id=work.project_id, work=work.id)


def actions(project: Project, work: WorkOrder) -> list[tuple[str, str, str]]:
    """The Actions of a workorder, exactly three: its PDF, a payment, its estimate [A76]; (words, icon, address)."""
    found = []
    if "papers.workorder_pdf" in current_app.view_functions:
        found.append(
            ("View workorder PDF", "file-earmark-pdf", url_for("papers.workorder_pdf", record_id=work.id))
        )
    if may(Permission.MONEY_WRITE):
        pay = url_for(
            "customers.new_payment", group_id=project.group_id, project=project.id, back=tab_of(work)
        )
        found.append(("Add payment", "cash-coin", pay))
    estimate = step_url("estimate", project.id)
    if estimate and may(Permission.SALES_WRITE):
        found.append(("Edit estimate", "pencil", estimate))
    return found


def _bill_url(work: WorkOrder) -> str | None:
    """Where a partial invoice of completed services is begun [A75]."""
    if "billing.new_bill" not in current_app.view_functions or not may(Permission.MONEY_WRITE):
        return None
    return url_for("billing.new_bill", first_id=work.estimate_id)


def _rows(work: WorkOrder, billed: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "service": one,
            "billed": billed.get(one.line_key, 0),
            "steps": [step for step in open_steps(one, billed.get(one.line_key, 0)) if step != "cancel"],
        }
        for one in sorted(work.services, key=lambda s: (s.state is ServiceState.CANCELLED, s.position))
    ]


def _bulk_steps(work: WorkOrder) -> list[tuple[str, str]]:
    """The steps that can be taken with several services; Complete Selected first [A74]."""
    if work.state in OVER or not may(Permission.JOB_DO):
        return []
    found = [("complete", "Complete selected"), ("start", "Start"), ("reopen", "Reopen")]
    return [*found, ("cancel", "Cancel services")] if may(Permission.WORK_WRITE) else found


def _unbilled(work: WorkOrder, billed: dict[str, int]) -> int:
    """What is done and not invoiced yet, in minor units."""
    done = (one for one in work.services if one.state is ServiceState.COMPLETED)
    return sum(one.net - billed.get(one.line_key, 0) for one in done)


def _others(project: Project, work: WorkOrder) -> list[WorkOrder]:
    query = (
        select(WorkOrder)
        .where(WorkOrder.project_id == project.id, WorkOrder.id != work.id)
        .order_by(WorkOrder.id)
        .limit(MOST_SHOWN)
    )
    return list(office_session().scalars(visible(actor(), query)))


def _events(work: WorkOrder) -> list[Event]:
    query = (
        select(Event)
        .options(joinedload(Event.assignee))
        .where(Event.work_order_id == work.id)
        .order_by(Event.starts_at, Event.id)
        .limit(MOST_SHOWN)
    )
    return list(office_session().scalars(visible(actor(), query)))


def _entries(work: WorkOrder) -> list[TimeEntry]:
    query = (
        select(TimeEntry)
        .options(joinedload(TimeEntry.user))
        .where(TimeEntry.work_order_id == work.id)
        .order_by(TimeEntry.worked_on.desc(), TimeEntry.id.desc())
        .limit(MOST_SHOWN)
    )
    return list(office_session().scalars(visible(actor(), query)))


def _costs(work: WorkOrder) -> list[JobCost]:
    query = (
        select(JobCost)
        .where(JobCost.work_order_id == work.id)
        .order_by(JobCost.spent_on.desc(), JobCost.id.desc())
        .limit(MOST_SHOWN)
    )
    return list(office_session().scalars(visible(actor(), query)))


def _result(work: WorkOrder) -> JobResult | None:
    """Estimate against actual, for those who may see what work costs us [67]."""
    return job_result(office_session(), work, actor()) if may(Permission.COSTS_READ) else None


@desk.route("/<int:project_id>/workorder/edit", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def edit_work(project_id: int) -> ResponseReturnValue:
    """Title, notes for the crew, and which forms this workorder asks for [A70, A72]."""
    project = the_project(project_id)
    work = the_work(project)
    sheet = Sheet(WorkOrder, reading(), actor(), record=work, only=ASKED_FOR)

    def save(values: dict[str, Any]) -> str:
        said = save_over(work, values)
        keep_calendar(office_session(), work)  # the crew reads it at once [A70]
        return said

    back = home_of(project, "workorder") + f"?work={work.id}"
    return Popup(project.group, f"Workorder {work.number}", back, sheet, record=work).answer(save)


@desk.route("/<int:project_id>/workorder/cancel", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def cancel_work(project_id: int) -> ResponseReturnValue:
    """Call the work off, with the reason; its days leave the calendar."""
    project = the_project(project_id)
    work = the_work(project)
    session = office_session()
    offer = next((o for o in offers(session, work, actor(), clock()) if o.step.name == "cancel"), None)
    closed = f"This workorder is {work.state.value}" if offer is None else offer.reason
    sheet = Sheet(WorkOrder, reading(), actor(), only=())
    sheet.questions = []

    def save(_: dict[str, Any]) -> str:
        take(session, work, "cancel", actor(), clock(), Said(reason=request.form.get("reason", "")))
        return f"Workorder {work.number} is cancelled."

    return Popup(
        project.group,
        f"Cancel workorder {work.number}?",
        tab_of(work),
        sheet,
        "Cancel workorder",
        danger=True,
        note="Its days leave the calendar. A cancelled workorder is not opened again.",
        template="admin/projects/cancel_work.html",
        more={"reason": request.form.get("reason", "")},
        obstacle="" if offer is not None and offer.fix == "reason" else closed,
    ).answer(save)
