"""The day of each customer's first purchase: the first day whose bills, less its credit notes, come to more than zero.

Analytics section 3: a purchase is a customer's day, a credit note is never one.  The day is kept (`CustomerStat`); of
customers that are marked as behind, and of all where nothing was ever kept, it is found from the documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, false, func, select, true, union_all

from admin_app.models import CustomerStat, RollupDirty, RollupState
from reports.sources.base import Condition, Part
from reports.sources.billing import INVOICED


def first_days(as_of: date) -> Subquery:
    """`group_id` and `first_on` of every customer who had bought something by the end of `as_of`.

    Days of several currencies count each for itself.  A later document never moves an earlier first day.
    """
    kept = select(CustomerStat.group_id, CustomerStat.first_on).where(
        CustomerStat.first_on <= as_of, _are_kept(), CustomerStat.group_id.not_in(_marked())
    )
    marked = _found_days(
        [_in_passing(part) for part in INVOICED.rows(as_of)],
        _are_kept(),
        lambda row: row["group_id"].in_(_marked()),
    )
    everybody = _found_days(INVOICED.rows(as_of), ~_are_kept(), lambda _: true())
    found = union_all(kept, marked, everybody).subquery("first_days")
    return (
        select(found.c.group_id, func.min(found.c.first_on).label("first_on"))
        .group_by(found.c.group_id)
        .subquery()
    )


def _found_days(parts: Iterable[Part], condition: ColumnElement[bool], whose: Condition) -> Select[Any]:
    """The first days of these customers from their documents, where the condition holds at all."""
    columns = ("group_id", "currency", "day", "amount")
    picked = (part.pick(columns, [lambda _: condition, whose]) for part in parts)
    bills = union_all(*picked).subquery("bills")
    days = (
        select(bills.c.group_id, bills.c.day)
        .group_by(bills.c.group_id, bills.c.currency, bills.c.day)
        .having(func.sum(bills.c.amount) > 0)
        .subquery("purchase_days")
    )
    return select(days.c.group_id, func.min(days.c.day).label("first_on")).group_by(days.c.group_id)


def _in_passing(part: Part) -> Part:
    """The same rows with conditions that no index answers: a few customers are the shorter way in on SQLite."""
    return replace(part, conditions=tuple(func.coalesce(one, false()) for one in part.conditions))


def _are_kept() -> ColumnElement[bool]:
    """Whether statistics were ever built and do not all wait to be built anew."""
    everything = exists().where(RollupDirty.day.is_(None), RollupDirty.group_id.is_(None))
    return and_(exists().where(RollupState.rebuilt_at.is_not(None)), ~everything)


def _marked() -> Select[Any]:
    """The ids of the customers whose statistics are behind."""
    return select(RollupDirty.group_id).where(RollupDirty.group_id.is_not(None))
