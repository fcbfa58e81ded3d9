"""The page Today: figures by heading, what is quiet in one sentence, and the day with its appointments and crews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import format_date
from flask import current_app, render_template, url_for
from flask_babel import get_locale

from admin_app.admin.backup import TOO_OLD
from admin_app.admin.customers.desk import may
from admin_app.admin.today.desk import (
    age_in_words,
    brands,
    may_act,
    moment,
    place_of,
    remembered,
    sums_in_words,
)
from admin_app.policy import Permission
from admin_app.records.today import Figure, TodayFilter, read_day, read_figures
from admin_app.records.today_lines import Heading, Tone
from admin_app.services.backups.make import last_backup
from admin_app.web.access import access_of
from admin_app.web.company import actor, office_session


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as the page shows it."""

    heading: str
    count: str
    words: str
    sums: str
    age: str
    icon: str
    tone: str
    url: str
    action: str
    """Empty for those who may only look."""


def today_page() -> str:
    """Everything that needs a person now; a fixed number of statements."""
    session, who, now = office_session(), actor(), moment()
    offered = brands()
    wanted = remembered(offered)
    figures = read_figures(session, who, now, wanted)
    lines = [_shown(figure, wanted) for figure in figures if figure.count]
    backup = _backup(now.now)
    if isinstance(backup, Shown):
        lines.append(backup)
    return render_template(
        "admin/today/page.html",
        page_title="Today",
        long_day=format_date(now.today, "EEEE d MMMM y", locale=get_locale() or "en_GB"),
        headings=[
            (heading.value, [line for line in lines if line.heading == heading]) for heading in Heading
        ],
        quiet=_in_a_sentence([figure.line.quiet for figure in figures if not figure.count]),
        backup="" if isinstance(backup, Shown) else backup,
        today_is=now.today,
        schedule_url=url_for("schedule.day") if "schedule.day" in current_app.view_functions else None,
        day=read_day(session, who, now, wanted),
        brands=offered if len(offered) > 1 else [],
        wanted=wanted,
        first_steps=_first_steps() if not lines else [],
    )


def _shown(figure: Figure, wanted: TodayFilter) -> Shown:
    line = figure.line
    return Shown(
        heading=line.heading,
        count=f"{figure.count:,}",
        words=line.words(figure.count),
        sums=sums_in_words(figure),
        age=age_in_words(figure),
        icon=line.icon,
        tone=line.tone,
        url=place_of(line, wanted),
        action=line.action if may_act(line) else "",
    )


def _backup(now: datetime) -> Shown | str:
    """A missing or old backup is a line, a fresh one a quiet sentence; nothing to those who may not see it."""
    if not may(Permission.BACKUP):
        return ""
    last = last_backup(office_session())
    age = now - last.made_at if last is not None else None
    if age is not None and age <= TOO_OLD:
        return f"The last backup is {_hours(age)} old."
    words = "No backup yet" if age is None else "The last backup is too old"
    return Shown(
        heading=Heading.OFFICE,
        count="",
        words=words,
        sums="",
        age=f"{_hours(age)} old" if age is not None else "",
        icon="database-exclamation",
        tone=Tone.RED,
        url=url_for("backup.index"),
        action="Take a backup",
    )


def _hours(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 48:
        return "less than an hour" if hours < 1 else f"{hours} {'hour' if hours == 1 else 'hours'}"
    return f"{hours // 24} days"


def _in_a_sentence(parts: Sequence[str]) -> str:
    """The quiet lines in one breath: "calls, tasks and overdue invoices"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _first_steps() -> list[tuple[str, str, str]]:
    """What there is to do on a day on which nothing waits, as (words, address, icon), for those who may."""
    offered = (
        ("Take a call", "calls.new", "telephone-plus"),
        ("Look at the customers", "customers.index", "people"),
        ("Move in with your files", "imports.index", "box-arrow-in-down"),
    )
    found = []
    for words, endpoint, icon in offered:
        stated = access_of(current_app, endpoint) if endpoint in current_app.view_functions else None
        if isinstance(stated, Permission) and may(stated):
            found.append((words, url_for(endpoint), icon))
    return found
