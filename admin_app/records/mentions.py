"""Notes in which somebody is named and that they have not seen, for the inbox and Today [103]."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from admin_app.kernel.actor import Actor
from admin_app.models import Mention, Note
from admin_app.policy import visible

MOST_SHOWN = 50


def unseen_notes(session: Session, actor: Actor, most: int = MOST_SHOWN) -> Sequence[Note]:
    """The notes that name the actor, the latest first, with customer and project; one statement."""
    if actor.id is None:
        return []
    query = (
        select(Note)
        .join(Mention, Mention.note_id == Note.id)
        .options(joinedload(Note.group), joinedload(Note.project))
        .where(Mention.user_id == actor.id, Mention.seen_at.is_(None))
        .order_by(Note.id.desc())
        .limit(most)
    )
    return session.scalars(visible(actor, query)).all()


def count_unseen(session: Session, actor: Actor) -> int:
    """How many there are, counted no further than 100."""
    if actor.id is None:
        return 0
    query = (
        select(Note.id)
        .join(Mention, Mention.note_id == Note.id)
        .where(Mention.user_id == actor.id, Mention.seen_at.is_(None))
        .limit(100)
    )
    return session.scalar(select(func.count()).select_from(visible(actor, query).subquery())) or 0
