"""The client agrees; the work is planned: a confirmed estimate makes its workorder, exactly one [A69, 61].

A later revision and every change order bring the same workorder in step.  One call, from `services/reactions.py`::

    plan_work(session, estimate, actor, clock, Said(comment="mind the dog"))
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import (
    CustomerGroup,
    DocumentKind,
    Estimate,
    Project,
    WorkOrder,
    WorkOrderState,
)
from admin_app.money.ledger import lock_customer
from admin_app.services.facts import Said
from admin_app.services.record_rules import make, put
from admin_app.services.sync_services import sync_services
from admin_app.services.take_number import brand_for, take_number


def plan_work(session: Session, estimate: Estimate, actor: Actor, clock: Clock, said: Said) -> WorkOrder:
    """The workorder of a confirmed estimate: made now, or brought in step with what was agreed anew.

    The customer's lock makes the second of two clicks find what the first made; the unique index would refuse it
    otherwise.  Raises Unmet as `sync_services` does.
    """
    lock_customer(session, estimate.group_id)
    work = work_of(session, estimate.change_of_id or estimate.first_id)
    if work is None:
        work = _begin(session, estimate, clock, said)
    elif said.comment or estimate.client_comment:
        put(session, work, {"client_comment": _comments(work, estimate, said)})
    sync_services(session, work, actor, clock)
    return work


def work_of(session: Session, first_id: int) -> WorkOrder | None:
    """The workorder of an estimate, by its first revision, as it is now; None before anybody agreed."""
    query = select(WorkOrder).where(WorkOrder.estimate_id == first_id)
    return session.scalar(query.execution_options(populate_existing=True))


def _begin(session: Session, estimate: Estimate, clock: Clock, said: Said) -> WorkOrder:
    project = session.get_one(Project, estimate.project_id)
    brand_id = project.brand_id or session.scalar(
        select(CustomerGroup.brand_id).where(CustomerGroup.id == project.group_id)
    )
    brand = brand_for(session, brand_id)
    return make(
        session,
        WorkOrder,
        {
            "number": take_number(session, brand, DocumentKind.WORK_ORDER, clock.today()),
            "project_id": project.id,
            "group_id": project.group_id,
            "estimate_id": estimate.change_of_id or estimate.first_id,
            "title": estimate.title,
            "state": WorkOrderState.NEW,
            "state_since": clock.now(),
            "client_comment": said.comment.strip() or estimate.client_comment,
            "forced_reason": (said.how or said.reason).strip()[:400] or None if said.forced else None,
        },
    )


def _comments(work: WorkOrder, estimate: Estimate, said: Said) -> str:
    """What the client said with each answer, the first one first."""
    latest = said.comment.strip() or estimate.client_comment or ""
    known = work.client_comment or ""
    return known if latest in known else f"{known}\n\n{latest}".strip()
