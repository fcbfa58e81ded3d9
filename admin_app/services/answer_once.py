"""A form is carried out once, however often it is sent: money that moves, acts of a phone (security.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Conflict, Invalid
from admin_app.models import FormKey, Row

Record = TypeVar("Record", bound=Row)

LONGEST_KEY = 64
LONGEST_ANSWER = 120
"""Characters of a sentence that is kept beside its key."""


def answer_once(
    session: Session,
    clock: Clock,
    *,
    key: str | None,
    purpose: str,
    content: object,
    kind: type[Record],
    act: Callable[[], Record],
) -> Record:
    """Carry out `act` under the key drawn with the form; the same key again gives the first record.

    `content` is what the form says (a value with a faithful repr).  Without a key the act is simply done: imports
    and stories draw none.  Raises Conflict when the key comes back with other content, Invalid for a strange key.
    """
    if key is None:
        return act()
    kept, is_new = _claim(session, clock, key, purpose, content)
    if not is_new:
        return session.get_one(kind, int(kept.result))
    record = act()
    kept.result = str(record.id)
    session.flush()
    return record


def say_once(
    session: Session,
    clock: Clock,
    *,
    key: str | None,
    purpose: str,
    content: object,
    act: Callable[[], str],
) -> str:
    """As `answer_once`, for an act that is answered by a sentence: the same key again gives the first sentence."""
    if key is None:
        return act()
    kept, is_new = _claim(session, clock, key, purpose, content)
    if is_new:
        kept.result = act()[:LONGEST_ANSWER]
        session.flush()
    return kept.result


def is_answered(session: Session, key: str | None) -> bool:
    """Whether an act under this key was carried out: what costs time beside it need not be done again."""
    return bool(key) and session.scalar(select(FormKey.id).where(FormKey.key == key)) is not None


def _claim(session: Session, clock: Clock, key: str, purpose: str, content: object) -> tuple[FormKey, bool]:
    """The row of this key and whether it is new; raises Conflict and Invalid as `answer_once` says."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Invalid("This form is damaged; open it again")
    said = hashlib.sha256(repr(content).encode()).hexdigest()
    kept, is_new = _keep(
        session, FormKey(key=key, purpose=purpose, content_hash=said, created_at=clock.now())
    )
    if not is_new and (kept.purpose, kept.content_hash) != (purpose, said):
        raise Conflict("This form was already sent with other content; open it again to book another one")
    return kept, is_new


def _keep(session: Session, new: FormKey) -> tuple[FormKey, bool]:
    """The key's row, and whether it is new; of two requests at once the second waits for the first here."""
    same_key = select(FormKey).where(FormKey.key == new.key)
    known = session.scalar(same_key)
    if known is not None:
        return known, False
    try:
        with session.begin_nested():
            session.add(new)
    except IntegrityError:
        return session.scalars(same_key).one(), False
    return new, True
