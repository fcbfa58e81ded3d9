"""Every night: postponed leads whose day has come are new again [A49, 4.2]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import Clock
from admin_app.models import Lead, LeadState
from admin_app.services.move_lead import move_lead

AT_A_TIME = 200
"""Leads in one transaction."""


def leads_come_back(session: Session, clock: Clock, limit: int = AT_A_TIME) -> int:
    """Bring back up to `limit` leads whose day is today or past; returns how many came."""
    due = (
        select(Lead)
        .where(Lead.state == LeadState.POSTPONED, Lead.postponed_until <= clock.today())
        .order_by(Lead.postponed_until, Lead.id)
        .limit(limit)
    )
    leads = list(session.scalars(due))
    for lead in leads:
        move_lead(session, lead, "come_back", SYSTEM, clock)
    return len(leads)
