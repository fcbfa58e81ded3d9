"""The visits that service plans foresee stand in the calendar sixty days ahead, each once [96, 139].

A visit falls on the plan's day of the month, on the month's last day where it has no such day, and stays the same
visit when it is moved (`Event.visit_on`).  Run again, it finds what is there; what the plan no longer foresees, because
it rests, ended or foresees visits less often, is taken back as long as it lies ahead.  One call::

    plan_visits(session, subscription, SYSTEM, clock)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.wall_hours import hour_of, instant_at
from admin_app.models import (
    Company,
    Event,
    EventKind,
    EventState,
    ServicePlan,
    Subscription,
    SubscriptionState,
)
from admin_app.money.ledger import lock_customer
from admin_app.money.plan_periods import months_later
from admin_app.policy import Permission, demand
from admin_app.services.record_rules import make
from admin_app.services.tell_of_plan import take_back_waiting

AHEAD = timedelta(days=60)
"""How far ahead visits are planned."""
MOST_VISITS = 1_000
"""Visits of one plan that are counted from its start: eighty years of monthly ones."""


@dataclass(frozen=True, slots=True)
class PlannedVisits:
    """How many visits were put into the calendar, and how many were taken back."""

    made: int = 0
    taken_back: int = 0


def plan_visits(session: Session, subscription: Subscription, actor: Actor, clock: Clock) -> PlannedVisits:
    """Bring the visits of one subscription in step with its plan; raises NotAllowed."""
    demand(actor, Permission.WORK_WRITE)
    lock_customer(session, subscription.group_id)
    session.refresh(subscription)
    known = {event.visit_on: event for event in session.scalars(_visits_of(subscription))}
    foreseen = set(foreseen_days(subscription, clock.today() + AHEAD))
    due = sorted(
        day
        for day in foreseen
        if day >= clock.today() and day not in known and subscription.state is SubscriptionState.ACTIVE
    )
    for day in due:
        _make(session, subscription, day)
    gone = [
        event
        for day, event in known.items()
        if day not in foreseen and event.state is EventState.PLANNED and event.starts_at > clock.now()
    ]
    for event in gone:
        take_back_waiting(session, event, actor)
        session.delete(event)
    session.flush()  # the caller reads the calendar
    return PlannedVisits(len(due), len(gone))


def foreseen_days(subscription: Subscription, until: date) -> Iterator[date]:
    """The days of its visits from its start on: every so many months, none while it rests, none once it ended."""
    months = subscription.plan.visit_months
    if months is None or subscription.state is SubscriptionState.PAUSED:
        return
    for number in range(MOST_VISITS):
        day = months_later(subscription.started_on, number * months, subscription.anchor_day)
        if day > until or (subscription.ended_on is not None and day >= subscription.ended_on):
            return
        yield day


def subscriptions_with_visits(session: Session, now: datetime, after: int = 0, limit: int = 200) -> list[int]:
    """The ids of subscriptions that foresee visits or have some ahead, beyond the id `after`."""
    ahead = exists().where(
        Event.subscription_id == Subscription.id,
        Event.state == EventState.PLANNED,
        Event.starts_at > now,
    )
    running = and_(Subscription.state == SubscriptionState.ACTIVE, ServicePlan.visit_months.is_not(None))
    query = (
        select(Subscription.id)
        .join(ServicePlan, ServicePlan.id == Subscription.plan_id)
        .where(or_(running, ahead), Subscription.id > after)
        .order_by(Subscription.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def _visits_of(subscription: Subscription) -> Select[Event]:
    return select(Event).where(Event.subscription_id == subscription.id, Event.visit_on.is_not(None))


def _make(session: Session, subscription: Subscription, day: date) -> None:
    """A visit that nobody makes yet, when the working day starts; the schedule hands it to somebody."""
    company = session.scalars(select(Company)).one()
    plan = subscription.plan
    starts_at = instant_at(day, hour_of(company.day_starts), company.zone)
    facts = {
        "title": plan.name,
        "kind": EventKind.VISIT,
        "group_id": subscription.group_id,
        "address_id": subscription.address_id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=plan.visit_minutes),
    }
    make(session, Event, facts, subscription_id=subscription.id, visit_on=day)
