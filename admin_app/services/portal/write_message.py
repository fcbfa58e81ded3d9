"""What a client writes in the portal: kept in the thread of the thing it is about, and waiting for the office [W9-W11].

An answer of the desk travels as before, by mail or text message, to the contact who wrote.  One call::

    write_about(session, invoice, "Can I pay in two parts?", kept_uploads, clara, clock, key)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor, ClientScope
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Busy, Invalid, NotFound
from admin_app.kernel.parsing import clean_text
from admin_app.models import Channel, Contact, Direction, Entity, Message, Thread, ThreadState
from admin_app.policy import Permission, demand_for
from admin_app.services.messages.threads import thread_of
from admin_app.services.record_rules import put
from admin_app.services.store_file import KeptUpload

LONGEST_WORDS = 10_000
LONGEST_SUBJECT = 200
MOST_FILES = 10
"""Files that go with one message."""
MOST_AN_HOUR = 60
"""Messages of one customer's people; more is a program that writes."""
AN_HOUR = timedelta(hours=1)
LONGEST_KEY = 64
NO_WORDS = "Write a few words, or add a photo"


def write(
    session: Session,
    thread: Thread,
    words: str,
    files: Sequence[KeptUpload],
    actor: Actor,
    clock: Clock,
    key: str,
) -> Message:
    """Keep what a client says in a thread that they see; the office finds it waiting.

    `key` comes with the form, so that a second press says nothing twice.  Raises NotFound for a thread that the client
    does not see and where messages are switched off, Invalid without words, Busy where somebody writes without end.
    """
    demand_for(actor, Permission.WRITE_AS_CLIENT, thread)
    return keep_words(session, thread, words, files, actor, clock, key)


def write_about(
    session: Session,
    about: Entity,
    words: str,
    files: Sequence[KeptUpload],
    actor: Actor,
    clock: Clock,
    key: str,
) -> Message:
    """Keep what a client says about a document that they see; its thread begins with it.  Raises as `write` does."""
    demand_for(actor, Permission.WRITE_AS_CLIENT, about)
    _said(words, files)  # a thread does not begin with nothing
    return keep_words(session, thread_of(session, about), words, files, actor, clock, key)


def begin_thread(
    session: Session,
    subject: str,
    words: str,
    files: Sequence[KeptUpload],
    actor: Actor,
    clock: Clock,
    key: str,
) -> Message:
    """Keep a question that is about no document yet.  Raises Invalid with the fields, and as `write` does."""
    demand_for(actor, Permission.WRITE_AS_CLIENT, None)
    scope = _scope(actor)
    if scope.document is not None:
        raise NotFound("There is nothing here")
    title = cleaned("subject", subject, LONGEST_SUBJECT)
    if not title:
        raise Invalid("Say what it is about", {"subject": "Say what it is about"})
    _said(words, files)
    known = _known(session, _origin(scope, None, key))
    if known is not None:
        return known
    thread = Thread(subject=title, group_id=scope.group_id, waits=True, last_at=clock.now())
    session.add(thread)
    session.flush()  # its first message names it
    return keep_words(session, thread, words, files, actor, clock, key, first=True)


def keep_words(
    session: Session,
    thread: Thread,
    words: str,
    files: Sequence[KeptUpload],
    actor: Actor,
    clock: Clock,
    key: str,
    *,
    first: bool = False,
) -> Message:
    """The message itself, whoever let the client speak: an answer to an appointment needs no messages module.

    `first`: it begins a thread about nothing, where the same key has begun no other.
    """
    body = _said(words, files)
    scope = _scope(actor)
    origin = _origin(scope, None if first else thread, key)
    known = _known(session, origin)
    if known is not None:
        return known
    _demand_patience(session, scope, clock)
    contact = session.get(Contact, scope.contact_id) if scope.contact_id is not None else None
    channel, address = _way_back(contact)
    message = Message(
        thread_id=thread.id,
        group_id=thread.group_id,
        direction=Direction.IN,
        channel=channel,
        author=actor.name[:200],
        contact_id=scope.contact_id,
        address=address,
        subject=thread.subject[:300],
        body=body,
        at=clock.now(),
        origin=origin,
        in_portal=True,
    )
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        return session.scalars(select(Message).where(Message.origin == origin)).one()
    put(session, thread, {"state": ThreadState.OPEN, "waits": True, "last_at": clock.now()})
    for file in files:
        session.add(
            file.row(
                actor.name,
                group_id=thread.group_id,
                project_id=thread.project_id,
                message_id=message.id,
                shared=True,  # who sent it sees it again
            )
        )
    session.flush()
    return message


def cleaned(name: str, text: str, most: int, *, multiline: bool = False) -> str:
    """What somebody typed, as both databases keep it; raises Invalid that names the field."""
    try:
        return clean_text(text, most, multiline=multiline)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {name: refusal.sentence}) from None


def _said(words: str, files: Sequence[KeptUpload]) -> str:
    body = cleaned("words", words, LONGEST_WORDS, multiline=True)
    if not body and not files:
        raise Invalid(NO_WORDS, {"words": NO_WORDS})
    if len(files) > MOST_FILES:
        sentence = f"At most {MOST_FILES} files go with one message; send the others with another one"
        raise Invalid(sentence, {"files": sentence})
    return body


def _demand_patience(session: Session, scope: ClientScope, clock: Clock) -> None:
    lately = session.scalar(
        select(func.count(Message.id)).where(
            Message.group_id == scope.group_id,
            Message.at > clock.now() - AN_HOUR,
            Message.in_portal.is_(True),
        )
    )
    if (lately or 0) >= MOST_AN_HOUR:
        raise Busy("You have written a lot within an hour; call us if it is urgent", retry_after=900)


def _scope(actor: Actor) -> ClientScope:
    if actor.client is None:
        raise NotFound("There is nothing here")
    return actor.client


def _origin(scope: ClientScope, thread: Thread | None, key: str) -> str:
    """What makes a message one: who wrote, where, and the key of the form; a forged key meets only one's own."""
    who = f"contact-{scope.contact_id}" if scope.contact_id is not None else f"link-{scope.link_id}"
    where = thread.public_id if thread is not None else f"customer-{scope.group_id}"
    return f"portal:{who}:{where}:{cleaned('key', key, LONGEST_KEY)}"


def _known(session: Session, origin: str) -> Message | None:
    return session.scalar(select(Message).where(Message.origin == origin))


def _way_back(contact: Contact | None) -> tuple[Channel, str]:
    """By which channel an answer reaches them, and where; mail where both are open or nothing is known."""
    if contact is None:
        return Channel.MAIL, ""
    if not contact.email and (contact.mobile or contact.phone):
        return Channel.SMS, (contact.mobile or contact.phone or "")[:320]
    return Channel.MAIL, (contact.email or "")[:320]
