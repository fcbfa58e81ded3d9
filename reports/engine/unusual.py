"""What an owner should look at: late against the habit, discounts above and margins below the usual [134].

Each finding is a row of a figure, or a mark with its rows; the rule that found it is told in a sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from reports.engine.answer import spoken
from reports.engine.desk import Desk
from reports.engine.query import Query
from reports.engine.rows import SignedRow
from reports.metrics import Unit
from reports.models.unusual import FAR, FEWEST, Habit, habit

HISTORY = timedelta(days=730)
"""From how far back habits are learned."""


@dataclass(frozen=True)
class Finding:
    """One thing out of the ordinary: whose, on which document (None: a whole customer), what it is, what is usual."""

    customer: str
    group_id: int | None
    title: str
    about: str | None
    about_id: int | None
    day: date | None
    text: str
    usual: str
    score: float
    of: Query | None = None
    """The question whose rows are the evidence, where it is not the document alone."""


@dataclass(frozen=True)
class Findings:
    """What one rule found, the farthest first; `refused` says why it could not look."""

    title: str
    rule: str
    n: int
    found: tuple[Finding, ...]
    refused: str | None = None


def paid_late(desk: Desk, query: Query) -> Findings:
    """Invoices paid in the period of the question far later than the customer's habit, or all customers' habit."""
    as_of = query.as_of or desk.clock.today()
    history = replace(query, metric="days_late", start=as_of - HISTORY, end=None)
    own: dict[int | None, list[float]] = defaultdict(list)
    rows = list(desk.every_row(history))
    for row in rows:
        own[row.group_id].append(row.amount)
    everybody = habit(float(row.amount) for row in rows)
    habits = {group: habit(days) for group, days in own.items() if len(days) >= FEWEST}
    found = []
    for row in rows:
        usual = habits.get(row.group_id, everybody)
        if _in_period(query, row.day) and row.amount > 0 and usual.far_above(row.amount):
            text = spoken(row.amount, Unit.DAYS, None, desk.locale)
            middle = spoken(Decimal(str(usual.middle)), Unit.DAYS, None, desk.locale)
            whose = "" if row.group_id in habits else " (all customers)"
            found.append(_of_row(row, text, f"{middle}{whose}", usual.score(row.amount) or 0.0))
    return Findings(
        "Paid far later than usual",
        f"An invoice whose days late are at least {FAR} spreads above the customer's own middle, learned from two "
        f"years; a customer with fewer than {FEWEST} paid invoices is held against all customers.",
        len(rows),
        _farthest(found),
        _too_few(everybody, "paid invoice"),
    )


def discounted(desk: Desk, query: Query) -> Findings:
    """Accepted estimates of the period with a discount far above the usual."""
    as_of = query.as_of or desk.clock.today()
    history = replace(query, metric="discount_share", start=as_of - HISTORY, end=None)
    prices = {row.about_id: row for row in desk.every_row(history, side="under")}
    off: dict[int, int] = defaultdict(int)
    for row in desk.every_row(history, side="over"):
        off[row.about_id] += row.amount
    shares = {key: Decimal(off.get(key, 0)) / row.amount for key, row in prices.items() if row.amount > 0}
    usual = habit(float(share) for share in shares.values())
    found = [
        _of_row(
            prices[key],
            _percent(desk, share),
            _percent(desk, Decimal(str(usual.middle))),
            usual.score(float(share)) or 0.0,
        )
        for key, share in shares.items()
        if share > 0 and _in_period(query, prices[key].day) and usual.far_above(float(share))
    ]
    return Findings(
        "Discounts above the usual",
        f"An accepted estimate whose discount is at least {FAR} spreads above the middle of the accepted estimates of "
        "two years.",
        len(shares),
        _farthest(found),
        _too_few(usual, "accepted estimate"),
    )


def thin(desk: Desk, query: Query) -> Findings:
    """Customers whose margin in the period is far below that of the others."""
    asked = replace(query, metric="margin_share", by=("customer",))
    answer = desk.ask(asked)
    marks = [mark for mark in answer.marks if mark.value is not None]
    usual = habit(float(mark.value) for mark in marks if mark.value is not None)
    found = [
        Finding(
            customer=mark.labels[0],
            group_id=int(mark.keys[0]) if mark.keys[0].isdigit() else None,
            title=f"{mark.rows} bills and costs",
            about=None,
            about_id=None,
            day=None,
            text=mark.text,
            usual=_percent(desk, Decimal(str(usual.middle))),
            score=usual.score(float(mark.value or 0)) or 0.0,
            of=replace(asked, by=()).narrowed({"customer": mark.keys[0]}),
        )
        for mark in marks
        if usual.far_below(float(mark.value or 0))
    ]
    return Findings(
        "Margins below the usual",
        f"A customer whose margin in the period, of what was invoiced, is at least {FAR} spreads below the middle "
        "of the customers of the period.",
        len(marks),
        _farthest(found),
        _too_few(usual, "customer with invoices"),
    )


RULES: dict[str, tuple[str, Callable[[Desk, Query], Findings]]] = {
    "late": ("days_late", paid_late),
    "discounts": ("discount_share", discounted),
    "margins": ("margin_share", thin),
}
"""Name → the figure that it reads, and the rule."""


def _in_period(query: Query, day: date | None) -> bool:
    return day is None or (
        (query.start is None or day >= query.start) and (query.end is None or day < query.end)
    )


def _of_row(row: SignedRow, text: str, usual: str, score: float) -> Finding:
    return Finding(
        row.customer or "", row.group_id, row.title, row.about, row.about_id, row.day, text, usual, score
    )


def _farthest(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda one: -abs(one.score)))


def _percent(desk: Desk, share: Decimal) -> str:
    return spoken(share, Unit.SHARE, None, desk.locale)


def _too_few(usual: Habit, noun: str) -> str | None:
    if usual.enough:
        return None
    return f"Not enough data: {usual.n} {noun}{'' if usual.n == 1 else 's'}, at least {FEWEST} are needed"
