"""Clients as services meet them: signed in, or with the link to a proposal in their hands."""

from __future__ import annotations

from admin_app.kernel.actor import Actor
from admin_app.models import Company, Contact, Entity
from admin_app.policy import Closed, as_client, client_scope, link_scope
from admin_app.services.portal.links import link_for
from seeds.portal_builders import a_portal_account
from tests.services.desk import Desk


def portal_on(desk: Desk) -> None:
    """The portal is switched on for everybody."""
    desk.session.get_one(Company, 1).portal_enabled_default = True
    desk.session.flush()


def signed_in(desk: Desk, contact: Contact) -> Actor:
    """The contact with a portal session."""
    portal_on(desk)
    a_portal_account(desk.session, contact)
    scope = client_scope(desk.session, contact.id, desk.group.id)
    assert not isinstance(scope, Closed), scope.why
    return as_client(contact.name, scope)


def by_link(desk: Desk, about: Entity, contact: Contact | None) -> Actor:
    """Whoever follows the link to a document."""
    portal_on(desk)
    link = link_for(desk.session, about, contact, desk.actor, desk.clock)
    scope = link_scope(desk.session, link)
    assert not isinstance(scope, Closed), scope.why
    return as_client(contact.name if contact is not None else "Somebody with the link", scope)
