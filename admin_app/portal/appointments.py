"""Appointments of the client: to come and past, confirmed or asked to move, taken into a calendar [95, 119]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from admin_app.kernel.errors import Invalid
from admin_app.kernel.wall_hours import on_the_wall
from admin_app.models import Address, Event, EventState, PortalModule
from admin_app.policy import Permission, may
from admin_app.portal.forms import form_key, typed
from admin_app.portal.lists import chosen_filter, listed, page_of
from admin_app.portal.pages import pages
from admin_app.portal.seen import note_downloaded, note_opened
from admin_app.portal.talk import talk_about
from admin_app.portal.things import thing, things
from admin_app.services.portal.answer_appointment import ask_to_move, can_be_answered, confirm
from admin_app.web.clients import LINK, client, for_clients, is_preview
from admin_app.web.company import actor, clock, office_session, zone
from admin_app.web.office import keep_nothing

HOST = "schedule.sawhorse"
"""What follows the name of an entry, the same whatever the address of the office is."""
AN_HOUR = timedelta(hours=1)
SHOWS = (("", "To come"), ("past", "Past"))


@pages.get("/appointments/")
@for_clients(PortalModule.APPOINTMENTS)
def appointments() -> ResponseReturnValue:
    """What is to come, the soonest first; `?show=past` what was, the latest first."""
    shown = chosen_filter(SHOWS)
    ends = func.coalesce(Event.ends_at, Event.starts_at)
    if shown == "past":
        query = select(Event).where(ends <= clock().now()).order_by(Event.starts_at.desc(), Event.id.desc())
    else:
        query = select(Event).where(ends > clock().now()).order_by(Event.starts_at, Event.id)
    return render_template(
        "portal/appointments.html",
        **listed(".appointments", page_of(query), SHOWS, shown),
    )


@pages.get("/appointments/<public_id>")
@for_clients(PortalModule.APPOINTMENTS, by_link=True)
def appointment(public_id: str) -> ResponseReturnValue:
    """One appointment with everything that was said about it."""
    event = thing(Event, public_id)
    note_opened(event)
    return _page(event)


@pages.post("/appointments/<public_id>/confirm")
@for_clients(PortalModule.APPOINTMENTS, by_link=True)
def confirm_appointment(public_id: str) -> ResponseReturnValue:
    """The time suits."""
    event = confirm(office_session(), thing(Event, public_id), actor(), clock())
    flash("Confirmed. We look forward to seeing you.", "success")
    return redirect(url_for(".appointment", public_id=event.public_id))


@pages.post("/appointments/<public_id>/move")
@for_clients(PortalModule.APPOINTMENTS, by_link=True)
def move_appointment(public_id: str) -> ResponseReturnValue:
    """Another time is wanted: the words wait for the office."""
    event = thing(Event, public_id)
    try:
        ask_to_move(office_session(), event, typed("words"), actor(), clock(), form_key())
    except Invalid as refusal:
        keep_nothing()
        return _page(event, refusal), refusal.status
    flash("We have your wish and will suggest another time.", "success")
    return redirect(url_for(".appointment", public_id=event.public_id))


@pages.get("/appointments/<public_id>/calendar.ics")
@for_clients(PortalModule.APPOINTMENTS, by_link=True)
def appointment_ics(public_id: str) -> ResponseReturnValue:
    """The appointment for the client's own calendar."""
    event = thing(Event, public_id)
    note_downloaded(event)
    answer = Response(_calendar(event), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return answer


def _page(event: Event, wrong: Invalid | None = None) -> str:
    open_to_answers = can_be_answered(event, clock()) and not is_preview()
    return render_template(
        "portal/appointment.html",
        event=event,
        place=_place(event),
        is_over=not can_be_answered(event, clock()),
        may_answer=open_to_answers and may(actor(), Permission.ANSWER_APPOINTMENT, event),
        talk=talk_about(event),
        words=typed("words"),
        key=form_key(),
        wrong=wrong,
    )


def _place(event: Event) -> str:
    """Where it is, if the client sees that place; a link shows the place of its own appointment."""
    if event.address_id is None:
        return ""
    if client().mode == LINK:
        return event.address.name if event.address is not None else ""
    seen = things(select(Address).where(Address.id == event.address_id))
    return seen[0].name if seen else ""


def _calendar(event: Event) -> bytes:
    """RFC 5545, with the zone; no notes of the office, for those are ours."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Sawhorse//Portal//EN")
    calendar.add("version", "2.0")
    entry = icalendar.Event()
    entry.add("uid", f"event-{event.public_id}@{HOST}")
    entry.add("dtstamp", _utc(event.updated_at))
    entry.add("sequence", event.version)
    entry.add("dtstart", on_the_wall(event.starts_at, zone()))
    ends = event.ends_at if event.ends_at and event.ends_at > event.starts_at else event.starts_at + AN_HOUR
    entry.add("dtend", on_the_wall(ends, zone()))
    entry.add("summary", event.title)
    place = _place(event)
    if place:
        entry.add("location", place)
    entry.add("status", "CANCELLED" if event.state is EventState.CANCELLED else "CONFIRMED")
    calendar.add_component(entry)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
