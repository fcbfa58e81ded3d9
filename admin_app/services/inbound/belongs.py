"""To which thread a message from outside belongs.

A mail: the thread that its signed address names; else the one whose mail it answers; else the newest open thread in
which its sender takes part.  An address with a forged signature says nothing, and the Message-IDs of a thread count
only when somebody of that thread's customer writes: nobody puts words into another customer's thread.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from admin_app.models import Channel, Contact, Membership, Message, OutboxMessage, Thread, ThreadState
from admin_app.services.inbound.read_mail import ReadMail
from admin_app.services.messages.reach import contact_at
from admin_app.services.messages.reply_address import thread_named

REMEMBERED = timedelta(days=90)
"""For how long a closed thread takes what a program of its sender sends further."""


def thread_of_mail(session: Session, mail: ReadMail, secret: str) -> Thread | None:
    """The thread to which a mail says it belongs; None for one that only its sender can place."""
    for address in mail.to:
        named = thread_named(session, secret, address)
        if named is not None:
            return named
    return _answered(session, mail) if mail.answers else None


def open_thread_with(session: Session, address: str, channel: Channel) -> Thread | None:
    """The newest open thread in which this address, or the contact behind it, takes part."""
    contact = contact_at(session, address, channel)
    query = _with(address, contact).where(Thread.state == ThreadState.OPEN)
    return session.scalar(query.order_by(Thread.last_at.desc(), Thread.id.desc()).limit(1))


def gathering_thread(session: Session, address: str, now: datetime) -> Thread | None:
    """The latest thread with this address that is about nothing, open or not: there its automatic mails gather."""
    # Both states are named so that the index of the latest threads is read, and no other thread.
    lately = (Thread.state.in_(list(ThreadState)), Thread.last_at > now - REMEMBERED)
    query = _with(address, None).where(Thread.about.is_(None), *lately)
    return session.scalar(query.order_by(Thread.last_at.desc(), Thread.id.desc()).limit(1))


def _with(address: str, contact: Contact | None) -> Select[Thread]:
    """Threads with a message from or to an address."""
    theirs = Message.address == address
    whose = or_(theirs, Message.contact_id == contact.id) if contact is not None else theirs
    return select(Thread).where(exists().where(Message.thread_id == Thread.id, whose))


def _answered(session: Session, mail: ReadMail) -> Thread | None:
    """The thread with the nearest mail that this one answers, if its sender has a part in it."""
    origins = [f"{Channel.MAIL.value}:{named}" for named in mail.answers]
    ours = (
        select(OutboxMessage.message_id, Message, OutboxMessage.recipient)
        .join(Message, Message.outbox_id == OutboxMessage.id)
        .where(OutboxMessage.message_id.in_(mail.answers))
    )
    theirs = select(Message.origin, Message, Message.address).where(Message.origin.in_(origins))
    known: dict[str, tuple[Message, str]] = {}
    for named, message, address in [*session.execute(theirs), *session.execute(ours)]:
        known[str(named).removeprefix(f"{Channel.MAIL.value}:")] = (message, address)
    for named in mail.answers:
        if named in known:
            message, address = known[named]
            if address.casefold() == mail.sender or _belongs_to(session, mail.sender, message.group_id):
                return message.thread
    return None


def _belongs_to(session: Session, address: str, group_id: int | None) -> bool:
    """Whether a contact of this customer writes from the address."""
    if group_id is None or not address:
        return False
    contact = contact_at(session, address, Channel.MAIL)
    place = (
        exists().where(Membership.contact_id == contact.id, Membership.group_id == group_id)
        if contact
        else None
    )
    return place is not None and bool(session.scalar(select(place)))
