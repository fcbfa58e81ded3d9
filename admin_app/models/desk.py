"""What lies on the desk beside a customer: tasks, events, notes and files [A90-A97]."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from admin_app.models.address import Address
from admin_app.models.base import Entity, Row
from admin_app.models.contact import Contact
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, field, link
from admin_app.models.message import Message
from admin_app.models.project import Project
from admin_app.models.service_plan import Subscription
from admin_app.models.staff import User
from admin_app.models.types import BIG
from admin_app.models.work_order import WorkOrder


class TaskState(enum.StrEnum):
    """Where a task stands."""

    OPEN = "open"
    IN_PROGRESS = "in progress"
    DONE = "done"
    DROPPED = "dropped"


class Task(Entity):
    """Something to do for a customer [A25, A90-A94]."""

    singular, plural = "task", "tasks"
    __table_args__ = (
        Index("ix_task_group_id_due_on", "group_id", "due_on", "id"),
        Index("ix_task_due_on_id", "due_on", "id"),
        Index(
            "ix_task_remind_at",
            "remind_at",
            sqlite_where=text("reminded_at IS NULL"),
            postgresql_where=text("reminded_at IS NULL"),
        ),
    )

    title: Mapped[str] = field(String(200), on=FOUND, short=True)
    group_id: Mapped[int | None]
    group: Mapped[CustomerGroup | None] = link(
        label="Customer", on=FOUND, ondelete="CASCADE", index=False, short=True
    )
    project_id: Mapped[int | None]
    project: Mapped[Project | None] = link(ondelete="SET NULL", chosen=True)
    state: Mapped[TaskState] = field(on=SHOWN, default=TaskState.OPEN, label="Status", short=True)
    due_on: Mapped[date | None] = field(on=SHOWN, label="Due", short=True)
    assignee_id: Mapped[int | None]
    assignee: Mapped[User | None] = link(ondelete="SET NULL", short=True)
    description: Mapped[str | None] = field(Text, on=FORM_ONLY, short=True)
    done_at: Mapped[datetime | None] = field(on=DERIVED, chosen=True)
    remind_at: Mapped[datetime | None] = field(
        on=FORM_ONLY, label="Remind at", help="Whoever has the task gets a mail then"
    )
    reminded_at: Mapped[datetime | None] = field(on=HIDDEN, cache=True)


class EventKind(enum.StrEnum):
    """What happens at an event."""

    CALL = "call"
    VISIT = "visit"
    APPOINTMENT = "appointment"
    WORK = "work"
    OTHER = "other"


class EventState(enum.StrEnum):
    """Where an event stands."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class ClientAnswer(enum.StrEnum):
    """What a client said to an appointment in the portal."""

    CONFIRMED = "confirmed"
    MOVE = "asks to move"


class Event(Entity):
    """Something that happens with a customer at a time and a place [P18, 95]; instants are UTC."""

    singular, plural = "event", "events"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="ends_after_start"),
        Index("ix_event_group_id_starts_at", "group_id", "starts_at", "id"),
        Index("ix_event_starts_at_id", "starts_at", "id"),
        Index("ix_event_assignee_id_starts_at", "assignee_id", "starts_at"),
        Index("uq_event_subscription_id_visit_on", "subscription_id", "visit_on", unique=True),
    )

    title: Mapped[str] = field(String(200), on=FOUND, short=True)
    kind: Mapped[EventKind] = field(on=SHOWN, default=EventKind.APPOINTMENT, short=True)
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND, ondelete="CASCADE", index=False, short=True
    )
    project_id: Mapped[int | None]
    project: Mapped[Project | None] = link(ondelete="SET NULL", chosen=True)
    work_order_id: Mapped[int | None]
    work_order: Mapped[WorkOrder | None] = link(ondelete="SET NULL", chosen=True, label="Workorder")
    address_id: Mapped[int | None]
    address: Mapped[Address | None] = link(label="Place", ondelete="SET NULL", short=True)
    starts_at: Mapped[datetime] = field(on=SHOWN, label="Starts", short=True)
    ends_at: Mapped[datetime | None] = field(on=SHOWN, label="Ends", short=True)
    assignee_id: Mapped[int | None]
    assignee: Mapped[User | None] = link(ondelete="SET NULL", index=False, short=True)
    state: Mapped[EventState] = field(on=SHOWN, default=EventState.PLANNED, label="Status")
    notes: Mapped[str | None] = field(Text, on=FORM_ONLY)
    contact_id: Mapped[int | None]
    contact: Mapped[Contact | None] = link(ondelete="SET NULL", chosen=True, help="Who is told, and met")
    client_answer: Mapped[ClientAnswer | None] = field(on=DERIVED, label="The client", chosen=True)
    client_answered_at: Mapped[datetime | None] = field(on=HIDDEN)
    subscription_id: Mapped[int | None]
    subscription: Mapped[Subscription | None] = link(on=HIDDEN, ondelete="SET NULL", index=False)
    """The service plan that this visit belongs to."""
    visit_on: Mapped[date | None] = field(on=HIDDEN)
    """The day on which the plan foresees it: a visit that is moved stays the same visit."""


