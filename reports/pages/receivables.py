"""Receivables as of any past day: who owes how much and how late, and how fast money comes in [127, 131, M37]."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from admin_app.kernel.errors import Invalid
from admin_app.models import JournalEntry
from admin_app.policy import Permission
from admin_app.records.aged_as_of import journal_balances
from admin_app.web.access import rule
from admin_app.web.company import office_session
from reports.engine import Answer, Desk
from reports.engine.answer import spoken
from reports.engine.query import unknown
from reports.metrics import Unit
from reports.pages.bar import PageBar
from reports.pages.figure import Figure, drawn, trimmed
from reports.pages.frame import desk, may_see, page, page_bar, show
from reports.pages.tile import Tile, tile

BASES = {"due": "bucket", "issue": "bucket_by_issue"}
"""From which date age is counted, and the split that does so."""
WORDS = {"due": "Due date", "issue": "Issue date"}
LATE = ("1-30", "31-60", "61-90", "91+")
MOST_ENTRIES = 100_000
"""A journal of more entries is added up only when somebody asks for it."""
MONTHS = 6
"""So many month ends stand in the lines of days of sales."""
_TILES = ("receivable", "overdue", "unallocated", "open_credits", "retained", "dso", "dso_count_back", "cei")


@dataclass(frozen=True)
class TieOut:
    """The ageing table against the journal: their sums, and what differs."""

    ageing: str
    journal: str
    difference: str
    holds: bool


@page.get("/receivables")
@rule(Permission.REPORTS)
def receivables() -> ResponseReturnValue:
    """The ageing table, who is late, and days of sales outstanding at the ends of the last months."""
    bar = page_bar("age", "journal", standing=True)
    age = dict(bar.more).get("age", "due")
    if age not in BASES:
        raise Invalid(unknown("base of age", age, BASES), fields={"age": age})
    by_customer = desk().ask(bar.ask("ageing", "customer", BASES[age]))
    buckets = desk().ask(bar.ask("ageing", BASES[age]))
    return show(
        "receivables.html",
        bar,
        age=age,
        switch=[(WORDS[one], bar.address(age=None if one == "due" else one), one == age) for one in BASES],
        tiles=_tiles(bar),
        buckets=drawn(
            buckets, "bars", title=f"Ageing by {WORDS[age].lower()}", by_key=True, lead=_overdue(buckets)
        ),
        customers=_stacks(by_customer, age),
        tie=tie_out(desk(), buckets, bar.day) if _compared(bar) else None,
        tie_url=None if bar.brand else bar.address(journal="yes"),
        speed=_speed(bar),
    )


def _compared(bar: PageBar) -> bool:
    """Whether the journal is added up for this page: for all brands, unasked only where it is short."""
    if bar.brand:
        return False
    last = office_session().scalar(select(func.max(JournalEntry.id))) or 0
    return last <= MOST_ENTRIES or "journal" in dict(bar.more)


def _tiles(bar: PageBar) -> list[Tile]:
    return [
        tile(desk(), bar.ask(name), compare=("year",) if name in ("receivable", "dso", "cei") else ())
        for name in _TILES
        if may_see(name)
    ]


def _overdue(buckets: Answer) -> str | None:
    """What is late, in a sentence."""
    if not buckets.marks:
        return None
    late = sum(int(mark.value or 0) for mark in buckets.marks if mark.keys[0] in LATE)
    text = spoken(late, Unit.MONEY, buckets.currency, buckets.locale)
    return f"{text} is late; all together customers owe {buckets.text}." if late else "Nothing is late."


def _stacks(answer: Answer, age: str) -> Figure:
    """A stack for each customer, who owes most of what is late first."""
    late: dict[str, int] = {}
    for mark in answer.marks:
        owed = int(mark.value or 0) if mark.keys[1] in LATE else 0
        late[mark.keys[0]] = late.get(mark.keys[0], 0) + owed
    order = sorted(late, key=lambda key: -late[key])
    shown = trimmed(answer, len(order), order)
    return drawn(
        shown,
        "stacked",
        title=f"What each customer owes, by {WORDS[age].lower()}",
        order=order,
        note="Sorted by what is late. Credit and unallocated money stand left of zero; a line adds up to the balance.",
    )


def tie_out(asking: Desk, ageing: Answer, day: date) -> TieOut:
    """The whole of the ageing table against the customers' accounts in the journal on that day [I13, L6]."""
    journal: dict[str, int] = {}
    for (_, currency), amount in journal_balances(office_session(), day).items():
        journal[currency] = journal.get(currency, 0) + amount
    table: dict[str, int] = {}
    for mark in ageing.marks:
        table[mark.currency or asking.currency] = table.get(mark.currency or asking.currency, 0) + int(
            mark.value or 0
        )
    apart = {one: table.get(one, 0) - journal.get(one, 0) for one in {**table, **journal}}

    def said(sums: dict[str, int]) -> str:
        texts = [spoken(sums[one], Unit.MONEY, one, asking.locale) for one in sorted(sums) if sums[one]]
        return " and ".join(texts) or spoken(0, Unit.MONEY, asking.currency, asking.locale)

    return TieOut(said(table), said(journal), said(apart), not any(apart.values()))


def _speed(bar: PageBar) -> Figure | None:
    """Days of sales outstanding at the ends of the last months, both ways of counting [M38]."""
    if not may_see("dso", "dso_count_back"):
        return None
    days = month_ends(bar.day, MONTHS)
    answers = [
        desk().ask(replace(bar.ask(metric), as_of=day))
        for metric in ("dso", "dso_count_back")
        for day in days
    ]
    return drawn(
        answers,
        "stood",
        title="Days of sales outstanding",
        labels=["Last 90 days"] * len(days) + ["Counted back"] * len(days),
        proved=False,
    )


def month_ends(day: date, count: int) -> list[date]:
    """The last days of so many months before a day, and the day itself."""
    found, end = [day], day.replace(day=1) - timedelta(days=1)
    for _ in range(count - 1):
        found.append(end)
        end = end.replace(day=1) - timedelta(days=1)
    return found[::-1]
