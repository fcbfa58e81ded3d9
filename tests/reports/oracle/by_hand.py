"""How a figure is worked out by hand: facts, their keys, groups, and what becomes of a group.

`figure(tables, question)` is all that the test calls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

from tests.reports.oracle.tables import Tables

MODULES = (
    "by_hand_money",
    "by_hand_open",
    "by_hand_sales",
    "by_hand_work",
    "by_hand_plans",
    "by_hand_customers",
)
"""Where figures are worked out; each module is one subject."""


@dataclass(frozen=True)
class Fact:
    """One signed row: `amount` in minor units (1 where things are counted); `more` is what it is split by besides."""

    day: date
    customer: int | None
    amount: int
    currency: str | None = None
    project: int | None = None
    brand: int | None = None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What is asked; the end is the first day outside."""

    metric: str
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    start: date | None = None
    end: date | None = None
    as_of: date = date.max


Value = int | Decimal | None
Marks = dict[tuple[tuple[str, ...], str | None], tuple[Value, int]]
"""(keys, currency) → (value, rows)."""


@dataclass(frozen=True)
class Hand:
    """How one metric is worked out: the facts of each side, and what becomes of the facts of a group."""

    sides: tuple[Callable[[Tables, date], list[Fact]], ...]
    value: Callable[[list[list[Fact]], Question], Value]
    finer: Callable[[Tables, date], list[Fact]] | None = None
    window: int | None = None
    """Days up to the as-of day that stand for the period of the second side."""


HANDS: dict[str, Hand] = {}
"""Metric → how it is worked out."""


def sum_of(amounts: list[int]) -> Value:
    """All of them added up."""
    return sum(amounts)


def mean_of(amounts: list[int]) -> Value:
    """Their mean; there is none of nothing."""
    return Decimal(sum(amounts)) / len(amounts) if amounts else None


