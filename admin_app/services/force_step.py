"""A later step of a project is created at once: what was skipped is made and marked as such [A86-A89, D8].

Estimate, workorder and invoice follow each other whatever happens: a forced workorder has an estimate that was
confirmed and never sent, a forced invoice has both.  Nobody is written to.  Where there are no lines yet, the estimate
comes first and the caller comes back.  A step that is there already is given as it is, so that a second click makes
nothing new.  One call::

    forced = force_step(session, project, "workorder", "Agreed at the garden gate", pete, clock)
    if forced.waits_for_lines: ...   # forced.document is the draft estimate to be written
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.models import (
    Entity,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceState,
    Project,
    WorkOrder,
    WorkOrderState,
)
from admin_app.money.ledger import lock_customer
from admin_app.policy import Permission, demand
from admin_app.services.answer_estimate import confirm_estimate
from admin_app.services.bill_contract import bill_rest
from admin_app.services.facts import Said
from admin_app.services.new_estimate import new_estimate
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate

ESTIMATE, WORK, BILL = "estimate", "workorder", "invoice"
TARGETS = {ESTIMATE: Permission.SALES_WRITE, WORK: Permission.WORK_WRITE, BILL: Permission.MONEY_WRITE}
"""What can be forced, and the right that it asks for besides the estimates'."""
LONGEST_REASON = 400

_TO_BE_REWRITTEN = (EstimateState.CHANGES_REQUESTED, EstimateState.DECLINED, EstimateState.EXPIRED)
"""The client did not agree to these lines, so somebody looks at them before they are forced through."""


@dataclass(frozen=True, slots=True)
class Forced:
    """How far it came: the document that was asked for, or the draft estimate that must be written first."""

    document: Entity
    waits_for_lines: bool = False


def force_step(
    session: Session, project: Project, target: str, reason: str, actor: Actor, clock: Clock
) -> Forced:
    """Create `target` ("estimate", "workorder" or "invoice") and whatever it stands on; `reason` is kept with it.

    Raises NotFound for another word, NotAllowed, Invalid without a reason, and Unmet with what is in the way.
    """
    if target not in TARGETS:
        raise NotFound("There is no such step")
    demand(actor, Permission.SALES_WRITE)
    demand(actor, TARGETS[target])
    lock_customer(session, project.group_id)
    if target == ESTIMATE:
        return Forced(_current(session, project) or new_estimate(session, project, actor, clock))
    why = _reason(reason)
    estimate = _agreed(session, project)
    if estimate is None:
        estimate, to_be_written = _draft(session, project, actor, clock)
        if to_be_written:
            return Forced(estimate, waits_for_lines=True)
        _agree(session, estimate, why, actor, clock)
    work = _work_of(session, estimate)
    if target == WORK:
        return Forced(work)
    return Forced(_bill_of(session, estimate, actor, clock))


def _reason(typed: str) -> str:
    try:
        why = clean_text(typed, LONGEST_REASON, multiline=True)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {"reason": refusal.sentence}) from None
    if not why:
        raise Invalid(
            "Say why the steps between are skipped", {"reason": "Say why the steps between are skipped"}
        )
    return why


def _own(session: Session, project: Project) -> list[Estimate]:
    """The estimates of a project without its change orders, the latest first."""
    query = select(Estimate).where(Estimate.project_id == project.id, Estimate.change_of_id.is_(None))
    return list(session.scalars(query.order_by(Estimate.id.desc())))


def _current(session: Session, project: Project) -> Estimate | None:
    """The estimate that stands: the latest that no later revision replaced."""
    return next((one for one in _own(session, project) if one.state is not EstimateState.SUPERSEDED), None)


def _agreed(session: Session, project: Project) -> Estimate | None:
    """The latest estimate that was confirmed, in whichever revision: the contract."""
    return next((one for one in _own(session, project) if one.confirmed_on is not None), None)


def _draft(session: Session, project: Project, actor: Actor, clock: Clock) -> tuple[Estimate, bool]:
    """The estimate to go on with, and whether somebody must write it first."""
    estimate = _current(session, project)
    if estimate is None:
        return new_estimate(session, project, actor, clock), True
    if estimate.state in _TO_BE_REWRITTEN:
        return revise_estimate(session, estimate, actor, clock), True
    has_lines = any(line.counts for line in estimate.lines)
    return estimate, estimate.state is EstimateState.DRAFT and not has_lines


def _agree(session: Session, estimate: Estimate, why: str, actor: Actor, clock: Clock) -> None:
    """Walk the estimate to its end: passed over unsent, confirmed for the reason given."""
    if estimate.state is EstimateState.DRAFT:
        send_estimate(session, estimate, actor, clock, by_hand=True, forced=True)
    confirm_estimate(session, estimate, actor, clock, Said(how=why, reason=why, forced=True))


def _work_of(session: Session, estimate: Estimate) -> WorkOrder:
    """The workorder that followed from the confirmation; raises Unmet where there is none to work on."""
    query = select(WorkOrder).where(WorkOrder.estimate_id == estimate.first_id)
    work = session.scalar(query)
    if work is None:
        raise Unmet(f"Estimate {estimate} has no workorder; revise and confirm it again to make one")
    if work.state is WorkOrderState.CANCELLED:
        raise Unmet(f"Workorder {work.number} was cancelled; write a new estimate for new work")
    return work


def _bill_of(session: Session, estimate: Estimate, actor: Actor, clock: Clock) -> Invoice:
    """The draft that waits already, else one over everything that is not billed yet."""
    drafts = select(Invoice).where(
        Invoice.estimate_id == estimate.first_id, Invoice.state == InvoiceState.DRAFT
    )
    waiting = session.scalar(drafts.order_by(Invoice.id.desc()).limit(1))
    return waiting or bill_rest(session, estimate.first_id, actor, clock)
