"""Secret addresses of the schedule for calendar programs: made, shown once, renewed, ended; only hashes are kept [96].

One call::

    token = make_feed(session, everybodys=False, actor=cem, clock=clock)     # /calendar/<token>.ics
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, contains_eager

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotAllowed, NotFound, Unmet
from admin_app.models import CalendarFeed, User
from admin_app.models.types import LARGEST_ID
from admin_app.policy import FIELD_CREWS, Permission, demand, holds
from admin_app.services.staff_sessions import TOKEN_BYTES, token_hash

MOST_FEEDS = 10
"""Addresses of one person."""
TOUCH_EVERY = timedelta(hours=1)
"""How exactly the last reading of a feed is known."""


def make_feed(session: Session, *, everybodys: bool, actor: Actor, clock: Clock) -> str:
    """Make an address of the actor's own and give back its token, which nobody can read again.

    Raises NotAllowed for everybody's schedule to a crew, Unmet above ten addresses.
    """
    demand(actor, Permission.WORK_READ)
    if everybodys and actor.role in FIELD_CREWS:
        raise NotAllowed("Your role sees its own jobs, so its calendar holds these")
    if actor.id is None:
        raise NotAllowed("Only members of staff have a calendar")
    if len(feeds_of(session, actor)) >= MOST_FEEDS:
        raise Unmet(f"You have {MOST_FEEDS} addresses already; end one that nobody reads first")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        CalendarFeed(
            token_hash=token_hash(token), user_id=actor.id, everybodys=everybodys, created_at=clock.now()
        )
    )
    session.flush()
    return token


def renew_feed(session: Session, feed_id: int, actor: Actor, clock: Clock) -> str:
    """Give a feed another address; the one before it opens nothing any more.  Raises NotFound for another's."""
    feed = _own(session, feed_id, actor)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed.token_hash, feed.created_at, feed.read_at = token_hash(token), clock.now(), None
    session.flush()
    return token


def end_feed(session: Session, feed_id: int, actor: Actor) -> None:
    """Let an address open nothing any more; raises NotFound for another's."""
    session.delete(_own(session, feed_id, actor))
    session.flush()


def feeds_of(session: Session, actor: Actor) -> Sequence[CalendarFeed]:
    """The addresses of a person, the oldest first."""
    query = select(CalendarFeed).where(CalendarFeed.user_id == (actor.id or 0)).order_by(CalendarFeed.id)
    return session.scalars(query).all()


def feed_of(session: Session, token: str) -> CalendarFeed:
    """The feed of a token with its person, who still works here and may still see what it shows; raises NotFound."""
    feed = session.scalar(
        select(CalendarFeed)
        .join(User, User.id == CalendarFeed.user_id)
        .options(contains_eager(CalendarFeed.user))
        .where(CalendarFeed.token_hash == token_hash(token), User.active)
    )
    if feed is None or not holds(feed.user.as_actor(), Permission.WORK_READ):
        raise NotFound("There is no such calendar")
    return feed


def is_due(read_at: datetime | None, clock: Clock) -> bool:
    """Whether the last reading is long enough ago to be written down anew."""
    return read_at is None or clock.now() - read_at >= TOUCH_EVERY


def touch_feed(session: Session, feed_id: int, clock: Clock) -> None:
    """Write down that a feed was read just now."""
    session.execute(update(CalendarFeed).where(CalendarFeed.id == feed_id).values(read_at=clock.now()))


def _own(session: Session, feed_id: int, actor: Actor) -> CalendarFeed:
    feed = session.get(CalendarFeed, feed_id) if abs(feed_id) <= LARGEST_ID else None
    if feed is None or feed.user_id != actor.id:
        raise NotFound("There is no such calendar")
    return feed
