"""A contact's email address changes: the old one is told, and what was sent to it lets nobody in any more.

Called wherever a contact is saved, for the address is the way into the portal (security.md, "Signing in").
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.models import Contact, PortalAccount
from admin_app.services.one_time_link import Purpose, cancel_links
from admin_app.services.portal.tell_client import tell_of_new_email


def email_changes(session: Session, contact: Contact, new: str | None, clock: Clock) -> None:
    """Guard the portal user of a contact whose address is about to become `new`; nothing where there is none."""
    account = session.scalar(select(PortalAccount).where(PortalAccount.contact_id == contact.id))
    if account is None:
        return
    for purpose in (Purpose.INVITATION, Purpose.SIGN_IN):
        cancel_links(session, purpose, None, clock, contact_id=contact.id)
    if contact.email and account.active:
        tell_of_new_email(session, contact, contact.email, new, clock)
