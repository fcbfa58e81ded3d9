"""A member of staff chooses a new password; every session of theirs ends, and the door begins a new one.

The hash is made by the caller before the transaction opens; what arrives here is ready to be kept.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Conflict, NotFound
from admin_app.models import User
from admin_app.services import staff_sessions
from admin_app.services.one_time_link import Purpose, cancel_links, use_link

SWITCHED_OFF = "This account is switched off; ask the owner"


def change_password(
    session: Session, user_id: int, new_hash: str, clock: Clock, replacing: str | None = None
) -> User:
    """Keep the new password and end every session; links to choose one stop working.

    `replacing` is the hash that the old password was checked against: raises Conflict if it is no longer the one.
    """
    user = session.scalar(select(User).where(User.id == user_id).with_for_update())
    if user is None or not user.active:
        raise NotFound(SWITCHED_OFF)
    if replacing is not None and user.password_hash != replacing:
        raise Conflict("Your password was changed meanwhile, in another window; sign in with the new one")
    user.password_hash = new_hash
    user.must_change_password = False
    staff_sessions.end_all(session, user.id)
    cancel_links(session, Purpose.WELCOME, user.id, clock)
    session.flush()
    return user


def use_welcome_link(session: Session, token: str, new_hash: str, clock: Clock) -> User:
    """Use up a one-time link to choose a password; raises NotFound if it was used, ran out or never was."""
    user_id = use_link(session, Purpose.WELCOME, token, clock)
    if user_id is None:
        raise NotFound(SWITCHED_OFF)
    return change_password(session, user_id, new_hash, clock)
