"""Keys for programs: made by a person, shown once, kept as a hash, taken back by a press (security.md, "Access").

A token carries 256 random bits, so its hash is looked up like any key and nothing needs a slow comparison.  It acts
with the rights that its person has on the day of use.  One call::

    made = make_token(session, "Webshop", None, read_only=True, actor=ann, clock=clock)    # made.secret, once
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from admin_app.kernel.actor import Actor, Role
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound
from admin_app.kernel.parsing import clean_text
from admin_app.models import ApiToken, User
from admin_app.policy import Permission, demand, visible
from admin_app.services.record_rules import make, put

PREFIX = "swh_"
"""How every token begins, so that one that leaked into a file is found by its look."""
SECRET_BYTES = 32
LONGEST_NAME = 120
TOUCH_EVERY = timedelta(minutes=1)
"""How exactly the last use of a token is known."""


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token and its secret, which nobody can read again."""

    token: ApiToken
    secret: str


def make_token(
    session: Session, name: str, user_id: int | None, *, read_only: bool, actor: Actor, clock: Clock
) -> MadeToken:
    """Make a token that acts as the actor (None), or as another member of staff where an owner says so.

    Raises NotAllowed, NotFound for nobody who works here, Invalid (fields) without a name.
    """
    demand(actor, Permission.USERS)
    called = clean_text(name, LONGEST_NAME)
    if not called:
        raise Invalid("Say which program uses the token", {"name": "Say which program uses it"})
    person = _acting_as(session, actor.id if user_id is None else user_id, actor)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = make(
        session,
        ApiToken,
        {"name": called, "user": person},
        token_hash=hash_of(secret),
        read_only=read_only,
        last_used_at=None,
        revoked_at=None,
    )
    return MadeToken(token, secret)


def _acting_as(session: Session, user_id: int | None, actor: Actor) -> User:
    """The person as whom a token acts: nobody hands out more rights than their own but an owner."""
    person = session.scalar(select(User).where(User.id == user_id, User.active.is_(True)))
    if person is None:
        raise NotFound("Nobody with this number works here")
    if person.id != actor.id and actor.role is not Role.OWNER:
        raise NotAllowed("Only an owner makes a token that acts as somebody else")
    return person


def people_to_act_as(session: Session, actor: Actor) -> Sequence[User]:
    """Whom a new token can act as: oneself first; an owner chooses among all active staff."""
    query = visible(actor, select(User)).where(User.active.is_(True)).order_by(User.name, User.id)
    people = list(session.scalars(query))
    mine = [person for person in people if person.id == actor.id]
    return mine + [person for person in people if person.id != actor.id and actor.role is Role.OWNER]


def tokens(session: Session, actor: Actor) -> Sequence[ApiToken]:
    """Every token with its person, living ones first, the newest first among them."""
    query = select(ApiToken).join(User, User.id == ApiToken.user_id).options(contains_eager(ApiToken.user))
    return list(
        session.scalars(visible(actor, query).order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc()))
    )


def token_of(session: Session, token_id: int, actor: Actor) -> ApiToken:
    """One token; raises NotFound."""
    token: ApiToken | None = session.scalar(visible(actor, select(ApiToken).where(ApiToken.id == token_id)))
    if token is None:
        raise NotFound("There is no such token")
    return token


def revoke_token(session: Session, token_id: int, actor: Actor, clock: Clock) -> ApiToken:
    """Take a token back: the next request with it is refused.  One that was taken back before stays so."""
    demand(actor, Permission.USERS)
    token = token_of(session, token_id, actor)
    if token.revoked_at is None:
        put(session, token, {"revoked_at": clock.now()})
    return token


def find(session: Session, secret: str) -> tuple[ApiToken, User] | None:
    """The living token with this secret and its active person; None for anything else."""
    row = session.execute(
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.token_hash == hash_of(secret),
            ApiToken.revoked_at.is_(None),
            User.active.is_(True),
        )
    ).first()
    return (row[0], row[1]) if row else None


def is_due(last_used_at: datetime | None, clock: Clock) -> bool:
    """Whether the last use of a token is old enough to be written down again."""
    return last_used_at is None or clock.now() - last_used_at >= TOUCH_EVERY


def touch(session: Session, token_id: int, clock: Clock) -> None:
    """Write down that a token is in use."""
    token = session.get(ApiToken, token_id)
    if token is not None:
        token.last_used_at = clock.now()
        session.flush()  # the caller commits on a connection of its own


def hash_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
