"""The client's side of the counter: portal users and their sessions, links to documents, what was seen [1.W, 100-122].

Whether somebody sees something is said in `admin_app.policy`; these rows are what it asks.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from admin_app.kernel.text import fold
from admin_app.models.base import Entity, Row
from admin_app.models.brand import Brand
from admin_app.models.contact import Contact
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.estimate import Estimate
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, field, link
from admin_app.models.types import BIG


class PortalModule(enum.StrEnum):
    """What a portal is made of; each part can be hidden for all, a brand, a customer or one user [W15, W16, W28]."""

    APPOINTMENTS = "appointments"
    FILES = "files"
    PROPOSALS = "proposals"
    JOBS = "jobs"
    INVOICES = "invoices"
    """With statement, payments and saved cards."""
    MESSAGES = "messages"
    REQUESTS = "requests"


class PortalAccount(Entity):
    """What lets one contact sign in to the portal, whichever customers the contact belongs to [R5, W20, W27].

    Signing in is by the contact's email or `user_name`; without a password an invitation or a mailed link opens it.
    """

    singular, plural, group_path = "portal user", "portal users", None
    __table_args__ = (
        Index("uq_portal_account_contact_id", "contact_id", unique=True),
        Index("uq_portal_account_user_key", "user_key", unique=True),
        CheckConstraint("user_name IS NULL OR length(user_name) >= 3", name="user_name_of_three"),
    )

    contact_id: Mapped[int]
    contact: Mapped[Contact] = link(on=FOUND, ondelete="CASCADE", index=False)
    user_name: Mapped[str | None] = field(
        String(80), on=SHOWN, help="To sign in without an email address; at least three signs"
    )
    user_key: Mapped[str | None] = field(String(80), on=HIDDEN, cache=True)
    password_hash: Mapped[str | None] = field(String(200), on=HIDDEN, secret=True)
    must_change_password: Mapped[bool] = field(on=HIDDEN, default=False)
    """Staff chose it: another is asked for at the first sign-in [D10]."""
    active: Mapped[bool] = field(
        on=SHOWN, default=True, help="Off: cannot sign in, and every session and link ends at once"
    )
    invited_at: Mapped[datetime | None] = field(on=DERIVED, label="Invited")
    last_signed_in_at: Mapped[datetime | None] = field(on=DERIVED, label="Last signed in", cache=True)
    last_seen_at: Mapped[datetime | None] = field(on=DERIVED, label="Last seen", cache=True)

    def settle(self) -> None:
        """Keep the form in which user names are compared."""
        self.user_key = fold(self.user_name or "") or None


class PortalSession(Row):
    """A client's signed-in browser, in the customer that was chosen; ends on the server (security.md).

    `previous_visit_at` is when the visit before this one ended: what is newer is new to the client [L19].
    """

    token_hash: Mapped[str] = field(String(64), unique=True, on=HIDDEN)
    account_id: Mapped[int]
    account: Mapped[PortalAccount] = link(on=HIDDEN, ondelete="CASCADE")
    group_id: Mapped[int | None]
    group: Mapped[CustomerGroup | None] = link(on=HIDDEN, ondelete="CASCADE")
    """Whose things are looked at; None: not chosen yet [R6]."""
    created_at: Mapped[datetime] = field(on=HIDDEN)
    seen_at: Mapped[datetime] = field(on=HIDDEN)
    expires_at: Mapped[datetime] = field(on=HIDDEN)
    previous_visit_at: Mapped[datetime | None] = field(on=HIDDEN)
    address: Mapped[str] = field(String(64), on=HIDDEN, default="")
    agent: Mapped[str] = field(String(200), on=HIDDEN, default="")


class DocumentLink(Entity):
    """An address that opens one document and nothing else, until it is taken back [A64, A83, A85, E12].

    `about` and `about_id` name it as papers do; an estimate by its first revision, so that the newest is shown.  The
    token is `public_id` with a signature, so that the same link can be shown and copied again.  A link made for a
    contact may sign, where the contact has access; one without a contact may look and pay.
    """

    singular, plural = "document link", "document links"
    __table_args__ = (
        Index(
            "uq_document_link_for_contact",
            "about",
            "about_id",
            "contact_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL AND contact_id IS NOT NULL"),
            postgresql_where=text("revoked_at IS NULL AND contact_id IS NOT NULL"),
        ),
        Index(
            "uq_document_link_for_anybody",
            "about",
            "about_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL AND contact_id IS NULL"),
            postgresql_where=text("revoked_at IS NULL AND contact_id IS NULL"),
        ),
        Index("ix_document_link_group_id_id", "group_id", "id"),
    )

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(label="Customer", on=DERIVED, ondelete="CASCADE", index=False)
    about: Mapped[str] = field(String(24), on=DERIVED)
    about_id: Mapped[int] = field(BIG, on=HIDDEN)
    contact_id: Mapped[int | None]
    contact: Mapped[Contact | None] = link(on=DERIVED, ondelete="CASCADE")
    made_at: Mapped[datetime] = field(on=DERIVED)
    made_by: Mapped[str] = field(String(120), on=DERIVED, default="")
    revoked_at: Mapped[datetime | None] = field(on=DERIVED)


class SigningCode(Row):
    """A code of six digits, sent to the contact who is about to sign; only its hash is kept, it works once [54]."""

    __table_args__ = (Index("ix_signing_code_estimate_id_contact_id", "estimate_id", "contact_id", "id"),)

    estimate_id: Mapped[int]
    estimate: Mapped[Estimate] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    contact_id: Mapped[int]
    contact: Mapped[Contact] = link(on=HIDDEN, ondelete="CASCADE")
    code_hash: Mapped[str] = field(String(64), on=HIDDEN)
    sent_to: Mapped[str] = field(String(320), on=HIDDEN)
    sent_at: Mapped[datetime] = field(on=HIDDEN)
    expires_at: Mapped[datetime] = field(on=HIDDEN)
    tries: Mapped[int] = field(Integer, on=HIDDEN, default=0)
    used_at: Mapped[datetime | None] = field(on=HIDDEN)


class SeenHow(enum.StrEnum):
    """What a client did with a document."""

    OPENED = "opened"
    DOWNLOADED = "downloaded"


class PortalReceipt(Row):
    """A client opened or downloaded something: when, who, and the hash of what it was [L19]; written once, kept.

    Previews by staff never write one.
    """

    __table_args__ = (
        Index("ix_portal_receipt_about_about_id", "about", "about_id", "id"),
        Index("ix_portal_receipt_group_id_at", "group_id", "at", "id"),
    )

    at: Mapped[datetime] = field(on=HIDDEN)
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    contact_id: Mapped[int | None]
    contact: Mapped[Contact | None] = link(on=HIDDEN, ondelete="SET NULL")
    about: Mapped[str] = field(String(24), on=HIDDEN)
    about_id: Mapped[int] = field(BIG, on=HIDDEN)
    how: Mapped[SeenHow] = field(on=HIDDEN)
    content_hash: Mapped[str | None] = field(String(64), on=HIDDEN)
    by_link: Mapped[bool] = field(on=HIDDEN, default=False)


class PortalLook(Entity):
    """How the portal looks for the company (neither brand nor customer named), a brand, or one customer [W23-W26, D9].

    What is empty here falls back: customer, brand, company.
    """

    singular, plural = "portal look", "portal looks"
    __table_args__ = (
        Index("uq_portal_look_brand_id", "brand_id", unique=True),
        Index("uq_portal_look_group_id", "group_id", unique=True),
        CheckConstraint("brand_id IS NULL OR group_id IS NULL", name="of_one"),
        CheckConstraint("accent IS NULL OR length(accent) = 7", name="accent_is_hex"),
    )

    brand_id: Mapped[int | None]
    brand: Mapped[Brand | None] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    group_id: Mapped[int | None]
    group: Mapped[CustomerGroup | None] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    accent: Mapped[str | None] = field(
        String(7), on=FORM_ONLY, label="Accent colour", help="Of buttons and links: #1a2b3c"
    )
    title: Mapped[str | None] = field(
        String(120), on=FORM_ONLY, label="Name on top", help="Empty: the name of the brand"
    )
    welcome: Mapped[str | None] = field(
        Text, on=FORM_ONLY, label="Words of welcome", help="On the first page"
    )
    footer: Mapped[str | None] = field(Text, on=FORM_ONLY, label="Words at the foot", help="On every page")
    logo_key: Mapped[str | None] = field(String(80), on=HIDDEN)
    """The store's key of the re-encoded logo."""


