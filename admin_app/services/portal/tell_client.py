"""Mails that guard a portal user: a password was chosen, the address changed, a link to sign in was asked for.

They go out from the brand of the customer, by themselves, and hold nothing that helps a stranger (security.md,
"Signing in").
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.models import Brand, Company, Contact, CustomerGroup, Membership
from admin_app.services.messages.about import brand_of
from admin_app.services.queue_mail import queue_mail

PURPOSE = "portal sign-in"
"""How the outbox calls these mails."""


def tell_of_password(session: Session, contact: Contact, clock: Clock) -> None:
    """Tell the client that the password is another one now; they may not be the one who did it."""
    _tell(
        session,
        contact,
        contact.email,
        "Your password for the customer portal was changed",
        "the password with which you sign in to our customer portal was changed, and every browser that was "
        "signed in is signed out.\n\nIf that was neither you nor agreed with us, call us or answer this mail.",
        clock,
    )


def tell_of_new_email(session: Session, contact: Contact, old: str, new: str | None, clock: Clock) -> None:
    """Tell the old address that another one, or none, stands in its place."""
    now = f"From now on you sign in with {new}." if new else "From now on you sign in with your user name."
    _tell(
        session,
        contact,
        old,
        "Your email address for the customer portal was changed",
        f"we changed the email address that we keep of you. {now}\n\n"
        "If that was neither you nor agreed with us, call us or answer this mail.",
        clock,
    )


def mail_link(
    session: Session,
    contact: Contact,
    subject: str,
    words: str,
    clock: Clock,
    *,
    group: CustomerGroup | None,
    why: str,
) -> bool:
    """Mail a one-time link; False where there is no address to write to or from."""
    return _tell(session, contact, contact.email, subject, words, clock, group=group, why=why)


def sender_of(
    session: Session, contact: Contact, group: CustomerGroup | None = None
) -> tuple[Brand | None, str]:
    """The brand under which we serve the contact's customer, and its name as clients know us."""
    group = group or session.scalar(
        select(CustomerGroup)
        .join(Membership, Membership.group_id == CustomerGroup.id)
        .where(Membership.contact_id == contact.id)
        .order_by(Membership.is_primary.desc(), Membership.id)
        .limit(1)
    )
    if group is not None:
        brand = brand_of(session, group)
    else:
        brand = session.scalar(select(Brand).order_by(Brand.is_default.desc(), Brand.id).limit(1))
    name = brand.name if brand is not None else session.scalar(select(Company.name)) or ""
    return brand, name


def _tell(
    session: Session,
    contact: Contact,
    address: str | None,
    subject: str,
    words: str,
    clock: Clock,
    *,
    group: CustomerGroup | None = None,
    why: str = "It guards their access to the customer portal",
) -> bool:
    """Queue the mail where there is an address to write to and one to write from."""
    brand, name = sender_of(session, contact, group)
    if not address or not ((brand is not None and brand.email) or session.scalar(select(Company.email))):
        return False
    queue_mail(
        session,
        address,
        subject,
        f"Hello {contact.name},\n\n{words}\n\n{name}\n",
        clock,
        brand=brand,
        purpose=PURPOSE,
        reason=why,
    )
    return True
