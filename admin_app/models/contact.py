"""People: contacts, the groups they belong to, and the claim of their email addresses."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from admin_app.kernel.text import email_key, fold
from admin_app.models.base import Entity, Row
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import FORM_ONLY, FOUND, HIDDEN, SHOWN, children, field, link
from admin_app.models.types import Email, Phone, SortName


class Contact(Entity):
    """One person, who may belong to several groups by one email [R5, R17]."""

    singular, plural, group_path = "contact", "contacts", None
    __table_args__ = (
        Index("ix_contact_sort_name_id", "sort_name", "id", "archived_at"),
        Index("uq_contact_email_key", "email_key", unique=True),
        Index("uq_contact_external_id", "external_id", unique=True),
        CheckConstraint("length(first_name) > 0 OR length(last_name) > 0", name="named"),
    )

    first_name: Mapped[str] = field(String(100), on=FOUND, short=True)
    last_name: Mapped[str] = field(String(100), on=FOUND, short=True)
    sort_name: Mapped[SortName] = field(on=HIDDEN, cache=True)
    email: Mapped[Email | None] = field(
        on=FOUND, short=True, help="Strongly recommended: without it no document reaches them by mail"
    )
    email_key: Mapped[str | None] = field(String(254), on=HIDDEN, cache=True)
    phone: Mapped[Phone | None] = field(on=FOUND, short=True)
    mobile: Mapped[Phone | None] = field(on=FOUND, chosen=True)
    job_title: Mapped[str | None] = field(String(100), on=FORM_ONLY)
    language: Mapped[str | None] = field(String(12), on=FORM_ONLY, help="Language of messages to this person")
    archived_at: Mapped[datetime | None] = field(on=HIDDEN)

    memberships: Mapped[list[Membership]] = children(back_populates="contact")

    @property
    def name(self) -> str:
        """First and last name as people say them."""
        return f"{self.first_name} {self.last_name}".strip()

    def settle(self) -> None:
        """Keep the folded name by which lists sort (last name first) and the form in which emails are compared."""
        self.sort_name = fold(f"{self.last_name} {self.first_name}")[:240]
        self.email_key = email_key(self.email) or None


class MembershipRole(enum.StrEnum):
    """What a contact is to a group [23]."""

    GENERAL = "general"
    BILLING = "billing"
    SITE_ACCESS = "site access"
    APPROVER = "approver"
    TENANT = "tenant"


class Membership(Entity):
    """A contact's place in a group: its role, and whether it is the one primary contact [P15, A9]."""

    singular, plural = "membership", "memberships"
    __table_args__ = (
        UniqueConstraint("group_id", "contact_id"),
        Index(
            "uq_membership_primary",
            "group_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
        Index("ix_membership_contact_id_group_id", "contact_id", "group_id"),
    )

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", ondelete="CASCADE", back_populates="memberships", index=False
    )
    contact_id: Mapped[int]
    contact: Mapped[Contact] = link(ondelete="CASCADE", back_populates="memberships", index=False)
    role: Mapped[MembershipRole] = field(on=SHOWN, default=MembershipRole.GENERAL)
    is_primary: Mapped[bool] = field(on=SHOWN, default=False, label="Primary contact")
    position: Mapped[int] = field(Integer, on=HIDDEN, default=0)
    portal_hides: Mapped[list[Any]] = field(on=HIDDEN, default=list, server_default="[]")
    """Modules of the portal that this contact does not see with this customer [W16, W28]."""

    @property
    def name(self) -> str:
        """Who belongs to whom; "" before both are known."""
        if not self.contact_id or not self.group_id:
            return ""
        return f"{self.contact.name} in {self.group.name}"


class EmailUse(enum.StrEnum):
    """For which side of the counter an email address is taken [R14-R16]."""

    CLIENT = "client"
    STAFF = "staff"


class EmailClaim(Row):
    """An email address and the kind of user it belongs to; it outlives the contact [R14-R16, 22].

    A deleted client's address may come back as a client's, never as another kind of user's.
    """

    email_key: Mapped[str] = field(String(254), unique=True, on=HIDDEN)
    use: Mapped[EmailUse] = field(on=HIDDEN)
    contact_id: Mapped[int | None]
    contact: Mapped[Contact | None] = link(on=HIDDEN, ondelete="SET NULL")
