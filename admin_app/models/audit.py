"""What was changed, by whom, through which door; and acts over many records that can be undone."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped

from admin_app.models.base import Row
from admin_app.models.field import HIDDEN, field, link


class Change(enum.StrEnum):
    """What happened to a record."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


class BulkAct(Row):
    """One act over many records: it is shown, counted and undone as one [L5, P25-P28]."""

    kind: Mapped[str] = field(String(60), on=HIDDEN)
    entity: Mapped[str] = field(String(40), on=HIDDEN)
    summary: Mapped[str] = field(String(300), on=HIDDEN)
    count: Mapped[int] = field(Integer, on=HIDDEN, default=0)
    actor: Mapped[str] = field(String(200), on=HIDDEN)
    actor_id: Mapped[int | None] = field(on=HIDDEN)
    at: Mapped[datetime] = field(on=HIDDEN)
    undone_at: Mapped[datetime | None] = field(on=HIDDEN)
    kept: Mapped[list[Any] | None] = field(on=HIDDEN)
    """Records that an undo left as they were because somebody changed them since."""


class AuditEntry(Row):
    """One changed record: who, when, which door, before and after of the declared fields, secrets masked [143].

    `before` is empty for a creation, `after` for a deletion.  `group_id` names the customer for the timeline; it is
    no foreign key, since the trace outlives the customer.
    """

    __table_args__ = (
        Index("ix_audit_entry_entity_entity_id_id", "entity", "entity_id", "id"),
        Index("ix_audit_entry_group_id_id", "group_id", "id"),
        Index("ix_audit_entry_at_id", "at", "id"),
        Index("ix_audit_entry_entity_id", "entity", "id"),
        Index("ix_audit_entry_actor_id_id", "actor_id", "id"),
    )

    at: Mapped[datetime] = field(on=HIDDEN)
    actor_kind: Mapped[str] = field(String(16), on=HIDDEN)
    actor_id: Mapped[int | None] = field(on=HIDDEN)
    actor: Mapped[str] = field(String(200), on=HIDDEN)
    door: Mapped[str] = field(String(24), on=HIDDEN)
    change: Mapped[Change] = field(on=HIDDEN)
    entity: Mapped[str] = field(String(40), on=HIDDEN)
    entity_id: Mapped[int] = field(on=HIDDEN)
    name: Mapped[str] = field(String(200), on=HIDDEN, default="")
    version: Mapped[int | None] = field(Integer, on=HIDDEN)
    group_id: Mapped[int | None] = field(on=HIDDEN)
    before: Mapped[dict[str, Any] | None] = field(on=HIDDEN)
    after: Mapped[dict[str, Any] | None] = field(on=HIDDEN)
    reason: Mapped[str | None] = field(String(300), on=HIDDEN)
    act_id: Mapped[int | None]
    act: Mapped[BulkAct | None] = link(on=HIDDEN, ondelete="SET NULL")
