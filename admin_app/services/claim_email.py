"""An email address belongs to one side of the counter: to clients or to staff, never to both [R14-R16, 22].

The claim of a client's address outlives the contact: it may come back as a client's, and as nobody else's.  A
member of staff who takes another address gives the old one back.
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Invalid
from admin_app.kernel.text import email_key
from admin_app.models import Contact, EmailClaim, EmailUse, User

TAKEN_BY_CLIENT = (
    "This email address belongs to a client contact, now or formerly; staff sign in with another address"
)
TAKEN_BY_STAFF = "This email address belongs to a member of staff; a client contact needs another address"


def claim_for_staff(session: Session, email: str) -> None:
    """Take an address for a member of staff; raises Invalid if a client contact has or had it."""
    if session.scalar(select(Contact.id).where(Contact.email_key == email_key(email))) is not None:
        raise Invalid(TAKEN_BY_CLIENT, {"email": TAKEN_BY_CLIENT})
    _claim(session, email, EmailUse.STAFF, TAKEN_BY_CLIENT)


def claim_for_client(session: Session, email: str, contact: Contact | None = None) -> None:
    """Take an address for a client contact; raises Invalid if it belongs to a member of staff."""
    if session.scalar(select(User.id).where(User.email_key == email_key(email))) is not None:
        raise Invalid(TAKEN_BY_STAFF, {"email": TAKEN_BY_STAFF})
    claim = _claim(session, email, EmailUse.CLIENT, TAKEN_BY_STAFF)
    if contact is not None:
        claim.contact = contact


def release_staff_email(session: Session, email: str) -> None:
    """Give an address back that a member of staff no longer uses."""
    session.execute(
        delete(EmailClaim).where(EmailClaim.email_key == email_key(email), EmailClaim.use == EmailUse.STAFF)
    )


def _claim(session: Session, email: str, use: EmailUse, taken: str) -> EmailClaim:
    key = email_key(email)
    claim = session.scalar(select(EmailClaim).where(EmailClaim.email_key == key))
    if claim is None:
        claim = EmailClaim(email_key=key, use=use)
        session.add(claim)
        # Now, so that the unique key settles it when two people take the same address at once.
        session.flush()
    elif claim.use is not use:
        raise Invalid(taken, {"email": taken})
    return claim
