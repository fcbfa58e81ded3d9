"""Work: hours and what they cost, planned and done; what is done and not invoiced; what is left over [61-67, 124].

Minutes stay whole.  The cost of time is rounded once a workorder, as the job's own page does: each entry carries what
it adds to the rounded sum.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    Subquery,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from admin_app.models import (
    CreditNote,
    Estimate,
    EstimateLine,
    Invoice,
    JobCost,
    Project,
    TimeEntry,
    WorkOrder,
    WorkOrderState,
    work_order_crew,
)
from reports.sources import company
from reports.sources.base import Part, Source, part
from reports.sources.billing import brand_of, credit_part, invoice_part, net_of_deposits
from reports.sources.contracts import in_force
from reports.sources.local_day import before_end_of, local_day
from reports.sources.whose import lead_source

MINUTES_AN_HOUR = 60
SCALE = 10_000
"""Quantities lie in the database as ten-thousandths."""


def of_work_order() -> dict[str, Any]:
    """The columns of a row that come from its workorder: project, brand, site, and the estimator who won it."""
    revision = aliased(Estimate)
    winner = (
        select(revision.won_by_id)
        .where(
            or_(revision.id == WorkOrder.estimate_id, revision.base_id == WorkOrder.estimate_id),
            revision.won_by_id.is_not(None),
        )
        .order_by(revision.revision.desc())
        .limit(1)
        .correlate(WorkOrder)
        .scalar_subquery()
    )
    return {
        "group_id": WorkOrder.group_id,
        "brand_id": brand_of(Project.brand_id, WorkOrder.group_id),
        "project_id": WorkOrder.project_id,
        "address_id": Project.address_id,
        "user_id": func.coalesce(winner, Project.estimator_id),
        "source": lead_source(WorkOrder.project_id, WorkOrder),
    }


def with_project(before: Any) -> Any:
    """What names a workorder, joined with the workorder and its project."""
    work, project = WorkOrder.__table__, Project.__table__
    joined = work if before is None else before.join(work, work.c.id == before.c.work_order_id)
    return joined.join(project, project.c.id == work.c.project_id)


OF_WORK = frozenset({"brand_id", "project_id", "address_id", "user_id", "source"})


def _hours(as_of: date) -> Part:
    return part(
        with_project(TimeEntry.__table__),
        "time entry",
        TimeEntry.id,
        where=(TimeEntry.worked_on <= as_of,),
        day=TimeEntry.worked_on,
        amount=TimeEntry.minutes,
        title=WorkOrder.number,
        worker_id=TimeEntry.user_id,
        **of_work_order(),
    )


def _cost_of_time(as_of: date, sign: int) -> Part:
    """One row a time entry: what it adds to the cost of its workorder's time, rounded once."""
    own = TimeEntry.minutes * TimeEntry.hour_cost
    so_far = func.sum(own).over(
        partition_by=TimeEntry.work_order_id, order_by=(TimeEntry.worked_on, TimeEntry.id)
    )
    counted = (
        select(
            TimeEntry.id,
            TimeEntry.work_order_id,
            TimeEntry.worked_on,
            TimeEntry.user_id,
            cast(own, BigInteger).label("own"),
            cast(so_far, BigInteger).label("so_far"),
        )
        .where(TimeEntry.worked_on <= as_of)
        .subquery()
    )
    amount = _hours_of(counted.c.so_far) - _hours_of(counted.c.so_far - counted.c.own)
    return part(
        with_project(counted),
        "time entry",
        counted.c.id,
        day=counted.c.worked_on,
        amount=sign * amount,
        currency=literal(company.currency()),
        title=WorkOrder.number,
        worker_id=counted.c.user_id,
        **of_work_order(),
    )


