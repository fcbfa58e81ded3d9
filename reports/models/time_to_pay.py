"""When an open invoice will be paid: daily hazards of a customer, shrunk to its segment's, shrunk to everybody's.

The clock is days past the due date (negative before it), because terms differ and people pay by the due date; an
invoice enters the clock on the day it is issued (delayed entry) and is cut off where it is still open.  Shrinkage is
the mean of a beta process (Hjort 1990): h = (paid + κ·h_group)/(open + κ), which is Kaplan-Meier of the customer when
its history is long and the segment's when it has none.  κ is the one that makes the customers' histories likeliest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reports.models.special import Floats, Ints, log_gamma

LONGEST = 730
"""Days past due after which an invoice is no longer followed: what is paid later counts as not paid."""
WEIGHTS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Values of κ that are tried."""
SEGMENT_WEIGHT = 30.0
"""κ of a segment within everybody: a day with fewer than about 30 open invoices leans on the whole."""
TRIED = 300
"""Customers on whose histories κ is chosen."""
CERTAIN = 1.0 - 1e-12


@dataclass(frozen=True)
class Waits:
    """One entry an invoice, in days past due: when it was issued, when it was paid or last seen open."""

    group: Ints
    entry: Ints
    exit: Ints
    paid: np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class TimeToPay:
    """The hazards of everybody and of each segment, and the waits from which a customer's own are read."""

    first: int
    """Days past due of the first column."""
    segments: pd.Index[Any]
    of_all: Floats
    of_segment: Floats
    """One row a segment."""
    customers: pd.Index[Any]
    by_customer: Waits
    """Sorted by customer …"""
    begin: Ints
    """… whose waits begin here and end where the next one's begin."""
    weight: float
    """κ of customers within their segment."""

    def log_survival(self, customers: Sequence[Any], segments: Sequence[Any]) -> Floats:
        """ln P(not paid by the end of day first−1, first, …): a row a customer, one column more than hazards."""
        place = self.segments.get_indexer(pd.Index(segments))
        base = np.where((place >= 0)[:, None], self.of_segment[place], self.of_all)
        known = self.customers.get_indexer(pd.Index(customers))
        have = np.flatnonzero(known >= 0)
        begin, count = self.begin[known[have]], self.begin[known[have] + 1] - self.begin[known[have]]
        place_of = np.repeat(begin - (np.cumsum(count) - count), count) + np.arange(count.sum())
        mine = self.by_customer
        waits = Waits(np.repeat(have, count), mine.entry[place_of], mine.exit[place_of], mine.paid[place_of])
        open_, paid = tallies(waits, len(customers), self.first, base.shape[1])
        hazard = np.minimum((paid + self.weight * base) / (open_ + self.weight), CERTAIN)
        logs = np.zeros((len(hazard), hazard.shape[1] + 1))
        np.cumsum(np.log1p(-hazard), axis=1, out=logs[:, 1:])
        return logs


def learn(history: pd.DataFrame, as_of: int) -> TimeToPay:
    """Hazards from invoices known on `as_of` (days since 1970): issued by then; what was paid later is still open.

    `history` has whole numbers issued, due, paid (a large number when open) and customer, segment.
    """
    known = history[history["issued"] <= as_of]
    due = known["due"].to_numpy(np.int64)
    paid_on = known["paid"].to_numpy(np.int64)
    end = np.minimum(np.minimum(paid_on, as_of) - due, LONGEST)
    paid = (paid_on <= as_of) & (paid_on - due <= LONGEST)
    entry = np.minimum(known["issued"].to_numpy(np.int64) - due, end)
    first = int(entry.min()) if len(entry) else 0
    days = (int(end.max()) if len(end) else 0) - first + 1
    segment, segments = pd.factorize(known["segment"])
    customer, customers = pd.factorize(known["customer"])
    everybody = _hazard(
        *tallies(Waits(np.zeros(len(end), dtype=np.int64), entry, end, paid), 1, first, days)
    )[0]
    by_segment = Waits(segment.astype(np.int64), entry, end, paid)
    order = np.argsort(customer, kind="stable")
    by_customer = Waits(customer[order].astype(np.int64), entry[order], end[order], paid[order])
    open_, done = tallies(by_segment, len(segments), first, days)
    of_segment = (done + SEGMENT_WEIGHT * everybody) / (open_ + SEGMENT_WEIGHT)
    segment_of = np.zeros(len(customers), dtype=np.int64)
    segment_of[customer] = segment
    return TimeToPay(
        first=first,
        segments=pd.Index(segments),
        of_all=everybody,
        of_segment=of_segment,
        customers=pd.Index(customers),
        by_customer=by_customer,
        begin=np.searchsorted(by_customer.group, np.arange(len(customers) + 1)).astype(np.int64),
        weight=_likeliest_weight(by_customer, of_segment, segment_of, first),
    )