class Note(Entity):
    """A few words on the notepad of a customer [A32-A34]."""

    singular, plural = "note", "notes"
    __table_args__ = (Index("ix_note_group_id_id", "group_id", "id"),)

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(label="Customer", ondelete="CASCADE", index=False)
    body: Mapped[str] = field(Text, on=FOUND)
    author: Mapped[str] = field(String(120), on=DERIVED, default="")
    project_id: Mapped[int | None]
    project: Mapped[Project | None] = link(ondelete="CASCADE", chosen=True)


class Mention(Row):
    """Somebody of the staff is named in a note with @, and finds it in the inbox until it was seen [103]."""

    __table_args__ = (
        UniqueConstraint("note_id", "user_id"),
        Index("ix_mention_user_id_seen_at", "user_id", "seen_at"),
    )

    note_id: Mapped[int]
    note: Mapped[Note] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    user_id: Mapped[int]
    user: Mapped[User] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    seen_at: Mapped[datetime | None] = field(on=HIDDEN)


class Attachment(Entity):
    """A file that belongs to a customer; the bytes lie in the store under `store_key` [A97, 103].

    `name` is only a label; the type was decided by content; `size` in bytes.
    """

    singular, plural = "file", "files"
    __table_args__ = (
        Index("ix_attachment_group_id_id", "group_id", "id"),
        CheckConstraint("size >= 0", name="size_not_negative"),
        Index("ix_attachment_first_id_edition", "first_id", "edition"),
    )

    group_id: Mapped[int | None]
    group: Mapped[CustomerGroup | None] = link(label="Customer", ondelete="CASCADE", index=False)
    project_id: Mapped[int | None]
    project: Mapped[Project | None] = link(ondelete="SET NULL", chosen=True)
    name: Mapped[str] = field(String(200), on=FOUND)
    content_type: Mapped[str] = field(String(80), on=DERIVED, label="Type")
    size: Mapped[int] = field(Integer, on=DERIVED, unit="bytes")
    sha256: Mapped[str] = field(String(64), on=HIDDEN)
    store_key: Mapped[str] = field(String(80), unique=True, on=HIDDEN)
    preview_key: Mapped[str | None] = field(String(80), unique=True, on=HIDDEN)
    """The store's key of a small WebP drawn from a picture."""
    shared: Mapped[bool] = field(on=SHOWN, default=False, label="Shared with the client")
    uploaded_by: Mapped[str] = field(String(120), on=DERIVED, default="")
    work_order_id: Mapped[int | None]
    work_order: Mapped[WorkOrder | None] = link(ondelete="SET NULL", chosen=True, label="Workorder")
    message_id: Mapped[int | None]
    message: Mapped[Message | None] = link(on=HIDDEN, ondelete="SET NULL")
    """The message it came with."""
    first_id: Mapped[int | None] = field(BIG, on=HIDDEN)
    """The first version of this file; None: it has no other."""
    edition: Mapped[int] = field(
        Integer, on=DERIVED, default=1, server_default="1", label="Version", chosen=True
    )
