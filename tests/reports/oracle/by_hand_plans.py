"""Service plans by hand: the life of each subscription is walked through day by day of change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from tests.reports.oracle.by_hand import Fact, by_hand
from tests.reports.oracle.by_hand_money import brand_of_customer
from tests.reports.oracle.by_hand_sales import kept_json, local
from tests.reports.oracle.tables import Row, Tables

MINOR = 100
"""Cents of a euro; prices lie in the tables as ten-thousandths."""


def half_up(number: Fraction) -> int:
    return int(number + Fraction(1, 2))


def changes(tables: Tables, entity: str, entity_id: int, field: str) -> list[tuple[date, Any, Any]]:
    """When a field changed, from what, to what."""
    key = ("changes", entity)
    if key not in tables.kept:
        found: dict[int, list[tuple[date, dict[str, Any], dict[str, Any]]]] = defaultdict(list)
        for row in sorted(tables["audit_entry"], key=lambda row: row["id"]):
            if row["entity"] == entity and row["change"] == "changed":
                day = local(tables, row["at"])
                found[row["entity_id"]].append((day, kept_json(row["before"]), kept_json(row["after"])))
        tables.kept[key] = found
    return [
        (day, before.get(field), after.get(field))
        for day, before, after in tables.kept[key][entity_id]
        if field in before
    ]


def at(moves: list[tuple[date, Any, Any]], now: Any, day: date) -> Any:
    """What a field held at the end of a day."""
    return next((before for changed, before, _ in moves if changed > day), now)


def monthly(tables: Tables, row: Row, day: date) -> int:
    """What a subscription was worth at the end of a day."""
    if row["started_on"] > day or (row["ended_on"] and row["ended_on"] <= day):
        return 0
    if row["paused_on"] and row["paused_on"] <= day:
        return 0
    for resumed, began, after in changes(tables, "Subscription", row["id"], "paused_on"):
        if began and not after and date.fromisoformat(str(began)) <= day < resumed:
            return 0
    plan = tables.by_id("service_plan")[row["plan_id"]]
    price = at(changes(tables, "Subscription", row["id"], "price"), row["price"], day)
    if price is None:
        price = at(changes(tables, "ServicePlan", plan["id"], "price"), plan["price"], day)
    return half_up(Fraction(price * MINOR, 10_000 * plan["months"]))


def of_subscription(tables: Tables, row: Row, day: date, amount: int, **more: Any) -> Fact:
    brand = brand_of_customer(tables, row["group_id"])
    currency = tables["company"][0]["currency"]
    return Fact(day, row["group_id"], amount, currency, None, brand, {"plan": row["plan_id"]} | more)


@by_hand("mrr")
def mrr(tables: Tables, as_of: date) -> list[Fact]:
    worth = [(row, monthly(tables, row, as_of)) for row in tables["subscription"]]
    return [of_subscription(tables, row, row["started_on"], amount) for row, amount in worth if amount]


@by_hand("arr")
def arr(tables: Tables, as_of: date) -> list[Fact]:
    return [replace(fact, amount=12 * fact.amount) for fact in mrr(tables, as_of)]


@by_hand("mrr_movement")
def mrr_movement(tables: Tables, as_of: date) -> list[Fact]:
    moved: dict[tuple[int, date], list[tuple[Row, int]]] = defaultdict(list)
    for row in tables["subscription"]:
        before = 0
        for day in sorted(days_of(tables, row)):
            if day <= as_of:
                now = monthly(tables, row, day)
                if now != before:
                    moved[row["group_id"], day].append((row, now - before))
                before = now
    facts = []
    levels: dict[int, int] = defaultdict(int)
    peaks: dict[int, int] = defaultdict(int)
    for (customer, day), steps in sorted(moved.items(), key=lambda one: one[0][1]):
        was = levels[customer]
        levels[customer] += sum(step for _, step in steps)
        now = levels[customer]
        for row, step in steps:
            word = "expansion" if now > was or (now == was and step > 0) else "contraction"
            if was == 0 and now > 0:
                word = "reactivation" if peaks[customer] else "new"
            elif was > 0 and now == 0:
                word = "churn"
            facts.append(of_subscription(tables, row, day, step, movement=word))
        peaks[customer] = max(peaks[customer], now)
    return facts


def days_of(tables: Tables, row: Row) -> set[date]:
    """The days on which a subscription may have changed its worth."""
    days = {row["started_on"], row["ended_on"], row["paused_on"]}
    for resumed, began, _ in changes(tables, "Subscription", row["id"], "paused_on"):
        days |= {resumed, date.fromisoformat(str(began)) if began else None}
    days |= {day for day, _, _ in changes(tables, "Subscription", row["id"], "price")}
    days |= {day for day, _, _ in changes(tables, "ServicePlan", row["plan_id"], "price")}
    return {day for day in days if day is not None}


@by_hand("renewals")
def renewals(tables: Tables, as_of: date) -> list[Fact]:
    facts = []
    for row in tables["subscription"]:
        if row["state"] == "active" and row["next_on"] and row["started_on"] <= as_of:
            plan = tables.by_id("service_plan")[row["plan_id"]]
            price = plan["price"] if row["price"] is None else row["price"]
            amount = half_up(Fraction(price * MINOR, 10_000))
            facts.append(of_subscription(tables, row, row["next_on"], amount))
    return facts
