"""What of leads, estimates, work and the price list must not be deleted, and what to do instead [M39, M13, M14, 45].

Read by `must_stay.py`, which every general way of deleting passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Unmet
from admin_app.models import (
    Estimate,
    EstimateLine,
    EstimateState,
    Invoice,
    Lead,
    LeadState,
    LeadStatus,
    Package,
    PackageLine,
    Payment,
    PriceItem,
    Project,
    Signature,
    Subscription,
    WorkOrder,
)

_INSTEAD = {
    EstimateState.SENT: "decline it instead",
    EstimateState.CHANGES_REQUESTED: "revise or decline it instead",
    EstimateState.CONFIRMED: "revise it, or cancel its workorder",
    EstimateState.DECLINED: "it is kept, so that it can be learned from",
    EstimateState.EXPIRED: "it is kept; revise it to send it again",
    EstimateState.SUPERSEDED: "a later revision stands on it",
}


def why_it_stays(estimate: Estimate) -> str:
    """Why an estimate that is no draft is not deleted, and what to do instead."""
    return f"Estimate {estimate} is {estimate.state.value} and cannot be deleted; {_INSTEAD[estimate.state]}"


def has_kept_work(group_id: Any) -> ColumnElement[bool]:
    """The condition that a customer has estimates that went out, workorders or a service plan."""
    return or_(
        exists().where(Estimate.group_id == group_id, Estimate.state != EstimateState.DRAFT),
        exists().where(WorkOrder.group_id == group_id),
        exists().where(Subscription.group_id == group_id),
    )


def _estimates(session: Session, ids: Sequence[int]) -> None:
    """Drafts are discarded, which sets their lead back; all others stay."""
    standing = select(Estimate).where(Estimate.id.in_(ids), Estimate.state != EstimateState.DRAFT).limit(1)
    estimate = session.scalar(standing)
    if estimate is not None:
        raise Unmet(why_it_stays(estimate))
    raise Unmet(
        "A draft estimate is discarded on its own page, so that its lead and the revision before it go back"
    )


def _estimate_lines(session: Session, ids: Sequence[int]) -> None:
    raise Unmet("The lines of an estimate change in its editor, where the sums follow")


def _signatures(session: Session, ids: Sequence[int]) -> None:
    raise Unmet("A signature is kept with what was signed")


def _leads(session: Session, ids: Sequence[int]) -> None:
    answered = (
        select(Lead)
        .where(
            Lead.id.in_(ids),
            Lead.state == LeadState.ESTIMATED,
            exists().where(Estimate.project_id == Lead.project_id),
        )
        .limit(1)
    )
    lead = session.scalar(answered)
    if lead is not None:
        raise Unmet(
            f"The lead “{lead.title}” has an estimate; decline that estimate, or discard it while it is a draft"
        )


def _lead_statuses(session: Session, ids: Sequence[int]) -> None:
    query = select(LeadStatus).where(LeadStatus.id.in_(ids)).order_by(LeadStatus.state)
    for status in session.scalars(query):
        if status.state is not LeadState.CUSTOM:
            raise Unmet(f"“{status.name}” is one of the system's statuses; it can be renamed, not deleted")
        if session.scalar(select(Lead.id).where(Lead.custom_status_id == status.id).limit(1)) is not None:
            raise Unmet(f"Leads stand on “{status.name}”; switch it off instead, and no lead is offered it")


def _projects(session: Session, ids: Sequence[int]) -> None:
    query = select(Project).where(Project.id.in_(ids)).order_by(Project.id)
    for project in session.scalars(query):
        held = [
            kind.singular
            for kind in (Estimate, WorkOrder, Invoice, Payment, Lead)
            if session.scalar(select(kind.id).where(kind.project_id == project.id).limit(1)) is not None
        ]
        if held == [Lead.singular]:
            raise Unmet(f"The project “{project.title}” has a lead; decline the lead, or delete it first")
        if held:
            article = "an" if held[0][0] in "aeiou" else "a"
            raise Unmet(f"The project “{project.title}” has {article} {held[0]} and is kept with it")


def _work_orders(session: Session, ids: Sequence[int]) -> None:
    number = session.scalar(select(WorkOrder.number).where(WorkOrder.id.in_(ids)).limit(1))
    if number is not None:
        raise Unmet(f"Workorder {number} is kept; cancel it instead")


def _price_items(session: Session, ids: Sequence[int]) -> None:
    used = (
        select(PriceItem.name, Package.name)
        .join(PackageLine, PackageLine.price_item_id == PriceItem.id)
        .join(Package, Package.id == PackageLine.package_id)
        .where(PriceItem.id.in_(ids))
        .limit(1)
    )
    found = session.execute(used).first()
    if found is not None:
        raise Unmet(f"“{found[0]}” is part of the package “{found[1]}”; take it out there, or archive it")


GUARDS: dict[type[Any], Callable[[Session, Sequence[int]], None]] = {
    Estimate: _estimates,
    EstimateLine: _estimate_lines,
    Lead: _leads,
    LeadStatus: _lead_statuses,
    PriceItem: _price_items,
    Project: _projects,
    Signature: _signatures,
    WorkOrder: _work_orders,
}
"""What must be asked before these are deleted; each raises Unmet with what to do instead."""
