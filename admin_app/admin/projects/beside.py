"""What lies beside the documents of a project: its tasks, its events, its files [A52, A90-A94, A97, 95, 103]."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from sqlalchemy import case, select
from sqlalchemy.orm import contains_eager

from admin_app.admin.projects.desk import desk, show, the_project
from admin_app.models import Address, Attachment, Event, Task, TaskState, User
from admin_app.policy import Permission, visible
from admin_app.services.store_file import LARGEST_FILE
from admin_app.storage.content import IN_WORDS
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session, today

MOST_SHOWN = 200


@desk.get("/<int:project_id>/tasks")
@rule(Permission.WORK_READ)
def tasks(project_id: int) -> ResponseReturnValue:
    """What is to be done, open ones first, and what happens when, the latest first."""
    project = the_project(project_id)
    session, who = office_session(), actor()
    is_over = case((Task.state.in_((TaskState.DONE, TaskState.DROPPED)), 1), else_=0)
    to_do = (
        select(Task)
        .outerjoin(User, User.id == Task.assignee_id)
        .options(contains_eager(Task.assignee))
        .where(Task.project_id == project.id)
        .order_by(is_over, Task.due_on.is_(None), Task.due_on, Task.id.desc())
        .limit(MOST_SHOWN)
    )
    happens = (
        select(Event)
        .outerjoin(User, User.id == Event.assignee_id)
        .outerjoin(Address, Address.id == Event.address_id)
        .options(contains_eager(Event.assignee), contains_eager(Event.address))
        .where(Event.project_id == project.id)
        .order_by(Event.starts_at.desc(), Event.id.desc())
        .limit(MOST_SHOWN)
    )
    return show(
        project,
        "tasks",
        tasks=list(session.scalars(visible(who, to_do))),
        events=list(session.scalars(visible(who, happens))),
        over=(TaskState.DONE, TaskState.DROPPED),
        today=today(),
    )


@desk.get("/<int:project_id>/files")
@rule(Permission.WORK_READ)
def files(project_id: int) -> ResponseReturnValue:
    """The files of the project, the latest first; they lie with the customer's."""
    project = the_project(project_id)
    query = (
        select(Attachment)
        .where(Attachment.project_id == project.id)
        .order_by(Attachment.id.desc())
        .limit(MOST_SHOWN)
    )
    found = list(office_session().scalars(visible(actor(), query)))
    return show(project, "files", files=found, largest=LARGEST_FILE, accepted=IN_WORDS)
