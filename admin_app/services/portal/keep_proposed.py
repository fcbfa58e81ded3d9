"""Changes that a preview proposed are saved, each by the service that always makes it [113].

A preview itself changes nothing; this is the second, explicit step.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import Contact, CustomerGroup, Membership, Project
from admin_app.policy import Permission, Proposed, demand, visible
from admin_app.services.grant_access import grant_access
from admin_app.services.portal import accounts
from admin_app.services.portal.keep_switches import keep_for_customer, keep_for_member
from admin_app.services.portal.who_gets_in import Level
from admin_app.services.revoke_access import access_of, is_open, revoke_access


def keep_proposed(
    session: Session, group: CustomerGroup, contact: Contact, proposed: Proposed, actor: Actor, clock: Clock
) -> int:
    """Save what was proposed for a contact with a customer; how many changes that were.

    Projects are opened silently [R36].  What stands so already is no change.  Raises NotAllowed, and what the
    services raise that it calls.
    """
    demand(actor, Permission.ACCESS_GRANT)
    kept = 0
    if proposed.group_on is not None and proposed.group_on is not group.portal_on:
        keep_for_customer(session, group, Level(on=proposed.group_on), actor)
        kept += 1
    for project in _projects(session, group, proposed.opened, actor):
        if not is_open(access_of(session, project, contact.id)):
            grant_access(session, project, contact.id, actor, clock)
            kept += 1
    for project in _projects(session, group, proposed.closed, actor):
        if is_open(access_of(session, project, contact.id)):
            revoke_access(session, project, contact.id, actor, clock)
            kept += 1
    if proposed.hides is not None:
        kept += _hide(session, group, contact, proposed.hides, actor)
    if proposed.account_on is not None:
        account = accounts.account_of(session, contact.id)
        if account is None or account.active is not proposed.account_on:
            wanted = accounts.Wanted(active=proposed.account_on)
            accounts.keep_portal_user(session, group, contact.id, wanted, actor, clock)
            kept += 1
    return kept


def _hide(
    session: Session, group: CustomerGroup, contact: Contact, hides: frozenset[str], actor: Actor
) -> int:
    membership = session.scalar(
        visible(actor, select(Membership)).where(
            Membership.group_id == group.id, Membership.contact_id == contact.id
        )
    )
    if membership is None:
        if hides:
            raise Unmet(f"{contact.name} only takes part in a project of {group.name}, so no part is hidden")
        return 0
    if frozenset(membership.portal_hides or ()) == hides:
        return 0
    keep_for_member(session, membership, hides, actor)
    return 1


def _projects(session: Session, group: CustomerGroup, wanted: frozenset[int], actor: Actor) -> list[Project]:
    """The named projects of this customer, in order; a number of another customer's is none."""
    if not wanted:
        return []
    query = select(Project).where(Project.id.in_(wanted), Project.group_id == group.id).order_by(Project.id)
    return list(session.scalars(visible(actor, query)))
