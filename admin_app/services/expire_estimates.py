"""Every night: estimates whose day has passed without an answer run out [53, 4.2]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import Clock
from admin_app.models import Estimate, EstimateState
from admin_app.services.take import take

AT_A_TIME = 200
"""Estimates in one transaction."""


def expire_estimates(session: Session, clock: Clock, limit: int = AT_A_TIME) -> int:
    """Let up to `limit` estimates run out whose last day was yesterday or before; returns how many did."""
    late = (
        select(Estimate)
        .where(Estimate.state.in_(EstimateState.waiting()), Estimate.expires_on < clock.today())
        .order_by(Estimate.id)
        .limit(limit)
    )
    estimates = list(session.scalars(late))
    for estimate in estimates:
        take(session, estimate, "expire", SYSTEM, clock)
    return len(estimates)
