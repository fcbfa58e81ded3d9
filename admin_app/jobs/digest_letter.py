"""What stands in the weekly letter of one person: figures against earlier ones, pictures, the reports they keep [125].

Every figure is the printed string of the answer, with the rights of whoever reads it; what they may not see is left
out, and a report that cannot be answered any more says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from admin_app.kernel.errors import NotAllowed, Refusal
from admin_app.models import SavedReport
from admin_app.outbox.pictured import place_of
from reports.charts.pictures import Words, picture_of, said_of
from reports.engine import Answer, Desk, Query
from reports.engine.compared import compared, said_day
from reports.engine.periods import kept_query
from reports.engine.query import a_year_before
from reports.metrics import METRICS

FLOWS = ("invoiced", "collected", "booked", "won", "leads")
"""What happened in the week, as far as the figures are there."""
STOCKS = ("receivable", "overdue", "unallocated", "backlog", "work_not_invoiced")
"""How it stands at the end of the week."""
PICTURES = ("collected", "invoiced")
"""Drawn by month over a year."""
WEEK = timedelta(days=7)


@dataclass
class Letter:
    """Subject, lines, and pictures by name."""

    subject: str
    lines: list[str] = field(default_factory=list)
    pictures: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def body(self) -> str:
        """The plain text."""
        return "\n".join(self.lines) + "\n"


@dataclass(frozen=True)
class Week:
    """The week that is told: its Monday and the Monday after it."""

    first: date
    end: date

    @classmethod
    def before(cls, day: date) -> Week:
        """The whole week before a day."""
        end = day - timedelta(days=day.weekday())
        return cls(end - WEEK, end)

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.end - timedelta(days=1)


def letter_of(
    desk: Desk,
    name: str,
    week: Week,
    reports: Sequence[SavedReport],
    *,
    headlines: bool,
    zone: str,
    base: str | None,
) -> Letter:
    """The letter to one person: headline figures where they want them, then the reports that they have mailed."""
    told = f"{said_day(week.first, desk.locale)} – {said_day(week.last, desk.locale)}"
    letter = Letter(f"Your week in figures: {told}", [f"{name},", ""])
    if headlines:
        _headlines(letter, desk, week, told)
        for metric in PICTURES:
            _picture_of_year(letter, desk, metric, week, zone)
    if reports:
        letter.lines += ["Your reports", ""]
    for report in reports:
        _report(letter, desk, report, zone, base)
    letter.lines += ["Each figure by its own definition: the glossary of figures explains them."]
    if base:
        letter.lines[-1] = f"What the figures mean: {base}/reports/glossary"
        letter.lines += [f"Stop this letter or one of its reports: {base}/reports/saved"]
    else:
        letter.lines += ["Stop this letter or one of its reports under Reports, Saved reports."]
    return letter


def _headlines(letter: Letter, desk: Desk, week: Week, told: str) -> None:
    letter.lines += [f"The week {told}", ""]
    for metric in FLOWS:
        answer = _asked(desk, Query(metric, start=week.first, end=week.end, compare="previous"))
        if answer is None:
            continue
        year = replace(answer.query, start=date(week.last.year, 1, 1), compare="year")
        letter.lines += [
            f"{answer.metric.label} (by {answer.metric.basis.value}): {answer.text}",
            f"  the week before: {_against(desk, answer)}",
            *_so_far(desk, year),
        ]
    letter.lines += ["", f"As it stood at the end of {said_day(week.last, desk.locale)}", ""]
    for metric in STOCKS:
        answer = _asked(desk, Query(metric, as_of=week.last, compare="year"))
        if answer is not None:
            letter.lines += [
                f"{answer.metric.label}: {answer.text}",
                f"  a year before: {_against(desk, answer)}",
            ]
    letter.lines += [""]


def _so_far(desk: Desk, query: Query) -> list[str]:
    """The year up to the end of the week against as many days of the year before."""
    answer = _asked(desk, query)
    if answer is None:
        return []
    return [f"  this year so far: {answer.text}; the same days a year before: {_against(desk, answer)}"]


def _against(desk: Desk, answer: Answer) -> str:
    earlier = desk.compare(answer.query)
    assert earlier is not None, "the question of a headline compares"
    held = compared(answer, earlier)
    return f"{held.before.text}" + (f", {held.change}" if held.change else "")


def _picture_of_year(letter: Letter, desk: Desk, metric: str, week: Week, zone: str) -> None:
    start = a_year_before(week.end).replace(day=1)
    answer = _asked(desk, Query(metric, by=("month",), start=start, end=week.end))
    if answer is not None and answer.marks:
        _draw(letter, answer, f"{metric}.png", zone, "")


def _report(letter: Letter, desk: Desk, report: SavedReport, zone: str, base: str | None) -> None:
    try:
        query = kept_query(report.query, desk.clock.today())
        answer = desk.ask(query)
        earlier = desk.compare(query)
    except Refusal as refusal:
        letter.lines += [report.title, f"  {refusal.sentence}.", ""]
        return
    letter.lines += [f"{report.title}: {answer.text}"]
    if answer.note:
        letter.lines += [f"  {answer.note}."]
    if earlier is not None:
        letter.lines += [f"  {compared(answer, earlier).sentence}"]
    if base:
        letter.lines += [f"  {base}/reports/explore?{report.query}"]
    _draw(letter, answer, f"report-{report.id}.png", zone, report.title)


def _draw(letter: Letter, answer: Answer, name: str, zone: str, title: str) -> None:
    """Put a picture where the letter stands, under the words that say what it shows."""
    letter.pictures.append((name, picture_of(answer, Words(zone=zone, title=title))))
    letter.lines += ["", said_of(answer), place_of(name), ""]


def _asked(desk: Desk, query: Query) -> Answer | None:
    """The answer; None for a figure that there is not, or that this person may not see."""
    if query.metric not in METRICS:
        return None
    try:
        return desk.ask(query)
    except NotAllowed:
        return None
