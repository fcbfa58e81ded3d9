"""Tasks of a customer and of a project: list, details, edit, delete, reminder [A25, A90-A94, 94, 96].

Both doors, profile and project, show the same list (:func:`task_list`) and open the same dialogues.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import case, select
from sqlalchemy.orm import contains_eager
from sqlalchemy.sql import ColumnElement

from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.popup import Popup, save_over
from admin_app.admin.customers.profile import show
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.customers.work import back_of, colleagues, put_into_the_bin
from admin_app.models import CustomerGroup, Message, Project, Task, TaskState, Thread, User
from admin_app.policy import Permission, visible
from admin_app.services.save_record import create, update
from admin_app.services.task_rules import refuse_silent_reminder
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today

MOST_SHOWN = 200
MOST_MESSAGES = 20
OVER = (TaskState.DONE, TaskState.DROPPED)
FILTERS = {"open": "Open", "mine": "Mine", "done": "Done", "all": "All"}
"""What `?show=` asks for: open ones of everybody, open ones of the reader, what is over, everything."""


@dataclass(frozen=True, slots=True)
class TaskList:
    """The tasks that a tab shows, and the filters beside it: words, address, whether it is the chosen one."""

    tasks: list[Task]
    chosen: str
    filters: list[dict[str, Any]]


def task_list(of: ColumnElement[bool]) -> TaskList:
    """Tasks for which `of` holds, as the address narrows them: open ones first, by the day they are due."""
    chosen = request.args.get("show", "open")
    chosen = chosen if chosen in FILTERS else "open"
    is_over = Task.state.in_(OVER)
    narrowed: dict[str, tuple[ColumnElement[bool], ...]] = {
        "open": (~is_over,),
        "mine": (~is_over, Task.assignee_id == actor().id),
        "done": (is_over,),
        "all": (),
    }
    query = (
        select(Task)
        .outerjoin(User, User.id == Task.assignee_id)
        .outerjoin(Project, Project.id == Task.project_id)
        .options(contains_eager(Task.assignee), contains_eager(Task.project))
        .where(of, *narrowed[chosen])
        .order_by(case((is_over, 1), else_=0), Task.due_on.is_(None), Task.due_on, Task.id.desc())
        .limit(MOST_SHOWN)
    )
    filters = [
        {"label": words, "url": f"{request.path}?show={key}", "active": key == chosen}
        for key, words in FILTERS.items()
    ]
    return TaskList(list(office_session().scalars(visible(actor(), query))), chosen, filters)


@desk.get("/<int:group_id>/tasks")
@rule(Permission.WORK_READ)
def tasks(group_id: int) -> ResponseReturnValue:
    """What is to be done for the customer [A90]."""
    group = the_group(group_id)
    return show(group, "tasks", found=task_list(Task.group_id == group.id), today=today())


@desk.get("/<int:group_id>/tasks/<int:task_id>")
@rule(Permission.WORK_READ)
def task(group_id: int, task_id: int) -> ResponseReturnValue:
    """The details of a task, and what can be done with it [A92]."""
    group = the_group(group_id)
    query = (
        select(Task)
        .outerjoin(User, User.id == Task.assignee_id)
        .outerjoin(Project, Project.id == Task.project_id)
        .options(contains_eager(Task.assignee), contains_eager(Task.project))
    )
    shown = one_of(Task, group, task_id, query)
    return render_template(
        "admin/customers/task.html",
        page_title=shown.title,
        group=group,
        task=shown,
        back=back_of(group, "customers.tasks"),
        states=TaskState,
        is_over=shown.state in OVER,
        today=today(),
        messages=_messages_about(shown),
    )


def _messages_about(task: Task) -> list[Message]:
    """What was written to the client about it and what came back, the latest first [A91]."""
    query = (
        select(Message)
        .join(Thread, Thread.id == Message.thread_id)
        .where(Thread.about == "task", Thread.about_id == task.id)
        .order_by(Message.id.desc())
        .limit(MOST_MESSAGES)
    )
    return list(office_session().scalars(visible(actor(), query)))


def task_popup(group: CustomerGroup, project: Project | None, back: str) -> ResponseReturnValue:
    """The form of a new task, for the customer or for one of its projects [A25, A44]."""
    estimator = project.estimator_id if project is not None else None
    sheet = Sheet(Task, reading(), actor(), options={"assignee": colleagues(group, estimator)})

    def save(values: dict[str, Any]) -> str:
        facts = values | {"group": group}
        if project is not None:
            facts |= {"project": project.id}
        task = create(office_session(), Task, facts, actor())
        refuse_silent_reminder(task, None, clock())
        return f"Task “{task.title}” added."

    title = f"New task: {project.title}" if project is not None else "New task"
    return Popup(group, title, back, sheet, "Add task").answer(save)


@desk.route("/<int:group_id>/tasks/new", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def new_task(group_id: int) -> ResponseReturnValue:
    """Something to do for the customer [A25]."""
    group = the_group(group_id)
    return task_popup(group, None, back_of(group, "customers.tasks"))


@desk.route("/<int:group_id>/tasks/<int:task_id>/edit", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def edit_task(group_id: int, task_id: int) -> ResponseReturnValue:
    """Title, description, status, day, person and reminder of a task [A92, A93]."""
    group = the_group(group_id)
    task = one_of(Task, group, task_id)
    offered = {"assignee": colleagues(group, task.assignee_id)}
    sheet = Sheet(Task, reading(), actor(), record=task, options=offered)
    was = task.remind_at

    def save(values: dict[str, Any]) -> str:
        said = save_over(task, values)
        refuse_silent_reminder(task, was, clock())
        return said

    return Popup(group, "Edit task", back_of(group, "customers.tasks"), sheet, record=task).answer(save)


@desk.post("/<int:group_id>/tasks/<int:task_id>/state")
@rule(Permission.WORK_WRITE)
def set_task_state(group_id: int, task_id: int) -> ResponseReturnValue:
    """Change the status where it stands in the list [A92]."""
    group = the_group(group_id)
    task = one_of(Task, group, task_id)
    update(office_session(), Task, task.id, {"state": request.form.get("state", "")}, actor())
    flash(f"“{task.title}” is {task.state.value}.", "success")
    return redirect(back_of(group, "customers.tasks"))


@desk.route("/<int:group_id>/tasks/<int:task_id>/delete", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def delete_task(group_id: int, task_id: int) -> ResponseReturnValue:
    """The bin of a task, and the way back [A94]."""
    group = the_group(group_id)
    task = one_of(Task, group, task_id)
    back = back_of(group, "customers.tasks")
    if request.method == "POST":
        return put_into_the_bin(task, f"Task “{task.title}”", back)
    return Popup(
        group,
        f"Delete “{task.title}”?",
        back,
        button="Delete task",
        danger=True,
        note="It can be undone right afterwards; the timeline keeps what it said.",
    ).answer(lambda _: "")
