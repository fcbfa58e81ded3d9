"""Service plans are billed: one draft for each period that has begun, each period once [P19, 139, M40].

Missed periods are caught up one by one, oldest first.  The customer is locked and the subscription read afresh before
anything is written, so that of two workers at once the second finds nothing to do; a unique row a period says so again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Refusal
from admin_app.models import (
    Billing,
    Company,
    Invoice,
    ServicePlan,
    Subscription,
    SubscriptionPeriod,
    SubscriptionState,
)
from admin_app.money.ledger import company_currency, lock_customer
from admin_app.money.plan_periods import Period, periods_until
from admin_app.services.issue_many import issue_many
from admin_app.services.write_draft import Line, write_lines

MOST_CAUGHT_UP = 120
"""Periods of one subscription that one run bills; the next run goes on."""


@dataclass(slots=True)
class BilledPlans:
    """What a run did: the ids of the drafts, and why a subscription could not be billed, by its id."""

    invoices: list[int] = field(default_factory=list)
    refusals: dict[int, str] = field(default_factory=dict)


def due_subscriptions(session: Session, on: date, after: int = 0, limit: int = 200) -> list[int]:
    """The ids of running subscriptions of which a period has begun that is not billed, beyond the id `after`."""
    query = (
        select(Subscription.id)
        .where(
            Subscription.state == SubscriptionState.ACTIVE,
            Subscription.next_on <= on,
            Subscription.id > after,
        )
        .order_by(Subscription.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def bill_subscription(
    session: Session, subscription: Subscription, actor: Actor, clock: Clock, until: date | None = None
) -> list[Invoice]:
    """A draft for each period that begins on or before `until` (today) and is not billed yet.

    A company that bills at once has them issued, and sent; what cannot be issued waits in the tray.  Raises Invalid
    for a tax that is gone, NotAllowed.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    lock_customer(session, subscription.group_id)
    session.refresh(subscription)
    if subscription.state is not SubscriptionState.ACTIVE or subscription.next_on is None:
        return []
    plan, made = subscription.plan, []
    due = periods_until(subscription.next_on, subscription.anchor_day, plan.months, until or clock.today())
    for _, period in zip(range(MOST_CAUGHT_UP), due, strict=False):
        if not _is_billed(session, subscription, period):
            made.append(_draft(session, subscription, plan, period, actor))
        subscription.next_on = period.ends_on
    session.flush()  # the next look at it finds the next period
    _issue_at_once(session, made, actor, clock)
    return made


def bill_plans(session: Session, actor: Actor, clock: Clock, limit: int = 200) -> BilledPlans:
    """Bill what is due of up to `limit` subscriptions, each by itself: one that is refused leaves the others billed."""
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    done = BilledPlans()
    for subscription_id in due_subscriptions(session, clock.today(), limit=limit):
        bill_one(session, subscription_id, actor, clock, done)
    return done


def bill_one(session: Session, subscription_id: int, actor: Actor, clock: Clock, done: BilledPlans) -> None:
    """Bill one subscription in a savepoint and tell `done` what came of it."""
    try:
        with session.begin_nested():
            subscription = session.get_one(Subscription, subscription_id)
            done.invoices += [one.id for one in bill_subscription(session, subscription, actor, clock)]
    except Refusal as refusal:
        done.refusals[subscription_id] = refusal.sentence


def price_of(subscription: Subscription, plan: ServicePlan) -> Decimal:
    """What a period costs, net of tax: the customer's own price, else the plan's."""
    return Decimal(plan.price if subscription.price is None else subscription.price)


def _is_billed(session: Session, subscription: Subscription, period: Period) -> bool:
    found = select(SubscriptionPeriod.id).where(
        SubscriptionPeriod.subscription_id == subscription.id,
        SubscriptionPeriod.starts_on == period.starts_on,
    )
    return session.scalar(found) is not None


def _draft(
    session: Session, subscription: Subscription, plan: ServicePlan, period: Period, actor: Actor
) -> Invoice:
    """The draft of one period, with the row that says that the period is billed."""
    invoice = Invoice(
        group_id=subscription.group_id,
        brand_id=subscription.group.brand_id,
        title=f"{plan.name}, {period}"[:200],
        currency=company_currency(session),
        prices_include_tax=False,
        notes=plan.description,
    )
    session.add(invoice)
    session.flush()  # its lines and its period name it
    where = f", {subscription.address.name}" if subscription.address is not None else ""
    line = {
        "description": f"{plan.name}{where}, {period}"[:500],
        "quantity": Decimal(1),
        "unit_price": price_of(subscription, plan),
    }
    write_lines(session, invoice, [Line(line, tuple(plan.tax_names))], actor)
    session.add(
        SubscriptionPeriod(
            subscription_id=subscription.id,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            invoice_id=invoice.id,
        )
    )
    session.flush()  # a period that is billed already is refused here
    return invoice


def _issue_at_once(session: Session, drafts: list[Invoice], actor: Actor, clock: Clock) -> None:
    """Issue, and send, where the company wants that; each draft by itself, so that a refused one waits in the tray."""
    billing = session.scalar(select(Company.billing)) or Billing.TRAY
    if drafts and billing is not Billing.TRAY:
        issue_many(session, [draft.id for draft in drafts], actor, clock, send=billing is Billing.SEND)
