"""How fast money comes in: days of sales that are open, days late, and on how few customers all of it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from reports.metrics.base import Asked, Basis, Computed, Metric, Ratio, Reader, Special, Total, Unit, Value
from reports.metrics.worked_out import Figures, mean, median, told
from reports.sources.billing import INVOICED, INVOICED_GROSS
from reports.sources.dimensions import TIMES
from reports.sources.paying import CAME_IN, COULD_COME_IN, DAYS_LATE, INVOICES_PAID, WINDOW
from reports.sources.receivables import RECEIVABLE

_TIME = frozenset(one.name for one in TIMES)
LARGEST = 10
"""Customers whose share is the concentration."""
MOST_MONTHS = 60
"""How far back the count-back looks for sales."""

OWED = Total(
    "receivable",
    "Receivables",
    RECEIVABLE.sentence,
    Unit.MONEY,
    Basis.STANDING,
    stock=True,
    source=RECEIVABLE,
)
GROSS = Total(
    "invoiced_gross",
    "Invoiced with tax",
    INVOICED_GROSS.sentence,
    Unit.MONEY,
    Basis.ISSUED,
    good="up",
    source=INVOICED_GROSS,
)
_NET = Total("invoiced", "Invoiced", INVOICED.sentence, Unit.MONEY, Basis.ISSUED, source=INVOICED)
_CAME_IN = Total(
    "came_in", "Came in", CAME_IN.sentence, Unit.MONEY, Basis.STANDING, stock=True, source=CAME_IN
)
_COULD = Total(
    "could_come_in", "Could come in", COULD_COME_IN.sentence, Unit.MONEY, Basis.STANDING, stock=True,
    source=COULD_COME_IN,
)  # fmt: skip
_DAYS = Total("days", "Days", DAYS_LATE.sentence, Unit.DAYS, Basis.PAID, source=DAYS_LATE)


@dataclass(frozen=True)
class StandingRatio(Ratio):
    """A ratio as it stands on a day: time splits it by nothing."""

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of both totals but those of time."""
        return tuple(name for name in super().dimensions if name not in _TIME)


