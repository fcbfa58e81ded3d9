"""A draft estimate is thrown away; what was sent stays, and what to do instead is said [M39, M14]."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import Estimate, EstimateState, Lead, LeadState
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand
from admin_app.records import bulk
from admin_app.services.contract_chain import revisions_of
from admin_app.services.facts import Said
from admin_app.services.kept_work import why_it_stays
from admin_app.services.move_lead import move_lead
from admin_app.services.take import move, open_step, take


def discard_estimate(session: Session, estimate: Estimate, actor: Actor, clock: Clock) -> Estimate | None:
    """Delete a draft; gives the revision before it, which stands again where it stood, or None.

    When the project has no estimate left, its leads wait for an answer again.  Raises Unmet for what is no draft.
    """
    demand(actor, Permission.SALES_WRITE)
    session.flush()  # a refresh would forget what was typed just now
    lock_customer(session, estimate.group_id)
    session.refresh(estimate)
    if estimate.state is not EstimateState.DRAFT:
        raise Unmet(why_it_stays(estimate))
    revisions = revisions_of(session, estimate)
    before = revisions[-2] if len(revisions) > 1 else None
    project_id = estimate.project_id
    bulk.delete_records(session, Estimate, [estimate.id])
    if before is not None:
        _reinstate(session, before, actor, clock)
    _set_leads_back(session, project_id, actor, clock)
    return before


def _reinstate(session: Session, estimate: Estimate, actor: Actor, clock: Clock) -> None:
    """The revision stands again; one that the client had answered, or that ran out, does so again in silence."""
    take(session, estimate, "reinstate", actor, clock)
    if estimate.state is not EstimateState.SENT:
        return
    if estimate.declined_reason:
        again, said = "decline", Said(reason=estimate.declined_reason)
    elif estimate.answered_at is not None:
        again, said = "request_changes", Said(reason=estimate.client_comment or "Changes")
    elif estimate.expires_on is not None and estimate.expires_on < clock.today():
        again, said = "expire", Said()
    else:
        return
    step = open_step(session, estimate, again, actor, clock, said)
    # Nothing follows: everybody was told when it happened.
    move(session, estimate, replace(step, events=()), actor, clock, said)


def _set_leads_back(session: Session, project_id: int, actor: Actor, clock: Clock) -> None:
    if session.scalar(select(Estimate.id).where(Estimate.project_id == project_id).limit(1)) is not None:
        return
    leads = select(Lead).where(Lead.project_id == project_id, Lead.state == LeadState.ESTIMATED)
    for lead in session.scalars(leads.order_by(Lead.id)).all():
        move_lead(session, lead, "set_back", actor, clock)
