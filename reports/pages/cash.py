"""Cash of the next four weeks: a page of its own, which the overview fetches when it is drawn [132, L12].

The model reads every bill, which takes seconds; so it is worked out once for each state of the books and the overview
does not wait for it.
"""

from __future__ import annotations

from datetime import date

from babel import Locale
from babel.dates import format_date
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from admin_app.models import JournalEntry
from admin_app.policy import Permission, demand
from admin_app.web.access import rule
from admin_app.web.company import office_session
from admin_app.web.database import db
from reports.charts.fan import fan
from reports.engine import Answer
from reports.engine.forecast import CashForecast, forecast
from reports.metrics import METRICS
from reports.pages.bar import PageBar
from reports.pages.drawing import Drawing
from reports.pages.figure import links_of
from reports.pages.frame import desk, page, page_bar, show
from reports.pages.table import Cell, Line, Table

REMEMBERED = 8
"""So many forecasts are kept in memory."""
_FORECASTS: dict[tuple[object, ...], CashForecast] = {}


@page.get("/cash")
@rule(Permission.REPORTS)
def cash() -> ResponseReturnValue:
    """The forecast with its weeks and its back-test."""
    bar = page_bar(standing=True)
    return show("page.html", bar, page_title="Cash in 4 weeks", tiles=[], blocks=[drawn_forecast(bar)])


def drawn_forecast(bar: PageBar) -> Drawing:
    """The fan of the next weeks with the sentence that an owner reads first."""
    asked = desk().ask(bar.ask("receivable"))
    told = _told(bar, asked)
    sentence = (
        "Expected payments of the invoices that are open, by how long each customer takes; the middle is as likely "
        "passed as missed, the range holds eight times in ten."
    )
    labels = [f"{_day(week.start, told.locale)} – {_day(week.end, told.locale)}" for week in told.weeks]
    lines = [
        Line((label,), tuple(Cell(told.money(one)) for one in (week.p10, week.p50, week.p90, week.due)))
        for label, week in zip(labels, told.weeks, strict=True)
    ]
    whole = tuple(Cell(told.money(told.total[one])) for one in ("p10", "p50", "p90")) if told.total else ()
    heads = ("Low (P10)", "Middle (P50)", "High (P90)", "Falls due")
    return Drawing(
        title="Cash in 4 weeks",
        sentence=sentence,
        basis=f"From open invoices, n = {len(told.invoices):,}, open {told.money(told.open)}",
        plot=fan(
            [(f"to {_day(week.end, told.locale)}", week.p10, week.p50, week.p90) for week in told.weeks],
            told.currency,
            [told.money(week.p50) for week in told.weeks],
        ),
        table=Table(
            ("Week",), heads, tuple(lines), (*whole, Cell(told.money(sum(week.due for week in told.weeks))))
        )
        if lines
        else Table((), (), ()),
        lead=f"{told.text} in 4 weeks, eight times in ten between {told.range_text}.".replace(" to ", " and ")
        if told.range_text
        else None,
        note=_note(told),
        said=told.refused,
        links=links_of(asked)[:1],
    )


def _day(day: date, locale: Locale) -> str:
    return str(format_date(day, "d MMM", locale=locale))


def _note(told: CashForecast) -> str | None:
    """What the past says about such forecasts, and what is no part of this one."""
    said = []
    if told.weeks:
        said.append("Weeks do not add up to the whole: not every week is at its low or high at once.")
    if "gain" in told.backtest and told.weeks:
        tries, gain = told.backtest.get("origins"), float(told.backtest["gain"])
        said.append(f"Tried on {tries} past days it was {gain:.0%} closer than due dates or usual delays.")
    if told.never_paid:
        said.append(f"{told.never_paid:.0%} of what is open is not expected at all.")
    said += [f"{one}." for one in told.cautions]
    return " ".join(said).replace("%", " %") or None


def _told(bar: PageBar, open_now: Answer) -> CashForecast:
    """The forecast as of the day of the page; the same books are worked out once."""
    demand(desk().actor, Permission.REPORTS)
    desk().demand(METRICS["receivable"])
    session = office_session()
    last = session.scalar(select(func.max(JournalEntry.id)))
    key = (
        str(db.engine.url),
        last,
        open_now.value,
        open_now.rows,
        bar.day,
        bar.brand,
        desk().currency,
    )
    if key not in _FORECASTS:
        where = (("brand", bar.brand),) if bar.brand else ()
        found = forecast(desk(), as_of=bar.as_of, where=where)
        while len(_FORECASTS) >= REMEMBERED:
            _FORECASTS.pop(next(iter(_FORECASTS)))
        _FORECASTS[key] = found
    return _FORECASTS[key]
