"""What a lead brings about: an appointment, a call, another lead joined to it, its deletion [49, 51, A52, A53]."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.appointment import appointment_popup
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.tasks import task_popup
from admin_app.admin.projects.desk import back_to, desk, home_of, the_lead, the_project
from admin_app.kernel.errors import NotFound, Refusal, Unmet
from admin_app.kernel.parsing import parse_id
from admin_app.models import Lead
from admin_app.policy import Permission
from admin_app.services.join_leads import delete_lead as take_out
from admin_app.services.join_leads import join_leads, why_it_stays
from admin_app.services.request_call import call_key, call_made, request_call
from admin_app.services.save_record import find
from admin_app.services.who_was_told import names_told
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing


@desk.route("/<int:project_id>/appointment", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def appointment(project_id: int) -> ResponseReturnValue:
    """A visit or appointment about the project, at its site and with its estimator [A52, 48]."""
    project = the_project(project_id)
    return appointment_popup(project.group, project, back_to(project, "lead"))


@desk.route("/<int:project_id>/task", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def new_task(project_id: int) -> ResponseReturnValue:
    """Something to do for the project [A44]."""
    project = the_project(project_id)
    return task_popup(project.group, project, back_to(project))


@desk.route("/<int:project_id>/lead/call", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def call(project_id: int) -> ResponseReturnValue:
    """The client wants to be called: the estimator has it as a task and in the calendar [A53]."""
    project = the_project(project_id)
    shown = the_lead(project)

    def save(_: dict[str, Any]) -> str:
        task = request_call(office_session(), shown, actor(), clock(), request.form.get("note", ""))
        mailed = ", and a message about it" if names_told(office_session(), call_key(task)) else ""
        return f"{project.estimator} has “{task.title}” on the list for today{mailed}."

    obstacle = ""
    if project.estimator is None:
        obstacle = "Choose an estimator first: somebody has to make the call"
    return Popup(
        project.group,
        "Ask the estimator to call back",
        back_to(project, "lead"),
        button="Ask for the call",
        template="admin/projects/call.html",
        obstacle=obstacle,
        more={"note_typed": request.form.get("note", ""), "project": project},
    ).answer(save)


@desk.post("/<int:project_id>/lead/called")
@rule(Permission.WORK_WRITE)
def called(project_id: int) -> ResponseReturnValue:
    """The call was made."""
    project = the_project(project_id)
    try:
        call_made(office_session(), the_lead(project), actor(), clock())
    except Unmet as refusal:
        keep_nothing()
        flash(refusal.sentence, "error")
        return redirect(back_to(project, "lead"))
    flash("The call is off the list.", "success")
    return redirect(back_to(project, "lead"))


@desk.post("/<int:project_id>/lead/join")
@rule(Permission.SALES_WRITE)
def join(project_id: int) -> ResponseReturnValue:
    """Take another lead of this customer into the project [51]."""
    project = the_project(project_id)
    number = parse_id(request.form.get("other", ""))
    try:
        if number is None:
            raise Unmet("Choose the lead that belongs to this project")
        other = find(office_session(), Lead, number, actor())
        if other.group_id != project.group_id:
            raise NotFound("There is no such lead at this customer")
        gone = join_leads(office_session(), [other], project, actor())
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        keep_nothing()
        flash(refusal.sentence, "error")
        return redirect(back_to(project, "lead"))
    empty = " The project it came from was empty and is gone." if gone else ""
    flash(f"“{other.title}” belongs to this project now.{empty}", "success")
    return redirect(home_of(project, "lead"))


@desk.route("/<int:project_id>/lead/delete", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def delete_lead(project_id: int) -> ResponseReturnValue:
    """The bin of a lead that was a mistake; one that was estimated is declined instead [A44, M39]."""
    project = the_project(project_id)
    shown = the_lead(project)
    group, title = project.group, shown.title
    if request.method == "POST":
        try:
            stays = take_out(office_session(), shown, actor())
        except Unmet as refusal:
            keep_nothing()
            flash(refusal.sentence, "error")
            return redirect(home_of(project, "lead"))
        flash(f"“{title}” deleted.", "success")
        if stays is not None:
            return redirect(home_of(stays))
        return redirect(url_for("customers.profile", group_id=group.id))
    return Popup(
        group,
        f"Delete “{title}”?",
        back_to(project, "lead"),
        button="Delete lead",
        danger=True,
        note="The lead goes, and its project with it when nothing else is in there. A lead that came to nothing is "
        "better declined: then it counts.",
        obstacle=why_it_stays(office_session(), shown),
    ).answer(lambda _: "")
