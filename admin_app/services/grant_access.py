"""A project is opened to a contact in the portal, silently or with a mail [R33-R36, R38-R40, D2]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.models import AccessState, Channel, Contact, MessagePurpose, Project, ProjectAccess
from admin_app.policy import Permission, demand
from admin_app.services.messages.resolve import Recipient
from admin_app.services.messages.tell import tell
from admin_app.services.messages.words import asks_for_link, draft, put_link
from admin_app.services.portal.accounts import account_of
from admin_app.services.portal.invitations import make_ready, way_in_for
from admin_app.services.project_contacts import assign
from admin_app.services.revoke_access import access_of, is_open
from admin_app.services.save_record import find


def grant_access(
    session: Session, project: Project, contact_id: int, actor: Actor, clock: Clock, *, notify: bool = False
) -> ProjectAccess:
    """Open the project to a contact: silently [R36], or with a mail that says so and leads to the portal [R35].

    Where the customer's portal is open the contact gets a portal user with it, so that there is a way in.  Granting
    what is open already changes nothing else, but for the mail to somebody who was invited silently.  Raises
    NotAllowed, NotFound, and Unmet for a mail to somebody without an address, or without a sender.
    """
    demand(actor, Permission.ACCESS_GRANT)
    contact = find(session, Contact, contact_id, actor)
    if contact.archived_at is not None:
        raise Unmet(f"{contact.name} is archived; restore this contact first")
    assign(session, project, contact)
    access = access_of(session, project, contact.id)
    if is_open(access) and not (notify and access is not None and access.state is AccessState.INVITED):
        assert access is not None
        make_ready(session, contact, project.group)  # the portal may have been opened since
        return access
    if access is None:
        access = ProjectAccess(project=project, contact=contact, granted_at=clock.now())
        session.add(access)
    access.state = AccessState.NOTIFIED if notify else AccessState.INVITED
    access.granted_at, access.granted_by, access.revoked_at = clock.now(), actor.name, None
    session.flush()  # the mail is named after the access
    make_ready(session, contact, project.group)
    if notify:
        _tell(session, project, access, actor, clock)
    return access


def _tell(session: Session, project: Project, access: ProjectAccess, actor: Actor, clock: Clock) -> None:
    """Queue the mail that says what was opened, where the way in is and how we are reached.

    It promises nothing that is not there: while the portal is closed to the contact it names no address.
    """
    contact = access.contact
    account = account_of(session, contact.id)
    if account is not None and not account.active:
        raise Unmet(
            f"The portal user of {contact.name} is switched off; switch it on first, or invite without a mail"
        )
    if not contact.email:
        raise Unmet(
            f"{contact.name} has no email address; invite without a mail, or add the address to the contact first"
        )
    to = Recipient(contact.id, None, contact.name, contact.email, f"The project was opened to {contact.name}")
    words = draft(session, MessagePurpose.PORTAL_ACCESS, Channel.MAIL, project, actor, clock, to)
    asks = asks_for_link(f"{words.subject}\n{words.body}")
    link = way_in_for(session, contact, project.group, clock) if asks else ""
    tell(
        session,
        MessagePurpose.PORTAL_ACCESS,
        project,
        actor,
        clock,
        to=[to],
        subject=put_link(words.subject, link),
        body=put_link(words.body, link),
        key=f"project-access-{access.id}-{access.granted_at:%Y%m%d%H%M%S%f}",
    )
