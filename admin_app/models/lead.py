"""Leads: a customer asked for something, and somebody has to answer [44-51, A38-A54]."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, field, link
from admin_app.models.project import Project


class LeadState(enum.StrEnum):
    """The stored states of a lead [4.2]; people see them under the names that LeadStatus gives them [45]."""

    DRAFT = "draft"
    FOR_APPROVAL = "for approval"
    """A request that came through the portal."""
    NEW = "new"
    CUSTOM = "custom"
    """One of the company's own statuses."""
    ESTIMATED = "estimated"
    POSTPONED = "postponed"
    DECLINED = "declined"

    @classmethod
    def open(cls) -> frozenset[LeadState]:
        """The states in which somebody still has to answer."""
        return frozenset({cls.DRAFT, cls.FOR_APPROVAL, cls.NEW, cls.CUSTOM, cls.POSTPONED})


class Priority(enum.StrEnum):
    """How soon somebody should answer [A47]."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class LeadStatus(Entity):
    """The name of a lead's status: each system state has one, which can be renamed; the rest are our own [45].

    A status of our own that is switched off stays on old leads and is offered to none.
    """

    singular, plural, group_path = "lead status", "lead statuses", None
    __table_args__ = (
        Index(
            "uq_lead_status_system",
            "state",
            unique=True,
            sqlite_where=text("state <> 'custom'"),
            postgresql_where=text("state <> 'custom'"),
        ),
        CheckConstraint("enabled OR state = 'custom'", name="system_stays_on"),
    )

    name: Mapped[str] = field(String(60), unique=True, on=FOUND, short=True)
    state: Mapped[LeadState] = field(on=DERIVED, default=LeadState.CUSTOM, label="Stands for")
    position: Mapped[int] = field(Integer, on=SHOWN, default=100, help="Smaller numbers come first")
    enabled: Mapped[bool] = field(
        on=SHOWN, default=True, help="Off: offered to no lead, kept where it stands"
    )


class LeadSource(Entity):
    """How customers heard of us: the reference of a lead [A48]."""

    singular, plural, group_path = "lead source", "lead sources", None

    name: Mapped[str] = field(String(60), unique=True, on=FOUND, short=True)
    archived: Mapped[bool] = field(on=SHOWN, default=False)


class Lead(Entity):
    """A question of a customer, answered by an estimate, put off, or declined with a reason."""

    singular, plural = "lead", "leads"
    __table_args__ = (
        Index("ix_lead_project_id", "project_id"),
        Index("ix_lead_group_id_id", "group_id", "id"),
        Index("ix_lead_state_id", "state", "id"),
        Index("ix_lead_postponed_until", "postponed_until"),
        CheckConstraint("(state = 'custom') = (custom_status_id IS NOT NULL)", name="custom_has_a_name"),
        CheckConstraint("(state = 'postponed') = (postponed_until IS NOT NULL)", name="postponed_has_a_day"),
    )

    title: Mapped[str] = field(String(200), on=FOUND, short=True, help="What they asked for")
    project_id: Mapped[int]
    project: Mapped[Project] = link(ondelete="RESTRICT", index=False)
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND & ~FORM_ONLY, ondelete="RESTRICT", index=False
    )
    state: Mapped[LeadState] = field(on=DERIVED, default=LeadState.NEW, label="Status")
    custom_status_id: Mapped[int | None] = field(ForeignKey("lead_status.id", ondelete="RESTRICT"), on=HIDDEN)
    state_since: Mapped[datetime] = field(on=DERIVED, label="Since", chosen=True)
    priority: Mapped[Priority] = field(on=SHOWN, default=Priority.NORMAL, short=True)
    source_id: Mapped[int | None]
    source: Mapped[LeadSource | None] = link(ondelete="SET NULL", label="Reference", short=True)
    asked_on: Mapped[date] = field(on=SHOWN, label="Asked on", short=True)
    postponed_until: Mapped[date | None] = field(on=DERIVED, chosen=True)
    declined_reason: Mapped[str | None] = field(String(400), on=DERIVED, chosen=True)
    request: Mapped[str | None] = field(Text, on=FORM_ONLY, label="In their words", short=True)
    asked_by_id: Mapped[int | None] = field(
        ForeignKey("contact.id", ondelete="SET NULL"), on=HIDDEN, index=True
    )
    """The contact who asked in the portal [W3, W4]."""
    call_requested_at: Mapped[datetime | None] = field(on=DERIVED, label="Call requested", chosen=True)
