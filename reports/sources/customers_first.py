"""The day of each customer's first purchase: the first day whose bills, less its credit notes, come to more than zero.

Analytics section 3: a purchase is a customer's day, a credit note is never one.  The day is kept (`CustomerStat`); of
customers that are marked as behind, and of all where nothing was ever kept, it is found from the documents.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, select, union_all

from admin_app.models import CustomerGroup, CustomerStat, RollupDirty, RollupState
from reports.sources.billing import INVOICED


def first_days(as_of: date) -> Subquery:
    """`group_id` and `first_on` of every customer who had bought something by the end of `as_of`.

    Days of several currencies count each for itself.  A later document never moves an earlier first day.
    """
    kept = select(CustomerStat.group_id, CustomerStat.first_on).where(
        CustomerStat.first_on <= as_of, _are_kept(), CustomerStat.group_id.not_in(_to_be_found())
    )
    found = union_all(kept, _found_days(as_of)).subquery("first_days")
    return (
        select(found.c.group_id, func.min(found.c.first_on).label("first_on"))
        .group_by(found.c.group_id)
        .subquery()
    )


def _found_days(as_of: date) -> Select[Any]:
    """The first days of customers whose kept one may be another by now."""
    columns = ("group_id", "currency", "day", "amount")
    picked = (
        part.pick(columns, [lambda row: row["group_id"].in_(_to_be_found())]) for part in INVOICED.rows(as_of)
    )
    bills = union_all(*picked).subquery("bills")
    days = (
        select(bills.c.group_id, bills.c.day)
        .group_by(bills.c.group_id, bills.c.currency, bills.c.day)
        .having(func.sum(bills.c.amount) > 0)
        .subquery("purchase_days")
    )
    return select(days.c.group_id, func.min(days.c.day).label("first_on")).group_by(days.c.group_id)


def _are_kept() -> ColumnElement[bool]:
    """Whether statistics were ever built and do not all wait to be built anew."""
    everything = exists().where(RollupDirty.day.is_(None), RollupDirty.group_id.is_(None))
    return and_(exists().where(RollupState.rebuilt_at.is_not(None)), ~everything)


def _to_be_found() -> Any:
    """The ids of the customers whose statistics are behind: those marked, or everybody."""
    marked = select(RollupDirty.group_id.label("id")).where(RollupDirty.group_id.is_not(None))
    return marked.union(select(CustomerGroup.id).where(~_are_kept()))
