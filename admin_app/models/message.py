"""What is said between the office and its clients: threads, their messages, templates, reminders, consent [98-102]."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity, Row
from admin_app.models.brand import Brand
from admin_app.models.contact import Contact
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, children, field, link
from admin_app.models.project import Project
from admin_app.models.staff import User
from admin_app.models.types import BIG


class Channel(enum.StrEnum):
    """How a message travels."""

    MAIL = "mail"
    SMS = "sms"


class MessagePurpose(enum.StrEnum):
    """What a message is for; each purpose has its words and its rule of who gets it [98, 101, L14]."""

    ESTIMATE = "estimate"
    ESTIMATE_REMINDER = "estimate reminder"
    INVOICE = "invoice"
    INVOICE_SOON_DUE = "invoice soon due"
    INVOICE_OVERDUE = "invoice overdue"
    CREDIT_NOTE = "credit note"
    RECEIPT = "receipt"
    APPOINTMENT = "appointment"
    APPOINTMENT_MOVED = "appointment moved"
    APPOINTMENT_CALLED_OFF = "appointment off"
    APPOINTMENT_REMINDER = "appointment reminder"
    START_DATE = "start date"
    START_DATE_MOVED = "start date moved"
    TASK = "task"
    CALL_REQUEST = "call request"
    """To the estimator, not to the client [A53]."""
    PORTAL_ACCESS = "portal access"
    FREE = "free"
    """Whatever somebody at the desk has to say; the only purpose with several templates [A29, A30]."""


class MessageTemplate(Entity):
    """Words for a purpose, of one brand or (without one) of the company; else the shipped words hold [E15-E18].

    Placeholders stand in double braces and are replaced by text; nothing in a template is ever run.
    """

    singular, plural, group_path = "message template", "message templates", None
    __table_args__ = (
        Index("ix_message_template_purpose_channel", "purpose", "channel", "id"),
        CheckConstraint("channel = 'mail' OR subject = ''", name="subject_of_mails"),
    )

    name: Mapped[str] = field(String(120), on=FOUND, short=True)
    purpose: Mapped[MessagePurpose] = field(on=SHOWN, default=MessagePurpose.FREE, short=True)
    channel: Mapped[Channel] = field(on=SHOWN, default=Channel.MAIL, short=True)
    brand_id: Mapped[int | None]
    brand: Mapped[Brand | None] = link(ondelete="CASCADE", short=True, help="Empty: for every brand")
    subject: Mapped[str] = field(String(300), on=FORM_ONLY, default="", short=True)
    body: Mapped[str] = field(Text, on=FORM_ONLY, short=True)


class Ladder(enum.StrEnum):
    """What a row of reminders climbs: the days count from its beginning."""

    ESTIMATE = "estimate"
    """Days after it was sent, until it is answered or expires."""
    INVOICE = "invoice"
    """Days after the due day (negative: before), until it is paid."""
    APPOINTMENT = "appointment"
    """Days before it (negative)."""


class ReminderStep(Entity):
    """One rung of a ladder: so many days after its beginning a reminder goes out, once a document.

    `since` is the day on which the step was switched on: what was due earlier is let be.
    """

    singular, plural, group_path = "reminder", "reminders", None
    __table_args__ = (
        UniqueConstraint("ladder", "days", "channel"),
        CheckConstraint("days BETWEEN -60 AND 365", name="days_in_reach"),
    )

    ladder: Mapped[Ladder] = field(on=SHOWN, short=True)
    days: Mapped[int] = field(Integer, on=SHOWN, short=True, help="Less than 0: before the day")
    channel: Mapped[Channel] = field(on=SHOWN, default=Channel.MAIL, short=True)
    enabled: Mapped[bool] = field(on=SHOWN, default=True, short=True)
    since: Mapped[date] = field(on=HIDDEN)


class ThreadState(enum.StrEnum):
    """Whether somebody still has to look after a thread."""

    OPEN = "open"
    DONE = "done"


class Thread(Entity):
    """Everything that was said about one thing: a document, an appointment, a project, or a question out of the blue.

    `about` and `about_id` name the thing as papers do ("estimate", 17); a thread without a customer came from a sender
    whom nobody knows, and is a request.  `waits` says that the client spoke last and nobody answered.
    """

    singular, plural = "thread", "threads"
    __table_args__ = (
        Index(
            "uq_thread_about",
            "about",
            "about_id",
            unique=True,
            sqlite_where=text("about IS NOT NULL"),
            postgresql_where=text("about IS NOT NULL"),
        ),
        Index("ix_thread_group_id_last_at", "group_id", "last_at", "id"),
        Index("ix_thread_state_last_at", "state", "last_at", "id"),
        Index("ix_thread_assignee_id_state", "assignee_id", "state", "last_at"),
        CheckConstraint("(about IS NULL) = (about_id IS NULL)", name="about_is_whole"),
    )

    subject: Mapped[str] = field(String(300), on=FOUND, default="")
    group_id: Mapped[int | None]
    group: Mapped[CustomerGroup | None] = link(label="Customer", on=FOUND, ondelete="CASCADE", index=False)
    project_id: Mapped[int | None]
    project: Mapped[Project | None] = link(ondelete="SET NULL", chosen=True)
    about: Mapped[str | None] = field(String(24), on=HIDDEN)
    about_id: Mapped[int | None] = field(BIG, on=HIDDEN)
    assignee_id: Mapped[int | None]
    assignee: Mapped[User | None] = link(ondelete="SET NULL", index=False)
    state: Mapped[ThreadState] = field(on=DERIVED, default=ThreadState.OPEN, label="Status")
    waits: Mapped[bool] = field(on=DERIVED, default=False, label="Waits for an answer")
    last_at: Mapped[datetime] = field(on=DERIVED, label="Last message")

    messages: Mapped[list[Message]] = children(back_populates="thread", order_by="Message.id")


class Direction(enum.StrEnum):
    """Which way a message went."""

    IN = "in"
    OUT = "out"


class Message(Entity):
    """One message of a thread, as it was written; it never changes.

    `author` is who speaks, in words; `address` the mail address or phone number on the client's side; `origin` the
    Message-ID or the provider's id of what came in, so that it enters once; `outbox_id` the row that carries it out.
    """

    singular, plural = "message", "messages"
    __table_args__ = (
        Index("ix_message_thread_id_id", "thread_id", "id"),
        Index("ix_message_group_id_at", "group_id", "at", "id"),
        Index("uq_message_origin", "origin", unique=True),
        Index("ix_message_outbox_id", "outbox_id"),
    )

    thread_id: Mapped[int]
    thread: Mapped[Thread] = link(ondelete="CASCADE", back_populates="messages", index=False)
    group_id: Mapped[int | None]
    group: Mapped[CustomerGroup | None] = link(label="Customer", ondelete="CASCADE", index=False)
    direction: Mapped[Direction] = field(on=DERIVED)
    channel: Mapped[Channel] = field(on=DERIVED, default=Channel.MAIL)
    author: Mapped[str] = field(String(200), on=DERIVED, default="")
    contact_id: Mapped[int | None]
    contact: Mapped[Contact | None] = link(ondelete="SET NULL", on=DERIVED)
    user_id: Mapped[int | None]
    user: Mapped[User | None] = link(ondelete="SET NULL", on=HIDDEN)
    address: Mapped[str] = field(String(320), on=DERIVED, default="")
    subject: Mapped[str] = field(String(300), on=DERIVED, default="")
    body: Mapped[str] = field(Text, on=DERIVED & ~FORM_ONLY, default="")
    at: Mapped[datetime] = field(on=DERIVED)
    origin: Mapped[str | None] = field(String(320), on=HIDDEN)
    in_portal: Mapped[bool] = field(on=HIDDEN, default=False, server_default=false())
    """The client wrote it in the portal; `channel` says how an answer travels."""
    outbox_id: Mapped[int | None] = field(BIG, on=HIDDEN)


class ReachKind(enum.StrEnum):
    """What became known of an address."""

    OPT_OUT = "opted out"
    OPT_IN = "opted in"
    BOUNCED = "bounced"
    WORKS = "works"
    """Somebody made sure of it after a bounce."""


class ReachEntry(Row):
    """What became known of an address on a channel, when and from whom; the latest word holds, nothing is erased [102].

    `address` is the folded mail address or the digits of the number; `said` is the proof: the words of the client, or
    who of the staff wrote it down and why.
    """

    __table_args__ = (Index("ix_reach_entry_address_channel", "address", "channel", "id"),)

    contact_id: Mapped[int | None]
    contact: Mapped[Contact | None] = link(on=HIDDEN, ondelete="SET NULL")
    channel: Mapped[Channel] = field(on=HIDDEN)
    address: Mapped[str] = field(String(254), on=HIDDEN)
    kind: Mapped[ReachKind] = field(on=HIDDEN)
    at: Mapped[datetime] = field(on=HIDDEN)
    by: Mapped[str] = field(String(200), on=HIDDEN, default="")
    said: Mapped[str] = field(Text, on=HIDDEN, default="")
