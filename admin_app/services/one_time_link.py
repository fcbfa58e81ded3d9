"""Links that work once: 256 random bits, kept as a hash, for one purpose and one person, for a short time.

A mail scanner opens links by GET, so looking at one changes nothing; a POST uses it up in one conditional UPDATE,
so that two presses are one use (security.md, "Signing in").
"""

from __future__ import annotations

import enum
import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

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


LIFE = {Purpose.WELCOME: timedelta(days=3), Purpose.SET_UP: timedelta(days=1)}


def draw_link(session: Session, purpose: Purpose, user_id: int | None, clock: Clock) -> str:
    """Draw a new link and give back its token; older ones of the same purpose and person no longer work."""
    cancel_links(session, purpose, user_id, clock)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        OneTimeLink(
            token_hash=token_hash(token),
            purpose=purpose.value,
            user_id=user_id,
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
    used = session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == token_hash(token),
            OneTimeLink.purpose == purpose.value,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > clock.now(),
        )
        .values(used_at=clock.now())
        .returning(OneTimeLink.user_id)
    ).first()
    if used is None:
        raise NotFound(GONE)
    return used[0]


def cancel_links(session: Session, purpose: Purpose, user_id: int | None, clock: Clock) -> None:
    """Let no link of this purpose and person work any more."""
    session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.purpose == purpose.value,
            OneTimeLink.user_id.is_(None) if user_id is None else OneTimeLink.user_id == user_id,
            OneTimeLink.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
