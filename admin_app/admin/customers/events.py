"""Events of a customer and of a project: what comes, what was, moved, called off, done [P18, 95, A52]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import contains_eager
from sqlalchemy.sql import ColumnElement

from admin_app.admin.customers.appointment import appointment_popup, move_popup
from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.popup import Popup, save_over
from admin_app.admin.customers.profile import show
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.customers.work import back_of, colleagues, own_addresses, own_people, put_into_the_bin
from admin_app.kernel.errors import Refusal
from admin_app.models import Address, Contact, Event, EventState, MessagePurpose, Project, User
from admin_app.policy import Permission, visible
from admin_app.services.plan_appointment import call_off_event, event_done, plan_again
from admin_app.services.who_was_told import said_of, would_be_told
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, company, office_session
from admin_app.web.office import keep_nothing

MOST_SHOWN = 200
TAB = "customers.events"
OF_A_WORKORDER = "This day belongs to a workorder; plan it there, so that crew and calendar agree"


@dataclass(frozen=True, slots=True)
class EventList:
    """What is still to come, the next one first, and what was, the latest first."""

    coming: list[Event]
    past: list[Event]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all."""
        return not self.coming and not self.past


def event_list(of: ColumnElement[bool]) -> EventList:
    """Events for which `of` holds, with the people and the place of each."""
    query = (
        select(Event)
        .outerjoin(User, User.id == Event.assignee_id)
        .outerjoin(Address, Address.id == Event.address_id)
        .outerjoin(Project, Project.id == Event.project_id)
        .outerjoin(Contact, Contact.id == Event.contact_id)
        .options(
            contains_eager(Event.assignee),
            contains_eager(Event.address),
            contains_eager(Event.project),
            contains_eager(Event.contact),
        )
        .where(of)
        .order_by(Event.starts_at.desc(), Event.id.desc())
        .limit(MOST_SHOWN)
    )
    now = clock().now()
    found = list(office_session().scalars(visible(actor(), query)))
    coming = [
        one for one in found if one.state is EventState.PLANNED and (one.ends_at or one.starts_at) >= now
    ]
    known = {one.id for one in coming}
    return EventList(coming[::-1], [one for one in found if one.id not in known])


@desk.get("/<int:group_id>/events")
@rule(Permission.WORK_READ)
def events(group_id: int) -> ResponseReturnValue:
    """Calls, visits, appointments and work at the customer [P18]."""
    group = the_group(group_id)
    return show(group, "events", found=event_list(Event.group_id == group.id))


@desk.route("/<int:group_id>/events/new", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def new_event(group_id: int) -> ResponseReturnValue:
    """A call, visit or appointment with the customer."""
    group = the_group(group_id)
    return appointment_popup(group, None, back_of(group, TAB))


@desk.route("/<int:group_id>/events/<int:event_id>", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def edit_event(group_id: int, event_id: int) -> ResponseReturnValue:
    """What it is about, where, whom to meet; its time is moved by an act of its own, which can tell the client."""
    group = the_group(group_id)
    event = one_of(Event, group, event_id)
    offered = {
        "assignee": colleagues(group, event.assignee_id),
        "address": own_addresses(group),
        "contact": own_people(group),
    }
    if event.contact is not None and str(event.contact_id) not in dict(offered["contact"]):
        offered["contact"] = [*offered["contact"], (str(event.contact_id), event.contact.name)]
    sheet = Sheet(
        Event,
        reading(),
        actor(),
        record=event,
        options=offered,
        leave_out=("state", "starts_at", "ends_at", "assignee"),
    )

    def save(values: dict[str, Any]) -> str:
        return save_over(event, values)

    obstacle = OF_A_WORKORDER if event.work_order_id is not None else ""
    return Popup(group, "Edit event", back_of(group, TAB), sheet, record=event, obstacle=obstacle).answer(save)


@desk.route("/<int:group_id>/events/<int:event_id>/move", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def move(group_id: int, event_id: int) -> ResponseReturnValue:
    """Another time, or another person who comes; the client can be told."""
    group = the_group(group_id)
    return move_popup(group, one_of(Event, group, event_id), back_of(group, TAB))


@desk.route("/<int:group_id>/events/<int:event_id>/off", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def call_off(group_id: int, event_id: int) -> ResponseReturnValue:
    """It does not take place; the client can be told."""
    group = the_group(group_id)
    event = one_of(Event, group, event_id)
    row = company()

    def save(_: dict[str, Any]) -> str:
        words, wants = request.form.get("reason", ""), bool(request.form.get("tell"))
        call_off_event(office_session(), event, words, wants, actor(), clock())
        said = f"“{event.title}” is called off."
        if not wants:
            return said
        return f"{said} {said_of(office_session(), event, MessagePurpose.APPOINTMENT_CALLED_OFF, clock())}"

    return Popup(
        group,
        f"Call off “{event.title}”?",
        back_of(group, TAB),
        button="Call off",
        danger=True,
        template="admin/customers/call_off.html",
        more={
            "event": event,
            "told": would_be_told(office_session(), event),
            "reason": request.form.get("reason", ""),
            "tell": bool(request.form.get("tell")) if request.form else bool(row and row.confirm_appointments),
        },
    ).answer(save)


@desk.post("/<int:group_id>/events/<int:event_id>/done")
@rule(Permission.WORK_WRITE)
def done(group_id: int, event_id: int) -> ResponseReturnValue:
    """It took place."""
    return _step(group_id, event_id, event_done, "is done")


@desk.post("/<int:group_id>/events/<int:event_id>/again")
@rule(Permission.WORK_WRITE)
def again(group_id: int, event_id: int) -> ResponseReturnValue:
    """It was done or called off by mistake: planned again, at the time it had."""
    return _step(group_id, event_id, plan_again, "is planned again")


def _step(group_id: int, event_id: int, act: Callable[..., Event], said: str) -> ResponseReturnValue:
    group = the_group(group_id)
    event = one_of(Event, group, event_id)
    try:
        act(office_session(), event, actor())
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        keep_nothing()
        flash(f"{refusal.sentence}.", "error")
    else:
        flash(f"“{event.title}” {said}.", "success")
    return redirect(back_of(group, TAB))


@desk.route("/<int:group_id>/events/<int:event_id>/delete", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def delete_event(group_id: int, event_id: int) -> ResponseReturnValue:
    """The bin of an event that was a mistake, and the way back; one that is not to be is called off."""
    group = the_group(group_id)
    event = one_of(Event, group, event_id)
    back = back_of(group, TAB)
    if request.method == "POST":
        return put_into_the_bin(event, f"Event “{event.title}”", back)
    return Popup(
        group,
        f"Delete “{event.title}”?",
        back,
        button="Delete event",
        danger=True,
        note="Nobody is told, and it can be undone right afterwards. Call it off instead, and the client can be told.",
    ).answer(lambda _: "")
