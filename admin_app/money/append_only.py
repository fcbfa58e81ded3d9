"""What is in the books stays: postings, entries and allocations are written once and never changed.

A mistake is corrected by a reversal, which is another entry.  The hooks below stand on every session, so that no
door, form or script changes the past by accident; what a database administrator does, `sawhorse prove` finds.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from admin_app.kernel.errors import NotAllowed
from admin_app.models import Allocation, JournalEntry, OfficeSession, Posting

WRITTEN_ONCE = (JournalEntry, Posting, Allocation)
SENTENCE = "What is in the books is never changed; reverse it instead"


@event.listens_for(OfficeSession, "before_flush")
def _refuse_changes(session: Session, _context: object, _instances: object) -> None:
    """Refuse a flush that would change or delete a row of the books."""
    changed = (thing for thing in session.dirty if session.is_modified(thing, include_collections=False))
    if any(isinstance(thing, WRITTEN_ONCE) for thing in (*changed, *session.deleted)):
        raise NotAllowed(SENTENCE)


@event.listens_for(OfficeSession, "do_orm_execute")
def _refuse_bulk_changes(state: ORMExecuteState) -> None:
    """Refuse an UPDATE or DELETE of the books that goes past the flush."""
    if (state.is_update or state.is_delete) and _touches_the_books(state.statement):
        raise NotAllowed(SENTENCE)


def _touches_the_books(statement: Any) -> bool:
    """Whether the statement changes one of the tables of the books."""
    return getattr(statement, "table", None) in [kind.__table__ for kind in WRITTEN_ONCE]
