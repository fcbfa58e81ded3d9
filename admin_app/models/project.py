"""Projects: what a customer wants done, from the first question to the last payment [A26, A35-A45, R29-R38].

A project walks through four documents: lead, estimate, workorder, invoice.  How far it is follows from them and is
stored nowhere (`records/projects.py`).
"""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped

from admin_app.models.address import Address
from admin_app.models.base import Entity
from admin_app.models.brand import Brand
from admin_app.models.contact import Contact
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, field, link
from admin_app.models.staff import User


class Project(Entity):
    """One piece of business with a customer; its brand, site, contact and estimator hold for all its documents."""

    singular, plural = "project", "projects"
    __table_args__ = (
        Index("ix_project_group_id_id", "group_id", "id"),
        Index("ix_project_estimator_id_id", "estimator_id", "id"),
    )

    title: Mapped[str] = field(String(200), on=FOUND, short=True, help="What it is about: Fell the ash")
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND, ondelete="RESTRICT", index=False, short=True
    )
    brand_id: Mapped[int | None]
    brand: Mapped[Brand | None] = link(
        ondelete="RESTRICT", short=True, help="Empty: the brand of the customer"
    )
    address_id: Mapped[int | None]
    address: Mapped[Address | None] = link(label="Site", ondelete="SET NULL", short=True)
    contact_id: Mapped[int | None]
    contact: Mapped[Contact | None] = link(
        ondelete="SET NULL", short=True, help="Who we speak with about this project"
    )
    estimator_id: Mapped[int | None]
    estimator: Mapped[User | None] = link(ondelete="SET NULL", index=False, short=True)
    client_order_no: Mapped[str | None] = field(
        String(60), on=FOUND, label="Client's order number", chosen=True
    )
    description: Mapped[str | None] = field(Text, on=FORM_ONLY)


class ProjectContact(Entity):
    """A contact who takes part in a project; taking part opens nothing [R32, D2]."""

    singular, plural, group_path = "project contact", "project contacts", None
    __table_args__ = (
        Index("uq_project_contact_project_id_contact_id", "project_id", "contact_id", unique=True),
    )

    project_id: Mapped[int]
    project: Mapped[Project] = link(ondelete="CASCADE", index=False)
    contact_id: Mapped[int]
    contact: Mapped[Contact] = link(ondelete="CASCADE")


class AccessState(enum.StrEnum):
    """How far a contact's access to a project is; no row: assigned only [4.2]."""

    INVITED = "invited"
    """Granted in silence: no mail went out [R36]."""
    NOTIFIED = "notified"
    """Granted, and a mail with the way in was sent [R35]."""
    ACTIVE = "active"
    """The contact has signed in."""
    REVOKED = "revoked"

    @classmethod
    def open(cls) -> frozenset[AccessState]:
        """The states in which the project is open to the contact."""
        return frozenset({cls.INVITED, cls.NOTIFIED, cls.ACTIVE})


class ProjectAccess(Entity):
    """What opens a project to a contact in the portal, until somebody takes it away [R33-R37, D2]."""

    singular, plural, group_path = "project access", "project accesses", None
    __table_args__ = (
        Index("uq_project_access_project_id_contact_id", "project_id", "contact_id", unique=True),
    )

    project_id: Mapped[int]
    project: Mapped[Project] = link(ondelete="CASCADE", index=False)
    contact_id: Mapped[int]
    contact: Mapped[Contact] = link(ondelete="CASCADE")
    state: Mapped[AccessState] = field(on=DERIVED, default=AccessState.INVITED)
    granted_at: Mapped[datetime] = field(on=SHOWN)
    granted_by: Mapped[str] = field(String(120), on=DERIVED, default="")
    revoked_at: Mapped[datetime | None] = field(on=HIDDEN)
