"""A member of staff chooses a new password; every session of theirs ends, and the door begins a new one.

The hash is made by the caller before the transaction opens; what arrives here is ready to be kept.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Conflict, NotFound
from admin_app.models import Company, User
from admin_app.services import staff_sessions
from admin_app.services.one_time_link import Purpose, cancel_links, use_link
from admin_app.services.queue_mail import queue_mail

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
    if user.password_hash is not None:  # a first password is no change
        _tell(session, user, clock)
    user.password_hash = new_hash
    user.must_change_password = False
    staff_sessions.end_all(session, user.id)
    cancel_links(session, Purpose.WELCOME, user.id, clock)
    session.flush()
    return user


def _tell(session: Session, user: User, clock: Clock) -> None:
    """Tell the person, who may not be the one who did it; nothing where the company has no address to write from."""
    company = session.scalar(select(Company))
    if company is not None and company.email:
        queue_mail(
            session,
            user.email,
            f"Your password at {company.name} was changed",
            f"Hello {user.name},\n\nyour password was changed, and every other browser is signed out.\n"
            "If that was not you, tell the owner of the company at once.\n",
            clock,
        )


def use_welcome_link(session: Session, token: str, new_hash: str, clock: Clock) -> User:
    """Use up a one-time link to choose a password; raises NotFound if it was used, ran out or never was."""
    user_id = use_link(session, Purpose.WELCOME, token, clock)
    if user_id is None:
        raise NotFound(SWITCHED_OFF)
    return change_password(session, user_id, new_hash, clock)
