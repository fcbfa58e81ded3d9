"""Feeds of the schedule: the page where one's addresses are made and ended, and the addresses themselves [96].

The file is read by programs that cannot sign in: the token in the address is the key, and whoever left the company
opens nothing with it.
"""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.schedule.desk import page
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.errors import Unmet
from admin_app.models.base import OfficeSession
from admin_app.policy import FIELD_CREWS, Permission
from admin_app.records.calendar_file import calendar_file
from admin_app.services.calendar_feeds import (
    end_feed,
    feed_of,
    feeds_of,
    is_due,
    make_feed,
    renew_feed,
    touch_feed,
)
from admin_app.web.access import public, rule
from admin_app.web.address import public_address
from admin_app.web.company import actor, clock, company, office_session, zone
from admin_app.web.database import write_down
from admin_app.web.office import keep_nothing

door = Blueprint("calendar", __name__)


@door.get("/calendar/<token>.ics")
@public
def read(token: str) -> ResponseReturnValue:
    """The schedule of the person behind the token, for a calendar program; 404 once it was ended."""
    session = office_session()
    feed = feed_of(session, token)
    row = company()
    title = f"{row.name if row else 'Sawhorse'}: {'everybody' if feed.everybodys else feed.user.name}"
    is_crew = feed.user.role in FIELD_CREWS
    whose = None if feed.everybodys and not is_crew else feed.user_id
    text = calendar_file(session, feed.user.as_actor(), title, zone(), clock(), own_of=whose)
    answer = Response(text, mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    if request.method == "GET" and is_due(feed.read_at, clock()):
        _write_down(feed.id)
    return answer


def _write_down(feed_id: int) -> None:
    """In a transaction of its own: reading changes nothing but this moment."""

    def touch(own: OfficeSession) -> None:
        own.info.update(actor=SYSTEM, clock=clock(), door="calendar")
        touch_feed(own, feed_id, clock())

    write_down("last reading of a calendar", touch)


@page.get("/feeds")
@rule(Permission.WORK_READ)
def feeds() -> ResponseReturnValue:
    """One's addresses, when each was read last, and how to make another."""
    return _shown(), 200


@page.post("/feeds")
@rule(Permission.WORK_READ)
def new_feed() -> ResponseReturnValue:
    """Make an address and show it, this once."""
    try:
        token = make_feed(
            office_session(), everybodys=bool(request.form.get("everybodys")), actor=actor(), clock=clock()
        )
    except Unmet as refusal:
        keep_nothing()
        flash(f"{refusal.sentence}.", "error")
        return redirect(url_for("schedule.feeds"))
    return _shown(token), 200


@page.post("/feeds/<int:feed_id>/renew")
@rule(Permission.WORK_READ)
def renew(feed_id: int) -> ResponseReturnValue:
    """Another address for the same calendar; the old one ends."""
    return _shown(renew_feed(office_session(), feed_id, actor(), clock())), 200


@page.post("/feeds/<int:feed_id>/end")
@rule(Permission.WORK_READ)
def end(feed_id: int) -> ResponseReturnValue:
    """The address opens nothing any more."""
    end_feed(office_session(), feed_id, actor())
    flash("The address opens nothing any more.", "success")
    return redirect(url_for("schedule.feeds"))


def _shown(token: str = "") -> str:
    return render_template(
        "admin/schedule/feeds.html",
        page_title="Calendar feeds",
        feeds=feeds_of(office_session(), actor()),
        address=f"{public_address()}{url_for('calendar.read', token=token)}" if token else "",
        is_crew=actor().role in FIELD_CREWS,
    )
