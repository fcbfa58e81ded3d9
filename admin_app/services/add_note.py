"""The notepad of a customer and of a project: a few words added, colleagues named in them [A32-A34, 103]."""

from __future__ import annotations

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.models import CustomerGroup, Note, Project
from admin_app.policy import Permission, demand
from admin_app.services.mentions import keep_mentions

LONGEST_NOTE = 10_000


def add_note(
    session: Session, group: CustomerGroup, body: str, actor: Actor, project: Project | None = None
) -> Note:
    """Keep `body` on the notepad in the actor's name; whoever is named with @ finds it until they saw it.

    Raises Invalid for no words or too many, Unmet for a project of another customer.
    """
    demand(actor, Permission.WORK_WRITE)
    if project is not None and project.group_id != group.id:
        raise Unmet(f"{project.title} is a project of another customer")
    words = clean_text(body, LONGEST_NOTE, multiline=True)
    if not words:
        raise Invalid("Write a few words first", {"body": "Write a few words first"})
    project_id = project.id if project is not None else None
    note = Note(group_id=group.id, body=words, author=actor.name, project_id=project_id)
    session.add(note)
    session.flush()  # the page shows its time and number
    keep_mentions(session, note, actor)
    return note
