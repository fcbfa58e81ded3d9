"""A document takes a step: permission, guards, the move, and what follows, in one transaction (design section 5).

The one reader of a step's permission and the one caller of `Flow.move`; what the table leaves to a use case, only
that use case takes.  The customer is locked first, so that two
clicks on the same button wait for each other and the second finds the step taken.  One call::

    take(session, work, "cancel", pete, clock, Said(reason="Sold the house"))
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from admin_app.flow import ESTIMATE, INVOICE, LEAD, SERVICE, WORK_ORDER, Flow, Offer, Step
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Entity, Estimate, Invoice, Lead, Service, WorkOrder
from admin_app.money.ledger import lock_customer
from admin_app.policy import demand_for, holds
from admin_app.services.facts import Said, facts_of

__all__ = ["FLOW_OF", "Said", "flow_of", "move", "offers", "open_step", "take"]

FLOW_OF: dict[type[Entity], Flow] = {
    Lead: LEAD,
    Estimate: ESTIMATE,
    WorkOrder: WORK_ORDER,
    Service: SERVICE,
    Invoice: INVOICE,
}
"""What moves → its table."""


def flow_of(document: Entity | type[Entity]) -> Flow:
    """The table by which a document moves; raises KeyError for what does not move."""
    return FLOW_OF[document if isinstance(document, type) else type(document)]


def take(
    session: Session, document: Any, step: str, actor: Actor, clock: Clock, said: Said | None = None
) -> Step:
    """Check the step, move, and let follow what follows.

    Raises NotFound for a word that is no step, NotAllowed, and Unmet with the sentence of the guard that is in the way.
    A step that the table leaves to a use case is a mistake of the program here: an invoice would stand issued without
    a number and without its books.  Doors that know steps only by name knock at `services/walk_step.py`.
    """
    if use_case := flow_of(document).taken_by(step):
        raise TypeError(f"To {step} {flow_of(document).article} {flow_of(document).called} is for {use_case}")
    said = said or Said()
    opened = open_step(session, document, step, actor, clock, said)
    return move(session, document, opened, actor, clock, said)


def open_step(
    session: Session, document: Any, step: str, actor: Actor, clock: Clock, said: Said | None = None
) -> Step:
    """Lock the customer, read the document afresh and give the row that may be taken now; refuses as `take` does."""
    flow = flow_of(document)
    demand_for(actor, flow.rows(step)[0].permission, document)
    session.flush()  # what was typed just now is part of what the guards look at
    lock_customer(session, group_of(document))
    session.refresh(document)
    return flow.demand(step, document, facts_of(session, document, clock, said or Said()))


def move(
    session: Session, document: Any, step: Step, actor: Actor, clock: Clock, said: Said | None = None
) -> Step:
    """Move a document by a row that `open_step` gave, and let follow what follows."""
    flow_of(document).move(document, step)
    if hasattr(document, "state_since"):
        document.state_since = clock.now()
    session.flush()  # what follows sees the document where it stands now
    # Read late: what follows a step takes steps itself, so that table and this module know each other.
    from admin_app.services.reactions import react

    for event in step.events:
        react(session, event, document, actor, clock, said or Said())
    return step


def offers(session: Session, document: Any, actor: Actor, clock: Clock) -> list[Offer]:
    """The steps to show this person, closed ones with their reason; what their role does not include is left out."""
    facts = facts_of(session, document, clock, Said())
    return [
        offer for offer in flow_of(document).offers(document, facts) if holds(actor, offer.step.permission)
    ]


def group_of(document: Any) -> int:
    """The customer whose document it is."""
    found: int = document.work_order.group_id if isinstance(document, Service) else document.group_id
    return found

