"""Members of staff, their sessions, and the limits on signing in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.text import email_key
from admin_app.models.base import Entity, Row
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, field, link
from admin_app.models.types import Email, Minor, Phone


class User(Entity):
    """A member of staff who may sign in with the rights of a role."""

    __tablename__ = "staff_user"
    singular, plural, group_path = "member of staff", "staff", None

    name: Mapped[str] = field(String(120), on=FOUND, short=True)
    email: Mapped[Email] = field(on=FOUND, short=True)
    email_key: Mapped[str] = field(String(254), unique=True, on=HIDDEN, cache=True)
    phone: Mapped[Phone | None] = field(on=SHOWN)
    role: Mapped[Role] = field(on=SHOWN, short=True, default=Role.OFFICE)
    password_hash: Mapped[str | None] = field(String(200), on=HIDDEN, secret=True)
    must_change_password: Mapped[bool] = field(on=HIDDEN, default=False)
    totp_secret: Mapped[str | None] = field(String(64), on=HIDDEN, secret=True)
    totp_since: Mapped[datetime | None] = field(on=HIDDEN)
    """When the second step at sign-in was switched on; None: the password is enough."""
    totp_last: Mapped[int] = field(on=HIDDEN, default=0, server_default="0", cache=True)
    """The time step of the last code that was taken: a code works once."""
    hour_cost: Mapped[Minor | None] = field(
        on=FORM_ONLY, label="Cost of an hour", help="What an hour of theirs costs us; job costs count with it"
    )
    active: Mapped[bool] = field(
        on=SHOWN, default=True, help="Off: cannot sign in, and every session ends at once"
    )
    last_signed_in_at: Mapped[datetime | None] = field(on=DERIVED, label="Last signed in", cache=True)

    def settle(self) -> None:
        """Keep the form in which emails are compared."""
        self.email_key = email_key(self.email)

    def as_actor(self) -> Actor:
        """This person as the policy and the audit see one."""
        return Actor(ActorKind.STAFF, self.name, self.id, self.role)


class StaffSession(Row):
    """A signed-in browser; kept here so that signing out or switching off ends it at once (security.md)."""

    token_hash: Mapped[str] = field(String(64), unique=True, on=HIDDEN)
    user_id: Mapped[int]
    user: Mapped[User] = link(on=HIDDEN, ondelete="CASCADE")
    created_at: Mapped[datetime] = field(on=HIDDEN)
    seen_at: Mapped[datetime] = field(on=HIDDEN)
    expires_at: Mapped[datetime] = field(on=HIDDEN)
    address: Mapped[str] = field(String(64), on=HIDDEN, default="")
    agent: Mapped[str] = field(String(200), on=HIDDEN, default="")


class CalendarFeed(Row):
    """A secret address under which a calendar program reads the schedule; only its hash is stored [96]."""

    token_hash: Mapped[str] = field(String(64), unique=True, on=HIDDEN)
    user_id: Mapped[int]
    user: Mapped[User] = link(on=HIDDEN, ondelete="CASCADE")
    everybodys: Mapped[bool] = field(on=HIDDEN, default=False)
    created_at: Mapped[datetime] = field(on=HIDDEN)
    read_at: Mapped[datetime | None] = field(on=HIDDEN)


class SignInAttempt(Row):
    """A failed try to sign in, counted per account and per network address."""

    __table_args__ = (
        Index("ix_sign_in_attempt_account_at", "account", "at"),
        Index("ix_sign_in_attempt_address_at", "address", "at"),
    )

    account: Mapped[str] = field(String(254), on=HIDDEN)
    address: Mapped[str] = field(String(64), on=HIDDEN)
    at: Mapped[datetime] = field(on=HIDDEN)


class OneTimeLink(Row):
    """A link that works once, for one purpose and one person; only its hash is stored (security.md)."""

    token_hash: Mapped[str] = field(String(64), unique=True, on=HIDDEN)
    purpose: Mapped[str] = field(String(40), on=HIDDEN)
    user_id: Mapped[int | None]
    user: Mapped[User | None] = link(on=HIDDEN, ondelete="CASCADE")
    contact_id: Mapped[int | None] = field(
        ForeignKey("contact.id", ondelete="CASCADE"), on=HIDDEN, index=True
    )
    """A client's: an invitation, or a link to sign in."""
    expires_at: Mapped[datetime] = field(on=HIDDEN)
    used_at: Mapped[datetime | None] = field(on=HIDDEN)


class Preference(Row):
    """A member of staff's own choice: the columns of a list, a saved sort."""

    __table_args__ = (Index("uq_preference_user_id_key", "user_id", "key", unique=True),)

    user_id: Mapped[int]
    user: Mapped[User] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    key: Mapped[str] = field(String(80), on=HIDDEN)
    value: Mapped[str] = field(String(2000), on=HIDDEN, default="")
