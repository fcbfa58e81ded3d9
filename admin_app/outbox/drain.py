"""Draining the outbox: messages that are due are claimed, tried with no transaction open, and marked.

A claim is a lease: if the worker dies between claim and mark, the lease runs out and the message is sent again under
the same Message-ID, so that a mail program shows it once (dependencies.md J1; security.md, promise 7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Refusal, Unmet
from admin_app.models import OutboxMessage, OutboxState
from admin_app.outbox.mail import Ending, Outcome, Paper, Postman, compose

Transaction = Callable[[], AbstractContextManager[Session]]
"""Opens a short transaction that is kept when its block ends well; on SQLite it takes the write lock at once."""

LEASE = timedelta(minutes=5)
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 720, 720))
"""Waits between tries; after the last one the message has failed, two days after it was queued."""
NEXT_LOOK = timedelta(minutes=10)
"""How often a message without a mail server is looked at again: a server may have been set."""


@dataclass(frozen=True, slots=True)
class Drained:
    """How many messages went, will be tried again, failed for good, or lie in files."""

    sent: int = 0
    delayed: int = 0
    failed: int = 0
    kept: int = 0


Papers = Callable[[Session, Sequence[Mapping[str, Any]]], list[Paper]]
"""Draws the papers that go along with a message; raises a Refusal for one that cannot be drawn."""


def drain(
    transaction: Transaction,
    postman: Postman,
    clock: Clock,
    most: int = 100,
    papers: Papers | None = None,
) -> Drained:
    """Send what is due, one message after the other; returns what became of them."""
    counts = dict.fromkeys(("sent", "delayed", "failed", "kept"), 0)
    for _ in range(most):
        with transaction() as session:
            message = _claim(session, clock)
        if message is None:
            break
        outcome = _try(transaction, postman, message, clock, papers)
        with transaction() as session:
            counts[_mark(session, message, outcome, clock)] += 1
    return Drained(**counts)


def try_again(session: Session, message: OutboxMessage, clock: Clock) -> None:
    """Let a message be sent now: somebody pressed the button on the outbox page; a sent one stays sent."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message.id, OutboxMessage.state != OutboxState.SENT)
        .values(state=OutboxState.WAITING, due_at=clock.now(), attempts=0)
    )


def _claim(session: Session, clock: Clock) -> OutboxMessage | None:
    """Take the message that has been due longest; several workers take different ones."""
    now = clock.now()
    message = session.scalar(
        select(OutboxMessage)
        .where(
            OutboxMessage.state == OutboxState.WAITING,
            OutboxMessage.due_at <= now,
            or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if message is None:
        return None
    message.leased_until = now + LEASE
    message.attempts += 1
    session.flush()  # the lease must be kept before the message leaves the house
    session.expunge(message)
    return message


def _try(
    transaction: Transaction, postman: Postman, message: OutboxMessage, clock: Clock, papers: Papers | None
) -> Outcome:
    try:
        mail = compose(message, clock, _drawn(transaction, message, papers))
    except Refusal as refusal:
        return Outcome(Ending.REFUSED, f"The paper that goes along cannot be drawn: {refusal.sentence}")
    except ValueError as trouble:
        return Outcome(Ending.REFUSED, f"This cannot be written as a mail: {trouble}")
    return postman.carry(mail, message.sender, message.recipient)


def _drawn(transaction: Transaction, message: OutboxMessage, papers: Papers | None) -> list[Paper]:
    """The papers of a message; a mail that should carry one never leaves without it."""
    if not message.papers:
        return []
    if papers is None:
        raise Unmet("nobody here draws papers")
    with transaction() as session:
        return papers(session, message.papers)


def _mark(session: Session, message: OutboxMessage, outcome: Outcome, clock: Clock) -> str:
    """Write down how the try ended, and when the next one is."""
    now = clock.now()
    values: dict[str, object] = {"leased_until": None, "last_error": outcome.said or None}
    told = "delayed"
    match outcome.ending:
        case Ending.SENT:
            values |= {"state": OutboxState.SENT, "sent_at": now}
            told = "sent"
        case Ending.REFUSED:
            values |= {"state": OutboxState.FAILED}
            told = "failed"
        case Ending.KEPT:
            values |= {"due_at": now + NEXT_LOOK, "attempts": 0}
            told = "kept"
        case Ending.DELAYED if message.attempts > len(PAUSES):
            values |= {"state": OutboxState.FAILED}
            told = "failed"
        case Ending.DELAYED:
            values |= {"due_at": now + PAUSES[message.attempts - 1]}
    session.execute(update(OutboxMessage).where(OutboxMessage.id == message.id).values(**values))
    return told
