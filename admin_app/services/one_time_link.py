"""Links that work once: 256 random bits, kept as a hash, for one purpose and one person, for a short time.

A mail scanner opens links by GET, so looking at one changes nothing; a POST uses it up in one conditional UPDATE,
so that two presses are one use (security.md, "Signing in").  The person is a member of staff or a contact [110].
"""

from __future__ import annotations

import enum
import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound
from admin_app.models import OneTimeLink
from admin_app.services.staff_sessions import TOKEN_BYTES, token_hash

GONE = "This link was used already or has run out; ask for a new one"


class Purpose(enum.StrEnum):
    """What a link is good for."""

    WELCOME = "welcome"
    """A member of staff chooses a password."""
    SET_UP = "set-up"
    """The company is set up; nobody can sign in yet."""
    INVITATION = "portal invitation"
    """A client comes to the portal for the first time [R35]."""
    SIGN_IN = "portal sign-in"
    """A client asked for a link to sign in with [110]."""


LIFE = {
    Purpose.WELCOME: timedelta(days=3),
    Purpose.SET_UP: timedelta(days=1),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.SIGN_IN: timedelta(minutes=15),
}
_SECRET = re.compile(r"(/(?:welcome|setup|portal/link|portal/d)/)[A-Za-z0-9_.-]+|(signing code: )\d{6}")


def draw_link(
    session: Session, purpose: Purpose, user_id: int | None, clock: Clock, *, contact_id: int | None = None
) -> str:
    """Draw a new link and give back its token; older ones of the same purpose and person no longer work.

    Its address names the door of the purpose, so that `without_secrets` knows it.
    """
    cancel_links(session, purpose, user_id, clock, contact_id=contact_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        OneTimeLink(
            token_hash=token_hash(token),
            purpose=purpose.value,
            user_id=user_id,
            contact_id=contact_id,
            expires_at=clock.now() + LIFE[purpose],
        )
    )
    session.flush()
    return token


def look_at_link(session: Session, purpose: Purpose, token: str, clock: Clock) -> OneTimeLink:
    """The link behind a token, if it still works; nothing changes.  Raises NotFound."""
    link = session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.token_hash == token_hash(token),
            OneTimeLink.purpose == purpose.value,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > clock.now(),
        )
    )
    if link is None:
        raise NotFound(GONE)
    return link


def use_link(session: Session, purpose: Purpose, token: str, clock: Clock) -> int | None:
    """Use a link up and give back whose it is; of two uses at once one wins, the other raises NotFound."""
    return _use(session, purpose, token, clock)[0]


def use_link_of_contact(session: Session, purpose: Purpose, token: str, clock: Clock) -> int:
    """Use up a client's link and give back the contact; of two uses at once one wins, the other raises NotFound."""
    contact_id = _use(session, purpose, token, clock)[1]
    if contact_id is None:
        raise NotFound(GONE)
    return contact_id


def _use(session: Session, purpose: Purpose, token: str, clock: Clock) -> tuple[int | None, int | None]:
    """The member of staff and the contact of a link that is used up here and now."""
    used = session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == token_hash(token),
            OneTimeLink.purpose == purpose.value,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > clock.now(),
        )
        .values(used_at=clock.now())
        .returning(OneTimeLink.user_id, OneTimeLink.contact_id)
    ).first()
    if used is None:
        raise NotFound(GONE)
    return used[0], used[1]


def cancel_links(
    session: Session, purpose: Purpose, user_id: int | None, clock: Clock, *, contact_id: int | None = None
) -> None:
    """Let no link of this purpose and person work any more."""
    session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.purpose == purpose.value,
            *_of(user_id, contact_id),
            OneTimeLink.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )


def drawn_since(session: Session, purpose: Purpose, contact_id: int, since: datetime) -> int:
    """How many links of this purpose were drawn for a contact after an instant, whether they still work or not."""
    return (
        session.scalar(
            select(func.count(OneTimeLink.id)).where(
                OneTimeLink.purpose == purpose.value,
                OneTimeLink.contact_id == contact_id,
                OneTimeLink.expires_at > since + LIFE[purpose],
            )
        )
        or 0
    )


def without_secrets(text: str) -> str:
    """The text as others than its reader may see it: links of their own lead nowhere, and codes are not told."""
    return _SECRET.sub(lambda found: f"{found[1] or found[2]}…", text)


def _of(user_id: int | None, contact_id: int | None) -> tuple[ColumnElement[bool], ...]:
    """The links of one person; of nobody, where neither is named."""
    return (
        OneTimeLink.user_id.is_(None) if user_id is None else OneTimeLink.user_id == user_id,
        OneTimeLink.contact_id.is_(None) if contact_id is None else OneTimeLink.contact_id == contact_id,
    )
