"""The drop-down of a lead: the chosen status is reached by the steps of the lead's table [45, A41, A46].

A choice is a row of LeadStatus; most are one step away, some two (a declined lead is taken up before it gets a status
of our own).  What a step must be told (the day, the reason) goes along in `Said`.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import Lead, LeadState, LeadStatus
from admin_app.services.facts import Said
from admin_app.services.move_lead import move_lead
from admin_app.services.save_record import find

BACK_TO_NEW: dict[LeadState, str] = {
    LeadState.DRAFT: "accept",
    LeadState.FOR_APPROVAL: "accept",
    LeadState.CUSTOM: "renew",
    LeadState.POSTPONED: "resume",
    LeadState.ESTIMATED: "set_back",
    LeadState.DECLINED: "reopen",
}
"""The step that leads from a state to NEW."""

TOWARDS: dict[LeadState, str] = {
    LeadState.CUSTOM: "work",
    LeadState.ESTIMATED: "estimate",
    LeadState.POSTPONED: "postpone",
    LeadState.DECLINED: "decline",
}
"""The step that leads from an open lead to a state."""

CLOSED = frozenset({LeadState.ESTIMATED, LeadState.DECLINED})
"""From here the way to any other state leads through NEW."""


def set_lead_status(
    session: Session, lead: Lead, status_id: int, actor: Actor, clock: Clock, said: Said | None = None
) -> Lead:
    """Bring a lead to a status; the one it stands on already changes nothing.

    Raises NotAllowed, NotFound for a status that is none, and Unmet with the sentence of what is in the way: a status
    that is switched off, a missing day or reason, an estimate.
    """
    status = find(session, LeadStatus, status_id, actor)
    if _stands_on(lead, status):
        return lead
    said = replace(said or Said(), status_id=status.id if status.state is LeadState.CUSTOM else None)
    for step in way_to(lead.state, status):
        move_lead(session, lead, step, actor, clock, said)
    return lead


def way_to(state: LeadState, status: LeadStatus) -> tuple[str, ...]:
    """The steps from a state to a status; raises Unmet where there is no way back."""
    target = status.state
    if target is LeadState.NEW:
        return (BACK_TO_NEW[state],)
    if target not in TOWARDS:
        raise Unmet(f"A lead does not go back to “{status.name}”; that is only how one begins")
    through_new = state in CLOSED or (state is LeadState.POSTPONED and target is LeadState.CUSTOM)
    return (BACK_TO_NEW[state], TOWARDS[target]) if through_new else (TOWARDS[target],)


def _stands_on(lead: Lead, status: LeadStatus) -> bool:
    if lead.state is not status.state:
        return False
    return status.state is not LeadState.CUSTOM or lead.custom_status_id == status.id
