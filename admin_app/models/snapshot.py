"""Frozen documents: what was issued, sent or signed, as canonical text with its hash [M11, L9, I10]."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped

from admin_app.models.base import Row
from admin_app.models.field import HIDDEN, field
from admin_app.models.types import Minor


class FrozenKind(enum.StrEnum):
    """The documents that are frozen."""

    ESTIMATE = "estimate"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit note"
    REFUND = "refund"


class DocumentSnapshot(Row):
    """One frozen document: `content` is canonical JSON, `sha256` the hash of its bytes; never changed.

    An estimate whose options the client chose is frozen once more under the next `version`; all others have one.
    A paper is drawn from the content alone; `pdf_key` names it in the store once a job has rendered it.
    """

    __table_args__ = (
        Index("uq_document_snapshot_kind_document_id", "kind", "document_id", "version", unique=True),
    )

    kind: Mapped[FrozenKind] = field(on=HIDDEN)
    document_id: Mapped[int] = field(on=HIDDEN)
    version: Mapped[int] = field(Integer, on=HIDDEN, default=1)
    content: Mapped[str] = field(Text, on=HIDDEN)
    sha256: Mapped[str] = field(String(64), on=HIDDEN)
    total: Mapped[Minor] = field(on=HIDDEN)
    created_at: Mapped[datetime] = field(on=HIDDEN)
    pdf_key: Mapped[str | None] = field(String(80), unique=True, on=HIDDEN)
