"""Which tab a project stands under, and one page of the projects of a tab [A35, 4.2, 50].

Completed: something was invoiced and nothing is left to pay, to bill or to do; or, where the company says so, the
work is done.  Declined: the lead or the estimates were declined and nothing else is open.  Else in progress.
One call::

    page = project_page(session, actor, Wanted(group_id=7, tab=Tab.IN_PROGRESS))
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor
from admin_app.models import (
    Address,
    Brand,
    Company,
    CompletedWhen,
    Contact,
    CustomerGroup,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Lead,
    LeadState,
    Project,
    User,
    WorkOrder,
    WorkOrderState,
)
from admin_app.policy import visible

PAGE = 25
MOST_COUNTED = 10_000


class Tab(enum.StrEnum):
    """The tabs of projects; ALL is every one of them."""

    IN_PROGRESS = "in progress"
    COMPLETED = "completed"
    DECLINED = "declined"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which projects to show; `after` and `before` are ids that an earlier page gave (newest first)."""

    group_id: int | None = None
    estimator_id: int | None = None
    contact_id: int | None = None
    tab: Tab = Tab.ALL
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """One page of projects with customer, brand, site, contact and estimator; the ids of its neighbours, or None."""

    projects: list[Project]
    before: int | None
    after: int | None


def completed_when(session: Session) -> CompletedWhen:
    """What the company means by completed."""
    return session.scalar(select(Company.completed_when)) or CompletedWhen.PAID


def tab_of(when: CompletedWhen) -> ColumnElement[str]:
    """The tab of a project row, as an SQL expression over Project."""
    return case(
        (_completed(when), Tab.COMPLETED.value),
        (_declined(), Tab.DECLINED.value),
        else_=Tab.IN_PROGRESS.value,
    )


def in_tab(tab: Tab, when: CompletedWhen) -> ColumnElement[bool] | None:
    """The condition that a project stands under a tab; None for ALL."""
    return None if tab is Tab.ALL else tab_of(when) == tab.value


def _completed(when: CompletedWhen) -> ColumnElement[bool]:
    under_way = exists().where(
        WorkOrder.project_id == Project.id,
        WorkOrder.state.not_in((WorkOrderState.COMPLETED, WorkOrderState.CANCELLED)),
    )
    issued = and_(Invoice.project_id == Project.id, Invoice.state == InvoiceState.ISSUED)
    billed = exists().where(issued, Invoice.kind != InvoiceKind.DEPOSIT)
    to_pay = exists().where(issued, Invoice.balance > 0)
    to_bill = exists().where(Invoice.project_id == Project.id, Invoice.state == InvoiceState.DRAFT)
    paid = and_(billed, ~to_pay, ~to_bill, ~under_way)
    if when is CompletedWhen.PAID:
        return paid
    done = exists().where(WorkOrder.project_id == Project.id, WorkOrder.state == WorkOrderState.COMPLETED)
    return or_(paid, and_(done, ~under_way))


def _declined() -> ColumnElement[bool]:
    said_no = or_(
        exists().where(Lead.project_id == Project.id, Lead.state == LeadState.DECLINED),
        exists().where(Estimate.project_id == Project.id, Estimate.state == EstimateState.DECLINED),
    )
    open_lead = exists().where(Lead.project_id == Project.id, Lead.state.in_(LeadState.open()))
    gone = (EstimateState.DECLINED, EstimateState.SUPERSEDED)
    open_estimate = exists().where(Estimate.project_id == Project.id, Estimate.state.not_in(gone))
    work = exists().where(WorkOrder.project_id == Project.id, WorkOrder.state != WorkOrderState.CANCELLED)
    bills = exists().where(Invoice.project_id == Project.id, Invoice.state != InvoiceState.VOID)
    return and_(said_no, ~open_lead, ~open_estimate, ~work, ~bills)


def tabs_of(session: Session, project_ids: list[int]) -> dict[int, Tab]:
    """The tab of each of these projects, in one statement; who asks has seen the projects already."""
    query = select(Project.id, tab_of(completed_when(session))).where(Project.id.in_(project_ids))
    return {project_id: Tab(tab) for project_id, tab in session.execute(query)}


def count_tabs(session: Session, actor: Actor, wanted: Wanted) -> Mapping[Tab, int]:
    """How many projects stand under each tab, of those that this actor may see; counted no further than 10,000."""
    listed: Select[Any] = select(Project.id).add_columns(tab_of(completed_when(session)).label("tab"))
    rows = _narrowed(visible(actor, listed), wanted)
    found = rows.limit(MOST_COUNTED).subquery()
    counted = session.execute(select(found.c.tab, func.count()).group_by(found.c.tab))
    by_tab = {Tab(tab): number for tab, number in counted}
    counts = {tab: by_tab.get(tab, 0) for tab in Tab}
    counts[Tab.ALL] = sum(by_tab.values())
    return counts


def project_page(session: Session, actor: Actor, wanted: Wanted, size: int = PAGE) -> ProjectPage:
    """One page of the projects that this actor may see, newest first; two statements at any depth."""
    query = _narrowed(visible(actor, with_surroundings(select(Project))), wanted)
    condition = in_tab(wanted.tab, completed_when(session)) if wanted.tab is not Tab.ALL else None
    if condition is not None:
        query = query.where(condition)
    if wanted.before is not None:
        nearest = query.where(Project.id > wanted.before).order_by(Project.id).limit(size + 1)
        found = list(session.scalars(nearest))
        shown = found[:size][::-1]
        return ProjectPage(shown, shown[0].id if len(found) > size else None, shown[-1].id if shown else None)
    if wanted.after is not None:
        query = query.where(Project.id < wanted.after)
    found = list(session.scalars(query.order_by(Project.id.desc()).limit(size + 1)))
    shown = found[:size]
    before = shown[0].id if wanted.after is not None and shown else None
    return ProjectPage(shown, before, shown[-1].id if len(found) > size else None)


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    narrowed = query
    if wanted.group_id is not None:
        narrowed = narrowed.where(Project.group_id == wanted.group_id)
    if wanted.estimator_id is not None:
        narrowed = narrowed.where(Project.estimator_id == wanted.estimator_id)
    if wanted.contact_id is not None:
        narrowed = narrowed.where(Project.contact_id == wanted.contact_id)
    return narrowed


def with_surroundings(query: Select[Any]) -> Select[Any]:
    """A select of projects that brings customer, brand, site, contact and estimator along in the same statement."""
    group_brand = aliased(Brand)
    return (
        query.join(CustomerGroup, CustomerGroup.id == Project.group_id)
        .outerjoin(group_brand, group_brand.id == CustomerGroup.brand_id)
        .outerjoin(Brand, Brand.id == Project.brand_id)
        .outerjoin(Address, Address.id == Project.address_id)
        .outerjoin(Contact, Contact.id == Project.contact_id)
        .outerjoin(User, User.id == Project.estimator_id)
        .options(
            contains_eager(Project.group).contains_eager(CustomerGroup.brand.of_type(group_brand)),
            contains_eager(Project.brand),
            contains_eager(Project.address),
            contains_eager(Project.contact),
            contains_eager(Project.estimator),
        )
    )
