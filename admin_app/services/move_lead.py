"""A lead moves: to a status of ours, put off, declined with a reason, taken up again [45, 46, 50, A46, A49].

The one way by which anything takes a step of a lead: it keeps what belongs to the new state (the day it comes back,
the reason, the status of our own) and lets go what belonged to the old one.  One call::

    move_lead(session, lead, "decline", pete, clock, Said(reason="Too far away"))
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.parsing import clean_text
from admin_app.models import Lead, LeadState
from admin_app.services.facts import Said
from admin_app.services.take import move, open_step

LONGEST_REASON = 400


def move_lead(
    session: Session, lead: Lead, step: str, actor: Actor, clock: Clock, said: Said | None = None
) -> Lead:
    """Take a step of the lead's table; raises as `take` does, and Invalid for a reason too long."""
    said = said or Said()
    said = replace(said, reason=clean_text(said.reason, LONGEST_REASON, multiline=True))
    opened = open_step(session, lead, step, actor, clock, said)
    # Set in the same flush as the state: the database holds them together.
    lead.custom_status_id = said.status_id if opened.target is LeadState.CUSTOM else None
    lead.postponed_until = said.until if opened.target is LeadState.POSTPONED else None
    lead.declined_reason = said.reason if opened.target is LeadState.DECLINED else None
    move(session, lead, opened, actor, clock, said)
    return lead


def postpone(session: Session, lead: Lead, until: date | None, actor: Actor, clock: Clock) -> Lead:
    """Put a lead off to a later day, on which it comes back by itself; raises Unmet for a day that is not later."""
    return move_lead(session, lead, "postpone", actor, clock, Said(until=until))


def decline(session: Session, lead: Lead, reason: str, actor: Actor, clock: Clock) -> Lead:
    """Decline a lead, saying why [50]; raises Unmet without a reason or with an estimate, Invalid for a long one."""
    return move_lead(session, lead, "decline", actor, clock, Said(reason=reason))


def reopen(session: Session, lead: Lead, actor: Actor, clock: Clock) -> Lead:
    """Take a declined lead up again; the timeline keeps why it was declined."""
    return move_lead(session, lead, "reopen", actor, clock)


def resume(session: Session, lead: Lead, actor: Actor, clock: Clock) -> Lead:
    """Take a postponed lead up before its day."""
    return move_lead(session, lead, "resume", actor, clock)
