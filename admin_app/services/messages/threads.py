"""Threads: everything that was said about one thing, both ways, whoever takes part by whichever channel [100].

What came in is kept once, by its origin; an answer goes to whoever spoke last.  One call::

    receive(session, thread_of(session, invoice), Channel.MAIL, "clara@example.com", "Clara", "Re: Invoice N-12",
            "I paid yesterday.", "<abc@example.com>", clock)
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import (
    Attachment,
    Channel,
    Company,
    Contact,
    CustomerGroup,
    Direction,
    Entity,
    Membership,
    Message,
    MessagePurpose,
    OutboxMessage,
    Thread,
    ThreadState,
    User,
)
from admin_app.policy import Permission, demand
from admin_app.services.messages.about import (
    brand_of,
    group_of,
    heading_of,
    id_of,
    project_of,
    record_of,
    word_of,
)
from admin_app.services.messages.reach import contact_at
from admin_app.services.messages.resolve import Recipient, address_of, recipients_for, refuse_reason
from admin_app.services.one_time_link import without_secrets
from admin_app.services.queue_mail import queue_mail
from admin_app.services.queue_sms import queue_sms
from admin_app.services.record_rules import put

LONGEST_BODY = 100_000
NO_SUBJECT = "(without a subject)"


def thread_of(session: Session, about: Entity) -> Thread:
    """The thread about a record, made if there is none; it needs nobody until something comes in.

    Of two transactions at once the second gets the first one's thread.
    """
    known = thread_about(session, about)
    if known is not None:
        return known
    group, project = group_of(about), project_of(about)
    made = Thread(
        subject=heading_of(about),
        group_id=group.id if group is not None else None,
        project_id=project.id if project is not None else None,
        about=word_of(about),
        about_id=id_of(about),
        state=ThreadState.DONE,
        last_at=session.info["clock"].now(),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        found = thread_about(session, about)
        assert found is not None
        return found
    return made


def thread_about(session: Session, about: Entity) -> Thread | None:
    """The thread about a record, if anything was ever said about it."""
    return session.scalar(
        select(Thread).where(Thread.about == word_of(about), Thread.about_id == id_of(about))
    )


def receive(
    session: Session,
    thread: Thread | None,
    channel: Channel,
    address: str,
    author: str,
    subject: str,
    body: str,
    origin: str,
    clock: Clock,
    files: Sequence[Attachment] = (),
) -> Message:
    """Keep what came in: the thread is open again and waits for an answer.

    `origin` is its Message-ID or the provider's id: the same again gives the message that is kept already.  Without a
    thread a new one begins, with the customer of the address where it has exactly one.  `files` are kept files that
    came with it; they become the customer's.  Nothing that came in is refused: what cannot be stored is left out.
    """
    named = _origin(channel, origin)
    known = session.scalar(select(Message).where(Message.origin == named))
    if known is not None:
        return known
    contact = contact_at(session, address, channel)
    title = _plain(subject, 300, line=True)
    if thread is None:
        thread = _begin(session, contact, title or NO_SUBJECT, clock)
    message = Message(
        thread_id=thread.id,
        group_id=thread.group_id,
        direction=Direction.IN,
        channel=channel,
        author=_plain(author, 200, line=True)
        or (contact.name if contact else _plain(address, 200, line=True)),
        contact_id=contact.id if contact is not None else None,
        address=_plain(address, 320, line=True),
        subject=title,
        body=_plain(body, LONGEST_BODY),
        at=clock.now(),
        origin=named,
    )
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        return session.scalars(select(Message).where(Message.origin == named)).one()
    put(session, thread, {"state": ThreadState.OPEN, "waits": True, "last_at": clock.now()})
    for file in files:
        put(
            session,
            file,
            {"message_id": message.id, "group_id": thread.group_id, "project_id": thread.project_id},
        )
    return message


def answer(
    session: Session,
    thread: Thread,
    actor: Actor,
    clock: Clock,
    channel: Channel,
    body: str,
    key: str,
    subject: str | None = None,
) -> OutboxMessage:
    """Queue an answer to whoever wrote last on this channel, else to whom the matter's customer names.

    `key` comes with the form, so that a second press answers nothing twice.  Raises NotAllowed, Invalid without
    words, Unmet where nobody can be reached by this channel or wants to be.
    """
    demand(actor, Permission.MESSAGES_WRITE)
    if not body.strip():
        raise Invalid("An answer needs words", {"body": "Say something"})
    last = _last_from_client(session, thread)
    to = whom_to_answer(session, thread, channel)
    refused = refuse_reason(session, channel, [to])
    if refused:
        raise Unmet(refused[to.address])
    about = record_of(session, thread) or thread.group
    brand = brand_of(session, about) if about is not None else None
    act_key = f"answer-{thread.public_id}-{key}"
    if channel is Channel.SMS:
        row = queue_sms(
            session, to.address, body, clock, brand=brand, group_id=thread.group_id, contact_id=to.contact_id,
            key=act_key, purpose=MessagePurpose.FREE.value, reason=to.why,
        )  # fmt: skip
    else:
        row = queue_mail(
            session, to.address, subject or _again(last.subject if last else thread.subject), body, clock,
            brand=brand, group_id=thread.group_id, contact_id=to.contact_id, key=act_key,
            purpose=MessagePurpose.FREE.value, reason=to.why,
        )  # fmt: skip
    keep_sent(session, thread, row, to, actor, clock)
    return row


def keep_sent(
    session: Session, thread: Thread, row: OutboxMessage, to: Recipient, actor: Actor, clock: Clock
) -> Message:
    """The message of a queued row in its thread, kept once: the client has been answered."""
    known = session.scalar(select(Message).where(Message.outbox_id == row.id))
    if known is not None:
        return known
    about = record_of(session, thread) or thread.group
    brand = brand_of(session, about) if about is not None else None
    company = session.scalar(select(Company.name))
    message = Message(
        thread_id=thread.id,
        group_id=thread.group_id,
        direction=Direction.OUT,
        channel=Channel(row.channel),
        author=(actor.name if actor.is_staff else brand.name if brand else company or actor.name)[:200],
        contact_id=to.contact_id,
        user_id=actor.id if actor.is_staff else None,
        address=row.recipient,
        subject=row.subject,
        body=without_secrets(row.body),  # others read the thread too
        at=clock.now(),
        outbox_id=row.id,
    )
    session.add(message)
    session.flush()  # the next of several recipients finds it
    put(session, thread, {"waits": False, "last_at": clock.now()})
    return message


def whom_to_answer(session: Session, thread: Thread, channel: Channel) -> Recipient:
    """Who gets an answer by this channel: whoever wrote last, else whom the customer names; raises Unmet."""
    last = _last_from_client(session, thread)
    if last is not None:
        if last.channel is channel:
            name = last.contact.name if last.contact is not None else last.author
            return Recipient(last.contact_id, None, name, last.address, f"{name} wrote last")
        country = session.scalar(select(Company.country))
        address = address_of(last.contact, channel, country) if last.contact is not None else None
        if last.contact is not None and address:
            return Recipient(
                last.contact_id, None, last.contact.name, address, f"{last.contact.name} wrote last"
            )
    about = record_of(session, thread) or thread.group
    if about is None:
        by = "mail" if channel is Channel.MAIL else "text message"
        raise Unmet(f"No address is known to which an answer by {by} could go")
    found = recipients_for(session, about, MessagePurpose.FREE, channel)
    if not found.chosen:
        raise Unmet(found.nobody_because)
    return found.chosen[0]


def assign(session: Session, thread: Thread, user: User | None, actor: Actor) -> Thread:
    """Let one of the staff look after a thread, or nobody; raises NotAllowed, Unmet for one who left."""
    demand(actor, Permission.MESSAGES_WRITE)
    if user is not None and not user.active:
        raise Unmet(f"{user.name} is switched off; choose somebody else")
    put(session, thread, {"assignee_id": user.id if user is not None else None})
    return thread


def close(session: Session, thread: Thread, actor: Actor) -> Thread:
    """Nothing is left to do here, until something new comes in."""
    demand(actor, Permission.MESSAGES_WRITE)
    put(session, thread, {"state": ThreadState.DONE, "waits": False})
    return thread


def reopen(session: Session, thread: Thread, actor: Actor) -> Thread:
    """Somebody has to look after it again; it waits for an answer if the client spoke last."""
    demand(actor, Permission.MESSAGES_WRITE)
    latest = session.scalar(
        select(Message.direction).where(Message.thread_id == thread.id).order_by(Message.id.desc()).limit(1)
    )
    put(session, thread, {"state": ThreadState.OPEN, "waits": latest is Direction.IN})
    return thread


def claim_for_customer(
    session: Session, thread: Thread, group: CustomerGroup, contact: Contact | None = None
) -> Thread:
    """A question out of the blue turns out to be a customer's: thread, messages and their files become theirs.

    `contact` is who wrote, where that is known now.  Raises NotAllowed, Unmet for another customer's thread.
    """
    demand(session.info["actor"], Permission.MESSAGES_WRITE)
    if thread.group_id is not None and thread.group_id != group.id:
        raise Unmet("This thread belongs to another customer")
    put(session, thread, {"group_id": group.id})
    for message in session.scalars(select(Message).where(Message.thread_id == thread.id)):
        facts: dict[str, int] = {"group_id": group.id}
        if contact is not None and message.direction is Direction.IN and message.contact_id is None:
            facts["contact_id"] = contact.id
        put(session, message, facts)
        for file in session.scalars(select(Attachment).where(Attachment.message_id == message.id)):
            put(session, file, {"group_id": group.id})
    return thread


def _begin(session: Session, contact: Contact | None, subject: str, clock: Clock) -> Thread:
    """A thread about nothing yet."""
    groups: Sequence[int] = ()
    if contact is not None:
        groups = session.scalars(
            select(Membership.group_id).where(Membership.contact_id == contact.id).limit(2)
        ).all()
    thread = Thread(
        subject=subject, group_id=groups[0] if len(groups) == 1 else None, waits=True, last_at=clock.now()
    )
    session.add(thread)
    session.flush()  # its first message names it
    return thread


def _last_from_client(session: Session, thread: Thread) -> Message | None:
    return session.scalar(
        select(Message)
        .where(Message.thread_id == thread.id, Message.direction == Direction.IN)
        .order_by(Message.id.desc())
        .limit(1)
    )


def _again(subject: str) -> str:
    """The subject of an answer."""
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"[:300]


def _origin(channel: Channel, origin: str) -> str:
    """The origin as its column holds it, apart by channel."""
    named = f"{channel.value}:{_plain(origin, 2_000, line=True)}"
    return named if len(named) <= 320 else f"{named[:250]}-{hashlib.sha256(named.encode()).hexdigest()}"


def _plain(text: str, most: int, *, line: bool = False) -> str:
    """What both databases can keep of a stranger's text."""
    kept = "".join(
        c
        for c in text.replace("\r\n", "\n")
        if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn")
    )
    return (" ".join(kept.split()) if line else kept.strip())[:most]
