"""Acts on site as they arrive: at once from a page, or hours later from a phone that had no signal.

A form of these pages may carry, beside its own fields: `key`, drawn on the phone, so that it counts once however often
it is sent; `at` and `sent`, what the phone's clock read when it was done and when it went out; `person`, whose act it
is, so that it never goes out under a colleague's session.  A script asks for JSON and gets the sentence, or the
refusal with its status; a plain form gets a page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from admin_app.admin.jobs.desk import back_to
from admin_app.kernel.clock import Clock, FixedClock
from admin_app.kernel.errors import Conflict, Invalid, Refusal
from admin_app.models import WorkOrder
from admin_app.services.answer_once import say_once
from admin_app.services.when_it_happened import when_it_happened
from admin_app.web.company import actor, clock, office_session, zone
from admin_app.web.office import keep_nothing
from admin_app.web.refusals import wants_json

Act = Callable[[Clock], str]
"""Does something at the instant that the clock tells, and says what was done."""


def answer_act(work: WorkOrder, purpose: str, content: object, act: Act) -> ResponseReturnValue:
    """Carry an act out once and say so; what is refused is said above the page, or to the script, with nothing kept."""
    back = back_to(work)
    try:
        said = _carried_out(work, purpose, content, act)
    except Refusal as refusal:
        if wants_json() or refusal.status in (403, 404):
            raise
        keep_nothing()
        flash(f"{refusal.sentence}.", "error")
        return redirect(back)
    if wants_json():
        return jsonify(said=said), 200
    flash(said, "success")
    return redirect(back)


def key_of_act() -> str | None:
    """The key under which this act counts once."""
    return request.form.get("key") or None


def demand_own_act() -> None:
    """Raise Conflict for an act that somebody else did on this phone."""
    person = request.form.get("person")
    if person is not None and person != str(actor().id):
        raise Conflict("Somebody else did this on this phone; it goes out when that person signs in here")


def _carried_out(work: WorkOrder, purpose: str, content: object, act: Act) -> str:
    demand_own_act()
    done_at, here = request.form.get("at", ""), clock()
    moment = when_it_happened(here, _instant(done_at), _instant(request.form.get("sent", "")))
    at_that_time = FixedClock(moment, zone()) if done_at else here
    return say_once(
        office_session(),
        here,
        key=key_of_act(),
        purpose=purpose,
        # Whose it is belongs to the content: the key of one person answers nobody else.
        content=(actor().id, work.id, done_at, content),
        act=lambda: act(at_that_time),
    )


def _instant(text: str) -> datetime | None:
    """What a phone's clock read; None where it said nothing."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
        if read.tzinfo is None:
            raise ValueError(text)
        read.timestamp()  # an instant of no calendar of ours
    except (ValueError, OverflowError):
        raise Invalid(
            "The phone did not say when this was done; set its clock and do it again", {"at": "No time"}
        ) from None
    return read