def chances(
    model: TimeToPay, invoices: pd.DataFrame, as_of: int, weeks: int
) -> tuple[Floats, Floats, Floats]:
    """Of each open invoice: P(paid by the end of week 1 … `weeks`), P(ever paid), days until paid is likelier than not.

    The last is nan where that day never comes.  `invoices` has customer, segment, due (days since 1970).
    """
    by_week = np.zeros((len(invoices), weeks))
    ever, half = np.zeros(len(invoices)), np.full(len(invoices), np.nan)
    pairs, row = np.unique(_pairs(invoices), return_inverse=True)
    members = invoices.iloc[np.unique(row, return_index=True)[1]]
    age = as_of - invoices["due"].to_numpy(np.int64)
    for begin in range(0, len(pairs), 1000):
        some = members.iloc[begin : begin + 1000]
        logs = model.log_survival(some["customer"].tolist(), some["segment"].tolist())
        here = np.flatnonzero((row >= begin) & (row < begin + 1000))
        last = logs.shape[1] - 1
        own = logs[row[here] - begin]
        now = np.clip(age[here] - model.first + 1, 0, last)
        start = own[np.arange(len(here)), now]
        for week in range(weeks):
            then = np.clip(age[here] + 7 * (week + 1) - model.first + 1, 0, last)
            by_week[here, week] = 0.0 - np.expm1(own[np.arange(len(here)), then] - start)
        ever[here] = 0.0 - np.expm1(own[:, -1] - start)
        reached = own <= (start + np.log(0.5))[:, None]
        half[here] = np.where(reached.any(axis=1), reached.argmax(axis=1) - now, np.nan)
    return by_week, ever, half


def tallies(waits: Waits, groups: int, first: int, days: int) -> tuple[Floats, Floats]:
    """How many are open on each day past due, and how many are paid on it: a row a group."""
    shape = (groups, days + 1)
    size = groups * (days + 1)
    base = waits.group * (days + 1) - first
    change = np.bincount(base + waits.entry, minlength=size) - np.bincount(
        base + waits.exit + 1, minlength=size
    )
    open_ = change.reshape(shape).cumsum(axis=1)[:, :days]
    paid = np.bincount((base + waits.exit)[waits.paid], minlength=size).reshape(shape)[:, :days]
    return open_.astype(np.float64), paid.astype(np.float64)


def _pairs(invoices: pd.DataFrame) -> Ints:
    """One number for each customer within its segment."""
    customer, _ = pd.factorize(invoices["customer"])
    segment, segments = pd.factorize(invoices["segment"])
    return (customer * (len(segments) + 1) + segment).astype(np.int64)


def _hazard(open_: Floats, paid: Floats) -> Floats:
    return np.divide(paid, open_, out=np.zeros_like(paid), where=open_ > 0)


def _likeliest_weight(waits: Waits, of_segment: Floats, segment_of: Ints, first: int) -> float:
    """The κ under which the customers' histories are likeliest (beta-binomial, day by day)."""
    if not len(segment_of):
        return SEGMENT_WEIGHT
    some = waits.group < TRIED
    fewer = Waits(waits.group[some], waits.entry[some], waits.exit[some], waits.paid[some])
    count = min(TRIED, len(segment_of))
    open_, paid = tallies(fewer, count, first, of_segment.shape[1])
    hazard = of_segment[segment_of[:count]]
    told = (open_ > 0) & (hazard > 0) & (hazard < 1)
    n, d, h = open_[told], paid[told], hazard[told]

    def likelihood(weight: float) -> float:
        yes, no = weight * h, weight * (1 - h)
        return float(
            np.sum(
                log_gamma(yes + d)
                - log_gamma(yes)
                + log_gamma(no + n - d)
                - log_gamma(no)
                - log_gamma(weight + n)
                + log_gamma(weight)
            )
        )

    return max(WEIGHTS, key=likelihood)
