"""Sessions of clients live in rows, like those of the staff: begun at sign-in, ended on the server (security.md).

A session works in one customer at a time; which one is part of it, and asked of the policy again at each request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.clock import Clock
from admin_app.models import Contact, PortalAccount, PortalSession
from admin_app.services.staff_sessions import Lifetimes, Visitor, draw, lives, token_hash


@dataclass(frozen=True, slots=True)
class Visit:
    """What of a session outlives it: whose things are looked at, and when the visit before this one ended."""

    group_id: int | None
    previous_visit_at: datetime | None


def begin(
    session: Session,
    account: PortalAccount,
    visitor: Visitor,
    lifetimes: Lifetimes,
    clock: Clock,
    group_id: int | None = None,
    goes_on: Visit | None = None,
) -> str:
    """Begin a session and give back its token; what the client saw last time is what was there until then [L19].

    `group_id`: whose things are looked at, where there is nothing to choose; the caller has asked the policy.
    `goes_on`: the visit that a client is still on who has just chosen another password.
    """
    now = clock.now()
    previous = goes_on.previous_visit_at if goes_on is not None else last_seen(session, account.id)
    session.execute(
        delete(PortalSession).where(PortalSession.account_id == account.id, PortalSession.expires_at <= now)
    )
    token, said = draw(visitor, lifetimes, clock)
    session.add(
        PortalSession(
            account_id=account.id,
            group_id=goes_on.group_id if goes_on is not None else group_id,
            previous_visit_at=previous,
            **said,
        )
    )
    account.last_signed_in_at = account.last_seen_at = now
    session.flush()
    return token


def find(
    session: Session, token: str, lifetimes: Lifetimes, clock: Clock
) -> tuple[PortalSession, PortalAccount, Contact] | None:
    """The living session of a token, with its active account and contact; None when it ended or never was."""
    row = session.execute(
        select(PortalSession, PortalAccount, Contact)
        .join(PortalAccount, PortalAccount.id == PortalSession.account_id)
        .join(Contact, Contact.id == PortalAccount.contact_id)
        .where(
            lives(PortalSession, token, lifetimes, clock),
            PortalAccount.active.is_(True),
            Contact.archived_at.is_(None),
        )
    ).first()
    return (row[0], row[1], row[2]) if row else None


def choose(session: Session, session_id: int, group_id: int) -> None:
    """Look at the things of this customer from now on; whether that is allowed the caller has asked the policy."""
    session.execute(update(PortalSession).where(PortalSession.id == session_id).values(group_id=group_id))


def last_seen(session: Session, account_id: int) -> datetime | None:
    """When a portal user was last here, in a session that goes on or in one that ended."""
    ended = session.scalar(select(PortalAccount.last_seen_at).where(PortalAccount.id == account_id))
    going_on = session.scalar(
        select(func.max(PortalSession.seen_at)).where(PortalSession.account_id == account_id)
    )
    return max((one for one in (ended, going_on) if one is not None), default=None)


def end(session: Session, token: str) -> None:
    """End the session of a token; that it ended already is fine."""
    _end(session, PortalSession.token_hash == token_hash(token))


def end_all(session: Session, account_id: int) -> None:
    """End every session of a portal user: the password changed, or they were switched off."""
    _end(session, PortalSession.account_id == account_id)


def forget_dead(session: Session, clock: Clock) -> None:
    """Delete the sessions whose whole life is over; the nightly sweep calls it."""
    _end(session, PortalSession.expires_at <= clock.now())


def _end(session: Session, which: ColumnElement[bool]) -> None:
    """Delete sessions; when their clients were last here stays known."""
    last = (
        select(func.max(PortalSession.seen_at))
        .where(PortalSession.account_id == PortalAccount.id)
        .scalar_subquery()
    )
    session.execute(
        update(PortalAccount)
        .where(
            PortalAccount.id.in_(select(PortalSession.account_id).where(which)),
            or_(PortalAccount.last_seen_at.is_(None), PortalAccount.last_seen_at < last),
        )
        .values(last_seen_at=last)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(PortalSession).where(which))
