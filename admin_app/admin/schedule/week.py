"""The schedule by week and by day: people or machines beside each other, and what waits for a day [95, 97, A70]."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import may
from admin_app.admin.jobs.desk import hours_of
from admin_app.admin.schedule.desk import (
    WEEK,
    Asked,
    address_of,
    asked,
    here,
    link,
    long_day,
    monday_of,
    page,
    short_day,
    working_day,
)
from admin_app.admin.schedule.drawing import Drawn, draw_day, draw_week, hours_of_day
from admin_app.kernel.actor import Role
from admin_app.kernel.wall_hours import bounds_of
from admin_app.models import Brand
from admin_app.policy import FIELD_CREWS, Permission
from admin_app.records.directory import known_brands
from admin_app.records.schedule import WORK, Schedule, Thing, Waiting, read_schedule, read_waiting
from admin_app.services.planned_as import seen_of
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session, today, zone

ROLES: tuple[tuple[str, str], ...] = (
    (Role.CREW.value, "Crews"),
    (Role.SUBCONTRACTOR.value, "Subcontractors"),
    (Role.ESTIMATOR.value, "Estimators"),
    (Role.OFFICE.value, "Office"),
)


@page.get("/")
@rule(Permission.WORK_READ)
def week() -> ResponseReturnValue:
    """Monday to Sunday of the week in which `on` lies."""
    this = asked()
    monday = monday_of(this.on)
    schedule = read_schedule(office_session(), actor(), monday, WEEK, zone(), this.wanted)
    drawn = [draw_week(row, schedule.days) for row in schedule.rows]
    sunday = schedule.days[-1]
    return _shown(
        "admin/schedule/week.html",
        this,
        schedule,
        drawn,
        title=_week_in_words(monday, sunday),
        step=timedelta(days=WEEK),
        narrow=_empty_weekend(schedule),
    )


@page.get("/day")
@rule(Permission.WORK_READ)
def day() -> ResponseReturnValue:
    """One day, hour by hour."""
    this = asked()
    schedule = read_schedule(office_session(), actor(), this.on, 1, zone(), this.wanted)
    opens, closes = working_day()
    hours = hours_of_day(this.on, schedule.things, opens, closes, zone())
    drawn = [draw_day(row, hours) for row in schedule.rows]
    return _shown(
        "admin/schedule/day.html",
        this,
        schedule,
        drawn,
        title=long_day(this.on),
        step=timedelta(days=1),
        hours=hours,
    )


def _shown(
    template: str,
    this: Asked,
    schedule: Schedule,
    drawn: list[Drawn],
    *,
    title: str,
    step: timedelta,
    **more: Any,
) -> ResponseReturnValue:
    brands: list[Brand] = list(known_brands(office_session(), actor()))
    return render_template(
        template,
        page_title=title,
        asked=this,
        schedule=schedule,
        drawn=drawn,
        counted_things=_counted(schedule.things),
        free=sum(not one.row.things for one in drawn),
        waiting=_waiting(this),
        before=link(on=(this.on - step).isoformat()),
        after=link(on=(this.on + step).isoformat()),
        brands=brands,
        roles=ROLES,
        is_crew=actor().role in FIELD_CREWS,
        movable=may(Permission.WORK_WRITE),
        address_of=address_of,
        seen_of=lambda thing: seen_of(thing.record),
        seen_of_work=seen_of,
        hours_in_words=_hours_in_words,
        here=here(),
        **more,
    ), 200


def _waiting(this: Asked) -> Waiting | None:
    """The side list; crews have none, since all of theirs has a day and a name."""
    if actor().role in FIELD_CREWS:
        return None
    since = bounds_of(today(), 1, zone())[0]
    return read_waiting(office_session(), actor(), since, zone(), this.text, this.wanted.brand_id)


def _counted(things: list[Thing]) -> str:
    """ "1 job, 3 appointments and visits"."""
    jobs = sum(thing.kind == WORK for thing in things)
    others = len(things) - jobs
    parts = []
    if jobs:
        parts.append("1 job" if jobs == 1 else f"{jobs} jobs")
    if others:
        parts.append("1 appointment" if others == 1 else f"{others} appointments and visits")
    return ", ".join(parts)


def _week_in_words(monday: date, sunday: date) -> str:
    """ "16 – 22 March 2026", "30 March – 5 April 2026"."""
    ends = long_day(sunday).split(" ", 1)[1]
    if monday.month == sunday.month:
        return f"{monday.day} – {ends}"
    starts = long_day(monday).split(" ", 1)[1]
    return f"{starts if monday.year != sunday.year else starts.rsplit(' ', 1)[0]} – {ends}"


def _empty_weekend(schedule: Schedule) -> set[date]:
    """Saturday and Sunday are drawn narrow while nobody works on them."""
    busy = {
        day for thing in schedule.things for day in schedule.days[5:] if thing.first <= day <= thing.last
    }
    return set(schedule.days[5:]) - busy


def _hours_in_words(thing: Thing) -> str:
    """ "08:00–12:00", or of something of several days "Mon 16 Mar 08:00 to Wed 18 Mar 16:00"."""
    if thing.first == thing.last or thing.ends_at is None:
        return hours_of(thing.starts_at, thing.ends_at)
    return f"{short_day(thing.first)} to {short_day(thing.last)}"
