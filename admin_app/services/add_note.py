"""The notepad of a customer: a few words added, or taken off again [A32-A34]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import clean_text
from admin_app.models import CustomerGroup, Note
from admin_app.policy import Permission, demand, visible

LONGEST_NOTE = 10_000


def add_note(session: Session, group: CustomerGroup, body: str, actor: Actor) -> Note:
    """Keep `body` on the notepad in the actor's name; raises Invalid for no words or too many."""
    demand(actor, Permission.WORK_WRITE)
    words = clean_text(body, LONGEST_NOTE, multiline=True)
    if not words:
        raise Invalid("Write a few words first", {"body": "Write a few words first"})
    note = Note(group_id=group.id, body=words, author=actor.name)
    session.add(note)
    session.flush()  # the page shows its time and number
    return note


def remove_note(session: Session, group: CustomerGroup, note_id: int, actor: Actor) -> None:
    """Take a note off the notepad of `group`; the audit keeps its words.  Raises NotFound for another's note."""
    demand(actor, Permission.WORK_WRITE)
    wanted = select(Note).where(Note.id == note_id, Note.group_id == group.id)
    note = session.scalar(visible(actor, wanted))
    if note is None:
        raise NotFound("This note is no longer here")
    session.delete(note)
    session.flush()  # a refusal of the database belongs to this act
