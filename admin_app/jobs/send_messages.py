"""Sending what waits in the outbox: looked at on every round of the worker, so that a mail leaves within seconds."""

from __future__ import annotations

from functools import partial

from sqlalchemy import exists, or_, select

from admin_app.jobs.shift import Shift
from admin_app.models import OutboxMessage, OutboxState
from admin_app.outbox.drain import drain
from admin_app.outbox.mail import postman
from admin_app.outbox.papers import draw_papers
from admin_app.storage.folder import FolderStorage


def send_messages(shift: Shift) -> None:
    """Send the messages that are due; where none is, the database is only read."""
    if _any_due(shift):
        draw = partial(draw_papers, FolderStorage(shift.settings.files))
        drain(shift.transaction, postman(shift.settings), shift.clock, papers=draw)


def _any_due(shift: Shift) -> bool:
    now = shift.clock.now()
    due = select(OutboxMessage.id).where(
        OutboxMessage.state == OutboxState.WAITING,
        OutboxMessage.due_at <= now,
        or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),
    )
    with shift.engine.connect() as connection:
        return bool(connection.scalar(select(exists(due))))
