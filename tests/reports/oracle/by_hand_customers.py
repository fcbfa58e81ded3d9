"""Customers by hand: the days on which they bought, and what follows from them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from tests.reports.oracle.by_hand import HANDS, Fact, by_hand, divided
from tests.reports.oracle.by_hand_money import brand_of_customer, invoiced
from tests.reports.oracle.tables import Tables

MATURE, YEAR = 180, 365

HANDS["retention_money"] = HANDS["invoiced"]


def purchases(tables: Tables, as_of: date) -> dict[int, dict[date, int]]:
    """Customer → day → what they bought for in the company's currency."""
    currency = tables["company"][0]["currency"]
    sums: dict[tuple[int, date, str | None], int] = defaultdict(int)
    for fact in invoiced(tables, as_of):
        sums[fact.customer or 0, fact.day, fact.currency] += fact.amount
    found: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for (customer, day, code), amount in sums.items():
        if amount > 0:
            found[customer][day] += amount if code == currency else 0
    return found


def of_customer(tables: Tables, customer: int, day: date, **more: Any) -> Fact:
    return Fact(day, customer, 1, None, None, brand_of_customer(tables, customer), more)


@by_hand("new_customers")
def new_customers(tables: Tables, as_of: date) -> list[Fact]:
    return [of_customer(tables, who, min(days)) for who, days in purchases(tables, as_of).items()]


def came_back(tables: Tables, as_of: date) -> list[Fact]:
    return [
        of_customer(tables, who, min(days)) for who, days in purchases(tables, as_of).items() if len(days) > 1
    ]


divided("repeat_rate", came_back, new_customers)


def mature(tables: Tables, as_of: date) -> list[Fact]:
    return [fact for fact in new_customers(tables, as_of) if (as_of - fact.day).days >= MATURE]


def back_in_time(tables: Tables, as_of: date) -> list[Fact]:
    bought = purchases(tables, as_of)
    facts = []
    for fact in mature(tables, as_of):
        days = sorted(bought[fact.customer or 0])
        if len(days) > 1 and (days[1] - days[0]).days <= MATURE:
            facts.append(fact)
    return facts


divided("repeat_rate_mature", back_in_time, mature)


@by_hand("active_customers")
def active_customers(tables: Tables, as_of: date) -> list[Fact]:
    return [
        of_customer(tables, who, max(days))
        for who, days in purchases(tables, as_of).items()
        if (as_of - max(days)).days < YEAR
    ]


def scores(values: dict[int, Any]) -> dict[int, str]:
    """Those who are alike share a score: by how many are strictly worse."""
    return {
        who: str(min(5, 1 + 5 * sum(other < value for other in values.values()) // len(values)))
        for who, value in values.items()
    }


@by_hand("rfm")
def rfm(tables: Tables, as_of: date) -> list[Fact]:
    bought = purchases(tables, as_of)
    recency = scores({who: max(days) for who, days in bought.items()})
    frequency = scores({who: len(days) for who, days in bought.items()})
    worth = scores({who: sum(days.values()) for who, days in bought.items()})
    return [
        of_customer(tables, who, max(days), recency=recency[who], frequency=frequency[who], worth=worth[who])
        for who, days in bought.items()
    ]
