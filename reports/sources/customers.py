"""Customers as buyers: days of purchase, first and repeated ones, months in which they bought, scores [L10, 124].

A purchase is a customer's day whose bills less credit notes come to more than zero (analytics section 3).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, Subquery, case, cast, func, literal, select, union_all

from admin_app.models import CreditNote, CustomerGroup, Invoice
from reports.sources import company
from reports.sources.base import Part, Source, part
from reports.sources.billing import INVOICED
from reports.sources.customers_first import first_days
from reports.sources.local_day import days_between

WINDOW = 180
"""Days in which a customer has to come back to count as a repeated one of the mature."""
ACTIVE_DAYS = 365
"""A customer is active who bought within so many days."""
SCORES = 5


def purchase_days(as_of: date) -> Subquery:
    """The days on which customers bought: group_id, day, amount (in the company's currency)."""
    columns = ("group_id", "currency", "day", "amount")
    bills = union_all(*(one.pick(columns) for one in INVOICED.rows(as_of))).subquery()
    days = (
        select(bills.c.group_id, bills.c.currency, bills.c.day, func.sum(bills.c.amount).label("amount"))
        .group_by(bills.c.group_id, bills.c.currency, bills.c.day)
        .having(func.sum(bills.c.amount) > 0)
        .subquery()
    )
    ours = case((days.c.currency == company.currency(), days.c.amount), else_=0)
    return (
        select(days.c.group_id, days.c.day, func.sum(ours).label("amount"))
        .group_by(days.c.group_id, days.c.day)
        .subquery()
    )


def _numbered(as_of: date) -> Subquery:
    days = purchase_days(as_of)
    number = func.row_number().over(partition_by=days.c.group_id, order_by=days.c.day).label("number")
    return select(*days.c, number).subquery()


def buyers(as_of: date) -> Subquery:
    """Everybody who bought: group_id, first, second and last day, number of days, sum."""
    days = _numbered(as_of)
    return (
        select(
            days.c.group_id,
            func.min(days.c.day).label("first_on"),
            func.min(case((days.c.number == 2, days.c.day))).label("second_on"),
            func.max(days.c.day).label("last_on"),
            func.count().label("purchases"),
            func.sum(days.c.amount).label("amount"),
        )
        .group_by(days.c.group_id)
        .subquery()
    )


def of_customers(found: Any, day: Any, *, where: tuple[ColumnElement[bool], ...] = (), **more: Any) -> Part:
    """One row a customer of `found`, counted on a day."""
    return part(
        found.join(CustomerGroup.__table__, CustomerGroup.id == found.c.group_id),
        "customer",
        CustomerGroup.id,
        where=where,
        **{
            "day": day,
            "group_id": CustomerGroup.id,
            "amount": 1,
            "title": CustomerGroup.name,
            "brand_id": CustomerGroup.brand_id,
            "project_id": None,
        }
        | more,
    )


def _first(as_of: date, *, repeated: bool = False) -> Part:
    if not repeated:
        first = first_days(as_of)
        return of_customers(first, first.c.first_on)
    found = buyers(as_of)
    return of_customers(found, found.c.first_on, where=(found.c.second_on.is_not(None),))


def _mature(as_of: date, *, repeated: bool = False) -> Part:
    found = buyers(as_of)
    seen_long = found.c.first_on <= as_of - timedelta(days=WINDOW)
    in_time = days_between(found.c.first_on, found.c.second_on) <= WINDOW
    return of_customers(found, found.c.first_on, where=(seen_long, in_time) if repeated else (seen_long,))


def _active(as_of: date) -> Part:
    found = buyers(as_of)
    return of_customers(
        found, found.c.last_on, where=(found.c.last_on > as_of - timedelta(days=ACTIVE_DAYS),)
    )


def _months(as_of: date) -> Part:
    """One row a customer and calendar month with a purchase, on the first day of purchase in it."""
    days = purchase_days(as_of)
    month = func.substr(cast(days.c.day, String), 1, 7)
    found = (
        select(days.c.group_id, month.label("month"), func.min(days.c.day).label("day"))
        .group_by(days.c.group_id, month)
        .subquery()
    )
    key = literal("customer:") + cast(found.c.group_id, String) + ":" + found.c.month
    return of_customers(found, found.c.day, row=key)


def score(value: Any, count: Any) -> ColumnElement[Any]:
    """1 + ⌊5 × share of customers strictly worse⌋, at most 5; those who are alike share a score."""
    worse = func.rank().over(order_by=value) - 1
    worth = 1 + (SCORES * worse) // count
    return case((worth > SCORES, SCORES), else_=worth)


def _scored(as_of: date) -> Part:
    found = buyers(as_of)
    everybody = func.count().over()
    scored = select(
        found.c.group_id,
        found.c.last_on,
        cast(score(found.c.last_on, everybody), String).label("recency"),
        cast(score(found.c.purchases, everybody), String).label("frequency"),
        cast(score(found.c.amount, everybody), String).label("money"),
    ).subquery()
    return of_customers(
        scored,
        scored.c.last_on,
        recency=scored.c.recency,
        frequency=scored.c.frequency,
        worth=scored.c.money,
    )


_OF_CUSTOMER = frozenset({"brand_id", "project_id"})
_ENTITIES = (Invoice, CreditNote, CustomerGroup)


def _source(name: str, sentence: str, rows: Any, *more: str) -> Source:
    return Source(name, sentence, _ENTITIES, rows, _OF_CUSTOMER | set(more), in_money=False)


NEW_CUSTOMERS = _source(
    "new_customers",
    "Customers on the day of their first purchase: the first day whose bills less credit notes come to more than zero.",
    lambda as_of: (_first(as_of),),
)
REPEATED = _source(
    "repeated_customers",
    "Customers who bought on a second day, on the day of their first purchase.",
    lambda as_of: (_first(as_of, repeated=True),),
)
MATURE = _source(
    "mature_customers",
    f"Customers whose first purchase is at least {WINDOW} days ago, on the day of that purchase.",
    lambda as_of: (_mature(as_of),),
)
MATURE_REPEATED = _source(
    "mature_repeated_customers",
    f"Customers who bought again within {WINDOW} days, first seen at least as long ago, on the day of the first "
    "purchase.",
    lambda as_of: (_mature(as_of, repeated=True),),
)
ACTIVE = _source(
    "active_customers",
    f"Customers with a purchase in the last {ACTIVE_DAYS} days.",
    lambda as_of: (_active(as_of),),
)
CUSTOMER_MONTHS = _source(
    "customer_months",
    "Customers with a purchase in a calendar month, once a month.",
    lambda as_of: (_months(as_of),),
)
SCORED = _source(
    "rfm",
    "Customers scored from 1 to 5 by last purchase, number of purchase days and their sum; customers who are alike "
    "share a score.",
    lambda as_of: (_scored(as_of),),
    "recency",
    "frequency",
    "worth",
)
