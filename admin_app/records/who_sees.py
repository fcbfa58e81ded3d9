"""Who of a customer's people sees one document in the portal, and who does not, each with the rule [L4, 113].

Asked are the contacts of the customer and whoever one of its projects was opened to.  Three statements, and one more
for each twenty people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import CustomerGroup
from admin_app.policy import Reason, reasons_for_each, scopes_of
from admin_app.records.portal_people import Person, people_of


@dataclass(frozen=True, slots=True)
class Seer:
    """Somebody who could be asked about: the person, and whether and why they see the document."""

    person: Person
    reason: Reason


def who_sees(session: Session, actor: Actor, thing: Any, group: CustomerGroup) -> list[Seer]:
    """Everybody of the customer, those who see it first."""
    people = people_of(session, actor, group.id)
    scopes = scopes_of(session, [one.contact.id for one in people], group.id)
    found = reasons_for_each(session, scopes, thing)
    seers = [Seer(one, found[one.contact.id]) for one in people if one.contact.id in found]
    return sorted(seers, key=lambda seer: not seer.reason.shown)
