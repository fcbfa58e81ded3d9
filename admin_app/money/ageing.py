"""Ageing: how late open money is, in buckets whose sum is the customer's balance [M37, I13, I12].

Days count from the due date; what is due today is not late.  The keys are stable: API, CSV and charts use them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from admin_app.kernel.money import Money


class Bucket(StrEnum):
    """A column of the ageing table, in its order."""

    CURRENT = "current"
    """Not due yet, due today, or without a due date."""
    LATE_30 = "1-30"
    LATE_60 = "31-60"
    LATE_90 = "61-90"
    LATE_MORE = "91+"
    CREDIT = "credit"
    """Open credit notes, as a negative amount."""
    UNALLOCATED = "unallocated"
    """Payments that nothing was paid with yet, as a negative amount."""

    @staticmethod
    def of_days() -> tuple[Bucket, ...]:
        """The buckets that documents fall into, from not late to very late."""
        return Bucket.CURRENT, Bucket.LATE_30, Bucket.LATE_60, Bucket.LATE_90, Bucket.LATE_MORE


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An issued document with what is open of it."""

    due_on: date | None
    balance: Money


def bucket_of_days(days_late: int) -> Bucket:
    """The bucket of a document this many days late; zero or less is not late."""
    if days_late <= 0:
        return Bucket.CURRENT
    if days_late <= 30:
        return Bucket.LATE_30
    if days_late <= 60:
        return Bucket.LATE_60
    if days_late <= 90:
        return Bucket.LATE_90
    return Bucket.LATE_MORE


def bucket_of(due_on: date | None, as_of: date) -> Bucket:
    """The bucket on the day `as_of` of a document due on `due_on`."""
    return bucket_of_days((as_of - due_on).days) if due_on is not None else Bucket.CURRENT


def age(
    items: Iterable[OpenItem],
    as_of: date,
    currency: str,
    *,
    credit: Money | None = None,
    unallocated: Money | None = None,
) -> dict[Bucket, Money]:
    """Every bucket with its amount on `as_of`; together they are what is owed, less what the customer has [I13].

    `credit` and `unallocated` are given as positive amounts and stand in their own columns as negative ones.
    Raises UnlikeCurrencies for an amount that is not in `currency` [M9].
    """
    found = dict.fromkeys(Bucket, Money.zero(currency))
    for item in items:
        found[bucket_of(item.due_on, as_of)] += item.balance
    found[Bucket.CREDIT] -= credit or Money.zero(currency)
    found[Bucket.UNALLOCATED] -= unallocated or Money.zero(currency)
    return found
