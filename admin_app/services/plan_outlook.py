"""What follows for a service plan: periods that are due, and what of billed ones is unused [M40, 139].

Values only, for the sentences that a person reads before a plan begins, rests or ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from admin_app.kernel.money import Money
from admin_app.kernel.rounding import round_half_up
from admin_app.models import (
    Invoice,
    InvoiceState,
    Subscription,
    SubscriptionPeriod,
    SubscriptionState,
)
from admin_app.money.plan_periods import Period, periods_until, unused_share

MOST_MISSED = 60
"""Periods that a sign-up may bill at once."""


@dataclass(frozen=True, slots=True)
class Unused:
    """The part of a billed period that lies ahead: its invoice, the share, and what that is of the total, with tax."""

    period: Period
    invoice: Invoice
    share: Fraction
    amount: Money

    @property
    def is_draft(self) -> bool:
        """Whether the bill is not issued yet, so that the draft is what changes."""
        return self.invoice.state is InvoiceState.DRAFT


def missed_periods(starts_on: date, anchor_day: int, months: int, until: date) -> list[Period]:
    """The periods that begin on or before `until`; one more than `MOST_MISSED` means: or more."""
    found: list[Period] = []
    for period in periods_until(starts_on, anchor_day, months, until):
        found.append(period)
        if len(found) > MOST_MISSED:
            break
    return found


def due_periods(subscription: Subscription, until: date) -> list[Period]:
    """The periods of a running subscription that have begun and are not billed."""
    if subscription.state is not SubscriptionState.ACTIVE or subscription.next_on is None:
        return []
    return missed_periods(subscription.next_on, subscription.anchor_day, subscription.plan.months, until)


def billed_until(session: Session, subscription: Subscription) -> date | None:
    """The first day that no bill of this subscription covers; None: nothing is billed."""
    last = select(func.max(SubscriptionPeriod.ends_on)).where(
        SubscriptionPeriod.subscription_id == subscription.id
    )
    return session.scalar(last)


def billed_periods(session: Session, subscription: Subscription) -> list[SubscriptionPeriod]:
    """What is billed, the latest first, each with its invoice."""
    query = (
        select(SubscriptionPeriod)
        .join(Invoice, Invoice.id == SubscriptionPeriod.invoice_id)
        .options(contains_eager(SubscriptionPeriod.invoice))
        .where(SubscriptionPeriod.subscription_id == subscription.id)
        .order_by(SubscriptionPeriod.starts_on.desc())
        .limit(60)
    )
    return list(session.scalars(query))


def unused_of(session: Session, subscription: Subscription, from_day: date) -> list[Unused]:
    """What customers have paid ahead when a plan ends on `from_day`: billed periods that reach beyond it, oldest first.

    By days of that month; rounded half up to the cent; void bills gave everything back already.
    """
    found = []
    months = subscription.plan.months
    for row in reversed(billed_periods(session, subscription)):
        period = Period(row.starts_on, row.ends_on)
        if row.ends_on <= from_day or row.invoice.state is InvoiceState.VOID:
            continue
        share = unused_share(period, subscription.anchor_day, months, from_day)
        amount = Money(round_half_up(share * row.invoice.total), row.invoice.currency)
        if amount:
            found.append(Unused(period, row.invoice, share, amount))
    return found
