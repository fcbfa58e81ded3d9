"""Sales: leads, estimates, what was booked, and how much of it is still to be invoiced [44-60, 124, 133, L12]."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from admin_app.policy import Permission
from reports.metrics.base import (
    Asked,
    Basis,
    Computed,
    Found,
    Mean,
    Metric,
    Ratio,
    Reader,
    Special,
    Total,
    Unit,
    Value,
)
from reports.metrics.likely import HORIZON, within_horizon
from reports.sources.base import Source
from reports.sources.contracts import BACKLOG, BOOKED, DISCOUNTS, LIST_PRICES, TICKETS, WON
from reports.sources.done import WORK_NOT_INVOICED
from reports.sources.pipeline import CLOSED, ESTIMATES_SENT, LEADS, WON_AFTER_SENDING
from reports.sources.stays import LEFT, STAYS

SUBJECT = "Sales"


def _count(name: str, label: str, source: Source, basis: Basis, good: str = "") -> Total:
    return Total(
        name,
        label,
        source.sentence,
        Unit.COUNT,
        basis,
        permission=Permission.SALES_READ,
        good=good,
        subject=SUBJECT,
        source=source,
    )


def _money(name: str, label: str, source: Source, basis: Basis, good: str = "", stock: bool = False) -> Total:
    return Total(
        name,
        label,
        source.sentence,
        Unit.MONEY,
        basis,
        stock=stock,
        good=good,
        subject=SUBJECT,
        source=source,
    )


LEADS_ASKED = _count("leads", "Leads", LEADS, Basis.CREATED, "up")
SENT = _count("estimates_sent", "Estimates sent", ESTIMATES_SENT, Basis.SENT, "up")
_CLOSED = _count("estimates_closed", "Estimates answered", CLOSED, Basis.STANDING)
_ANSWERED_YES = _count("estimates_won_after_sending", "Estimates won", WON_AFTER_SENDING, Basis.STANDING)
_STAYS = Total("stays", "Stays", STAYS.sentence, Unit.COUNT, Basis.CREATED, source=STAYS)


@dataclass(frozen=True)
class Likely(Special):
    """A probability by cohort of entry: what it asks for itself splits nothing else."""

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of its rows but where they stand and how long they waited: that is the question."""
        return tuple(
            name for name in super().dimensions if name not in ("state", "waited", "reason", "currency")
        )


def _median_stay(reader: Reader, asked: Asked) -> Computed:
    """Kaplan-Meier medians: stays that still run count as long as they lasted."""
    whole = _stays(reader, replace(asked, by=())).get((), {})
    marks = [] if not asked.by else [_stay(keys, found) for keys, found in _stays(reader, asked).items()]
    if not whole:
        return Computed(None, 0, (), "Not enough data: no lead, estimate or workorder has a history yet")
    median, rows, running = _half_left(whole)
    note = f"n = {rows}, {running} still there"
    return Computed(median, rows, tuple(marks), note if median is not None else f"Not reached; {note}")


def _stays(reader: Reader, asked: Asked) -> dict[tuple[str, ...], dict[tuple[int, bool], int]]:
    found: dict[tuple[str, ...], dict[tuple[int, bool], int]] = defaultdict(dict)
    split = replace(asked, by=(*asked.by, "reason", "waited"))
    for (keys, _), (_days, rows) in reader.total(_STAYS, split).items():
        *own, reason, days = keys
        found[tuple(own)][int(days), reason == LEFT] = rows
    return dict(found)


def _stay(keys: tuple[str, ...], stays: dict[tuple[int, bool], int]) -> Found:
    median, rows, _ = _half_left(stays)
    return Found(keys, median, rows)


def _half_left(stays: dict[tuple[int, bool], int]) -> tuple[Value, int, int]:
    """The day by which half had left, the number of stays, and how many of them still run."""
    import numpy as np  # a page without an estimate does not pay for it

    from reports.models import kaplan_meier

    often = np.array(list(stays.values()))
    days = np.repeat(np.array([float(max(day, 0)) for day, _ in stays]), often)
    ended = np.repeat(np.array([left for _, left in stays]), often)
    median = kaplan_meier(days, ended).median
    running = sum(count for (_, left), count in stays.items() if not left)
    return None if median is None else Decimal(int(median)), int(often.sum()), running


METRICS: tuple[Metric, ...] = (
    LEADS_ASKED,
    Likely(
        "lead_conversion",
        "Lead conversion",
        f"Probability that a lead is won within {HORIZON} days of asking (Aalen-Johansen: declined leads compete, "
        "open ones count as long as they wait).",
        Unit.SHARE,
        Basis.CREATED,
        permission=Permission.SALES_READ,
        good="up",
        subject=SUBJECT,
        source=LEADS,
        compute=partial(within_horizon, LEADS_ASKED),
    ),
    replace(LEADS_ASKED, name="conversion", label="Where leads stand", good=""),
    SENT,
    _money("booked", "Booked", BOOKED, Basis.ACCEPTED, "up"),
    _count("won", "Estimates won", WON, Basis.ACCEPTED, "up"),
    Likely(
        "win_rate",
        "Win rate",
        f"Probability that an estimate is won within {HORIZON} days of its first sending (Aalen-Johansen: declined "
        "and expired ones compete, open ones count as long as they wait).",
        Unit.SHARE,
        Basis.SENT,
        permission=Permission.SALES_READ,
        good="up",
        subject=SUBJECT,
        source=ESTIMATES_SENT,
        compute=partial(within_horizon, SENT),
    ),
    Ratio(
        "won_of_closed",
        "Won of closed",
        "Of the estimates that were accepted, declined or ran out, the share that was accepted, on the day of the "
        "answer; open ones are left out, so quick answers weigh more than in the win rate.",
        Unit.SHARE,
        Basis.ANSWERED,
        permission=Permission.SALES_READ,
        good="up",
        subject=SUBJECT,
        over=_ANSWERED_YES,
        under=_CLOSED,
    ),
    Special(
        "time_in_state",
        "Time in a state",
        "Days after which half of the leads, estimates or workorders had left a state (Kaplan-Meier: those still "
        "there count as long as they have been).",
        Unit.DAYS,
        Basis.ENTERED,
        permission=Permission.SALES_READ,
        good="down",
        subject=SUBJECT,
        source=STAYS,
        compute=_median_stay,
    ),
    Mean(
        "average_ticket",
        "Average ticket",
        "Mean of won estimates with their change orders, net of tax as they stand, by the day of the first "
        "acceptance.",
        Unit.MONEY,
        Basis.ACCEPTED,
        good="up",
        subject=SUBJECT,
        source=TICKETS,
    ),
    Ratio(
        "discount_share",
        "Discounts given",
        "What was let off accepted estimates, on lines and on the whole, divided by their prices before that.",
        Unit.SHARE,
        Basis.ACCEPTED,
        good="down",
        subject=SUBJECT,
        over=Total("discounts", "Discounts", DISCOUNTS.sentence, Unit.MONEY, Basis.ACCEPTED, source=DISCOUNTS),
        under=Total(
            "list_prices", "Before discounts", LIST_PRICES.sentence, Unit.MONEY, Basis.ACCEPTED, source=LIST_PRICES
        ),
    ),
    _money("backlog", "Backlog", BACKLOG, Basis.STANDING, stock=True),
    _money("work_not_invoiced", "Done, not invoiced", WORK_NOT_INVOICED, Basis.STANDING, "down", stock=True),
)  # fmt: skip
