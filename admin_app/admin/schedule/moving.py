"""A job or an appointment is looked at and moved: by its form, by dropping it elsewhere, and back again [95, 97, A71].

The form is the way by keyboard and without script; what is dragged arrives at `drop_…` with what its mover saw.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.popup import Popup
from admin_app.admin.jobs.desk import the_job
from admin_app.admin.schedule.desk import page, working_day
from admin_app.admin.schedule.planning import clash_in_words, plan_event, plan_work
from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.wall_hours import day_on_the_wall
from admin_app.models import Event, WorkOrder
from admin_app.policy import Permission
from admin_app.services.move_job import Drop, Moved, dropped, move_thing, why_it_stays
from admin_app.services.planned_as import (
    MovedMeanwhile,
    Planned,
    as_seen,
    plan_in_words,
    read_seen,
    seen_of,
)
from admin_app.services.save_record import find
from admin_app.services.tell_of_plan import GRACE, take_back_waiting, tell_of_plan, tells_by_itself, untell
from admin_app.services.unschedule_work import unschedule_work
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, zone
from admin_app.web.office import keep_nothing
from admin_app.web.paths import own_path

LONGEST_ROW = 24


def back_to() -> str:
    """The schedule from which somebody came."""
    return own_path(request.values.get("back"), url_for("schedule.week"))


def the_event(event_id: int) -> Event:
    """The event of this address; raises NotFound also for another crew's."""
    return find(office_session(), Event, event_id, actor())


@page.route("/workorder/<int:work_id>", methods=["GET", "POST"])
@rule(Permission.WORK_READ)
def work(work_id: int) -> ResponseReturnValue:
    """A job on the schedule: when, where, who, the notes for the crew, its forms once filled; and its plan."""
    return plan_work(the_job(work_id), back_to())


@page.route("/event/<int:event_id>", methods=["GET", "POST"])
@rule(Permission.WORK_READ)
def event(event_id: int) -> ResponseReturnValue:
    """An appointment or a visit; a day of a workorder is planned with the work."""
    found = the_event(event_id)
    if found.work_order_id is not None:
        return redirect(url_for("schedule.work", work_id=found.work_order_id, back=back_to()))
    return plan_event(found, back_to())


@page.post("/workorder/<int:work_id>/drop")
@rule(Permission.WORK_WRITE)
def drop_work(work_id: int) -> ResponseReturnValue:
    """A job was dropped on another day, person or machine."""
    return _drop(the_job(work_id))


@page.post("/event/<int:event_id>/drop")
@rule(Permission.WORK_WRITE)
def drop_event(event_id: int) -> ResponseReturnValue:
    """An appointment was dropped on another day or person."""
    return _drop(the_event(event_id))


@page.post("/workorder/<int:work_id>/back")
@rule(Permission.WORK_WRITE)
def put_back_work(work_id: int) -> ResponseReturnValue:
    """Undo the move of a job, if nobody planned it anew since."""
    return _put_back(the_job(work_id))


@page.post("/event/<int:event_id>/back")
@rule(Permission.WORK_WRITE)
def put_back_event(event_id: int) -> ResponseReturnValue:
    """Undo the move of an appointment."""
    return _put_back(the_event(event_id))


