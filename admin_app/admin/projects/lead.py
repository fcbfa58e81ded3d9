"""The lead's page: its status, priority, reference, the day it is put off to, decline [A41, A46-A50, A54-A57, 45].

Everything a lead can do comes from its table of steps; a closed one is shown with its reason and the way to mend it
[L15].
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, exists, select

from admin_app.admin.customers.desk import may, reading
from admin_app.admin.customers.popup import Popup, save_over
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.projects.desk import back_to, desk, home_of, show, the_lead, the_project
from admin_app.admin.projects.steps import Choice, step_choices
from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Invalid, NotFound, Refusal
from admin_app.kernel.parsing import parse_id
from admin_app.models import Estimate, Invoice, Lead, LeadState, LeadStatus, Project, WorkOrder
from admin_app.policy import Permission, visible
from admin_app.records.portal_people import who_asked
from admin_app.services import move_lead
from admin_app.services.lead_statuses import offered_sources, offered_statuses, status_of
from admin_app.services.save_record import find, update
from admin_app.services.set_lead_status import set_lead_status
from admin_app.services.take import offers
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

SET_AT_ONCE = ("priority", "source")
"""Fields that their drop-downs change on the page [A47, A48]."""
ASKED_ON_A_PAGE = {LeadState.POSTPONED: "projects.postpone", LeadState.DECLINED: "projects.decline"}
"""Statuses that need a word more than their name."""
MOST_SHOWN = 50
DECLINE_THE_ESTIMATE = "This lead has an estimate; decline the estimate instead"


@desk.get("/<int:project_id>/lead")
@rule(Permission.SALES_READ)
def lead(project_id: int) -> ResponseReturnValue:
    """The lead that counts, or the one named by `?lead=` where a project has several [51]."""
    project = the_project(project_id)
    session, who = office_session(), actor()
    try:
        shown = the_lead(project)
    except NotFound:
        if request.args.get("lead"):
            raise
        return show(project, "lead", "admin/projects/no_lead.html")
    statuses = offered_statuses(session, who, shown)
    return show(
        project,
        "lead",
        lead=shown,
        others=[one for one in _leads_of(project) if one.id != shown.id],
        joinable=_joinable(project) if may(Permission.SALES_WRITE) else [],
        statuses=[(str(row.id), row.name) for row in statuses],
        status=status_of(shown, statuses),
        sources=[(str(row.id), row.name) for row in offered_sources(session, who, shown)],
        choices=_choices(project, shown),
        asked_by=who_asked(session, shown.id if shown.asked_by_id is not None else None),
    )


def _leads_of(project: Project) -> list[Lead]:
    query = select(Lead).where(Lead.project_id == project.id).order_by(Lead.id.desc()).limit(MOST_SHOWN)
    return list(office_session().scalars(visible(actor(), query)))


def _joinable(project: Project) -> list[tuple[str, str]]:
    """The customer's leads in other projects that hold nothing more than leads [51]."""
    query: Select[Any] = (
        select(Lead)
        .where(Lead.group_id == project.group_id, Lead.project_id != project.id)
        .where(
            *(~exists().where(kind.project_id == Lead.project_id) for kind in (Estimate, WorkOrder, Invoice))
        )
        .order_by(Lead.id.desc())
        .limit(MOST_SHOWN)
    )
    return [(str(one.id), one.title) for one in office_session().scalars(visible(actor(), query))]


def _choices(project: Project, shown: Lead) -> list[Choice]:
    """The steps that the drop-down does not take, as buttons."""
    found = offers(office_session(), shown, actor(), clock())
    pages = {"postpone": "projects.postpone", "decline": "projects.decline"}
    return step_choices(
        [offer for offer in found if offer.step.name not in ("work", "renew")],
        project,
        lambda step: (
            url_for(pages[step.name], project_id=project.id, lead=shown.id)
            if step.name in pages
            else url_for("projects.lead_step", project_id=project.id, lead=shown.id, step=step.name)
        ),
    )


