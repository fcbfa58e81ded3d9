"""A signed proposal that waited for its deposit is confirmed when the money is here [56, M22]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Refusal
from admin_app.models import Estimate, EstimateState, Signature
from admin_app.services.answer_estimate import confirm_estimate
from admin_app.services.facts import Said


def confirm_when_paid(session: Session, estimate: Estimate, clock: Clock) -> None:
    """Confirm an estimate that its client signed; what is in the way otherwise stays for the office to see."""
    signed = session.scalar(select(Signature.id).where(Signature.estimate_id == estimate.id).limit(1))
    if estimate.state is not EstimateState.SENT or signed is None:
        return
    try:
        with session.begin_nested():
            confirm_estimate(session, estimate, SYSTEM, clock, Said(how="Signed, and the deposit was paid"))
    except Refusal:
        pass  # the deposit stays with the project; the step of the estimate says what is missing
