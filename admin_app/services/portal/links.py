"""Links that open one document, made once and shown again as often as somebody copies them [A64, A83, A85, E12].

The token is the link's public id with a signature of this installation, so nothing secret is kept and a guessed or
altered token finds nothing.  Whether a link still opens its document the policy says (`policy.link_scope`).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Contact, DocumentLink, Entity
from admin_app.services.messages.about import group_of, id_of, word_of

SIGNATURE_SIGNS = 32
"""128 bits in hex."""
LONGEST_TOKEN = 120


def link_for(
    session: Session, about: Entity, contact: Contact | None, actor: Actor, clock: Clock
) -> DocumentLink:
    """The living link to a document for a contact, or for whoever holds it; made where there is none.

    Raises ValueError for a record of no customer.  Of two transactions at once the second gets the first one's.
    """
    known = _living(session, about, contact)
    if known is not None:
        return known
    group = group_of(about)
    if group is None:
        raise ValueError("Only what belongs to a customer has a link")
    made = DocumentLink(
        group_id=group.id,
        about=word_of(about),
        about_id=id_of(about),
        contact_id=contact.id if contact is not None else None,
        made_at=clock.now(),
        made_by=actor.name[:120],
    )
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        again = _living(session, about, contact)
        if again is None:
            raise
        return again
    return made


def token_of(secret: str, link: DocumentLink) -> str:
    """What stands in the address of a link."""
    return f"{link.public_id}.{_signature(secret, link.public_id)}"


def link_named(session: Session, secret: str, token: str) -> DocumentLink | None:
    """The link behind a token, living or not; None for a token that nobody here made."""
    public_id, _, signature = token.partition(".")
    if len(token) > LONGEST_TOKEN or not hmac.compare_digest(
        signature.encode(), _signature(secret, public_id).encode()
    ):
        return None
    return session.scalar(select(DocumentLink).where(DocumentLink.public_id == public_id))


def revoke_link(link: DocumentLink, clock: Clock) -> None:
    """Take a link back: from now on it opens nothing; a later copy is another link."""
    if link.revoked_at is None:
        link.revoked_at = clock.now()


def _living(session: Session, about: Any, contact: Contact | None) -> DocumentLink | None:
    return session.scalar(
        select(DocumentLink).where(
            DocumentLink.about == word_of(about),
            DocumentLink.about_id == id_of(about),
            DocumentLink.contact_id == contact.id
            if contact is not None
            else DocumentLink.contact_id.is_(None),
            DocumentLink.revoked_at.is_(None),
        )
    )


def _signature(secret: str, public_id: str) -> str:
    key = hashlib.sha256(b"document link" + secret.encode()).digest()
    return hmac.new(key, public_id.encode(), hashlib.sha256).hexdigest()[:SIGNATURE_SIGNS]
