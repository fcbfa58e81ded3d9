"""The form of an appointment: whom, where, when, with the free times of whoever comes offered as buttons [95, A52].

Profile, project and lead open the same form.  A free time is a radio button: without script the chosen one counts when
the form is sent; with script it fills the times in, and another person's free times are fetched.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, reading, the_group
from admin_app.admin.customers.money_forms import read_typed
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.sheet import Options, Sheet
from admin_app.admin.customers.work import colleagues, own_addresses, own_people
from admin_app.admin.jobs.desk import hours_of, local
from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import parse_id
from admin_app.models import CustomerGroup, Event, EventKind, MessagePurpose, Project
from admin_app.models.field import field_named
from admin_app.policy import Permission
from admin_app.records.values import typed
from admin_app.services.answer_once import answer_once
from admin_app.services.free_slots import Span, free_slots
from admin_app.services.plan_appointment import clashes_at, move_event, plan_appointment
from admin_app.services.who_was_told import said_of, would_be_told
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, company, office_session, today
from admin_app.web.formats import dated

OFFERED = 9
"""Free times offered at once: three days of three."""
WHEN = ("starts_at", "ends_at", "assignee")
"""What a move asks."""


def slots_of(assignee: str, day: str) -> list[dict[str, str]]:
    """Free times of somebody from a day on, as the form offers them; of nobody, the hours of the working day."""
    row = company()
    if row is None:
        return []
    try:
        first = parse_date(day[:10]) if day.strip() else today()
    except Invalid:
        first = today()
    found = free_slots(
        office_session(), parse_id(assignee), first, row.appointment_minutes, row, OFFERED, clock()
    )
    return [_offer(span) for span in found]


def _offer(span: Span) -> dict[str, str]:
    start, end = span
    return {
        "value": f"{start.isoformat()}/{end.isoformat()}",
        "starts": local(start).strftime("%Y-%m-%dT%H:%M"),
        "ends": local(end).strftime("%Y-%m-%dT%H:%M"),
        "day": dated(local(start).date()),
        "weekday": local(start).strftime("%A"),
        "hours": hours_of(start, end),
    }


@desk.get("/<int:group_id>/events/slots")
@rule(Permission.WORK_WRITE)
def slots(group_id: int) -> ResponseReturnValue:
    """The free times of another person or from another day on, for the open form."""
    the_group(group_id)
    found = slots_of(request.args.get("assignee", ""), request.args.get("day", ""))
    return render_template("admin/customers/slots.html", page_title="Free times", slots=found)


def appointment_popup(group: CustomerGroup, project: Project | None, back: str) -> ResponseReturnValue:
    """A new time with the customer, or about one of its projects at its site and with its estimator [A52, P18]."""
    chosen = project.estimator_id if project is not None else None
    sheet = Sheet(Event, reading(), actor(), options=_offered(group, project, chosen), leave_out=("state",))
    for key, value in _usual(project).items():
        if key in sheet:
            sheet[key].value = value

    def save(values: dict[str, Any]) -> str:
        event = answer_once(
            office_session(),
            clock(),
            key=request.form.get("key") or None,
            purpose="appointment",
            content=(group.id, sorted(values.items()), _wants_to_tell()),
            kind=Event,
            act=lambda: _plan(sheet, values, group, project),
        )
        _say_clashes(event)
        said = f"“{event.title}” is in the calendar."
        return f"{said} {_said(event, MessagePurpose.APPOINTMENT)}".strip()

    return _popup(group, "New appointment", back, sheet, "Add appointment", project or group).answer(save)


def _plan(sheet: Sheet, values: Mapping[str, Any], group: CustomerGroup, project: Project | None) -> Event:
    read = read_typed(sheet, _with_slot(sheet, values), reading())
    return plan_appointment(
        office_session(),
        group,
        kind=read["kind"],
        title=read["title"] or "",
        starts_at=read["starts_at"],
        ends_at=read.get("ends_at"),
        assignee_id=read.get("assignee"),
        address_id=read.get("address"),
        project_id=project.id if project is not None else None,
        contact_id=read.get("contact"),
        notes=read.get("notes"),
        tell=_wants_to_tell(),
        actor=actor(),
        clock=clock(),
    )


def move_popup(group: CustomerGroup, event: Event, back: str) -> ResponseReturnValue:
    """Another time, or another person who comes."""
    offered = {"assignee": colleagues(group, event.assignee_id)}
    sheet = Sheet(Event, reading(), actor(), record=event, only=WHEN, options=offered)

    def save(values: dict[str, Any]) -> str:
        read = read_typed(sheet, _with_slot(sheet, values), reading())
        moved = move_event(
            office_session(),
            event,
            read["starts_at"],
            read.get("ends_at"),
            read.get("assignee"),
            _wants_to_tell(),
            actor(),
            clock(),
        )
        _say_clashes(moved)
        said = f"“{moved.title}” is on {_told(moved.starts_at, moved.ends_at)}."
        return f"{said} {_said(moved, MessagePurpose.APPOINTMENT_MOVED)}".strip()

    return _popup(group, f"Move “{event.title}”", back, sheet, "Move appointment", event).answer(save)


def _popup(
    group: CustomerGroup,
    title: str,
    back: str,
    sheet: Sheet,
    button: str,
    about: CustomerGroup | Project | Event,
) -> Popup:
    """The form with the free times beside it; what was typed decides whose and from which day on."""
    row = company()
    typed_in = request.form if request.method == "POST" else {}
    whose = typed_in.get("assignee", sheet["assignee"].value if "assignee" in sheet else "")
    return Popup(
        group,
        title,
        back,
        sheet,
        button,
        template="admin/customers/appointment.html",
        more={
            "slots": slots_of(whose, typed_in.get("starts_at", "") or sheet["starts_at"].value),
            "slots_url": url_for("customers.slots", group_id=group.id),
            "slot": typed_in.get("slot", ""),
            "tell": _wants_to_tell() if request.method == "POST" else bool(row and row.confirm_appointments),
            "key": request.form.get("key") or secrets.token_urlsafe(24),
            "event": about if isinstance(about, Event) else None,
            "told": would_be_told(office_session(), about),
        },
    )


def _offered(group: CustomerGroup, project: Project | None, assignee: int | None) -> dict[str, Options]:
    from admin_app.admin.projects.choices import people_of, sites_of

    if project is None:
        return {
            "assignee": colleagues(group, assignee),
            "address": own_addresses(group),
            "contact": own_people(group),
        }
    return {
        "assignee": colleagues(group, assignee),
        "address": sites_of(project),
        "contact": people_of([project])[project.id],
    }


def _usual(project: Project | None) -> dict[str, str]:
    """What a project proposes: a visit at its site, with its contact, by its estimator."""
    if project is None:
        return {}
    return {
        "title": f"Visit: {project.title}"[:200],
        "kind": EventKind.VISIT.value,
        "assignee": str(project.estimator_id or ""),
        "address": str(project.address_id or ""),
        "contact": str(project.contact_id or ""),
    }


def _with_slot(sheet: Sheet, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, with the times of the chosen button where one was pressed."""
    slot = request.form.get("slot", "")
    if not slot:
        return dict(values)
    try:
        start, end = (datetime.fromisoformat(part) for part in slot.split("/"))
    except ValueError:
        raise Invalid("This free time is not one that was offered; choose another") from None
    for key, moment in (("starts_at", start), ("ends_at", end)):
        if moment.tzinfo is None:
            raise Invalid("This free time is not one that was offered; choose another")
        sheet[key].value = typed(field_named(Event, key), moment, reading())
    return dict(values) | {"starts_at": start.isoformat(), "ends_at": end.isoformat()}


def _said(event: Event, purpose: MessagePurpose) -> str:
    """What became of the message, where one was asked for."""
    return said_of(office_session(), event, purpose, clock()) if _wants_to_tell() else ""


def _wants_to_tell() -> bool:
    return bool(request.form.get("tell"))


def _say_clashes(event: Event) -> None:
    """A clash is said, never refused [61]."""
    for clash in clashes_at(office_session(), event):
        when = _told(clash.starts_at, clash.ends_at)
        flash(f"{clash.who} has “{clash.what}” at that time too ({when}).", "warning")


def _told(starts_at: datetime, ends_at: datetime | None) -> str:
    """ "20 Mar 2026, 09:00–10:00"."""
    return f"{dated(local(starts_at).date())}, {hours_of(starts_at, ends_at)}"

