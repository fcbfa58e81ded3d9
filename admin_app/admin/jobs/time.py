"""Time worked on a job: written down, put right, taken away; crews their own, the office everybody's [67]."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import may, reading
from admin_app.admin.customers.money_forms import preset
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.jobs.desk import back_to, desk, the_job
from admin_app.admin.jobs.worked import HELP, read_worked, typed_worked, worked
from admin_app.kernel.errors import Invalid, NotAllowed
from admin_app.models import TimeEntry, WorkOrder
from admin_app.models.field import field_named
from admin_app.policy import Permission, holds
from admin_app.records.values import parse
from admin_app.services.run_clock import GUESSED
from admin_app.services.schedule_work import can_be_sent
from admin_app.services.track_time import TimeForm, change_time, remove_time, the_time, track_time
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today

TEMPLATE = "admin/jobs/time.html"


@desk.route("/<int:work_id>/time/new", methods=["GET", "POST"])
@rule(Permission.JOB_DO)
def new_time(work_id: int) -> ResponseReturnValue:
    """Write down how long somebody worked; crews are not asked who."""
    work = the_job(work_id)
    sheet = preset(_sheet(work), reading(), worked_on=today())
    key = request.form.get("key") or secrets.token_urlsafe(24)

    def save(values: dict[str, Any]) -> str:
        entry = track_time(office_session(), work, _form(values), actor(), clock(), key)
        return f"{worked(entry.minutes)} written down."

    more = {"key": key, "help": HELP}
    return Popup(
        work.group, "Write down time", back_to(work), sheet, "Save time", template=TEMPLATE, more=more
    ).answer(save)


@desk.route("/<int:work_id>/time/<int:entry_id>", methods=["GET", "POST"])
@rule(Permission.JOB_DO)
def edit_time(work_id: int, entry_id: int) -> ResponseReturnValue:
    """Put an entry right."""
    work = the_job(work_id)
    entry = the_time(office_session(), work, entry_id, actor())
    sheet = _sheet(work, entry)

    def save(values: dict[str, Any]) -> str:
        change_time(office_session(), entry, _form(values, entry), actor(), clock())
        return f"Saved: {worked(entry.minutes)}."

    more = {"key": "", "help": HELP}
    return Popup(
        work.group, "Correct time", back_to(work), sheet, "Save time", template=TEMPLATE, more=more
    ).answer(save)


@desk.route("/<int:work_id>/time/<int:entry_id>/delete", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def delete_time(work_id: int, entry_id: int) -> ResponseReturnValue:
    """Take an entry away."""
    work = the_job(work_id)
    entry = the_time(office_session(), work, entry_id, actor())
    what = f"{worked(entry.minutes)} of {entry.user.name}"

    def save(_: dict[str, Any]) -> str:
        remove_time(office_session(), entry, actor())
        return f"{what} deleted."

    note = "It no longer counts into the cost of this work. The history keeps it."
    return Popup(
        work.group, f"Delete {what}?", back_to(work), button="Delete time", danger=True, note=note
    ).answer(save)


def _sheet(work: WorkOrder, entry: TimeEntry | None = None) -> Sheet:
    asked: dict[str, list[tuple[str, str]]] = {}
    if may(Permission.WORK_WRITE):
        people = [(str(number), name) for number, name in can_be_sent(office_session())]
        if entry is not None and str(entry.user_id) not in dict(people):
            people.append((str(entry.user_id), entry.user.name))
        asked["user"] = people
    only = ("user", "worked_on", "minutes", "note")
    sheet = Sheet(TimeEntry, reading(), actor(), record=entry, only=only, options=asked)
    sheet["minutes"].value = typed_worked(entry.minutes) if entry is not None else ""
    if entry is not None and (entry.note or "").startswith(GUESSED):
        sheet["note"].value = ""  # whoever puts it right guesses no more
    if entry is None and "user" in sheet:
        sheet["user"].value = str(next((one.id for one in work.crew), actor().id or ""))
    return sheet


def _form(values: dict[str, Any], entry: TimeEntry | None = None) -> TimeForm:
    """What was typed; raises Invalid with a sentence for each field that says nothing usable."""
    wrong: dict[str, str] = {}
    readers: dict[str, Callable[[], Any]] = {
        "user": lambda: _whose(values.get("user"), entry),
        "worked_on": lambda: _day(values.get("worked_on", "")),
        "minutes": lambda: read_worked(values.get("minutes", "")),
    }
    read: dict[str, Any] = {}
    for key, reader in readers.items():
        try:
            read[key] = reader()
        except Invalid as refusal:
            wrong[key] = refusal.sentence
    if wrong:
        raise Invalid("Some fields need another look", wrong)
    return TimeForm(read["user"], read["worked_on"], read["minutes"], str(values.get("note", "")))


def _day(text: str) -> date:
    day: date | None = parse(field_named(TimeEntry, "worked_on"), text, reading())
    if day is None:
        raise Invalid("On which day was it?")
    return day


def _whose(typed: str | None, entry: TimeEntry | None) -> int:
    """Whose time it is: chosen by the office, one's own otherwise."""
    who = actor()
    if holds(who, Permission.WORK_WRITE):
        if not typed:
            raise Invalid("Choose who worked")
        return int(typed)
    if entry is not None:
        return entry.user_id
    if who.id is None:
        raise NotAllowed("Only members of staff write down their time")
    return who.id
