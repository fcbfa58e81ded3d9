"""Settings > Communications: channels, quiet hours, reminders, and the way to the switches of the portal [E7, E15]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.forms import form_fields, open_form, record_values
from admin_app.admin.settings.company import save_company, the_company
from admin_app.admin.settings.company_parts import COMMUNICATION_PARTS, keys_of
from admin_app.admin.settings.desk import Editing, desk, signed_base
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.models import Channel, Company, Ladder, ReminderStep
from admin_app.policy import Permission, visible
from admin_app.records.values import office_reading
from admin_app.services import keep_reminders
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import settings
from admin_app.web.office import keep_nothing

LADDERS: Mapping[Ladder, tuple[str, str]] = {
    Ladder.ESTIMATE: (
        "Estimates without an answer",
        "Counted from the day the estimate went out; ends when the client answers or it expires.",
    ),
    Ladder.INVOICE: (
        "Invoices",
        "Counted from the due day; ends when nothing is owed any more.",
    ),
    Ladder.APPOINTMENT: ("Appointments", "Counted back from the day of the appointment."),
}
"""What each ladder is called, and when it begins and ends."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Whether a channel is connected to the world outside, in words."""

    name: str
    works: bool
    words: str


@desk.route("/communications", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def communications() -> ResponseReturnValue:
    """The switches of the company's communication; only Save makes them hold [E9]."""
    session, row = office_session(), the_company()
    fields = form_fields(Company, actor(), only=keys_of(COMMUNICATION_PARTS))
    if request.method == "GET":
        form = open_form(session, actor(), fields, data=record_values(row, fields, office_reading(session)))
        return _page(Editing(form, signed_base(row)))
    form = open_form(session, actor(), fields, posted=request.form)

    again = save_company(row, form)
    if again is not None:
        return _page(again)
    flash("Saved.", "success")
    return redirect(url_for("settings.communications"))


@desk.post("/communications/reminders")
@rule(Permission.SETTINGS)
def reminder_add() -> ResponseReturnValue:
    """Add a rung to a ladder, or the usual ones where there is none."""
    session = office_session()
    if "usual" in request.form:
        keep_reminders.usual_reminders(session, clock())
        flash("The usual reminders go out from today on.", "success")
        return _to_reminders()
    ladder = next((one for one in Ladder if one.value == request.form.get("ladder")), None)
    channel = next((one for one in Channel if one.value == request.form.get("channel")), None)
    if ladder is None or channel is None:
        raise NotFound("There is no such ladder")
    try:
        keep_reminders.add_reminder(session, ladder, _days(ladder), channel, actor(), clock())
    except Invalid as refusal:
        session.rollback()
        keep_nothing()
        flash(f"{refusal.sentence}.", "error")
    else:
        flash("Added; it counts from today on.", "success")
    return _to_reminders()


@desk.post("/communications/reminders/<int:step_id>")
@rule(Permission.SETTINGS)
def reminder_change(step_id: int) -> ResponseReturnValue:
    """Switch a rung on or off, or take it away."""
    session, act = office_session(), request.form.get("act", "")
    if act == "remove":
        keep_reminders.remove_reminder(session, step_id, actor())
        flash("Taken away. What waits in the outbox already still goes.", "success")
    elif act in ("on", "off"):
        keep_reminders.switch_reminder(session, step_id, act == "on", actor(), clock())
        flash("On from today." if act == "on" else "Switched off.", "success")
    else:
        raise NotFound("There is no such act")
    return _to_reminders()


def _to_reminders() -> ResponseReturnValue:
    return redirect(url_for("settings.communications", _anchor="reminders"))


def _days(ladder: Ladder) -> int:
    """The day of a new rung: a number, and on which side of the day it lies; raises Invalid."""
    typed = request.form.get("days", "").strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 3):
        raise Invalid("Write the days as a whole number", {"days": "A whole number"})
    before = ladder is Ladder.APPOINTMENT or request.form.get("side") == "before"
    return -int(typed) if before else int(typed)


def said_of(step: ReminderStep) -> str:
    """ "3 days before it is due"; the sentence of one rung."""
    days = abs(step.days)
    count = "1 day" if days == 1 else f"{days} days"
    match step.ladder:
        case Ladder.ESTIMATE:
            return f"{count} after it was sent"
        case Ladder.APPOINTMENT:
            return f"{count} before"
        case _ if step.days == 0:
            return "on the due day"
        case _:
            return f"{count} {'after it was due' if step.days > 0 else 'before it is due'}"


def wires() -> list[Wire]:
    """What of the world outside this installation is connected to, told in sentences."""
    told = settings()
    return [
        Wire(
            "Mail out",
            bool(told.smtp_url),
            "A mail server is set."
            if told.smtp_url
            else "No mail server is set (SAWHORSE_SMTP_URL): "
            "mails wait in the outbox and lie as files in its folder.",
        ),
        Wire(
            "Text messages",
            bool(told.sms_url),
            "A provider is set."
            if told.sms_url
            else "No provider is set (SAWHORSE_SMS_URL): text messages wait in the outbox.",
        ),
        Wire(
            "Answers by mail",
            bool(told.imap_url or told.hook_key),
            "Answers come back to their thread."
            if told.imap_url or told.hook_key
            else "Answers go to the sender's own mailbox; set SAWHORSE_IMAP_URL or SAWHORSE_HOOK_KEY, and "
            "SAWHORSE_REPLY_ADDRESS, to have them in the inbox.",
        ),
    ]


def _page(editing: Editing) -> ResponseReturnValue:
    rungs = office_session().scalars(
        visible(actor(), select(ReminderStep)).order_by(ReminderStep.ladder, ReminderStep.days)
    )
    by_ladder: dict[Ladder, list[ReminderStep]] = {ladder: [] for ladder in Ladder}
    for rung in rungs:
        by_ladder[rung.ladder].append(rung)
    shown = render_template(
        "admin/settings/communications.html",
        editing=editing,
        parts=COMMUNICATION_PARTS,
        wires=wires(),
        ladders=LADDERS,
        rungs=by_ladder,
        said_of=said_of,
        channels=list(Channel),
        portal_on=the_company().portal_enabled_default,
    )
    return shown, editing.status
