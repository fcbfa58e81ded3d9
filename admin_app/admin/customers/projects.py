"""The first tab of the profile: the customer's projects, how far each is, and the next one [A26, A35-A45, P16, P17]."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, reading, the_group
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.profile import back_to, show
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.projects.choices import colleagues_of, people_of, sites_of
from admin_app.admin.projects.rows import project_list
from admin_app.models import CustomerGroup, Project
from admin_app.policy import Permission
from admin_app.services.new_lead import begin_project
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session


@desk.get("/<int:group_id>/projects")
@rule(Permission.WORK_READ)
def projects(group_id: int) -> ResponseReturnValue:
    """In progress, completed, declined or all, by `?tab=`."""
    return projects_of(the_group(group_id))


def projects_of(group: CustomerGroup) -> str:
    """The tab of a customer."""
    return show(group, "projects", found=project_list(group_id=group.id))


@desk.route("/<int:group_id>/projects/new", methods=["GET", "POST"])
@rule(Permission.SALES_WRITE)
def new_project(group_id: int) -> ResponseReturnValue:
    """A project record without a lead, for work that nobody asked about first [A26]."""
    group = the_group(group_id)
    fresh = Project(group_id=group.id)
    fresh.id = 0
    options = {
        "contact": people_of([fresh])[0],
        "address": sites_of(fresh),
        "estimator": colleagues_of([]),
    }
    sheet = Sheet(Project, reading(), actor(), options=options)
    made: list[Project] = []

    def save(values: dict[str, Any]) -> str:
        made.append(begin_project(office_session(), group, values, actor()))
        return f"Project “{made[0].title}” begun."

    answer = Popup(group, "New project", back_to(group), sheet, "Begin project").answer(save)
    return redirect(url_for("projects.customer", project_id=made[0].id)) if made else answer
