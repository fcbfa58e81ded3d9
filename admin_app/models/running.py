"""Work of the program itself: imports, jobs and messages that wait to go out."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped

from admin_app.models.base import Row
from admin_app.models.field import HIDDEN, field
from admin_app.models.types import BIG


class RunState(enum.StrEnum):
    """How far an import got."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


class ImportRun(Row):
    """One import: its files, how far it got, what it created, updated and refused.

    `counts` maps file → {"rows", "created", "updated", "skipped", "errors", "warnings"}; `folder` names where its
    files lie below the home folder; `at_file` is the file it stopped at.
    """

    at: Mapped[datetime] = field(on=HIDDEN)
    finished_at: Mapped[datetime | None] = field(on=HIDDEN)
    actor: Mapped[str] = field(String(200), on=HIDDEN, default="")
    actor_id: Mapped[int | None] = field(on=HIDDEN)
    source: Mapped[str] = field(String(300), on=HIDDEN, default="")
    folder: Mapped[str] = field(String(300), on=HIDDEN, default="")
    state: Mapped[RunState] = field(on=HIDDEN, default=RunState.UPLOADED)
    dry_run: Mapped[bool] = field(on=HIDDEN, default=False)
    at_file: Mapped[str | None] = field(String(200), on=HIDDEN)
    progress: Mapped[int] = field(Integer, on=HIDDEN, default=0)
    """Rows done so far."""
    rows: Mapped[int] = field(Integer, on=HIDDEN, default=0)
    options: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    counts: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    message: Mapped[str | None] = field(Text, on=HIDDEN)


class ImportMapping(Row):
    """Which column of a foreign file feeds which field; remembered by the file's headers [39]."""

    fingerprint: Mapped[str] = field(String(64), unique=True, on=HIDDEN)
    entity: Mapped[str] = field(String(40), on=HIDDEN)
    mapping: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    used_at: Mapped[datetime] = field(on=HIDDEN)


class Job(Row):
    """Work for the worker: due at a time, leased while somebody does it (dependencies.md J1)."""

    __table_args__ = (Index("ix_job_due_at", "due_at"),)

    name: Mapped[str] = field(String(80), on=HIDDEN)
    key: Mapped[str] = field(String(120), unique=True, on=HIDDEN)
    payload: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    due_at: Mapped[datetime] = field(on=HIDDEN)
    leased_until: Mapped[datetime | None] = field(on=HIDDEN)
    attempts: Mapped[int] = field(Integer, on=HIDDEN, default=0)
    last_error: Mapped[str | None] = field(Text, on=HIDDEN)
    done_at: Mapped[datetime | None] = field(on=HIDDEN)


class OutboxState(enum.StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    """Taken back before it went: the reason fell away, or somebody at the desk said so."""


class OutboxMessage(Row):
    """A mail or SMS that waits to go out, queued in the transaction of the act it tells of (design section 8).

    `act_key` names the act, so that it is told once whatever the sender is called meanwhile; `reason` says why this
    person gets it [L14].
    """

    __table_args__ = (Index("ix_outbox_message_state_due_at", "state", "due_at"),)

    message_id: Mapped[str] = field(String(120), unique=True, on=HIDDEN)
    channel: Mapped[str] = field(String(16), on=HIDDEN, default="mail")
    sender: Mapped[str] = field(String(320), on=HIDDEN)
    recipient: Mapped[str] = field(String(320), on=HIDDEN)
    subject: Mapped[str] = field(String(300), on=HIDDEN)
    body: Mapped[str] = field(Text, on=HIDDEN)
    papers: Mapped[list[Any]] = field(on=HIDDEN, default=list, server_default="[]")
    """What goes along, drawn when it is sent: [{"paper": "invoice", "id": 17}], or [{"name", "store_key"}]."""
    act_key: Mapped[str | None] = field(String(160), unique=True, on=HIDDEN)
    purpose: Mapped[str] = field(String(40), on=HIDDEN, default="", server_default=text("''"))
    reason: Mapped[str] = field(String(300), on=HIDDEN, default="", server_default=text("''"))
    reply_to: Mapped[str | None] = field(String(320), on=HIDDEN)
    contact_id: Mapped[int | None] = field(BIG, on=HIDDEN)
    group_id: Mapped[int | None] = field(BIG, on=HIDDEN)
    provider_id: Mapped[str | None] = field(String(120), on=HIDDEN)
    """What the SMS provider calls it."""
    state: Mapped[OutboxState] = field(on=HIDDEN, default=OutboxState.WAITING)
    due_at: Mapped[datetime] = field(on=HIDDEN)
    leased_until: Mapped[datetime | None] = field(on=HIDDEN)
    attempts: Mapped[int] = field(Integer, on=HIDDEN, default=0)
    last_error: Mapped[str | None] = field(Text, on=HIDDEN)
    sent_at: Mapped[datetime | None] = field(on=HIDDEN)
