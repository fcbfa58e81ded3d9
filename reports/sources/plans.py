"""Service plans: what comes back each month, what moved it, and what is due next [139, 140, M40].

A running subscription is worth its price divided by the months of its period, net of tax, rounded once to the minor
unit; paused and ended ones are worth nothing.  How it stood on a past day follows from its days and, for pauses that
are over and prices that changed, from the history.  A movement is the difference between two neighbouring days of one
subscription, so that movements sum exactly to the change.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union,
)
from sqlalchemy.orm import aliased

from admin_app.kernel.currency import minor_digits
from admin_app.models import AuditEntry, Change, CustomerGroup, ServicePlan, Subscription, SubscriptionState
from reports.sources import company
from reports.sources.base import Part, Source, part
from reports.sources.local_day import day_of, local_day

SCALE = 10_000
"""Prices lie in the database as ten-thousandths of the currency."""
NO_OWN_PRICE = -1
"""What stands for "the plan's price" where the history says what a price was before."""
MONTHS_A_YEAR = 12


def in_minor_units(price: Any, months: Any) -> ColumnElement[Any]:
    """A price as it lies in the database, divided by so many months, rounded half up to the minor unit."""
    units = 10 ** minor_digits(company.currency())
    divisor = 2 * SCALE * months
    amount: ColumnElement[Any] = (2 * units * price + SCALE * months) // divisor
    return amount


def _was(entity: str, entity_id: Any, day: Any) -> Any:
    """The price that the first change after a day replaced; NULL where none came after it."""
    entry = aliased(AuditEntry)
    before, after = entry.before["price"].as_string(), entry.after["price"].as_string()
    return (
        select(func.coalesce(cast(before, BigInteger), NO_OWN_PRICE))
        .where(
            entry.entity == entity,
            entry.entity_id == entity_id,
            entry.change == Change.CHANGED,
            or_(before.is_not(None), after.is_not(None)),
            local_day(entry.at) > day,
        )
        .order_by(entry.id)
        .limit(1)
    )


def _pauses() -> Subquery:
    """Pauses that are over: subscription_id, first day of the pause, day on which it went on."""
    entry = AuditEntry
    began = entry.before["paused_on"].as_string()
    return (
        select(
            entry.entity_id.label("subscription_id"),
            day_of(began).label("paused_on"),
            local_day(entry.at).label("resumed_on"),
        )
        .where(
            entry.entity == "Subscription",
            entry.change == Change.CHANGED,
            began.is_not(None),
            entry.after["paused_on"].as_string().is_(None),
        )
        .subquery()
    )


def levels(points: Subquery) -> Subquery:
    """What a subscription was worth a month at the end of a day, for each (subscription_id, day) of `points`.

    Columns: subscription_id, day, amount (minor units).
    """
    own, pauses = Subscription, _pauses()
    paused = (
        select(pauses.c.subscription_id)
        .where(
            pauses.c.subscription_id == own.id,
            pauses.c.paused_on <= points.c.day,
            pauses.c.resumed_on > points.c.day,
        )
        .correlate(own, points)
        .exists()
    )
    runs = and_(
        own.started_on <= points.c.day,
        or_(own.ended_on.is_(None), own.ended_on > points.c.day),
        or_(own.paused_on.is_(None), own.paused_on > points.c.day),
        ~paused,
    )
    own_price, plan_price = type_coerce(own.price, BigInteger), type_coerce(ServicePlan.price, BigInteger)
    known = (
        select(
            points.c.subscription_id,
            points.c.day,
            ServicePlan.months,
            case((runs, 1), else_=0).label("runs"),
            own_price.label("own_now"),
            plan_price.label("plan_now"),
            _was("Subscription", own.id, points.c.day)
            .correlate(own, points)
            .scalar_subquery()
            .label("own_was"),
            _was("ServicePlan", own.plan_id, points.c.day)
            .correlate(own, points)
            .scalar_subquery()
            .label("plan_was"),
        )
        .select_from(points)
        .join(own, own.id == points.c.subscription_id)
        .join(ServicePlan, ServicePlan.id == own.plan_id)
        .subquery()
    )
    agreed = case(
        (known.c.own_was.is_(None), known.c.own_now),
        (known.c.own_was == NO_OWN_PRICE, cast(None, BigInteger)),
        else_=known.c.own_was,
    )
    price = func.coalesce(agreed, known.c.plan_was, known.c.plan_now)
    amount = case((known.c.runs == 1, in_minor_units(price, known.c.months)), else_=0)
    return select(known.c.subscription_id, known.c.day, cast(amount, BigInteger).label("amount")).subquery()


def _standing(as_of: date) -> Subquery:
    """Every subscription on one day."""
    day = literal(as_of, Date)
    return levels(select(Subscription.id.label("subscription_id"), day.label("day")).subquery())


def _days_of_change(as_of: date) -> Subquery:
    """The days on which a subscription can have become worth more or less."""
    own, pauses, entry = Subscription, _pauses(), AuditEntry
    own_days: tuple[Any, ...] = (own.started_on, own.ended_on, own.paused_on)
    of_own: list[Select[Any]] = [
        select(own.id.label("subscription_id"), day.label("day")).where(day <= as_of) for day in own_days
    ]
    pauses_days: tuple[Any, ...] = (pauses.c.paused_on, pauses.c.resumed_on)
    of_pauses: list[Select[Any]] = [select(pauses.c.subscription_id, day) for day in pauses_days]
    priced = or_(
        entry.before["price"].as_string().is_not(None), entry.after["price"].as_string().is_not(None)
    )
    of_prices = select(own.id, local_day(entry.at)).where(
        entry.change == Change.CHANGED,
        or_(
            and_(entry.entity == "Subscription", entry.entity_id == own.id),
            and_(entry.entity == "ServicePlan", entry.entity_id == own.plan_id),
        ),
        priced,
    )
    days = union(*of_own, *of_pauses, of_prices).subquery()
    return select(days.c.subscription_id, days.c.day).where(days.c.day <= as_of).subquery()


def _of_subscription(more: dict[str, Any]) -> dict[str, Any]:
    """The columns of a row that come from its subscription, and others."""
    brand = (
        select(CustomerGroup.brand_id)
        .where(CustomerGroup.id == Subscription.group_id)
        .correlate(Subscription)
        .scalar_subquery()
    )
    return {
        "group_id": Subscription.group_id,
        "currency": literal(company.currency()),
        "title": ServicePlan.name,
        "brand_id": brand,
        "plan_id": Subscription.plan_id,
        "address_id": Subscription.address_id,
        "project_id": None,
    } | more


def _with_plan(before: Any = None, names: Any = None) -> Any:
    """What names a subscription (`names`, unless all of it does), joined with the subscription and its plan."""
    own, plan = Subscription.__table__, ServicePlan.__table__
    named = before if names is None else names
    joined = own if before is None else before.join(own, own.c.id == named.c.subscription_id)
    return joined.join(plan, plan.c.id == own.c.plan_id)


def _recurring(as_of: date, times: int = 1) -> Part:
    stood = _standing(as_of)
    return part(
        _with_plan(stood),
        "subscription",
        Subscription.id,
        where=(stood.c.amount != 0,),
        **_of_subscription({"day": Subscription.started_on, "amount": times * stood.c.amount}),
    )


def steps(as_of: date) -> Subquery:
    """What each subscription added on a day: subscription_id, group_id, day, delta; days without any are left out."""
    stood = levels(_days_of_change(as_of))
    before = func.lag(stood.c.amount, 1, 0).over(partition_by=stood.c.subscription_id, order_by=stood.c.day)
    moved = select(stood.c.subscription_id, stood.c.day, (stood.c.amount - before).label("delta")).subquery()
    return (
        select(moved.c.subscription_id, Subscription.group_id, moved.c.day, moved.c.delta)
        .join(Subscription, Subscription.id == moved.c.subscription_id)
        .where(moved.c.delta != 0)
        .subquery()
    )


def _movements(as_of: date) -> Part:
    """One row a subscription and day; named by what became of the customer that day."""
    moved = steps(as_of)
    by_day = (
        select(moved.c.group_id, moved.c.day, func.sum(moved.c.delta).label("delta"))
        .group_by(moved.c.group_id, moved.c.day)
        .subquery()
    )
    after = func.sum(by_day.c.delta).over(partition_by=by_day.c.group_id, order_by=by_day.c.day)
    running = select(*by_day.c, after.label("after")).subquery()
    peak = func.max(running.c.after).over(
        partition_by=running.c.group_id, order_by=running.c.day, rows=(None, -1)
    )
    customers = select(*running.c, func.coalesce(peak, 0).label("peak")).subquery()
    was = customers.c.after - customers.c.delta
    movement = case(
        (and_(was == 0, customers.c.peak == 0, customers.c.after > 0), "new"),
        (and_(was == 0, customers.c.after > 0), "reactivation"),
        (and_(was > 0, customers.c.after == 0), "churn"),
        (or_(customers.c.delta > 0, and_(customers.c.delta == 0, moved.c.delta > 0)), "expansion"),
        else_="contraction",
    )
    joined = moved.join(
        customers, and_(customers.c.group_id == moved.c.group_id, customers.c.day == moved.c.day)
    )
    key = literal("subscription:") + cast(moved.c.subscription_id, String) + ":" + cast(moved.c.day, String)
    return part(
        _with_plan(joined, moved),
        "subscription",
        Subscription.id,
        row=key,
        **_of_subscription({"day": moved.c.day, "amount": moved.c.delta, "movement": movement}),
    )


def _renewals(as_of: date) -> Part:
    price = func.coalesce(
        type_coerce(Subscription.price, BigInteger), type_coerce(ServicePlan.price, BigInteger)
    )
    return part(
        _with_plan(),
        "subscription",
        Subscription.id,
        where=(
            Subscription.state == SubscriptionState.ACTIVE,
            Subscription.next_on.is_not(None),
            Subscription.started_on <= as_of,
        ),
        **_of_subscription({"day": Subscription.next_on, "amount": in_minor_units(price, 1)}),
    )


_OF_PLAN = frozenset({"brand_id", "plan_id", "address_id", "project_id"})

MRR = Source(
    "mrr",
    "Price of running service plans divided by the months of their period, net of tax; paused and ended ones are out.",
    (Subscription, ServicePlan),
    lambda as_of: (_recurring(as_of),),
    _OF_PLAN,
)
ARR = Source(
    "arr",
    "Twelve times the monthly recurring revenue.",
    (Subscription, ServicePlan),
    lambda as_of: (_recurring(as_of, MONTHS_A_YEAR),),
    _OF_PLAN,
)
MOVEMENTS = Source(
    "mrr_movement",
    "What changed the monthly recurring revenue, on its day: new customers, customers who came back, more, less, and "
    "customers who left or paused.",
    (Subscription, ServicePlan),
    lambda as_of: (_movements(as_of),),
    _OF_PLAN | {"movement"},
)
RENEWALS = Source(
    "renewals",
    "The next bill of each running service plan, net of tax, on the day its period begins, as planned now.",
    (Subscription, ServicePlan),
    lambda as_of: (_renewals(as_of),),
    _OF_PLAN,
)
