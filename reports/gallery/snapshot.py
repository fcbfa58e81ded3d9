"""Which state of the company was read: one short sum over the ends of its books and tables [137, L13]."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.models import (
    AuditEntry,
    CreditNote,
    CustomerGroup,
    Estimate,
    Invoice,
    JournalEntry,
    Lead,
    Payment,
    Refund,
)

HEADS = (AuditEntry, JournalEntry)
"""Every change of a record and every booking adds a row at the end of these."""
COUNTED = (CustomerGroup, Lead, Estimate, Invoice, CreditNote, Payment, Refund)
"""What an import or a purge changes without an entry each is seen by number and last id."""


def snapshot_id(session: Session) -> str:
    """SHA-256, in hex, of where the books and tables end; the same state gives the same, a change another one."""
    state: dict[str, list[int]] = {
        one.__tablename__: [session.scalar(select(func.max(one.id))) or 0] for one in HEADS
    }
    for entity in COUNTED:
        last, number = session.execute(select(func.max(entity.id), func.count(entity.id))).one()
        state[entity.__tablename__] = [last or 0, number]
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
