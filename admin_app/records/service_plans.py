"""Service plans as pages show them: what is offered, a customer's plans, how much is due [P19, 139]."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from admin_app.kernel.actor import Actor
from admin_app.models import Address, CustomerGroup, ServicePlan, Subscription, SubscriptionState
from admin_app.policy import visible

MOST_SHOWN = 200
MOST_ON_A_PROFILE = 5


def offered_plans(session: Session, actor: Actor) -> list[ServicePlan]:
    """The plans that a customer can sign up for, by name."""
    query = select(ServicePlan).where(ServicePlan.archived.is_(False)).order_by(ServicePlan.name)
    return list(session.scalars(visible(actor, query.limit(MOST_SHOWN))))


def sites_of(session: Session, actor: Actor, group: CustomerGroup) -> list[Address]:
    """The addresses of a customer at which a plan can be carried out."""
    query = select(Address).where(Address.group_id == group.id).order_by(Address.id).limit(MOST_SHOWN)
    return list(session.scalars(visible(actor, query)))


def plans_of(session: Session, actor: Actor, group: CustomerGroup) -> list[Subscription]:
    """What a customer is signed up for now, with the plans; ended ones are on their list [P19]."""
    query = (
        select(Subscription)
        .join(ServicePlan, ServicePlan.id == Subscription.plan_id)
        .options(contains_eager(Subscription.plan))
        .where(Subscription.group_id == group.id, Subscription.state != SubscriptionState.CANCELLED)
        .order_by(Subscription.id)
        .limit(MOST_ON_A_PROFILE)
    )
    return list(session.scalars(visible(actor, query)))


def count_due(session: Session, actor: Actor, on: date) -> int:
    """How many running subscriptions have a period that has begun and is not billed, counted no further than 200."""
    due = select(Subscription.id).where(
        Subscription.state == SubscriptionState.ACTIVE, Subscription.next_on <= on
    )
    capped = visible(actor, due).limit(MOST_SHOWN).subquery()
    return int(session.scalar(select(func.count()).select_from(capped)) or 0)
