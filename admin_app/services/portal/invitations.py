"""How a contact is let into the portal: invited by mail or in silence, and told where the way in is [R33-R40, 110].

An invitation is a link that works once and for seven days; behind it the client chooses a password, or goes on without
one and has a link sent whenever they come back.  Nobody is told a link that opens nothing.  One call::

    mail_invitation(session, group, clara.id, ann, clock)
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import Contact, CustomerGroup, PortalAccount
from admin_app.policy import Closed, Permission, client_scope, clients_of, demand
from admin_app.services.one_time_link import LIFE, Purpose, draw_link
from admin_app.services.portal.accounts import account_of, ensure_account
from admin_app.services.portal.address import doorstep_of, portal_address
from admin_app.services.portal.tell_client import mail_link, sender_of
from admin_app.services.save_record import find

NO_ADDRESS = "No public address is configured (SAWHORSE_PUBLIC_URL), so no link can be sent"
DAYS = LIFE[Purpose.INVITATION].days


def draw_invitation(
    session: Session, group: CustomerGroup, contact_id: int, actor: Actor, clock: Clock
) -> str:
    """Draw an invitation and give back its token, for staff who hand it over themselves; older ones are dead.

    The portal user is made if there is none.  Raises NotAllowed, NotFound, and Unmet where it would open nothing.
    """
    demand(actor, Permission.ACCESS_GRANT)
    contact = find(session, Contact, contact_id, actor)
    ensure_account(session, contact)
    scope = client_scope(session, contact.id, group.id)
    if isinstance(scope, Closed):
        raise Unmet(f"An invitation would open nothing. {scope.why}")
    return draw_link(session, Purpose.INVITATION, None, clock, contact_id=contact.id)


def mail_invitation(
    session: Session, group: CustomerGroup, contact_id: int, actor: Actor, clock: Clock
) -> PortalAccount:
    """Invite a contact of the customer by mail, whatever projects are open to them [R35, W20].

    Raises what `draw_invitation` raises, and Unmet without an address to write to, to write from, or to lead to.
    """
    demand(actor, Permission.ACCESS_GRANT)
    contact = find(session, Contact, contact_id, actor)
    if not contact.email:
        raise Unmet(f"{contact.name} has no email address; add it, or set a user name and a password")
    if doorstep_of(session) is None:
        raise Unmet(NO_ADDRESS)
    address = invitation_address(session, draw_invitation(session, group, contact_id, actor, clock))
    name = sender_of(session, contact, group)[1]
    sent = mail_link(
        session,
        contact,
        f"Your access to the customer portal of {name}"[:300],
        f"you are invited to our customer portal. There you find what we send you: proposals, dates, invoices, "
        f"messages.\n\nBegin here; the link works once, and for {DAYS} days:\n\n{address}\n\n"
        "If you did not expect this mail, do nothing.",
        clock,
        group=group,
        why=f"{actor.name} invited {contact.name} to the customer portal",
    )
    if not sent:
        raise Unmet("No sender is known; give the company an email address first")
    account = account_of(session, contact.id)
    assert account is not None  # the invitation is for it
    account.invited_at = clock.now()
    session.flush()  # the page that follows shows the state
    return account


def portal_address_for(session: Session, contact_id: int | None, group: CustomerGroup) -> str:
    """Where this contact signs in to see what is this customer's; "" while they would see nothing there.

    The customer's own address where it has an identifier, else everybody's [W21, W22, E12].  Writes nothing.
    """
    if contact_id is None or isinstance(client_scope(session, contact_id, group.id), Closed):
        return ""
    return portal_address(session, group)


def way_in_for(session: Session, contact: Contact, group: CustomerGroup, clock: Clock) -> str:
    """The link of a mail that tells of a new access: an invitation for who never chose a password, else the sign-in.

    "" while the portal is closed to them.  For services that have asked for the right.
    """
    address = portal_address_for(session, contact.id, group)
    account = account_of(session, contact.id, lock=True)
    if not address or account is None:
        return ""
    if account.password_hash is not None:
        return address
    account.invited_at = clock.now()
    return invitation_address(
        session, draw_link(session, Purpose.INVITATION, None, clock, contact_id=contact.id)
    )


def make_ready(session: Session, contact: Contact, group: CustomerGroup) -> None:
    """Let a contact in where the customer's portal is open and only the portal user is missing [R36, R40].

    Whoever has an email address can have a link sent, so that a silent invitation is a way in too.
    """
    if not contact.email or account_of(session, contact.id) is not None:
        return
    scope = client_scope(session, contact.id, group.id)
    if isinstance(scope, Closed) and scope.switch == "has_account":
        ensure_account(session, contact)


def invitation_address(session: Session, token: str) -> str:
    """Where an invitation leads; raises Unmet without a public address."""
    doorstep = doorstep_of(session)
    if doorstep is None:
        raise Unmet(NO_ADDRESS)
    return doorstep.invitation(token)


def groups_open_to(session: Session, contact_id: int) -> list[CustomerGroup]:
    """The customers whose things this contact may look at now, by name [R5, R6]; empty where the portal is closed."""
    numbers = [
        number
        for number, _ in clients_of(session, contact_id)
        if not isinstance(client_scope(session, contact_id, number), Closed)
    ]
    query = select(CustomerGroup).where(CustomerGroup.id.in_(numbers))
    return list(session.scalars(query.order_by(CustomerGroup.sort_name, CustomerGroup.id)))
