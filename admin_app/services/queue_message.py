"""A message is queued in the transaction of the act it tells of, once per act, and sent later (design section 8, M1).

What was rolled back sends nothing; what was committed is sent at least once, always with the same Message-ID.  The
id follows from the act alone, so the act is told once, whatever the sender is called meanwhile.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_app.models import OutboxMessage

LONGEST_KEY = 160


def queue_once(session: Session, message: OutboxMessage, key: str | None, domain: str) -> OutboxMessage:
    """Keep a message under the key of its act; the same key again gives the message that is kept already.

    `domain` ends the Message-ID.  Of two transactions at once the second gets the first one's message.
    """
    act_key = act_key_of(key) if key is not None else None
    named = hashlib.sha256(act_key.encode()).hexdigest()[:32] if act_key else secrets.token_hex(16)
    message.act_key = act_key
    message.message_id = f"<{named}@{domain}>"
    if key is None:
        session.add(message)
        session.flush()  # others name it
        return message
    known = told(session, [key]).get(key)
    if known is not None:
        return known
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        # Only one reason is left: the same act was told in another transaction meanwhile.
        return session.scalars(select(OutboxMessage).where(OutboxMessage.act_key == act_key)).one()
    return message


def told(session: Session, keys: Sequence[str]) -> dict[str, OutboxMessage]:
    """Key → the message queued under it, for those of `keys` that are told already."""
    found: dict[str, OutboxMessage] = {}
    for start in range(0, len(keys), 200):
        some = {act_key_of(key): key for key in keys[start : start + 200]}
        earlier = (OutboxMessage.message_id.startswith(f"<{key}@", autoescape=True) for key in some.values())
        query = select(OutboxMessage).where(
            or_(
                OutboxMessage.act_key.in_(some),
                # Until there were act keys, the key stood in the Message-ID.
                and_(OutboxMessage.act_key.is_(None), or_(*earlier)),
            )
        )
        for message in session.scalars(query):
            act_key = message.act_key or message.message_id.removeprefix("<").rpartition("@")[0]
            found[some[act_key]] = message
    return found


def act_key_of(key: str) -> str:
    """The key as its column holds it: a longer one keeps its beginning and ends in a hash of the whole."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[:110]}-{hashlib.sha256(key.encode()).hexdigest()[:48]}"
