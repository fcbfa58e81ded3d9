"""A member of staff signs in: tries are counted, the password is checked with no transaction open, a session begins.

Where the person has switched a second step on, a code is wanted first (second_step.py).

A try is written down *before* the password is looked at, in a transaction of its own, so that a hundred tries at
once are a hundred tries (security.md, "Signing in").  Unknown people, wrong passwords and people who were switched
off get the same answer in the same time.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Busy, Invalid
from admin_app.kernel.text import email_key
from admin_app.models import SignInAttempt, User
from admin_app.services import staff_sessions
from admin_app.services.passwords import Passwords
from admin_app.services.staff_sessions import Lifetimes, Visitor

Transaction = Callable[[], AbstractContextManager[Session]]
"""Opens a short transaction that is kept when its block ends well; the door hands it in."""

WRONG = "This email and this password do not belong together"
WINDOW = timedelta(minutes=10)
"""Tries older than this are forgotten, so that nobody is locked out for longer."""
KEPT_FOR = timedelta(days=1)

MOST_HERE = 8
"""Tries at one account from one address within the window."""
MOST_FROM_ADDRESS = 40
"""Tries at any account from one address: a whole office may share one."""
MOST_AT_ACCOUNT = 24
"""Tries at one account from anywhere; a browser that signed in before is let through all the same."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What came of it: the session's token, the person, and whether a new password must be chosen first."""

    token: str
    user_id: int
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The password was right and the second step is on: no session yet.  `proof` names this password and this app."""

    user_id: int
    proof: str


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    password_hash: str


def sign_in(
    transaction: Transaction,
    passwords: Passwords,
    email: str,
    password: str,
    visitor: Visitor,
    lifetimes: Lifetimes,
    clock: Clock,
) -> SignedIn | CodeWanted:
    """Check the password and begin a session, or say that a code is wanted first.

    Raises Busy after too many tries and Invalid for a wrong pair.
    """
    account = email_key(email)[:254]
    count_try(transaction, account, visitor, clock)
    with transaction() as session:
        known = _known(session, account)
    if not passwords.fits(known.password_hash if known else None, password) or known is None:
        raise Invalid(WRONG)
    newer = passwords.hash(password) if passwords.is_outdated(known.password_hash) else None
    with transaction() as session:
        return _begin(session, known, newer, account, visitor, lifetimes, clock)


def count_try(transaction: Transaction, email: str, visitor: Visitor, clock: Clock) -> None:
    """Write a try at an account down before its password is looked at; raises Busy when there were too many."""
    account = email_key(email)[:254]
    with transaction() as session:
        attempt = _note(session, account, visitor.address, clock)
    with transaction() as session:
        wait = _seconds_to_wait(session, attempt, account, visitor, clock)
        if wait:  # a try that is turned away does not prolong the wait
            session.execute(delete(SignInAttempt).where(SignInAttempt.id == attempt))
    if wait:
        raise Busy(f"Too many tries. Wait {_in_words(wait)}, then try again.", retry_after=wait)


def forget_tries(session: Session, email: str, visitor: Visitor) -> None:
    """The password was right: the tries before it from this address count no more."""
    session.execute(
        delete(SignInAttempt).where(
            SignInAttempt.account == email_key(email)[:254],
            SignInAttempt.address == network_of(visitor.address),
        )
    )


def begin_for(session: Session, user: User, visitor: Visitor, lifetimes: Lifetimes, clock: Clock) -> SignedIn:
    """Begin a session for somebody who has shown who he is."""
    user.last_signed_in_at = clock.now()
    token = staff_sessions.begin(session, user, visitor, lifetimes, clock)
    return SignedIn(token, user.id, user.must_change_password)


def code_wanted(user: User) -> CodeWanted | None:
    """That a code is asked for first; None where the password is enough."""
    return CodeWanted(user.id, proof_of(user)) if user.totp_since is not None else None


def proof_of(user: User) -> str:
    """What is another as soon as the password or the second step of a person is another."""
    return hashlib.sha256(f"{user.password_hash}\n{user.totp_secret}".encode()).hexdigest()


def network_of(address: str) -> str:
    """The address by which tries are counted: an IPv6 household owns 2^64 of them, so its network counts."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _note(session: Session, account: str, address: str, clock: Clock) -> int:
    """Write the try down and give back its number; old ones are cleared away on this occasion."""
    now = clock.now()
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - KEPT_FOR))
    attempt = SignInAttempt(account=account, address=network_of(address), at=now)
    session.add(attempt)
    session.flush()
    return attempt.id


def _seconds_to_wait(session: Session, attempt: int, account: str, visitor: Visitor, clock: Clock) -> int:
    """How long this try must wait; 0 when no limit is reached."""
    here = SignInAttempt.address == network_of(visitor.address)
    at_account = SignInAttempt.account == account
    limits: list[tuple[ColumnElement[bool], int]] = [
        (here & at_account, MOST_HERE),
        (here, MOST_FROM_ADDRESS),
    ]
    if not visitor.known:
        limits.append((at_account, MOST_AT_ACCOUNT))
    now = clock.now()
    wait = 0
    for condition, most in limits:
        earlier = session.scalars(
            select(SignInAttempt.at)
            .where(condition, SignInAttempt.at > now - WINDOW, SignInAttempt.id != attempt)
            .order_by(SignInAttempt.at.desc())
            .limit(most)
        ).all()
        if len(earlier) == most:
            wait = max(wait, math.ceil((earlier[-1] + WINDOW - now).total_seconds()), 1)
    return wait


def _known(session: Session, account: str) -> _Known | None:
    """The active person with this email who has a password."""
    row = session.execute(
        select(User.id, User.password_hash).where(
            User.email_key == account, User.active.is_(True), User.password_hash.is_not(None)
        )
    ).first()
    return _Known(row[0], row[1] or "") if row else None


def _begin(
    session: Session,
    known: _Known,
    newer: str | None,
    account: str,
    visitor: Visitor,
    lifetimes: Lifetimes,
    clock: Clock,
) -> SignedIn | CodeWanted:
    """Begin the session, unless the password was changed or the person switched off since it was checked."""
    user = session.scalar(
        select(User)
        .where(User.id == known.id, User.active.is_(True), User.password_hash == known.password_hash)
        .with_for_update()
    )
    if user is None:
        raise Invalid(WRONG)
    forget_tries(session, account, visitor)
    if newer:
        user.password_hash = newer
    return code_wanted(user) or begin_for(session, user, visitor, lifetimes, clock)


def _in_words(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} seconds"
    minutes = math.ceil(seconds / 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
