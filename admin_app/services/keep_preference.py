"""A person's own choices, such as the columns of a list, kept for the next time."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import Preference

LONGEST_CHOICE = 2000


def recall(session: Session, actor: Actor, key: str) -> str:
    """What the person chose, or "" for nothing yet."""
    if actor.id is None:
        return ""
    chosen = select(Preference.value).where(Preference.user_id == actor.id, Preference.key == key)
    return session.scalar(chosen) or ""


def remember(session: Session, actor: Actor, key: str, value: str) -> None:
    """Keep the choice; an empty one forgets it."""
    if actor.id is None:
        return
    kept = session.scalar(select(Preference).where(Preference.user_id == actor.id, Preference.key == key))
    if not value:
        if kept is not None:
            session.delete(kept)
    elif kept is None:
        session.add(Preference(user_id=actor.id, key=key, value=value[:LONGEST_CHOICE]))
    else:
        kept.value = value[:LONGEST_CHOICE]
    session.flush()  # two tabs that choose at the same time meet the unique key here