@page.route("/workorder/<int:work_id>/off", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def take_off(work_id: int) -> ResponseReturnValue:
    """Scheduled work loses its day and waits for another."""
    found, back = the_job(work_id), back_to()

    def save(_: dict[str, Any]) -> str:
        unschedule_work(office_session(), found, actor(), clock())
        take_back_waiting(office_session(), found, actor())
        return f"“{found.title}” is off the schedule."

    names = ", ".join(one.name for one in found.crew)
    note = "It waits among the workorders without a day."
    return Popup(
        found.group,
        f"Take “{found.title}” off the schedule?",
        back,
        button="Take off the schedule",
        note=f"{note} {names} will not find it in the calendar any more." if names else note,
        obstacle=why_it_stays(found) or ("" if found.starts_at else "It has no day"),
    ).answer(save)


def _drop(record: WorkOrder | Event) -> ResponseReturnValue:
    session = office_session()
    back = back_to()
    try:
        seen = read_seen(request.form.get("seen", ""))
        asked = _asked(record, seen)
        moved = move_thing(session, record, seen, asked, actor(), clock())
    except MovedMeanwhile as refusal:
        fresh = seen_of(record)
        session.rollback()
        keep_nothing()
        return _both_versions(record, refusal, fresh, back), refusal.status
    except (Invalid, Unmet) as refusal:
        keep_nothing()
        flash(f"{refusal.sentence}.", "error")
        return redirect(back)
    told = ""
    if moved.is_change and tells_by_itself(session, record):
        told = tell_of_plan(session, record, moved.was, actor(), clock(), grace=GRACE).in_words
    say_moved(record, moved, told, back)
    return redirect(back)


def _asked(record: WorkOrder | Event, seen: Planned) -> Planned:
    """How it would be planned where it was dropped; on the side list it has no day."""
    if request.form.get("plan"):
        return read_seen(request.form["plan"])  # both versions were shown, and this one is wanted all the same
    if request.form.get("target") == "waiting":
        return replace(seen, starts_at=None, ends_at=None)
    return dropped(record, seen, _dropped_on(), zone(), working_day())


def _dropped_on() -> Drop:
    """The day or the half hour, and whose rows; raises Invalid for what the schedule did not send."""
    at = request.form.get("at", "")
    day = request.form.get("day", "")
    source, target = (request.form.get(name, "")[:LONGEST_ROW] for name in ("source", "target"))
    if at:
        try:
            moment = datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise Invalid("This page is too old; open it again") from None
        return Drop(day_on_the_wall(moment, zone()), moment, source, target)
    return Drop(parse_date(day), None, source, target)


def _put_back(record: WorkOrder | Event) -> ResponseReturnValue:
    session = office_session()
    back = back_to()
    try:
        was, seen = read_seen(request.args.get("was", "")), read_seen(request.args.get("seen", ""))
        moved = move_thing(session, record, seen, was, actor(), clock(), backwards=True)
    except (Invalid, Unmet, MovedMeanwhile) as refusal:
        session.rollback()
        keep_nothing()
        flash(f"{refusal.sentence}.", "error")
        return redirect(back)
    told = untell(session, record, moved.was, actor(), clock()).in_words
    flash(f"“{record.title}” is back: {plan_in_words(session, moved.now)}. {told}".strip(), "success")
    return redirect(back)


def say_moved(record: WorkOrder | Event, moved: Moved, told: str, back: str) -> None:
    """Say where it is now, who is double booked, who is told; with the way back."""
    session = office_session()
    if not moved.is_change:
        flash(f"“{record.title}” stands there already.", "success")
        return
    address: dict[str, Any] = {"was": as_seen(moved.was), "seen": as_seen(moved.now), "back": back}
    if isinstance(record, WorkOrder):
        undo = url_for("schedule.put_back_work", work_id=record.id, **address)
    else:
        undo = url_for("schedule.put_back_event", event_id=record.id, **address)
    where = f"moved to {plan_in_words(session, moved.now)}" if moved.now.starts_at else "is off the schedule"
    said = f"“{record.title}” {where}. {told}".strip()
    flash(json.dumps({"text": said, "action_url": undo}), "undo")
    for clash in moved.clashes:
        flash(clash_in_words(clash), "warning")


def _both_versions(record: WorkOrder | Event, refusal: MovedMeanwhile, fresh: str, back: str) -> str:
    """What the other dispatcher made of it, and what was asked: stay with theirs, or move it all the same."""
    return render_template(
        "admin/schedule/meanwhile.html",
        page_title="Somebody else moved it",
        record=record,
        refusal=refusal,
        seen=fresh,
        plan=as_seen(refusal.asked),
        back=back,
    )
