"""Draining the outbox: messages that are due are claimed, tried with no transaction open, and marked.

A claim is a lease: if the worker dies between claim and mark, the lease runs out and the message is sent again under
the same Message-ID, so that a mail program shows it once (dependencies.md J1; security.md, promise 7).  What is not
true any more, or not wanted, is withdrawn at the claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Refusal, Unmet
from admin_app.models import Channel, Direction, Message, OutboxMessage, OutboxState, ReachKind, Thread
from admin_app.outbox.mail import Ending, Outcome, Paper, Postman, compose
from admin_app.outbox.sms import NO_PROVIDER, Texter
from admin_app.services.messages.reach import bounced, opt_out
from admin_app.services.messages.still_true import fell_away

Transaction = Callable[[], AbstractContextManager[Session]]
"""Opens a short transaction that is kept when its block ends well; on SQLite it takes the write lock at once."""

LEASE = timedelta(minutes=5)
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 720, 720))
"""Waits between tries; after the last one the message has failed, two days after it was queued."""
NEXT_LOOK = timedelta(minutes=10)
"""How often a message without a mail server or SMS provider is looked at again: one may have been set."""
MOST_SILENCES = 5
"""After so many tries in a row in which nobody answered, the rest waits for the next round."""


@dataclass(frozen=True, slots=True)
class Drained:
    """How many messages went, will be tried again, failed for good, lie in files, or were withdrawn."""

    sent: int = 0
    delayed: int = 0
    failed: int = 0
    kept: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker holds the lease of, and the Message-ID of the mail that it answers."""

    message: OutboxMessage
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """How the try of a message ended; not written down yet."""

    message: OutboxMessage
    outcome: Outcome


Papers = Callable[[Session, Sequence[Mapping[str, Any]]], list[Paper]]
"""Draws the papers that go along with a message; raises a Refusal for one that cannot be drawn."""
Signer = Callable[[Thread], str | None]
"""The address to which answers in a thread go; None where there is no mailbox for them."""


def drain(
    transaction: Transaction,
    postman: Postman,
    clock: Clock,
    most: int = 100,
    papers: Papers | None = None,
    texter: Texter | None = None,
    signer: Signer | None = None,
) -> Drained:
    """Send what is due, one message after the other; returns what became of them."""
    counts = dict.fromkeys(("sent", "delayed", "failed", "kept", "withdrawn"), 0)
    tried: Tried | None = None
    silences = 0
    for left in range(most, -1, -1):
        goes_on = left > 0 and silences < MOST_SILENCES
        told, claimed, withdrawn = _next(transaction, tried, clock, signer, goes_on=goes_on)
        counts["withdrawn"] += withdrawn
        if told:
            counts[told] += 1
        if claimed is None:
            break
        outcome = _try(transaction, postman, texter, claimed, clock, papers)
        silences = silences + 1 if outcome.nobody_home else 0
        tried = Tried(claimed.message, outcome)
    return Drained(**counts)


def _next(
    transaction: Transaction, tried: Tried | None, clock: Clock, signer: Signer | None, *, goes_on: bool
) -> tuple[str, Claimed | None, int]:
    """Write down how the last try ended and claim the next message, in one transaction: a disk is slow to promise.

    Gives back what was written, what was claimed, and how many were withdrawn.
    """
    try:
        with transaction() as session:
            told = _mark(session, tried.message, tried.outcome, clock) if tried is not None else ""
            claimed, withdrawn = _claim(session, clock, signer) if goes_on else (None, 0)
        return told, claimed, withdrawn
    except Exception:
        if tried is not None:
            # What went is written down, whatever is wrong with the next one.
            with transaction() as session:
                _mark(session, tried.message, tried.outcome, clock)
        raise


def try_again(session: Session, message: OutboxMessage, clock: Clock) -> None:
    """Let a message be sent now: somebody pressed the button; what went or was withdrawn stays so."""
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message.id,
            OutboxMessage.state.in_((OutboxState.WAITING, OutboxState.FAILED)),
        )
        .values(state=OutboxState.WAITING, due_at=clock.now(), attempts=0)
    )


def _claim(session: Session, clock: Clock, signer: Signer | None) -> tuple[Claimed | None, int]:
    """Take the message that has been due longest, and how many were withdrawn on the way to it.

    Several workers take different ones.
    """
    now, withdrawn = clock.now(), 0
    due = (
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
    while True:
        message = session.scalar(due)
        if message is None:
            return None, withdrawn
        why = fell_away(session, message, clock)
        if not why:
            break
        message.state, message.last_error = OutboxState.WITHDRAWN, why
        session.flush()  # the next look must not find it again
        withdrawn += 1
    message.leased_until = now + LEASE
    message.attempts += 1
    answers = _address_answers(session, message, signer)
    session.flush()  # the lease must be kept before the message leaves the house
    session.expunge(message)
    return Claimed(message, answers), withdrawn


_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,240}>")


def _address_answers(session: Session, message: OutboxMessage, signer: Signer | None) -> str:
    """Let answers find the thread of a mail; returns the Message-ID of what came in last, if a mail did."""
    if message.channel != Channel.MAIL:
        return ""
    thread = session.scalar(
        select(Thread).join(Message, Message.thread_id == Thread.id).where(Message.outbox_id == message.id)
    )
    if thread is None:
        return ""
    if message.reply_to is None and signer is not None:
        message.reply_to = signer(thread)
    last = session.scalar(
        select(Message.origin)
        .where(
            Message.thread_id == thread.id,
            Message.direction == Direction.IN,
            Message.channel == Channel.MAIL,
            Message.address == message.recipient,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    origin = (last or "").removeprefix("mail:")
    return origin if _MESSAGE_ID.fullmatch(origin) else ""


def _try(
    transaction: Transaction,
    postman: Postman,
    texter: Texter | None,
    claimed: Claimed,
    clock: Clock,
    papers: Papers | None,
) -> Outcome:
    message = claimed.message
    if message.channel == Channel.SMS:
        return texter.carry(message) if texter is not None else Outcome(Ending.KEPT, NO_PROVIDER)
    try:
        mail = compose(message, clock, _drawn(transaction, message, papers), claimed.answers)
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
    """Write down how the try ended, and when the next one is.

    A worker that was away for longer than its lease says only that the message went: what else became of it is the
    word of who has it now.
    """
    now = clock.now()
    values: dict[str, object] = {"leased_until": None, "last_error": outcome.said or None}
    told = "delayed"
    match outcome.ending:
        case Ending.SENT:
            values |= {"state": OutboxState.SENT, "sent_at": now, "provider_id": outcome.provider_id}
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
    query = update(OutboxMessage).where(OutboxMessage.id == message.id)
    if told != "sent":
        query = query.where(
            OutboxMessage.state == OutboxState.WAITING, OutboxMessage.attempts == message.attempts
        )
    session.execute(query.values(**values))
    _remember(session, message, outcome, clock)
    return told


def _remember(session: Session, message: OutboxMessage, outcome: Outcome, clock: Clock) -> None:
    """What the other side said of the address is known from now on [102]."""
    keep = {ReachKind.BOUNCED: bounced, ReachKind.OPT_OUT: opt_out}.get(outcome.reach or ReachKind.WORKS)
    if keep is None:
        return
    channel = Channel(message.channel)
    by = "The mail server" if channel is Channel.MAIL else "The SMS provider"
    try:
        keep(session, message.recipient, channel, by, outcome.said, clock)
    except Invalid:
        return  # it is no address at all: the message has failed and says so
