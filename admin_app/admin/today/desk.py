"""What the pages of Today share: their blueprint, the moment they speak of, and what a person has narrowed them to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Blueprint, current_app, request, url_for

from admin_app.admin.jobs.desk import day_of, hours_of
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_id
from admin_app.models import Brand
from admin_app.policy import holds
from admin_app.records.directory import known_brands
from admin_app.records.today import Figure, TodayFilter
from admin_app.records.today_lines import Line
from admin_app.records.today_rows import Moment
from admin_app.services.keep_preference import recall
from admin_app.web.company import actor, clock, currency, office_session, today, zone
from admin_app.web.formats import money

desk = Blueprint("today", __name__, url_prefix="/admin/today")

REMEMBERED = "today"
"""The name under which a person's choice of brand and "mine" is kept."""
MINE = "mine"


def moment() -> Moment:
    """Now, by the company's clock."""
    return Moment.of(clock(), zone())


def brands() -> list[Brand]:
    """The brands that can be chosen; one brand is no choice."""
    return known_brands(office_session(), actor())


def remembered(offered: list[Brand]) -> TodayFilter:
    """What this person chose last; a brand that is gone narrows nothing."""
    words = recall(office_session(), actor(), REMEMBERED).split()
    return _filter(offered, next((word for word in words if word != MINE), ""), MINE in words)


def asked(offered: list[Brand]) -> TodayFilter:
    """What the address of a list says."""
    return _filter(offered, request.args.get("brand", ""), bool(request.args.get(MINE)))


def narrowed_to(wanted: TodayFilter, offered: list[Brand]) -> list[str]:
    """What narrows a list, in words."""
    return [
        *(one.name for one in offered if one.id == wanted.brand_id),
        *(["mine"] if wanted.mine is not None else []),
    ]


def _filter(offered: list[Brand], brand: str, mine: bool) -> TodayFilter:
    chosen = parse_id(brand) if brand else None
    return TodayFilter(
        brand_id=chosen if chosen in {one.id for one in offered} else None,
        mine=actor().id if mine else None,
    )


def place_of(line: Line, wanted: TodayFilter) -> str:
    """Where the rows of a line are: the page made for acting on them, else the list of Today."""
    told: dict[str, Any] = {}
    if wanted.brand_id is not None and line.mine is not None:
        told["brand"] = str(wanted.brand_id)
    if wanted.mine is not None and line.mine is not None:
        told[MINE] = "1"
    if line.opens in current_app.view_functions and (line.opens_narrowed or not told):
        if line.opens == "outbox.index":
            told["state"] = "failed"
        return url_for(line.opens, **told)
    return url_for("today.rows", key=line.key, **told)


def may_act(line: Line) -> bool:
    """Whether the person at the desk is offered the action, or only a look."""
    return holds(actor(), line.act)


def sums_in_words(figure: Figure) -> str:
    """What the rows come to: the company's currency first, unlike ones side by side [M9]."""
    ours = currency()
    order = sorted(figure.sums.items(), key=lambda one: (one[0] != ours, one[0]))
    return " + ".join(money(Money(minor, code)) for code, minor in order)


def age_in_words(figure: Figure) -> str:
    """Since when the longest of them waits, or when the first of today begins."""
    since, line = figure.since, figure.line
    if since is None or not line.age:
        return ""
    if line.age == "first" and isinstance(since, datetime):
        return f"first at {hours_of(since, None)}"
    days = (today() - _day(since)).days
    if days <= 0:
        return "since today"
    if figure.count == 1:
        return "since yesterday" if days == 1 else f"for {_long(days)}"
    return "oldest from yesterday" if days == 1 else f"oldest {_long(days)}"


def _long(days: int) -> str:
    """So many days; nobody counts a year in days."""
    if days < 90:
        return f"{days} days"
    return f"{days // 30} months" if days < 730 else f"{days // 365} years"


def _day(since: date | datetime) -> date:
    return day_of(since) if isinstance(since, datetime) else since
