"""A mail comes in: once, into the thread it belongs to; reports of mail servers and automatic answers ask for nothing.

One call, with the files stored beforehand::

    mail, kept = keep_files(storage, read_mail(raw))
    take_in_mail(session, mail, kept, settings.secret_key, clock)
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.kernel.text import email_key
from admin_app.models import (
    Attachment,
    Brand,
    Channel,
    Company,
    Message,
    OutboxMessage,
    OutboxState,
    Thread,
    ThreadState,
)
from admin_app.services.inbound.automatic import TO_MANY, Bounce
from admin_app.services.inbound.belongs import gathering_thread, open_thread_with, thread_of_mail
from admin_app.services.inbound.consent_words import wants_no_mail
from admin_app.services.inbound.one_at_a_time import wait_for_twin
from admin_app.services.inbound.quoted import newly_said
from admin_app.services.inbound.read_mail import ReadMail
from admin_app.services.messages import reach
from admin_app.services.messages.threads import receive
from admin_app.services.record_rules import put
from admin_app.services.store_file import KeptUpload

MAIL_SERVER = "The mail server"
NO_ADDRESS = "Somebody without an address"
_NO_LETTERS = re.compile(r"\W+")


class Fate(enum.Enum):
    """What became of a message from outside."""

    KEPT = "kept"
    KNOWN = "known before"
    BOUNCE = "a report that a mail of ours did not arrive"
    LET_GO = "let go"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of it, the message where there is one, and why it was let go."""

    fate: Fate
    message: Message | None = None
    why: str = ""


def known_before(session: Session, mail: ReadMail) -> Message | None:
    """The message as which this mail was taken in already, by whichever way it came."""
    return session.scalar(select(Message).where(Message.origin == f"mail:{origin_of(session, mail)}"))


def take_in_mail(
    session: Session, mail: ReadMail, kept: Sequence[KeptUpload], secret: str, clock: Clock
) -> TakenIn:
    """Put a mail where it belongs; the same mail again changes nothing.

    `secret` is the key under which our reply addresses are signed; `kept` are its files, stored already.
    """
    wait_for_twin(session, f"mail:{mail.origin}")
    if mail.bounce is not None:
        return _take_bounce(session, mail.bounce, clock)
    if _is_our_own(session, mail):
        return TakenIn(Fate.LET_GO, why="it is a mail of our own that came back")
    origin = origin_of(session, mail)
    known = session.scalar(select(Message).where(Message.origin == f"mail:{origin}"))
    if known is not None:
        return TakenIn(Fate.KNOWN, known)
    words = newly_said(mail.body).words
    no_more = wants_no_mail(mail.subject, words) and _opt_out(session, mail, words, clock)
    thread = thread_of_mail(session, mail, secret)
    is_automatic = bool(mail.automatic) and not _is_a_person_by_a_list(session, mail, thread)
    asks = not is_automatic and not no_more
    if thread is None and not is_automatic:
        thread = open_thread_with(session, _address(session, mail), Channel.MAIL)
    if thread is None and not asks:
        thread = gathering_thread(session, mail.sender, clock.now())
    before = (thread.state, thread.waits) if thread is not None else (ThreadState.DONE, False)
    message = receive(
        session,
        thread,
        Channel.MAIL,
        _address(session, mail),
        mail.sender_name or ("" if mail.sender else NO_ADDRESS),
        mail.subject,
        _with_notes(mail),
        origin,
        clock,
        _attachments(session, kept, mail),
    )
    if not asks:
        # What a program sent is kept where it can be read; nobody waits for an answer to it.
        put(session, message.thread, {"state": before[0], "waits": before[1]})
    return TakenIn(Fate.KEPT, message)


def _is_a_person_by_a_list(session: Session, mail: ReadMail, thread: Thread | None) -> bool:
    """Whether somebody we know, or who answers us, writes from an address that is a mailing list."""
    known = thread is not None or reach.contact_at(session, mail.sender, Channel.MAIL) is not None
    return mail.automatic == TO_MANY and known


def origin_of(session: Session, mail: ReadMail) -> str:
    """What names a mail for ever: its Message-ID, unless that is another mail's name already.

    Some programs give all their mails one Message-ID; none of these is lost for it.
    """
    known = session.scalar(select(Message).where(Message.origin == f"mail:{mail.origin}"))
    if known is None or _gist(known.body) == _gist(mail.body) or len(mail.origin) > 250:
        return mail.origin
    return f"{mail.origin}#{hashlib.sha256(_gist(mail.body).encode()).hexdigest()[:16]}"


def _gist(text: str) -> str:
    """The first letters of a text, by which two copies of one mail are the same whatever way they came."""
    return _NO_LETTERS.sub("", text[:2_000])[:300]


def _address(session: Session, mail: ReadMail) -> str:
    """Where an answer goes: the sender; for a stranger such as a form of our web page, where he asks for answers."""
    known = bool(mail.sender) and reach.contact_at(session, mail.sender, Channel.MAIL) is not None
    return mail.sender if known or not mail.reply_to else mail.reply_to


def _with_notes(mail: ReadMail) -> str:
    notes = "\n".join(f"[{sentence}]" for sentence in mail.left_out[:30])
    return f"{mail.body}\n\n{notes}".strip() if notes else mail.body


def _attachments(session: Session, kept: Sequence[KeptUpload], mail: ReadMail) -> list[Attachment]:
    """The rows of the files; they belong to whom the thread turns out to belong."""
    rows = [one.row(mail.sender_name or mail.sender) for one in kept]
    session.add_all(rows)
    session.flush()  # the message they came with takes them
    return rows


def _opt_out(session: Session, mail: ReadMail, words: str, clock: Clock) -> bool:
    """Keep the wish to get no more mails, with the words that prove it; False where there is no address to spare."""
    said = f"{mail.subject}\n{words}".strip()
    try:
        if reach.standing(session, [mail.sender], Channel.MAIL)[mail.sender].opted_out is None:
            reach.opt_out(session, mail.sender, Channel.MAIL, mail.sender, said, clock)
    except (Invalid, KeyError):
        return False
    return True


def _is_our_own(session: Session, mail: ReadMail) -> bool:
    """Whether this is a mail that we sent, or a program's mail in our own name: a circle begins so."""
    ours = select(OutboxMessage.id).where(OutboxMessage.message_id == mail.origin)
    if session.scalar(ours) is not None:
        return True
    if mail.automatic in ("", TO_MANY):
        return False
    names = [session.scalar(select(Company.email)), *session.scalars(select(Brand.email))]
    return bool(mail.sender) and mail.sender in {email_key(name) for name in names if name}


def _take_bounce(session: Session, bounce: Bounce, clock: Clock) -> TakenIn:
    """The mail failed after all, and nothing more goes to its address until somebody made sure of it."""
    sent = select(OutboxMessage).where(
        OutboxMessage.message_id.in_(bounce.message_ids[:50]),
        OutboxMessage.channel == Channel.MAIL.value,
        OutboxMessage.state == OutboxState.SENT,
    )
    rows = session.scalars(sent).all()
    for row in rows:
        row.state = OutboxState.FAILED
        row.last_error = f"It came back: {bounce.words}"
        if not bounce.recipients or email_key(row.recipient) in bounce.recipients:
            reach.bounced(session, row.recipient, Channel.MAIL, MAIL_SERVER, bounce.words, clock)
    session.flush()  # the message shows it at once
    if not rows:
        return TakenIn(Fate.LET_GO, why="a report about no mail of ours")
    return TakenIn(Fate.BOUNCE, why=bounce.words)
