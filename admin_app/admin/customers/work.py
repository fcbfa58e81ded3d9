"""Tasks and events of a customer [A25, A90-A94, P18, 94, 95]."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import case, select
from sqlalchemy.orm import contains_eager

from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.popup import Popup, save_over
from admin_app.admin.customers.profile import show
from admin_app.admin.customers.sheet import Options, Sheet
from admin_app.models import Address, CustomerGroup, Event, Task, TaskState, User
from admin_app.policy import Permission, visible
from admin_app.services.delete_record import delete
from admin_app.services.save_record import create, update
from admin_app.services.schedule_work import can_be_sent
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session, today, zone
from admin_app.web.paths import own_path

MOST_SHOWN = 200


def colleagues(group: CustomerGroup, chosen: int | None = None) -> Options:
    """Who can be given a task: active staff, and whoever has it already."""
    session, who = office_session(), actor()
    names = dict(can_be_sent(session))
    if who.id is not None:
        names.setdefault(who.id, who.name)
    if chosen is not None and chosen not in names:
        # Whoever has it keeps it, though switched off meanwhile.
        names[chosen] = session.scalar(select(User.name).where(User.id == chosen)) or "Former colleague"
    return [(str(number), name) for number, name in names.items()]


def own_addresses(group: CustomerGroup) -> Options:
    """The customer's addresses as a choice."""
    query = select(Address).where(Address.group_id == group.id).order_by(Address.id).limit(MOST_SHOWN)
    return [(str(one.id), one.name) for one in office_session().scalars(visible(actor(), query))]


def _back(group: CustomerGroup, tab: str) -> str:
    """Where a form was sent from: a page of the project, or the customer's own tab."""
    return own_path(request.values.get("back"), url_for(tab, group_id=group.id))


@desk.get("/<int:group_id>/tasks")
@rule(Permission.WORK_READ)
def tasks(group_id: int) -> ResponseReturnValue:
    """What is to be done for the customer: open ones first, by the day they are due."""
    group = the_group(group_id)
    is_over = case((Task.state.in_((TaskState.DONE, TaskState.DROPPED)), 1), else_=0)
    query = (
        select(Task)
        .outerjoin(User, User.id == Task.assignee_id)
        .options(contains_eager(Task.assignee))
        .where(Task.group_id == group.id)
        .order_by(is_over, Task.due_on.is_(None), Task.due_on, Task.id.desc())
        .limit(MOST_SHOWN)
    )
    found = list(office_session().scalars(visible(actor(), query)))
    return show(group, "tasks", tasks=found, states=TaskState, today=today())


@desk.route("/<int:group_id>/tasks/new", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def new_task(group_id: int) -> ResponseReturnValue:
    """Something to do for the customer [A25]."""
    group = the_group(group_id)
    sheet = Sheet(Task, reading(), actor(), options={"assignee": colleagues(group)})

    def save(values: dict[str, Any]) -> str:
        task = create(office_session(), Task, values | {"group": group}, actor())
        return f"Task “{task.title}” added."

    return Popup(group, "New task", url_for("customers.tasks", group_id=group.id), sheet, "Add task").answer(
        save
    )


@desk.route("/<int:group_id>/tasks/<int:task_id>", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def edit_task(group_id: int, task_id: int) -> ResponseReturnValue:
    """The details of a task: status, description and the rest [A92, A93]."""
    group = the_group(group_id)
    task = one_of(Task, group, task_id)
    offered = {"assignee": colleagues(group, task.assignee_id)}
    sheet = Sheet(Task, reading(), actor(), record=task, options=offered)

    def save(values: dict[str, Any]) -> str:
        return save_over(task, values)

    back = _back(group, "customers.tasks")
    return Popup(group, "Task", back, sheet, record=task).answer(save)


@desk.post("/<int:group_id>/tasks/<int:task_id>/state")
@rule(Permission.WORK_WRITE)
def set_task_state(group_id: int, task_id: int) -> ResponseReturnValue:
    """Change the status where it stands in the list."""
    group = the_group(group_id)
    task = one_of(Task, group, task_id)
    update(office_session(), Task, task.id, {"state": request.form.get("state", "")}, actor())
    flash(f"“{task.title}” is {task.state.value}.", "success")
    return redirect(_back(group, "customers.tasks"))


@desk.route("/<int:group_id>/tasks/<int:task_id>/delete", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def delete_task(group_id: int, task_id: int) -> ResponseReturnValue:
    """The bin of a task [A94]."""
    return _delete(Task, "task", group_id, task_id, "customers.tasks")


def _delete(
    entity: type[Task] | type[Event], word: str, group_id: int, record_id: int, tab: str
) -> ResponseReturnValue:
    group = the_group(group_id)
    record = one_of(entity, group, record_id)
    title = record.title

    def save(_: dict[str, Any]) -> str:
        delete(office_session(), entity, record.id, actor())
        return f"{word.capitalize()} “{title}” deleted."

    back = _back(group, tab)
    note = "The timeline keeps what it said."
    return Popup(group, f"Delete “{title}”?", back, button=f"Delete {word}", danger=True, note=note).answer(
        save
    )


@desk.get("/<int:group_id>/events")
@rule(Permission.WORK_READ)
def events(group_id: int) -> ResponseReturnValue:
    """Calls, visits, appointments and work at the customer, the latest first."""
    group = the_group(group_id)
    query = (
        select(Event)
        .outerjoin(User, User.id == Event.assignee_id)
        .outerjoin(Address, Address.id == Event.address_id)
        .options(contains_eager(Event.assignee), contains_eager(Event.address))
        .where(Event.group_id == group.id)
        .order_by(Event.starts_at.desc(), Event.id.desc())
        .limit(MOST_SHOWN)
    )
    return show(group, "events", events=list(office_session().scalars(visible(actor(), query))), zone=zone())


def _event_sheet(group: CustomerGroup, event: Event | None = None) -> Sheet:
    chosen = event.assignee_id if event else None
    offered = {"assignee": colleagues(group, chosen), "address": own_addresses(group)}
    return Sheet(Event, reading(), actor(), record=event, options=offered)


@desk.route("/<int:group_id>/events/new", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def new_event(group_id: int) -> ResponseReturnValue:
    """A call, visit or appointment with the customer."""
    group = the_group(group_id)

    def save(values: dict[str, Any]) -> str:
        event = create(office_session(), Event, values | {"group": group}, actor())
        return f"“{event.title}” added."

    back = url_for("customers.events", group_id=group.id)
    return Popup(group, "New event", back, _event_sheet(group), "Add event").answer(save)


@desk.route("/<int:group_id>/events/<int:event_id>", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def edit_event(group_id: int, event_id: int) -> ResponseReturnValue:
    """The details of an event."""
    group = the_group(group_id)
    event = one_of(Event, group, event_id)

    def save(values: dict[str, Any]) -> str:
        return save_over(event, values)

    back = _back(group, "customers.events")
    return Popup(group, "Event", back, _event_sheet(group, event), record=event).answer(save)


@desk.route("/<int:group_id>/events/<int:event_id>/delete", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def delete_event(group_id: int, event_id: int) -> ResponseReturnValue:
    """The bin of an event."""
    return _delete(Event, "event", group_id, event_id, "customers.events")
