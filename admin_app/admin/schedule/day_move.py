"""A day is moved in one press, after its list: what moves, who is told, who clashes, what stays and why [97]."""

from __future__ import annotations

import json
import secrets
from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.schedule.desk import long_day, page
from admin_app.admin.schedule.moving import back_to
from admin_app.admin.schedule.planning import clash_in_words
from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Conflict, Invalid, NotFound, Refusal, Unmet
from admin_app.kernel.parsing import parse_id
from admin_app.models import BulkAct, Event, EventKind
from admin_app.policy import Permission, holds
from admin_app.services.move_day import MOVE_DAY, DayMove, DayPlan, check_days, counted, move_day, plan_of_day
from admin_app.services.planned_as import Planned, time_in_words
from admin_app.services.schedule_work import can_be_sent
from admin_app.services.undo_act import undo
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session, today, zone
from admin_app.web.office import keep_nothing

SATURDAY = 5
LONGEST_SEEN = 2_000


@page.get("/move-day", endpoint="move_day")
@rule(Permission.WORK_WRITE)
def show() -> ResponseReturnValue:
    """The list of a day; nothing is moved yet."""
    return _page(request.args.get("day", ""), request.args.get("to", "")), 200


@page.post("/move-day", endpoint="move_the_day")
@rule(Permission.WORK_WRITE)
def move() -> ResponseReturnValue:
    """Move what is ticked, and tell whom the list names."""
    session = office_session()
    try:
        day, to = parse_date(request.form.get("day", "")), parse_date(request.form.get("to", ""))
        picked = tuple(
            (name, request.form.get(f"seen-{name}", "")[:LONGEST_SEEN]) for name in request.form.getlist("pick")
        )
        form = DayMove(day, to, picked, tuple(request.form.getlist("tell")))
        act = move_day(session, form, actor(), clock(), request.form.get("key"))
    except (Invalid, Unmet, Conflict) as refusal:
        session.rollback()
        keep_nothing()
        return _page(
            request.form.get("day", ""), request.form.get("to", ""), refusal=refusal
        ), refusal.status
    back = url_for("schedule.day", on=form.to.isoformat())
    words = {"text": f"{act.summary}.{_told(form)}", "action_url": url_for("schedule.undo_day", act_id=act.id)}
    flash(json.dumps(words), "undo")
    return redirect(back)


@page.post("/move-day/<int:act_id>/undo")
@rule(Permission.WORK_WRITE)
def undo_day(act_id: int) -> ResponseReturnValue:
    """The day is back where it was, as far as nobody planned anything anew since."""
    session = office_session()
    act = session.get(BulkAct, act_id)
    if act is None or act.kind != MOVE_DAY:
        raise NotFound("There is no such move")
    try:
        undoing = undo(session, act_id, actor())
    except Unmet as refusal:
        keep_nothing()
        flash(f"{refusal.sentence}.", "error")
    else:
        flash(f"{undoing.summary}.", "success")
        for kept in act.kept or ():
            flash(f"“{kept['name']}” stays: {kept['why']}.", "warning")
    return redirect(url_for("schedule.week"))


def _told(form: DayMove) -> str:
    count = len({name for name, _ in form.picked} & set(form.told))
    return f" {count} {'client is' if count == 1 else 'clients are'} told." if count else ""


def _page(typed_day: str, typed_to: str, refusal: Refusal | None = None) -> str:
    """The questions, and below them the list as far as the answers make sense."""
    session, who = office_session(), actor()
    wrong = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
    sentence = refusal.sentence if refusal is not None else ""
    day = _read(typed_day, today(), "day", wrong)
    to = _read(typed_to, _next_working_day(max(day, today())), "to", wrong)
    person = parse_id(request.values.get("who"))
    plan = None
    try:
        check_days(day, to, clock())
        plan = plan_of_day(session, day, to, zone(), who, clock(), person)
    except Invalid as unusable:
        wrong = dict(unusable.fields) | wrong
    return render_template(
        "admin/schedule/move_day.html",
        page_title="Move a day",
        day=day,
        to=to,
        person=person,
        people=can_be_sent(session),
        plan=plan,
        wrong=wrong,
        sentence=sentence,
        key=secrets.token_urlsafe(24),
        back=back_to(),
        long_day=long_day,
        clash_in_words=clash_in_words,
        planned_in_words=_planned_in_words,
        counted=counted,
        may_tell=holds(who, Permission.MESSAGES_WRITE),
        untold=_untold() if request.method == "POST" else _only_ours(plan),
        unpicked=_unpicked(),
    )


def _read(typed: str, otherwise: date, name: str, wrong: dict[str, str]) -> date:
    """A typed day; what is none is said at its field, and the day it would be otherwise is shown."""
    if not typed.strip():
        return otherwise
    try:
        return parse_date(typed)
    except Invalid as refusal:
        wrong[name] = refusal.sentence
        return otherwise


def _next_working_day(day: date) -> date:
    later = day + timedelta(days=1)
    while later.weekday() >= SATURDAY:
        later += timedelta(days=1)
    return later


def _planned_in_words(plan: Planned) -> str:
    return time_in_words(plan.starts_at, plan.ends_at, zone())


def _unpicked() -> set[str]:
    """What was shown and not ticked on a form that comes back."""
    shown = {name.removeprefix("seen-") for name in request.form if name.startswith("seen-")}
    return shown - set(request.form.getlist("pick"))


def _only_ours(plan: DayPlan | None) -> set[str]:
    """What the client was promised no hour of: a call to make moves without a mail unless somebody wants one."""
    return {
        one.thing.key
        for one in (plan.moving if plan is not None else ())
        if isinstance(one.thing.record, Event) and one.thing.record.kind is EventKind.CALL
    }


def _untold() -> set[str]:
    shown = {name.removeprefix("seen-") for name in request.form if name.startswith("seen-")}
    return shown - set(request.form.getlist("tell"))
