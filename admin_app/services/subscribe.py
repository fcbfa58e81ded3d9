"""A customer signs up for a service plan, pauses it, takes it up again, ends it [P19, 139, M40].

Before each of these acts its consequences can be asked for (`plan_outlook.py`): periods that are due, and what of
billed ones is unused.  What is billed is found by `bill_plans.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Address, ServicePlan, Subscription, SubscriptionState
from admin_app.money.ledger import lock_customer
from admin_app.money.plan_periods import first_start_from
from admin_app.services.answer_once import answer_once
from admin_app.services.bill_plans import bill_subscription
from admin_app.services.plan_outlook import MOST_MISSED, billed_until, missed_periods
from admin_app.services.plan_visits import plan_visits

HIGHEST_PRICE = Decimal(10) ** 10
"""A price above is a typing mistake."""
LATEST_START = timedelta(days=366 * 3)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the form of a sign-up says; without a price the plan's, without a site none."""

    group_id: int
    plan_id: int
    started_on: date
    price: Decimal | None = None
    address_id: int | None = None


def enrol(
    session: Session, form: Enrolment, actor: Actor, clock: Clock, form_key: str | None = None
) -> Subscription:
    """Sign a customer up; the first period begins on `started_on` and is billed by the next run.

    Raises Invalid (with fields) for a plan, site, price or day that cannot be, Unmet where the customer has this plan
    at this site already, NotFound for no such customer, NotAllowed.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)

    def book() -> Subscription:
        lock_customer(session, form.group_id)
        check_enrolment(session, form, clock.today())
        subscription = Subscription(
            group_id=form.group_id,
            plan_id=form.plan_id,
            address_id=form.address_id,
            started_on=form.started_on,
            anchor_day=form.started_on.day,
            price=form.price,
            state=SubscriptionState.ACTIVE,
            next_on=form.started_on,
        )
        session.add(subscription)
        session.flush()  # its visits name it
        plan_visits(session, subscription, actor, clock)
        return subscription

    return answer_once(
        session, clock, key=form_key, purpose="enrol", content=form, kind=Subscription, act=book
    )


def check_enrolment(session: Session, form: Enrolment, today: date) -> ServicePlan:
    """The plan, once everything about the form makes sense; raises as `enrol` does."""
    plan = session.get(ServicePlan, form.plan_id)
    if plan is None or plan.archived:
        raise Invalid("Choose a plan", {"plan": "Choose one of the plans that are offered"})
    if form.price is not None and not 0 <= form.price < HIGHEST_PRICE:
        raise Invalid("Enter a price from 0.00 on", {"price": "Enter a price from 0.00 on"})
    if form.started_on > today + LATEST_START:
        raise Invalid("A plan begins within three years", {"started_on": "Choose a day within three years"})
    missed = missed_periods(form.started_on, form.started_on.day, plan.months, today)
    if len(missed) > MOST_MISSED:
        late = f"{len(missed)} periods would be billed at once; begin later"
        raise Invalid(late, {"started_on": late})
    site = session.get(Address, form.address_id) if form.address_id is not None else None
    if form.address_id is not None and (site is None or site.group_id != form.group_id):
        raise Invalid("Choose a site of this customer", {"address": "Choose a site of this customer"})
    same = select(Subscription.id).where(
        Subscription.group_id == form.group_id,
        Subscription.plan_id == form.plan_id,
        Subscription.address_id == form.address_id
        if form.address_id is not None
        else Subscription.address_id.is_(None),
        Subscription.state != SubscriptionState.CANCELLED,
    )
    if session.scalar(same.limit(1)) is not None:
        there = f" at {site.name}" if site is not None else ""
        raise Unmet(
            f"This customer has “{plan.name}”{there} already; cancel it first, or choose another site"
        )
    return plan


def pause(session: Session, subscription: Subscription, actor: Actor, clock: Clock) -> Subscription:
    """Stop billing from today: periods that begin while it is paused are not billed, those that began before are.

    Raises Unmet for one that does not run.
    """
    _lock(session, subscription, actor)
    if subscription.state is not SubscriptionState.ACTIVE:
        raise Unmet(f"This plan is {subscription.state.value}; only one that runs can be paused")
    bill_subscription(session, subscription, actor, clock, until=clock.today() - timedelta(days=1))
    subscription.state = SubscriptionState.PAUSED
    subscription.paused_on = clock.today()
    return _with_visits(session, subscription, actor, clock)


def resume(session: Session, subscription: Subscription, actor: Actor, clock: Clock) -> Subscription:
    """Go on: the next bill is for the first period that begins today or later; skipped ones stay unbilled.

    Raises Unmet for one that is not paused.
    """
    _lock(session, subscription, actor)
    if subscription.state is not SubscriptionState.PAUSED:
        raise Unmet(f"This plan is {subscription.state.value}; only a paused one can go on")
    assert subscription.next_on is not None
    subscription.next_on = first_start_from(
        subscription.next_on, subscription.anchor_day, subscription.plan.months, clock.today()
    )
    subscription.state = SubscriptionState.ACTIVE
    subscription.paused_on = None
    return _with_visits(session, subscription, actor, clock)


def cancel(
    session: Session,
    subscription: Subscription,
    reason: str,
    actor: Actor,
    clock: Clock,
    *,
    at_once: bool = False,
) -> Subscription:
    """End a plan: with the last period that is billed, or today if `at_once`; nothing more is billed.

    Periods that began before and are not billed yet are billed first.  What is unused of a billed period is not given
    back here (`plan_outlook.unused_of` proposes it).  Raises Invalid without a reason, Unmet for an ended one.
    """
    _lock(session, subscription, actor)
    if subscription.state is SubscriptionState.CANCELLED:
        raise Unmet("This plan is cancelled already")
    if not reason.strip():
        raise Invalid("A cancellation says why", {"reason": "Say why the plan ends"})
    today = clock.today()
    bill_subscription(session, subscription, actor, clock, until=today - timedelta(days=1))
    last = billed_until(session, subscription)
    subscription.ended_on = today if at_once or last is None else max(last, today)
    subscription.state = SubscriptionState.CANCELLED
    subscription.cancelled_reason = reason.strip()[:400]
    subscription.next_on = None
    return _with_visits(session, subscription, actor, clock)


def _with_visits(
    session: Session, subscription: Subscription, actor: Actor, clock: Clock
) -> Subscription:
    """The subscription, and its visits ahead in step with how it stands now."""
    session.flush()  # the caller shows it
    plan_visits(session, subscription, actor, clock)
    return subscription


def _lock(session: Session, subscription: Subscription, actor: Actor) -> None:
    """Hold the customer, and see the subscription as it is now; raises NotAllowed."""
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    lock_customer(session, subscription.group_id)
    session.refresh(subscription)
