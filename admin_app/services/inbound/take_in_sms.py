"""A text message comes in: STOP and START are obeyed and confirmed once, everything else lands in its thread [102]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import (
    Brand,
    Channel,
    Company,
    Message,
    MessagePurpose,
    OutboxMessage,
    Thread,
    ThreadState,
)
from admin_app.services.inbound.belongs import open_thread_with
from admin_app.services.inbound.consent_words import wants_no_sms, wants_sms_again
from admin_app.services.inbound.headers import storable
from admin_app.services.inbound.one_at_a_time import wait_for_twin
from admin_app.services.inbound.take_in_mail import Fate, TakenIn
from admin_app.services.messages import reach
from admin_app.services.messages.resolve import Recipient
from admin_app.services.messages.threads import keep_sent, receive
from admin_app.services.queue_sms import checked_number, queue_sms
from admin_app.services.record_rules import put

LONGEST_BODY = 20_000
STOPPED = "You will get no more text messages from {name}. Answer START if you want them again."
STARTED = "You will get text messages from {name} again. Answer STOP to end them."


def take_in_sms(
    session: Session, sender: str, body: str, provider_id: str, clock: Clock, *, pictures: int = 0
) -> TakenIn:
    """Put a text message where it belongs; the same one again, by the provider's id, changes nothing.

    `pictures` came along and lie with the provider: addresses that strangers give are never fetched.
    """
    wait_for_twin(session, f"sms:{provider_id}")
    known = session.scalar(select(Message).where(Message.origin == f"sms:{provider_id}"))
    if known is not None:
        return TakenIn(Fate.KNOWN, known)
    number = _number(session, sender)
    words = storable(body[:LONGEST_BODY])
    stops, starts = wants_no_sms(words), wants_sms_again(words)
    thread = open_thread_with(session, number, Channel.SMS)
    before = (thread.state, thread.waits) if thread is not None else (ThreadState.DONE, False)
    message = receive(
        session, thread, Channel.SMS, number, "", "", _with_pictures(words, pictures), provider_id, clock
    )
    if stops or starts:
        put(session, message.thread, {"state": before[0], "waits": before[1]})
        _obey(session, message, number, words, starts, provider_id, clock)
    return TakenIn(Fate.KEPT, message)


def _number(session: Session, sender: str) -> str:
    """The full number; a word or a short code, as some programs send from, stays as it is."""
    try:
        return checked_number(sender, session.scalar(select(Company.country)))
    except Invalid:
        return " ".join(storable(sender).split())[:40]


def _with_pictures(words: str, pictures: int) -> str:
    if not pictures:
        return words
    said = "1 picture or file came" if pictures == 1 else f"{pictures} pictures or files came"
    return f"{words}\n\n[{said} along; look for it at the SMS provider.]".strip()


def _obey(
    session: Session, message: Message, number: str, words: str, starts: bool, provider_id: str, clock: Clock
) -> None:
    """Write the wish down with the words that prove it, and confirm it; a wish that holds already is not answered."""
    standing = reach.standing(session, [number], Channel.SMS).get(number)
    if standing is None or (standing.opted_out is not None) is not starts:
        return
    change = reach.opt_in if starts else reach.opt_out
    change(session, number, Channel.SMS, message.author or number, words, clock)
    sentence = (STARTED if starts else STOPPED).format(name=_our_name(session, message.thread))
    try:
        row = queue_sms(
            session,
            number,
            sentence,
            clock,
            group_id=message.group_id,
            contact_id=message.contact_id,
            key=f"sms-consent-{provider_id}",
            purpose=MessagePurpose.FREE.value,
            reason=f"{message.author or number} wrote {words.strip()[:20]}",
        )
    except Unmet:
        return  # no number of ours is set; the wish holds all the same
    _show(session, message.thread, row, message, clock)


def _show(session: Session, thread: Thread, row: OutboxMessage, asked: Message, clock: Clock) -> None:
    """The confirmation stands in the thread; what waited there before waits still."""
    waits = thread.waits
    to = Recipient(asked.contact_id, None, asked.author, asked.address, row.reason)
    keep_sent(session, thread, row, to, SYSTEM, clock)
    put(session, thread, {"waits": waits})


def _our_name(session: Session, thread: Thread) -> str:
    """The name under which the client knows us."""
    brand = thread.group.brand if thread.group is not None else None
    default = select(Brand.name).order_by(Brand.is_default.desc(), Brand.id).limit(1)
    return (
        (brand.name if brand else None)
        or session.scalar(default)
        or session.scalar(select(Company.name))
        or "us"
    )
