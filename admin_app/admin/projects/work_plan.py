"""The day, the crew and the machines of a workorder, from the workspace of its project [61, 95, A70]."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from admin_app.admin.projects.desk import desk, the_project
from admin_app.admin.projects.work import tab_of, the_work
from admin_app.admin.schedule.planning import plan_work
from admin_app.policy import Permission
from admin_app.web.access import rule


@desk.route("/<int:project_id>/workorder/schedule", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def schedule_work(project_id: int) -> ResponseReturnValue:
    """From when to when, who and with what; saved, each of the crew has it in the calendar."""
    work = the_work(the_project(project_id))
    return plan_work(work, tab_of(work))
