"""The statuses a lead can have, and the first sources: the rows behind the drop-downs of a lead [45, A41, A48].

Every state of a lead has one row with its name, which the company can change; rows of its own stand for the state
CUSTOM.  `ensure` writes what is missing, so that a company that began earlier has them too.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import Lead, LeadSource, LeadState, LeadStatus
from admin_app.policy import visible

SYSTEM_NAMES: dict[LeadState, str] = {
    LeadState.DRAFT: "Draft",
    LeadState.FOR_APPROVAL: "For approval",
    LeadState.NEW: "New",
    LeadState.ESTIMATED: "Estimated",
    LeadState.POSTPONED: "Postponed",
    LeadState.DECLINED: "Declined",
}
"""What the states are called until somebody renames them, in the order of the drop-down."""

FIRST_SOURCES = ("Recommendation", "Returning customer", "Website", "Phone", "Advertisement")
"""What a company can choose from before it writes its own references down."""


def ensure(session: Session) -> None:
    """Write the system statuses that are missing, and the first sources where there is none yet.

    Two doors at once are no harm: the one that comes second finds the rows of the first.
    """
    known = set(session.scalars(select(LeadStatus.state).distinct()))
    if set(SYSTEM_NAMES) <= known:
        return
    try:
        with session.begin_nested():
            _write_statuses(session, known)
            _write_sources(session)
    except IntegrityError:
        pass  # another request has just written them


def _write_statuses(session: Session, known: set[LeadState]) -> None:
    taken = set(session.scalars(select(LeadStatus.name)))
    for place, (state, name) in enumerate(SYSTEM_NAMES.items(), start=1):
        if state not in known:
            free = name if name not in taken else f"{name} (system)"
            session.add(LeadStatus(name=free, state=state, position=place * 10))
    session.flush()  # names are unique, and a clash belongs to this attempt


def _write_sources(session: Session) -> None:
    if session.scalar(select(LeadSource.id).limit(1)) is None:
        session.add_all(LeadSource(name=name) for name in FIRST_SOURCES)
        session.flush()


def offered_statuses(session: Session, actor: Actor, lead: Lead | None = None) -> list[LeadStatus]:
    """The statuses of the drop-down in their order; a switched-off one only while this lead stands on it [45]."""
    query = select(LeadStatus).order_by(LeadStatus.position, LeadStatus.id)
    kept = lead.custom_status_id if lead is not None else None
    rows = session.scalars(visible(actor, query))
    return [row for row in rows if row.enabled or row.id == kept]


def status_of(lead: Lead, statuses: list[LeadStatus]) -> LeadStatus | None:
    """The row of the status on which a lead stands, if it is among `statuses`."""
    for row in statuses:
        if row.state is lead.state and (row.state is not LeadState.CUSTOM or row.id == lead.custom_status_id):
            return row
    return None


def status_name(lead: Lead, statuses: list[LeadStatus]) -> str:
    """What a lead's status is called here; the word of its state where no row says it."""
    row = status_of(lead, statuses)
    return row.name if row is not None else lead.state.value.capitalize()


def offered_sources(session: Session, actor: Actor, lead: Lead | None = None) -> list[LeadSource]:
    """The references to choose from by name; an archived one only while this lead names it."""
    query = select(LeadSource).order_by(LeadSource.name)
    kept = lead.source_id if lead is not None else None
    return [row for row in session.scalars(visible(actor, query)) if not row.archived or row.id == kept]
