"""Sessions of staff live in rows: begun at sign-in, ended by sign-out, password change or switching off.

The browser holds a random token of 256 bits, the row its hash, so that a copy of the database opens no door.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from admin_app.config import Settings
from admin_app.kernel.clock import Clock
from admin_app.models import PortalSession, StaffSession, User

Kept = type[StaffSession] | type[PortalSession]
"""The two kinds of rows in which sessions live."""
TOKEN_BYTES = 32
TOUCH_EVERY = timedelta(minutes=5)
"""How exactly the last use of a session is known; more often would turn reading into writing."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from: its network address, its browser, and whether this browser is known."""

    address: str
    agent: str = ""
    known: bool = False
    """The person signed in from this browser before; the limit over all addresses does not stop it."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lives: `idle` without use, `whole` at the most."""

    idle: timedelta
    whole: timedelta

    @classmethod
    def by(cls, settings: Settings) -> Lifetimes:
        """As the settings say."""
        return cls(timedelta(seconds=settings.idle_seconds), timedelta(seconds=settings.session_seconds))


def token_hash(token: str) -> str:
    """The form in which a token is kept: SHA-256 in hex; the token is random, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def draw(visitor: Visitor, lifetimes: Lifetimes, clock: Clock) -> tuple[str, dict[str, Any]]:
    """A new token, and what the row of its session says, whoever signs in: staff here, clients in the portal."""
    now = clock.now()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return token, {
        "token_hash": token_hash(token),
        "created_at": now,
        "seen_at": now,
        "expires_at": now + lifetimes.whole,
        "address": visitor.address[:64],
        "agent": visitor.agent[:200],
    }


def lives(kind: Kept, token: str, lifetimes: Lifetimes, clock: Clock) -> ColumnElement[bool]:
    """The session of this token is neither over nor idle for too long."""
    now = clock.now()
    return and_(
        kind.token_hash == token_hash(token),
        kind.expires_at > now,
        kind.seen_at > now - lifetimes.idle,
    )


def begin(session: Session, user: User, visitor: Visitor, lifetimes: Lifetimes, clock: Clock) -> str:
    """Begin a session for `user` and give back its token; sessions of theirs that ran out are cleared away."""
    session.execute(
        delete(StaffSession).where(StaffSession.user_id == user.id, StaffSession.expires_at <= clock.now())
    )
    token, said = draw(visitor, lifetimes, clock)
    session.add(StaffSession(user_id=user.id, **said))
    session.flush()
    return token


def find(
    session: Session, token: str, lifetimes: Lifetimes, clock: Clock
) -> tuple[StaffSession, User] | None:
    """The living session of a token with its active person; None when it ended, ran out or never was."""
    row = session.execute(
        select(StaffSession, User)
        .join(User, User.id == StaffSession.user_id)
        .where(lives(StaffSession, token, lifetimes, clock), User.active.is_(True))
    ).first()
    return (row[0], row[1]) if row else None


def is_due(seen_at: datetime, lifetimes: Lifetimes, clock: Clock) -> bool:
    """Whether the last use of a session is old enough to be written down again."""
    return clock.now() - seen_at >= min(TOUCH_EVERY, lifetimes.idle / 4)


def touch(session: Session, session_id: int, clock: Clock, kind: Kept = StaffSession) -> None:
    """Write down that a session is in use."""
    session.execute(update(kind).where(kind.id == session_id).values(seen_at=clock.now()))


def end(session: Session, token: str) -> None:
    """End the session of a token; that it ended already is fine."""
    session.execute(delete(StaffSession).where(StaffSession.token_hash == token_hash(token)))


def end_all(session: Session, user_id: int) -> None:
    """End every session of a person: the password changed, or they were switched off."""
    session.execute(delete(StaffSession).where(StaffSession.user_id == user_id))


def end_others(session: Session, user_id: int, kept_id: int) -> None:
    """End every session of a person but the one in use: how they sign in has changed."""
    session.execute(delete(StaffSession).where(StaffSession.user_id == user_id, StaffSession.id != kept_id))
