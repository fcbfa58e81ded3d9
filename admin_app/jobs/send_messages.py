"""Sending what waits in the outbox: looked at on every round of the worker, so that a mail leaves within seconds."""

from __future__ import annotations

import time
from functools import partial

from sqlalchemy import exists, or_, select

from admin_app.jobs.shift import Shift
from admin_app.models import OutboxMessage, OutboxState
from admin_app.outbox.drain import drain
from admin_app.outbox.mail import postman
from admin_app.outbox.papers import draw_papers
from admin_app.outbox.sms import texter
from admin_app.services.messages.reply_address import signed
from admin_app.storage.folder import FolderStorage

BATCH = 100
ROUND_SECONDS = 20.0
"""How long one round sends before it looks whether anything else is due."""


def send_messages(shift: Shift) -> None:
    """Send the messages that are due; where none is, the database is only read."""
    ends = time.monotonic() + ROUND_SECONDS
    while _any_due(shift) and time.monotonic() < ends:
        done = drain(
            shift.transaction,
            postman(shift.settings),
            shift.clock,
            BATCH,
            papers=partial(draw_papers, FolderStorage(shift.settings.files)),
            texter=texter(shift.settings),
            signer=partial(signed, shift.settings),
        )
        if done.sent + done.failed + done.kept < BATCH:
            break  # the rest waits for a server that does not answer, or there is no rest


def _any_due(shift: Shift) -> bool:
    now = shift.clock.now()
    due = select(OutboxMessage.id).where(
        OutboxMessage.state == OutboxState.WAITING,
        OutboxMessage.due_at <= now,
        or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),
    )
    with shift.engine.connect() as connection:
        return bool(connection.scalar(select(exists(due))))