class ChangeState(enum.StrEnum):
    """Where a client's wish to change own details stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Another wish of the same contact took its place."""


class ContactChange(Entity):
    """What a client wants changed in their own details; staff say yes or no [121].

    `before` and `after` map the changed fields of the contact, and nothing else.
    """

    singular, plural = "change of details", "changes of details"
    __table_args__ = (
        Index("ix_contact_change_state_id", "state", "id"),
        Index("ix_contact_change_group_id", "group_id"),
        Index(
            "uq_contact_change_waiting",
            "contact_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(label="Customer", on=DERIVED, ondelete="CASCADE", index=False)
    contact_id: Mapped[int]
    contact: Mapped[Contact] = link(on=DERIVED, ondelete="CASCADE", index=False)
    before: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    after: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    state: Mapped[ChangeState] = field(on=DERIVED, default=ChangeState.WAITING)
    asked_at: Mapped[datetime] = field(on=DERIVED)
    answered_at: Mapped[datetime | None] = field(on=DERIVED)
    answered_by: Mapped[str] = field(String(120), on=DERIVED, default="")
    answer: Mapped[str] = field(String(400), on=DERIVED, default="")


class Passkey(Row):
    """A passkey of a member of staff: the public half; the private one never leaves their device."""

    user_id: Mapped[int] = field(ForeignKey("staff_user.id", ondelete="CASCADE"), on=HIDDEN, index=True)
    credential_id: Mapped[str] = field(String(400), unique=True, on=HIDDEN)
    public_key: Mapped[str] = field(Text, on=HIDDEN)
    sign_count: Mapped[int] = field(BIG, on=HIDDEN, default=0)
    name: Mapped[str] = field(String(80), on=HIDDEN)
    made_at: Mapped[datetime] = field(on=HIDDEN)
    used_at: Mapped[datetime | None] = field(on=HIDDEN)


class RecoveryCode(Row):
    """A code that stands in once for a lost second step; only its hash is kept."""

    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: Mapped[int] = field(ForeignKey("staff_user.id", ondelete="CASCADE"), on=HIDDEN)
    code_hash: Mapped[str] = field(String(64), on=HIDDEN)
    used_at: Mapped[datetime | None] = field(on=HIDDEN)
