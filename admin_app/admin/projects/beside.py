"""What lies beside the documents of a project: its tasks, its events, its files [A52, A90-A94, A97, 95, 103]."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from admin_app.admin.customers.events import event_list
from admin_app.admin.customers.files import file_list
from admin_app.admin.customers.notes import notes_of
from admin_app.admin.customers.tasks import task_list
from admin_app.admin.projects.desk import desk, show, the_project
from admin_app.models import Attachment, Event, Task
from admin_app.policy import Permission
from admin_app.web.access import rule
from admin_app.web.company import today

MOST_SHOWN = 200


@desk.get("/<int:project_id>/tasks")
@rule(Permission.WORK_READ)
def tasks(project_id: int) -> ResponseReturnValue:
    """What is to be done, what happens when, and what was noted."""
    project = the_project(project_id)
    return show(
        project,
        "tasks",
        found=task_list(Task.project_id == project.id),
        events=event_list(Event.project_id == project.id),
        notes=notes_of(project),
        today=today(),
    )


@desk.get("/<int:project_id>/files")
@rule(Permission.WORK_READ)
def files(project_id: int) -> ResponseReturnValue:
    """The files of the project, the latest first; they lie with the customer's."""
    project = the_project(project_id)
    return show(project, "files", found=file_list(Attachment.project_id == project.id))