def _hours_of(minutes: Any) -> ColumnElement[Any]:
    """Amount an hour × minutes as an amount, rounded half up to the minor unit; never negative."""
    hours: ColumnElement[Any] = (minutes + MINUTES_AN_HOUR // 2) // MINUTES_AN_HOUR
    return hours


def _spent(as_of: date, sign: int) -> Part:
    return part(
        with_project(JobCost.__table__),
        "job cost",
        JobCost.id,
        where=(JobCost.spent_on <= as_of,),
        day=JobCost.spent_on,
        amount=sign * JobCost.amount,
        currency=literal(company.currency()),
        title=JobCost.description,
        worker_id=None,
        **of_work_order(),
    )


def _billed_with_costs(as_of: date) -> tuple[Part, ...]:
    """Bills and credits of projects that had a cost or an hour entered by then: others would pass for pure gain."""
    spent = (
        select(WorkOrder.project_id)
        .join(JobCost, JobCost.work_order_id == WorkOrder.id)
        .where(JobCost.spent_on <= as_of)
    )
    worked = (
        select(WorkOrder.project_id)
        .join(TimeEntry, TimeEntry.work_order_id == WorkOrder.id)
        .where(TimeEntry.worked_on <= as_of)
    )
    known = Invoice.project_id.in_(spent.union(worked))
    bills = invoice_part(as_of, net_of_deposits()), credit_part(as_of, -CreditNote.subtotal)
    return tuple(replace(one, conditions=(*one.conditions, known)) for one in bills)


def planned_minutes(as_of: date) -> Subquery:
    """The minutes that the lines of accepted estimates plan: id (of the revision), contract_id, minutes."""
    agreed = in_force(as_of)
    hours = type_coerce(EstimateLine.hours, BigInteger)
    minutes = (hours * MINUTES_AN_HOUR + SCALE // 2) // SCALE
    return (
        select(agreed.c.id, agreed.c.contract_id, func.sum(minutes).label("minutes"))
        .join(EstimateLine, EstimateLine.estimate_id == agreed.c.id)
        .where(EstimateLine.hours > 0, or_(EstimateLine.chosen, ~EstimateLine.optional))
        .group_by(agreed.c.id, agreed.c.contract_id)
        .subquery()
    )


def _of_contracts(planned: Subquery) -> Subquery:
    return (
        select(planned.c.contract_id, cast(func.sum(planned.c.minutes), BigInteger).label("minutes"))
        .group_by(planned.c.contract_id)
        .subquery()
    )


def _planned(as_of: date) -> Part:
    """One row an accepted estimate or change order, on the day of its acceptance."""
    planned = planned_minutes(as_of)
    joined = planned.join(Estimate.__table__, Estimate.id == planned.c.id).join(
        Project.__table__, Project.id == Estimate.project_id
    )
    return part(
        joined,
        "estimate",
        Estimate.id,
        day=Estimate.confirmed_on,
        group_id=Estimate.group_id,
        amount=planned.c.minutes,
        title=func.coalesce(Estimate.number, Estimate.title),
        brand_id=brand_of(Project.brand_id, Estimate.group_id),
        project_id=Estimate.project_id,
        address_id=Project.address_id,
        user_id=Estimate.won_by_id,
        source=lead_source(Estimate.project_id, Estimate),
    )


def _workload(as_of: date) -> Part:
    """One row a scheduled workorder and member of its crew; the minutes are shared so that nothing is lost."""
    planned = _of_contracts(planned_minutes(as_of))
    crew = work_order_crew
    gone = and_(WorkOrder.state == WorkOrderState.CANCELLED, before_end_of(WorkOrder.state_since, as_of))
    shared = (
        select(
            WorkOrder.id.label("work_order_id"),
            crew.c.user_id,
            planned.c.minutes,
            func.count().over(partition_by=WorkOrder.id).label("hands"),
            func.row_number().over(partition_by=WorkOrder.id, order_by=crew.c.user_id).label("place"),
        )
        .select_from(WorkOrder)
        .join(planned, planned.c.contract_id == WorkOrder.estimate_id)
        .outerjoin(crew, crew.c.work_order_id == WorkOrder.id)
        .where(WorkOrder.starts_at.is_not(None), before_end_of(WorkOrder.created_at, as_of), ~gone)
        .subquery()
    )
    amount = (shared.c.minutes * shared.c.place) // shared.c.hands - (
        shared.c.minutes * (shared.c.place - 1)
    ) // shared.c.hands
    key = literal("workorder:") + cast(WorkOrder.id, String) + ":" + cast(shared.c.place, String)
    return part(
        with_project(shared),
        "workorder",
        WorkOrder.id,
        row=key,
        day=local_day(WorkOrder.starts_at),
        amount=amount,
        title=WorkOrder.number,
        worker_id=shared.c.user_id,
        **of_work_order(),
    )


def _completed(as_of: date, *, worked: bool) -> Part:
    """One row a completed workorder with planned hours: the minutes planned for it, or those worked on it."""
    planned = _of_contracts(planned_minutes(as_of))
    entry = aliased(TimeEntry)
    minutes = (
        select(func.coalesce(func.sum(entry.minutes), 0))
        .where(entry.work_order_id == WorkOrder.id, entry.worked_on <= as_of)
        .correlate(WorkOrder)
        .scalar_subquery()
    )
    joined = with_project(None).join(planned, planned.c.contract_id == WorkOrder.estimate_id)
    return part(
        joined,
        "workorder",
        WorkOrder.id,
        where=(WorkOrder.state == WorkOrderState.COMPLETED, WorkOrder.completed_on <= as_of),
        day=WorkOrder.completed_on,
        amount=minutes if worked else planned.c.minutes,
        title=WorkOrder.number,
        **of_work_order(),
    )


HOURS_WORKED = Source(
    "hours_worked",
    "Time entered on workorders, on the day of the work.",
    (TimeEntry, WorkOrder),
    lambda as_of: (_hours(as_of),),
    OF_WORK | {"worker_id"},
    in_money=False,
)
COSTS = Source(
    "costs",
    "What work cost us: materials and services on the day they were bought, and time at the cost of an hour.",
    (JobCost, TimeEntry, WorkOrder),
    lambda as_of: (_spent(as_of, 1), _cost_of_time(as_of, 1)),
    OF_WORK | {"worker_id"},
)
HOURS_PLANNED = Source(
    "hours_planned",
    "Hours that the lines of accepted estimates plan, on the day of acceptance.",
    (Estimate, EstimateLine),
    lambda as_of: (_planned(as_of),),
    OF_WORK,
    in_money=False,
)
WORKLOAD = Source(
    "workload",
    "Planned hours of scheduled workorders on the day they start, shared among their crews, as planned now.",
    (WorkOrder, Estimate, EstimateLine),
    lambda as_of: (_workload(as_of),),
    OF_WORK | {"worker_id"},
    in_money=False,
)
COMPLETED_WORKED = Source(
    "completed_worked",
    "Hours worked on workorders with planned hours, on the day they were completed.",
    (WorkOrder, TimeEntry, Estimate),
    lambda as_of: (_completed(as_of, worked=True),),
    OF_WORK,
    in_money=False,
)
COMPLETED_PLANNED = Source(
    "completed_planned",
    "Hours planned for workorders, on the day they were completed.",
    (WorkOrder, Estimate, EstimateLine),
    lambda as_of: (_completed(as_of, worked=False),),
    OF_WORK,
    in_money=False,
)
MARGIN = Source(
    "margin",
    "Net bills of projects whose costs are known, on their issue date, less those costs on the day they arose.",
    (Invoice, CreditNote, JobCost, TimeEntry, WorkOrder),
    lambda as_of: (*_billed_with_costs(as_of), _spent(as_of, -1), _cost_of_time(as_of, -1)),
    frozenset({"brand_id", "project_id", "user_id", "source"}),
)
BILLED_WITH_COSTS = Source(
    "billed_with_costs",
    "Net bills of projects whose costs are known, on their issue date.",
    (Invoice, CreditNote, JobCost, TimeEntry, WorkOrder),
    lambda as_of: _billed_with_costs(as_of),
    frozenset({"brand_id", "project_id", "user_id", "source"}),
)