@dataclass(frozen=True)
class Standing(Special):
    """A figure worked out as it stands, or over everybody: it is not split by `never_by`."""

    never_by: frozenset[str] = _TIME

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of its rows but those that make no sense of it."""
        return tuple(name for name in super().dimensions if name not in self.never_by)


def count_back(owed: int, sales: Mapping[str, int], as_of: date) -> Value:
    """How many days of sales the open amount is: whole months back from `as_of`, and a part of the last one.

    `sales` are by month; a month without any counts its days and pays nothing off.  None where nothing was sold, or
    where not even `MOST_MONTHS` months come to what is open.
    """
    if not any(amount > 0 for amount in sales.values()):
        return None
    days, left, last = Decimal(0), owed, as_of
    for _ in range(MOST_MONTHS):
        if left <= 0:
            return days
        first = last.replace(day=1)
        length, sold = (last - first).days + 1, sales.get(first.isoformat()[:7], 0)
        if sold >= left:
            return days + Decimal(left * length) / sold
        days, left, last = days + length, left - max(sold, 0), first - timedelta(days=1)
    return None


def _counted_back(reader: Reader, asked: Asked) -> Computed:
    earliest = asked.as_of.replace(day=1, year=asked.as_of.year - MOST_MONTHS // 12)

    def figures(split: Asked) -> Figures:
        monthly = replace(split, by=(*split.by, "month"), start=earliest, end=asked.as_of + timedelta(days=1))
        sales: dict[tuple[tuple[str, ...], str | None], dict[str, int]] = defaultdict(dict)
        rows: dict[tuple[tuple[str, ...], str | None], int] = defaultdict(int)
        for (keys, currency), (amount, count) in reader.total(GROSS, monthly).items():
            sales[keys[:-1], currency][keys[-1]] = amount
            rows[keys[:-1], currency] += count
        owed = reader.total(OWED, split)
        return {
            at: (
                count_back(owed.get(at, (0, 0))[0], sales.get(at, {}), asked.as_of),
                owed.get(at, (0, 0))[1] + rows[at],
            )
            for at in dict.fromkeys((*owed, *sales))
        }

    return told(asked, figures, None, "Undefined: sales do not come to what is open")


def _still_open(reader: Reader, asked: Asked) -> str | None:
    """How many invoices are open and tell nothing yet; the unpaid ones are the late ones."""
    bare = replace(asked, by=(), start=None, end=None, where=_of_receivable(asked))
    count = sum(rows for _, rows in reader.total(OWED, bare).values())
    if not count:
        return None
    return f"{count} {'invoice is' if count == 1 else 'invoices are'} still open and not counted"


def _of_receivable(asked: Asked) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(pair for pair in asked.where if pair[0] in OWED.dimensions and pair[0] not in _TIME)


NOT_PAID = "No invoice was paid in this period"


def _mean_days(reader: Reader, asked: Asked) -> Computed:
    def figures(split: Asked) -> Figures:
        return {at: (mean(*pair), pair[1]) for at, pair in reader.total(_DAYS, split).items()}

    return told(asked, figures, _still_open(reader, asked), NOT_PAID)


def _median_days(reader: Reader, asked: Asked) -> Computed:
    def figures(split: Asked) -> Figures:
        found: dict[tuple[tuple[str, ...], str | None], dict[int, int]] = defaultdict(dict)
        by_days = replace(split, by=(*split.by, "days"))
        for (keys, currency), (_, rows) in reader.total(_DAYS, by_days).items():
            found[keys[:-1], currency][int(keys[-1])] = rows
        return {at: (median(counts), sum(counts.values())) for at, counts in found.items()}

    return told(asked, figures, _still_open(reader, asked), NOT_PAID)


def _concentrated(reader: Reader, asked: Asked) -> Computed:
    def figures(split: Asked) -> Figures:
        customers: dict[tuple[tuple[str, ...], str | None], list[int]] = defaultdict(list)
        rows: dict[tuple[tuple[str, ...], str | None], int] = defaultdict(int)
        by_customer = replace(split, by=(*split.by, "customer"))
        for (keys, currency), (amount, count) in reader.total(_NET, by_customer).items():
            customers[keys[:-1], currency].append(amount)
            rows[keys[:-1], currency] += count
        return {at: (_share_of_largest(amounts), rows[at]) for at, amounts in customers.items()}

    return told(asked, figures, None, "Undefined: nothing was invoiced")


def _share_of_largest(amounts: list[int]) -> Value:
    whole = sum(amounts)
    largest = sum(sorted(amounts, reverse=True)[:LARGEST])
    return Decimal(largest) / whole if whole > 0 else None


METRICS: tuple[Metric, ...] = (
    StandingRatio(
        "dso",
        "Days sales outstanding",
        f"Receivables divided by what was invoiced with tax in the {WINDOW} days before, times {WINDOW}.",
        Unit.DAYS,
        Basis.STANDING,
        stock=True,
        good="down",
        over=OWED,
        under=GROSS,
        factor=WINDOW,
        window=WINDOW,
    ),
    Standing(
        "dso_count_back",
        "Days sales outstanding, counted back",
        "How many days of sales with tax, counted back from the day, come to the receivables.",
        Unit.DAYS,
        Basis.STANDING,
        stock=True,
        good="down",
        source=RECEIVABLE,
        compute=_counted_back,
        never_by=_TIME | {"bucket", "bucket_by_issue"},
    ),
    StandingRatio(
        "cei",
        "Collection effectiveness",
        f"Of what was open {WINDOW} days before or billed since, and due by now, the share that is no longer open.",
        Unit.SHARE,
        Basis.STANDING,
        stock=True,
        good="up",
        over=_CAME_IN,
        under=_COULD,
    ),
    Special(
        "days_late",
        "Days late",
        "Mean days from due date to the last payment of invoices paid in full; early is negative.",
        Unit.DAYS,
        Basis.PAID,
        good="down",
        source=DAYS_LATE,
        compute=_mean_days,
    ),
    Special(
        "days_late_median",
        "Days late, median",
        "The middle of the days from due date to the last payment of invoices paid in full.",
        Unit.DAYS,
        Basis.PAID,
        good="down",
        source=DAYS_LATE,
        compute=_median_days,
    ),
    Total(
        "invoices_paid",
        "Invoices paid",
        INVOICES_PAID.sentence,
        Unit.COUNT,
        Basis.PAID,
        good="up",
        source=INVOICES_PAID,
    ),
    Standing(
        "concentration",
        "Concentration",
        f"The share of the {LARGEST} largest customers in what was invoiced net of tax.",
        Unit.SHARE,
        Basis.ISSUED,
        good="down",
        source=INVOICED,
        compute=_concentrated,
        never_by=frozenset({"customer", "service"}),
    ),
)