def median_of(amounts: list[int]) -> Value:
    """The one in the middle, or the mean of the two."""
    amounts = sorted(amounts)
    count = len(amounts)
    return Decimal(amounts[(count - 1) // 2] + amounts[count // 2]) / 2 if amounts else None


def by_hand(
    name: str,
    value: Callable[[list[int]], Value] = sum_of,
    *,
    value_of_facts: Callable[[list[Fact]], Value] | None = None,
    finer: Callable[[Tables, date], list[Fact]] | None = None,
) -> Callable[[Callable[[Tables, date], list[Fact]]], Callable[[Tables, date], list[Fact]]]:
    """The function gives the facts of this metric; `finer` gives them line by line where it is split by service."""

    def keep(function: Callable[[Tables, date], list[Fact]]) -> Callable[[Tables, date], list[Fact]]:
        def worked_out(sides: list[list[Fact]], _: Question) -> Value:
            if value_of_facts is not None:
                return value_of_facts(sides[0])
            return value([one.amount for one in sides[0]])

        HANDS[name] = Hand((function,), worked_out, finer)
        return function

    return keep


def divided(
    name: str,
    over: Callable[[Tables, date], list[Fact]],
    under: Callable[[Tables, date], list[Fact]],
    *,
    factor: int = 1,
    window: int | None = None,
) -> None:
    """This metric is one sum divided by another; undefined where that is not above zero."""

    def worked_out(sides: list[list[Fact]], _: Question) -> Value:
        upper, lower = (sum(one.amount for one in side) for side in sides)
        return Decimal(upper * factor) / lower if lower > 0 else None

    HANDS[name] = Hand((over, under), worked_out, window=window)


def keys_of(tables: Tables, fact: Fact, dimension: str, as_of: date) -> list[str]:
    """The keys of a fact: one, or one a tag."""
    day = fact.day
    if dimension == "day":
        return [day.isoformat()]
    if dimension == "week":
        return [f"{day.isocalendar().year}-W{day.isocalendar().week:02}"]
    if dimension == "month":
        return [day.isoformat()[:7]]
    if dimension == "quarter":
        return [f"{day.year}-Q{(day.month + 2) // 3}"]
    if dimension == "year":
        return [str(day.year)]
    if dimension == "tag":
        worn = [row["tag_id"] for row in tables.by("group_tag", "group_id").get(fact.customer, [])]
        return [tables.by_id("tag")[tag]["name"] for tag in worn] or ["none"]
    found = _key(tables, fact, dimension, as_of)
    return ["none" if found is None else str(found)]


def _key(tables: Tables, fact: Fact, dimension: str, as_of: date) -> Any:
    if dimension == "customer":
        return fact.customer
    if dimension == "brand":
        return fact.brand
    if dimension == "currency":
        return fact.currency
    if dimension == "kind":
        return tables.by_id("customer_group")[fact.customer or 0]["kind"]
    if dimension == "city":
        return city_of(tables, fact)
    if dimension in ("cohort", "new_or_returning"):
        first = first_purchases(tables, as_of).get(fact.customer or 0)
        if dimension == "cohort":
            return None if first is None else first.isoformat()[:7]
        return "new" if first is None or fact.day <= first else "returning"
    if dimension == "months_since":
        first = first_purchases(tables, as_of).get(fact.customer or 0)
        return None if first is None else 12 * (fact.day.year - first.year) + fact.day.month - first.month
    return fact.more[dimension]


def city_of(tables: Tables, fact: Fact) -> str | None:
    """Of the project's site; without one, of the customer's billing address."""
    project = tables.by_id("project").get(fact.project or 0)
    site = tables.by_id("address").get(project["address_id"] or 0) if project else None
    if site and (site["city"] or "").strip():
        return str(site["city"]).strip()
    for address in tables.by("address", "group_id").get(fact.customer, []):
        if address["is_billing"]:
            return (address["city"] or "").strip() or None
    return None


def first_purchases(tables: Tables, as_of: date) -> dict[int, date]:
    """The first day of each customer on which bills less credit notes came to more than nothing."""
    key = ("first", as_of)
    if key not in tables.kept:
        days: dict[tuple[int, str | None, date], int] = defaultdict(int)
        for fact in facts_of(tables, HANDS["invoiced"].sides[0], as_of):
            days[fact.customer or 0, fact.currency, fact.day] += fact.amount
        found: dict[int, date] = {}
        for (customer, _, day), amount in sorted(days.items(), key=lambda one: one[0][2]):
            if amount > 0:
                found.setdefault(customer, day)
        tables.kept[key] = found
    first: dict[int, date] = tables.kept[key]
    return first


def facts_of(tables: Tables, side: Callable[[Tables, date], list[Fact]], as_of: date) -> list[Fact]:
    """The facts of a side, worked out once."""
    key = (side.__module__, side.__name__, as_of)
    if key not in tables.kept:
        tables.kept[key] = side(tables, as_of)
    facts: list[Fact] = tables.kept[key]
    return facts


def figure(tables: Tables, question: Question) -> tuple[Marks, Marks]:
    """The whole by currency (its keys are empty) and the marks."""
    hand = load()[question.metric]
    named = {*question.by, *(name for name, _ in question.where)}
    sides = []
    for place, side in enumerate(hand.sides):
        chosen = hand.finer if hand.finer is not None and "service" in named else side
        facts = facts_of(tables, chosen, question.as_of)
        start, end = question.start, question.end
        if place == 1 and hand.window is not None:
            end = question.as_of + timedelta(days=1)
            start = end - timedelta(days=hand.window)
        sides.append(list(_narrowed(tables, facts, question, start, end)))
    whole = _grouped(tables, hand, question, sides, ())
    return whole, _grouped(tables, hand, question, sides, question.by) if question.by else {}


def _narrowed(
    tables: Tables, facts: list[Fact], question: Question, start: date | None, end: date | None
) -> Iterable[Fact]:
    wanted: dict[str, set[str]] = defaultdict(set)
    for name, key in question.where:
        wanted[name].add(key)
    for fact in facts:
        if (start is not None and fact.day < start) or (end is not None and fact.day >= end):
            continue
        if all(keys & {*keys_of(tables, fact, name, question.as_of)} for name, keys in wanted.items()):
            yield fact


def _grouped(
    tables: Tables, hand: Hand, question: Question, sides: list[list[Fact]], by: tuple[str, ...]
) -> Marks:
    groups: dict[tuple[tuple[str, ...], str | None], list[list[Fact]]] = defaultdict(
        lambda: [[] for _ in sides]
    )
    for place, side in enumerate(sides):
        for fact in side:
            combined: list[tuple[str, ...]] = [()]
            for name in by:
                own = keys_of(tables, fact, name, question.as_of)
                combined = [(*keys, key) for keys in combined for key in own]
            for keys in combined:
                groups[keys, fact.currency][place].append(fact)
    return {
        at: (hand.value(found, question), sum(len(side) for side in found)) for at, found in groups.items()
    }


def load() -> dict[str, Hand]:
    """Every metric that is worked out by hand."""
    for name in MODULES:
        import_module(f"tests.reports.oracle.{name}")
    return HANDS
