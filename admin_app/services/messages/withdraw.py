"""A message that still waits is taken back."""

from __future__ import annotations

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Unmet
from admin_app.models import OutboxMessage, OutboxState
from admin_app.policy import Permission, demand


def withdraw(session: Session, message: OutboxMessage, actor: Actor) -> OutboxMessage:
    """Take a waiting or failed message back, so that it never goes; withdrawn once is withdrawn.

    Raises NotAllowed, and Unmet for one that has gone, or that a worker holds just now.
    """
    demand(actor, Permission.MESSAGES_WRITE)
    session.refresh(message)
    if message.state is OutboxState.WITHDRAWN:
        return message
    if message.state is OutboxState.SENT:
        raise Unmet("This message has gone already")
    now = session.info["clock"].now()
    taken = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message.id,
            OutboxMessage.state.in_((OutboxState.WAITING, OutboxState.FAILED)),
            or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),
        )
        .values(state=OutboxState.WITHDRAWN, last_error=f"Withdrawn by {actor.name}"[:400])
        .returning(OutboxMessage.id)
    ).first()
    if taken is None:
        raise Unmet("This message is going out just now")
    session.refresh(message)
    return message
