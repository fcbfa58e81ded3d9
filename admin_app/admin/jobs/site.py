"""What is pressed on site: start, stop, a note, finish [61, 62, 67, A70]."""

from __future__ import annotations

from datetime import time
from functools import partial

from babel.dates import format_time
from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from admin_app.admin.jobs.acts import answer_act
from admin_app.admin.jobs.desk import desk, local, the_job
from admin_app.admin.jobs.worked import worked
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.models import WorkOrder
from admin_app.policy import Permission
from admin_app.services.run_clock import Booked, stop_clock
from admin_app.services.work_on_site import finish_on_site, start_on_site, write_from_site
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session


@desk.get("/ticket")
@rule(Permission.WORK_READ)
def ticket() -> ResponseReturnValue:
    """Who is signed in on this phone, and the token under which what waited is sent now."""
    who = actor()
    return jsonify(person=who.id, name=who.name, token=generate_csrf()), 200


@desk.post("/<int:work_id>/begin")
@rule(Permission.JOB_DO)
def begin(work_id: int) -> ResponseReturnValue:
    """The work begins, and so does the clock of whoever pressed."""
    work = the_job(work_id)
    return answer_act(work, "begin job", "", partial(_begin, work))


def _begin(work: WorkOrder, at: Clock) -> str:
    started = start_on_site(office_session(), work, actor(), at, at.now())
    since = f"Your clock runs since {format_time(local(started.running.started_at), 'HH:mm')}."
    words = ["The work has begun." if started.began else "", since]
    if started.booked is not None:
        words.append(told(started.booked, elsewhere=started.booked.work.id != work.id))
    return " ".join(one for one in words if one)


@desk.post("/<int:work_id>/stop")
@rule(Permission.JOB_DO)
def stop(work_id: int) -> ResponseReturnValue:
    """The clock stops and the time is written down; `ended` corrects one that was left running."""
    work, ended = the_job(work_id), request.form.get("ended", "").strip()

    def act(at: Clock) -> str:
        return told(stop_clock(office_session(), actor(), at, at.now(), work, _time(ended)))

    return answer_act(work, "stop clock", ended, act)


@desk.post("/<int:work_id>/finish")
@rule(Permission.JOB_DO)
def finish(work_id: int) -> ResponseReturnValue:
    """The crew has done its work and leaves; the clock of whoever says so stops."""
    work = the_job(work_id)
    return answer_act(work, "finish job", "", partial(_finish, work))


def _finish(work: WorkOrder, at: Clock) -> str:
    first, booked = finish_on_site(office_session(), work, actor(), at, at.now())
    words = "The work is finished. The office takes it from here." if first else "It was finished already."
    return words if booked is None else f"{words} {told(booked)}"


@desk.post("/<int:work_id>/notes")
@rule(Permission.JOB_DO)
def note(work_id: int) -> ResponseReturnValue:
    """A few words of the crew for the office."""
    work, body = the_job(work_id), request.form.get("body", "")

    def act(_: Clock) -> str:
        write_from_site(office_session(), work, body, actor())
        return "The office can read your note now."

    return answer_act(work, "note from site", body, act)


def told(booked: Booked, *, elsewhere: bool = False) -> str:
    """ "1 h 30 min written down." and, where the end was guessed, that it wants a look."""
    where = f" on “{booked.work.title}”" if elsewhere else ""
    if booked.entry is None:
        return f"Less than a minute{where}, so nothing is written down."
    words = f"{worked(booked.minutes)}{where} written down."
    return f"{words} The clock was left running; correct it under Time." if booked.guessed else words


def _time(typed: str) -> time | None:
    if not typed:
        return None
    try:
        return time.fromisoformat(typed)
    except ValueError:
        raise Invalid("When did you stop? Write it as 16:30", {"ended": "Write it as 16:30"}) from None