@desk.post("/<int:project_id>/lead/status")
@rule(Permission.SALES_WRITE)
def lead_status(project_id: int) -> ResponseReturnValue:
    """The drop-down [A41]; "postponed" and "declined" ask for the day and the reason on a page of their own."""
    project = the_project(project_id)
    shown = the_lead(project)
    back = back_to(project, "lead")
    number = parse_id(request.form.get("status", ""))
    session, who = office_session(), actor()
    try:
        if number is None:
            raise Invalid("Choose a status")
        status = find(session, LeadStatus, number, who)
        page = ASKED_ON_A_PAGE.get(status.state)
        if page is not None and shown.state is not status.state:
            keep_nothing()
            return redirect(url_for(page, project_id=project.id, lead=shown.id, back=back))
        set_lead_status(session, shown, status.id, who, clock())
        said = f"“{shown.title}” is {status.name.lower()} now."
    except Refusal as refusal:
        return _stay(refusal, back)
    flash(said, "success")
    return redirect(back)


@desk.post("/<int:project_id>/lead/set")
@rule(Permission.SALES_WRITE)
def set_lead(project_id: int) -> ResponseReturnValue:
    """Another priority or reference [A47, A48]."""
    project = the_project(project_id)
    shown = the_lead(project)
    values = {key: request.form[key] for key in SET_AT_ONCE if key in request.form}
    try:
        update(office_session(), Lead, shown.id, values, actor())
    except Refusal as refusal:
        return _stay(refusal, back_to(project, "lead"))
    flash("Saved.", "success")
    return redirect(back_to(project, "lead"))


@desk.post("/<int:project_id>/lead/step/<step>")
@rule(Permission.SALES_WRITE)
def lead_step(project_id: int, step: str) -> ResponseReturnValue:
    """A step that asks nothing: accept, resume, reopen."""
    project = the_project(project_id)
    shown = the_lead(project)
    if step not in ("accept", "resume", "reopen"):
        raise NotFound("There is no such step here")
    try:
        move_lead.move_lead(office_session(), shown, step, actor(), clock())
    except Refusal as refusal:
        return _stay(refusal, back_to(project, "lead"))
    flash(f"“{shown.title}” is open again." if step != "accept" else f"“{shown.title}” accepted.", "success")
    return redirect(back_to(project, "lead"))


def _stay(refusal: Refusal, back: str) -> ResponseReturnValue:
    """Say above the page why it was not done, and keep nothing of it."""
    if refusal.status in (403, 404):
        raise refusal
    keep_nothing()
    flash(refusal.sentence, "error")
    return redirect(back)


@desk.route("/<int:project_id>/lead/edit", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def edit_lead(project_id: int) -> ResponseReturnValue:
    """What they asked for, in whose words, since when, how urgently."""
    project = the_project(project_id)
    shown = the_lead(project)
    sources = [(str(row.id), row.name) for row in offered_sources(office_session(), actor(), shown)]
    sheet = Sheet(Lead, reading(), actor(), record=shown, options={"source": sources})

    def save(values: dict[str, Any]) -> str:
        return save_over(shown, values)

    return Popup(project.group, "Edit lead", back_to(project, "lead"), sheet, record=shown).answer(save)


@desk.route("/<int:project_id>/lead/postpone", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def postpone(project_id: int) -> ResponseReturnValue:
    """Put off to a day, on which it comes back by itself [A49]."""
    project = the_project(project_id)
    shown = the_lead(project)

    def save(_: dict[str, Any]) -> str:
        typed = request.form.get("until", "").strip()
        until = parse_date(typed) if typed else None
        move_lead.postpone(office_session(), shown, until, actor(), clock())
        return f"“{shown.title}” is put off; it comes back by itself."

    return Popup(
        project.group,
        f"Postpone “{shown.title}”",
        back_to(project, "lead"),
        button="Postpone lead",
        template="admin/projects/postpone.html",
        more={"until": request.form.get("until", "")},
    ).answer(save)


@desk.route("/<int:project_id>/lead/decline", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def decline(project_id: int) -> ResponseReturnValue:
    """Decline with the reason, which shows under Declined and can be learned from [50]."""
    project = the_project(project_id)
    shown = the_lead(project)
    offered = next((one for one in _choices(project, shown) if one.name == "decline"), None)
    instead = "Declined already" if shown.state is LeadState.DECLINED else DECLINE_THE_ESTIMATE
    closed = instead if offered is None else offered.reason

    def save(_: dict[str, Any]) -> str:
        move_lead.decline(office_session(), shown, request.form.get("reason", ""), actor(), clock())
        return f"“{shown.title}” declined. It can be reopened at any time."

    return Popup(
        project.group,
        f"Decline “{shown.title}”",
        back_to(project, "lead"),
        button="Decline lead",
        template="admin/projects/decline.html",
        obstacle=closed,
        more={"reason": request.form.get("reason", ""), "home": home_of(project)},
    ).answer(save)
