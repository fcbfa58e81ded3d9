"""By what money is split: how late it is, where the work was, what was sold, and how long the customer is with us."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from admin_app.models import Address, Project
from admin_app.money.ageing import Bucket
from reports.sources.customers_first import first_days
from reports.sources.dimensions import NONE, Columns, Dimension, Keyed, among, of_word

BUCKETS = tuple(bucket.value for bucket in Bucket)
"""The columns of an ageing table in their order; together they are the customer's balance [I13]."""
NEW, RETURNING = "new", "returning"
NO_CITY = "No city"


def _written(city: Any) -> ColumnElement[Any]:
    return func.nullif(func.trim(city), "")


def _city(so_far: FromClause, rows: Any, _: date) -> Keyed:
    project, site, billing = aliased(Project), aliased(Address), aliased(Address)
    joined = (
        so_far.outerjoin(project, project.id == rows.project_id)
        .outerjoin(site, site.id == project.address_id)
        .outerjoin(billing, and_(billing.group_id == rows.group_id, billing.is_billing))
    )
    city = func.coalesce(_written(site.city), _written(billing.city))
    return joined, city, city


def _in_city(columns: Columns, keys: tuple[str, ...]) -> ColumnElement[bool]:
    project, site, billing = aliased(Project), aliased(Address), aliased(Address)
    at_site = (
        select(project.id).join(site, site.id == project.address_id).where(_written(site.city).is_not(None))
    )
    at_home = select(billing.group_id).where(billing.is_billing, _written(billing.city).is_not(None))
    has_site = and_(columns["project_id"].is_not(None), columns["project_id"].in_(at_site))
    no_site = or_(columns["project_id"].is_(None), columns["project_id"].not_in(at_site))
    cities = [key for key in keys if key != NONE]
    found = or_(
        and_(has_site, columns["project_id"].in_(at_site.where(_written(site.city).in_(cities)))),
        and_(no_site, columns["group_id"].in_(at_home.where(_written(billing.city).in_(cities)))),
    )
    nowhere = and_(no_site, columns["group_id"].not_in(at_home))
    return or_(found, nowhere) if NONE in keys else found


def _new_or_returning(so_far: FromClause, rows: Any, as_of: date) -> Keyed:
    first = first_days(as_of)
    key = case((first.c.first_on < rows.day, RETURNING), else_=NEW)
    return so_far.outerjoin(first, first.c.group_id == rows.group_id), key, key


def _is_new_or_returning(columns: Columns, keys: tuple[str, ...], as_of: date) -> ColumnElement[bool]:
    first = first_days(as_of)
    bought_before = exists(
        select(first.c.group_id).where(
            first.c.group_id == columns["group_id"], first.c.first_on < columns["day"]
        )
    )
    return case((bought_before, RETURNING), else_=NEW).in_(keys)


def _cohort(so_far: FromClause, rows: Any, as_of: date) -> Keyed:
    first = first_days(as_of)
    month = func.substr(cast(first.c.first_on, String), 1, 7)
    return so_far.outerjoin(first, first.c.group_id == rows.group_id), month, month


def _of_cohort(columns: Columns, keys: tuple[str, ...], as_of: date) -> ColumnElement[bool]:
    first = first_days(as_of)
    everybody = select(first.c.group_id)
    month = func.substr(cast(first.c.first_on, String), 1, 7)
    found = columns["group_id"].in_(everybody.where(among(month, keys)))
    return or_(found, columns["group_id"].not_in(everybody)) if NONE in keys else found


MONEY: tuple[Dimension, ...] = (
    of_word(
        "bucket", "Days past due", "How late it was on the day, counted from the due date.", order=BUCKETS
    ),
    of_word(
        "bucket_by_issue",
        "Days since issue",
        "How old it was on the day, counted from the issue date.",
        order=BUCKETS,
    ),
    of_word(
        "days",
        "Days late",
        "Days from the due date to the last payment; less than 0: early.",
        sorted_by_key=True,
    ),
    of_word("service", "Service", "What the line of the bill says."),
    Dimension(
        "city",
        "City",
        "Where the project's site is, else the customer's billing address.",
        "project_id",
        _city,
        _in_city,
        also_needs=frozenset({"group_id"}),
        none_label=NO_CITY,
    ),
    Dimension(
        "new_or_returning",
        "New or returning",
        "New: up to the customer's first purchase day; returning: after it.",
        "group_id",
        _new_or_returning,
        also_needs=frozenset({"day"}),
        where_on=_is_new_or_returning,
        order=(NEW, RETURNING),
    ),
    Dimension(
        "cohort",
        "Cohort",
        "The month of the customer's first purchase.",
        "group_id",
        _cohort,
        where_on=_of_cohort,
        sorted_by_key=True,
        none_label="No purchase yet",
    ),
)
