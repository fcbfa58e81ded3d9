"""What the pages of the schedule share: their blueprint, what an address asks for, and the words for time and place.

An address names a day and what the schedule is narrowed to; every link on the page keeps the rest of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date
from flask import Blueprint, request, url_for
from flask_babel import get_locale

from admin_app.admin.customers.desk import may
from admin_app.kernel.actor import Role
from admin_app.kernel.dates import parse_date
from admin_app.kernel.parsing import clean_text, parse_id
from admin_app.policy import Permission
from admin_app.records.schedule import Thing, Wanted
from admin_app.web.company import company, today

page = Blueprint("schedule", __name__, url_prefix="/admin/schedule")

WEEK = 7
KEPT = ("on", "brand", "role", "mine", "rows", "q")
"""What the links of the page keep of its address."""
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: the day, what it is narrowed to, and what the side list is searched for."""

    on: date
    wanted: Wanted
    text: str = ""


def asked() -> Asked:
    """Read the address; raises Invalid for a day that is none."""
    typed = request.args.get("on", "").strip()
    roles = {role.value: role for role in Role}
    wanted = Wanted(
        brand_id=parse_id(request.args.get("brand")),
        mine=bool(request.args.get("mine")),
        role=roles.get(request.args.get("role", "")),
        equipment=request.args.get("rows") == "equipment",
    )
    text = clean_text(request.args.get("q", "")[:LONGEST_SEARCH], LONGEST_SEARCH)
    return Asked(parse_date(typed) if typed else today(), wanted, text)


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def link(endpoint: str = "", **changes: Any) -> str:
    """This schedule with other parts; None takes one off."""
    kept: dict[str, Any] = {name: request.args.get(name) for name in KEPT}
    parts = {name: str(value) for name, value in (kept | changes).items() if value}
    return url_for(endpoint or str(request.endpoint), **parts)  # type: ignore[arg-type]


def here() -> str:
    """The address to come back to."""
    return request.full_path.removesuffix("?")


def long_day(day: date) -> str:
    """ "Tuesday 17 March 2026", as the language of the company writes it."""
    return str(format_date(day, "EEEE d MMMM y", locale=get_locale()))


def short_day(day: date) -> str:
    """ "Tue 17 Mar"."""
    return str(format_date(day, "EEE d MMM", locale=get_locale()))


def working_day() -> tuple[str, str]:
    """When the working day starts and ends: "07:00", "17:00"."""
    row = company()
    return (str(row.day_starts), str(row.day_ends)) if row else ("07:00", "17:00")


def address_of(thing: Thing) -> str:
    """The page on which a thing is looked at and moved; whoever may not move it sees the same without the form."""
    if thing.kind == "work":
        return url_for("schedule.work", work_id=thing.id, back=here())
    return url_for("schedule.event", event_id=thing.id, back=here())


ICONS = {
    "job": "tools",
    "call": "telephone",
    "visit": "house-door",
    "appointment": "calendar-event",
    "work": "tools",
    "other": "calendar-event",
}
"""Beside each kind of thing; never alone without the word."""


def drop_url(thing: Thing) -> str:
    """Where it is sent when it was dropped."""
    if thing.kind == "work":
        return url_for("schedule.drop_work", work_id=thing.id)
    return url_for("schedule.drop_event", event_id=thing.id)


@page.context_processor
def _words() -> dict[str, Any]:
    return {
        "this_day": today(),
        "drop_url": drop_url,
        "schedule_link": link,
        "schedule_icons": ICONS,
        "long_day": long_day,
        "short_day": short_day,
        "may": may,
        "P": Permission,
    }
