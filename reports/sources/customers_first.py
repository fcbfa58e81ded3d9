"""The day of each customer's first purchase: the first day whose bills, less its credit notes, come to more than zero.

Analytics section 3: a purchase is a customer's day, a credit note is never one.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Subquery, func, select, union_all

from reports.sources.billing import INVOICED


def first_days(as_of: date) -> Subquery:
    """`group_id` and `first_on` of every customer who had bought something by the end of `as_of`.

    Days of several currencies count each for itself.  A later document never moves an earlier first day.
    """
    columns = ("group_id", "currency", "day", "amount")
    bills = union_all(*(part.pick(columns) for part in INVOICED.rows(as_of))).subquery("bills")
    days: Any = (
        select(bills.c.group_id, bills.c.day)
        .group_by(bills.c.group_id, bills.c.currency, bills.c.day)
        .having(func.sum(bills.c.amount) > 0)
        .subquery("purchase_days")
    )
    return (
        select(days.c.group_id, func.min(days.c.day).label("first_on")).group_by(days.c.group_id).subquery()
    )
