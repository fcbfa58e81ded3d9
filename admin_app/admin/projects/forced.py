"""The "+" of a step: a later step is created at once, a missing estimate is asked for first [A86-A89].

Strip, project and the side bar of the profile lead here.  Without script it is a page that asks for the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.wrappers import Response

from admin_app.admin.customers.desk import may, the_group
from admin_app.admin.projects.desk import back_to, desk, step_url, the_project
from admin_app.admin.projects.dialog import Asked, Dialog
from admin_app.kernel.errors import NotFound
from admin_app.models import Estimate, Invoice, Project, WorkOrder
from admin_app.policy import Permission, visible
from admin_app.services.force_step import BILL, ESTIMATE, TARGETS, WORK, Forced, force_step
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session

_NOTES = {
    ESTIMATE: "It begins as a draft; the open leads of the project count as estimated.",
    WORK: "What is missing before it is made without being sent: the estimate is confirmed, the workorder follows. "
    "Nobody is written to.",
    BILL: "What is missing before it is made without being sent, and an invoice over the rest is drafted. "
    "Nobody is written to.",
}
MOST_PROJECTS = 50


@desk.route("/<int:project_id>/force/<step>", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def force(project_id: int, step: str) -> ResponseReturnValue:
    """Create a step now: an estimate at once, what follows it after a reason was given."""
    project = the_project(project_id)
    if step not in TARGETS:
        raise NotFound("There is no such step")
    if request.method == "POST" and step == ESTIMATE:
        return force_on(project, step, "")
    if request.method == "POST" and "reason" not in request.form:
        return redirect(request.full_path)  # the bare "+": the reason is asked for first
    why = Asked("reason", "Why are the steps between skipped?", "textarea", required=True)
    dialog = Dialog(
        project.group,
        f"Create {step} now",
        f"Create {step}",
        back_to(project),
        [] if step == ESTIMATE else [why],
        _NOTES[step],
    )
    return dialog.answer(lambda typed: force_on(project, step, typed["reason"]))


@desk.route("/of/<int:group_id>/force", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def force_of_customer(group_id: int) -> ResponseReturnValue:
    """The same from the side bar of the customer's profile: which project, which step, why [A88]."""
    group = the_group(group_id)
    query = (
        select(Project).where(Project.group_id == group.id).order_by(Project.id.desc()).limit(MOST_PROJECTS)
    )
    projects = {str(one.id): one for one in office_session().scalars(visible(actor(), query))}
    steps = [(step, step.capitalize()) for step, right in TARGETS.items() if may(right)]
    dialog = Dialog(
        group,
        "Create a step now",
        "Create step",
        url_for("customers.profile", group_id=group.id),
        [
            Asked(
                "project", "Project", "select", options=[(key, one.title) for key, one in projects.items()]
            ),
            Asked("step", "Step", "select", options=steps),
            Asked("reason", "Why are the steps between skipped?", help="Not needed for an estimate"),
        ],
        _NOTES[BILL] if projects else "",
    )
    if not projects:
        dialog.obstacle = "This customer has no project yet"
        dialog.fix = url_for("customers.new_project", group_id=group.id), "New project"

    def act(typed: Mapping[str, str]) -> Response:
        if typed["project"] not in projects:
            raise NotFound("This project belongs to another customer")
        return force_on(projects[typed["project"]], typed["step"], typed["reason"])

    return dialog.answer(act)


def force_on(project: Project, step: str, reason: str) -> Response:
    """Go as far as it goes, and lead to what was made, or to the estimate that must be written first [A89, D8].

    Raises what `services.force_step` raises.
    """
    forced = force_step(office_session(), project, step, reason, actor(), clock())
    return redirect(_after(project, step, reason, forced))


def _after(project: Project, step: str, reason: str, forced: Forced) -> str:
    where: dict[str, Any] = {"project_id": project.id, "estimate_id": forced.document.id}
    if forced.waits_for_lines:
        flash(f"Write the estimate first; the {step} follows when it is saved.", "info")
        return url_for("projects.edit_estimate", **where, then=step, reason=reason)
    if isinstance(forced.document, Estimate):
        flash("Estimate begun.", "success")
        return url_for("projects.edit_estimate", **where)
    number = f" {forced.document.number}" if isinstance(forced.document, WorkOrder) else ""
    flash(f"{step.capitalize()}{number} created; what came before it is marked as skipped.", "success")
    if isinstance(forced.document, Invoice):
        return step_url("invoice", project.id) or url_for("invoices.details_view", id=forced.document.id)
    return step_url("workorder", project.id) or url_for("projects.project", project_id=project.id)
