"""The inbox: threads by what they wait for, the latest first, and one thread with everything said in it [100, 103].

Each list costs the same few statements however long it is.  One call::

    page = inbox_page(session, actor, Wanted(Box.WAITING, text="gate"))
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.kernel.text import fold
from admin_app.models import (
    Attachment,
    ChangeState,
    Contact,
    ContactChange,
    CustomerGroup,
    Mention,
    Message,
    Note,
    OutboxMessage,
    Thread,
    ThreadState,
)
from admin_app.policy import visible
from admin_app.records.search import search_condition

PAGE = 40
MOST_COUNTED = 1_000
MOST_MESSAGES = 100
"""Messages of a thread that are shown at once; older ones follow page by page."""
MOST_MENTIONS = 100
MOST_FOUND = 500


class Box(enum.StrEnum):
    """What a list of the inbox holds."""

    WAITING = "waiting"
    MINE = "mine"
    ALL = "all"
    REQUESTS = "requests"
    DETAILS = "details"
    """Changes of their own details that clients asked for in the portal [121]."""
    MENTIONS = "mentions"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which threads: of which box, found by which words, after which place."""

    box: Box = Box.WAITING
    text: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Threads with customer and assignee, the last message of each by thread id; `after` begins the next page."""

    threads: list[Thread]
    last: dict[int, Message]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """Messages, the oldest first, with how ours fared and what came along; `before` leads to older ones."""

    messages: list[Message]
    sent: dict[int, OutboxMessage]
    """Message id → the row that carries it out."""
    files: dict[int, list[Attachment]]
    """Message id → what came with it."""
    before: int | None = None


def inbox_page(session: Session, actor: Actor, wanted: Wanted) -> InboxPage:
    """A page of threads; four statements at most, whatever is looked for."""
    query = visible(actor, select(Thread)).where(_in(wanted.box, actor))
    if fold(wanted.text):
        query = query.where(_found(session, wanted.text))
    mark = _mark(wanted.after)
    if mark is not None:
        at, number = mark
        query = query.where(or_(Thread.last_at < at, and_(Thread.last_at == at, Thread.id < number)))
    query = query.options(joinedload(Thread.group), joinedload(Thread.assignee), joinedload(Thread.project))
    query = query.order_by(Thread.last_at.desc(), Thread.id.desc()).limit(PAGE + 1)
    found: list[Thread] = []
    # The index is in the order of one state; both together would be sorted anew for each page.
    for state in list(ThreadState) if wanted.box is Box.ALL else [ThreadState.OPEN]:
        found += session.scalars(query.where(Thread.state == state))
    found.sort(key=lambda one: (one.last_at, one.id), reverse=True)
    threads = found[:PAGE]
    after = f"{threads[-1].last_at.isoformat()},{threads[-1].id}" if len(found) > PAGE else ""
    return InboxPage(threads, _last_messages(session, [thread.id for thread in threads]), after)


def count_boxes(session: Session, actor: Actor) -> dict[Box, int]:
    """How many threads, wishes and mentions each box holds, by one statement, up to 1,000; ALL has no count."""
    boxes = (Box.WAITING, Box.MINE, Box.REQUESTS)
    counts: list[Any] = [
        _count(visible(actor, select(Thread.id)).where(_in(box, actor))).label(box.value) for box in boxes
    ]
    wishes = select(ContactChange.id).where(ContactChange.state == ChangeState.WAITING)
    counts.append(_count(visible(actor, wishes)).label(Box.DETAILS.value))
    counts.append(_count(_mentions(actor)).label(Box.MENTIONS.value))
    row = session.execute(select(*counts)).one()
    return {Box(name): int(number) for name, number in row._mapping.items()}


def _count(ids: Select[Any]) -> Any:
    return select(func.count()).select_from(ids.limit(MOST_COUNTED).subquery()).scalar_subquery()


def _in(box: Box, actor: Actor) -> ColumnElement[bool]:
    is_open = Thread.state == ThreadState.OPEN
    match box:
        case Box.WAITING:
            return and_(is_open, Thread.waits)
        case Box.MINE:
            return and_(is_open, Thread.assignee_id == actor.id)
        case Box.REQUESTS:
            return and_(is_open, Thread.group_id.is_(None))
        case Box.DETAILS | Box.MENTIONS:
            return false()
        case Box.ALL:
            return Thread.id.is_not(None)


def _found(session: Session, text: str) -> ColumnElement[bool]:
    """By subject, by customer, by who takes part; of requests also by the name or address of the stranger."""
    words = fold(text)[:200]
    people = select(Contact.id).where(search_condition(session, Contact, text)).limit(MOST_FOUND)
    groups = select(CustomerGroup.id).where(search_condition(session, CustomerGroup, text))
    spoke = exists().where(Message.thread_id == Thread.id, Message.contact_id.in_(people))
    stranger = exists().where(
        Message.thread_id == Thread.id,
        or_(
            func.lower(Message.author).contains(words, autoescape=True),
            func.lower(Message.address).contains(words, autoescape=True),
        ),
    )
    return or_(
        search_condition(session, Thread, text),
        Thread.group_id.in_(groups),
        spoke,
        and_(Thread.group_id.is_(None), stranger),
    )


def _mark(after: str) -> tuple[datetime, int] | None:
    """The place at which a page ended; None for what no page gave."""
    at, _, number = after[:80].partition(",")
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), int(number)


def _last_messages(session: Session, ids: list[int]) -> dict[int, Message]:
    """Thread id → what was said last."""
    latest = select(func.max(Message.id)).where(Message.thread_id.in_(ids)).group_by(Message.thread_id)
    query = select(Message).where(Message.id.in_(latest)).options(joinedload(Message.contact))
    return {message.thread_id: message for message in session.scalars(query)}


def the_thread(session: Session, actor: Actor, thread_id: int) -> Thread:
    """One thread with customer, project and assignee; raises NotFound."""
    query = (
        select(Thread)
        .where(Thread.id == thread_id)
        .options(joinedload(Thread.group), joinedload(Thread.project), joinedload(Thread.assignee))
    )
    thread: Thread | None = session.scalar(visible(actor, query))
    if thread is None:
        raise NotFound("There is no such thread")
    return thread


def read_thread(session: Session, actor: Actor, thread: Thread, before: int | None = None) -> Talk:
    """What was said in a thread, the latest page of it or that before a message."""
    return _talk(session, actor, select(Message).where(Message.thread_id == thread.id), before)


def talk_with(
    session: Session, actor: Actor, *, group_id: int, project_id: int | None = None, before: int | None = None
) -> Talk:
    """Everything said with a customer, or about one of its projects [E19]; the messages know their threads."""
    query = select(Message).where(Message.group_id == group_id)
    if project_id is not None:
        threads = select(Thread.id).where(Thread.project_id == project_id)
        query = query.where(Message.thread_id.in_(threads))
    return _talk(session, actor, query, before)


def _talk(session: Session, actor: Actor, query: Select[Any], before: int | None) -> Talk:
    if before is not None:
        query = query.where(Message.id < before)
    query = query.options(joinedload(Message.contact), joinedload(Message.thread))
    page = visible(actor, query).order_by(Message.id.desc()).limit(MOST_MESSAGES + 1)
    found = list(session.scalars(page))
    messages = found[:MOST_MESSAGES][::-1]
    return Talk(
        messages,
        _sent(session, messages),
        _files(session, actor, messages),
        messages[0].id if len(found) > MOST_MESSAGES else None,
    )


def _sent(session: Session, messages: Iterable[Message]) -> dict[int, OutboxMessage]:
    of = {message.outbox_id: message.id for message in messages if message.outbox_id is not None}
    rows = session.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(of)))
    return {of[row.id]: row for row in rows}


def _files(session: Session, actor: Actor, messages: Iterable[Message]) -> dict[int, list[Attachment]]:
    ids = [message.id for message in messages]
    files: dict[int, list[Attachment]] = {}
    query = select(Attachment).where(Attachment.message_id.in_(ids)).order_by(Attachment.id)
    for file in session.scalars(visible(actor, query)):
        files.setdefault(file.message_id or 0, []).append(file)
    return files


def file_of(session: Session, actor: Actor, thread: Thread, file_id: int) -> Attachment:
    """A file that came with a message of this thread; raises NotFound for every other one."""
    of_thread = select(Message.id).where(Message.thread_id == thread.id)
    query = select(Attachment).where(Attachment.id == file_id, Attachment.message_id.in_(of_thread))
    file: Attachment | None = session.scalar(visible(actor, query))
    if file is None:
        raise NotFound("There is no such file in this thread")
    return file


def _mentions(actor: Actor) -> Select[Any]:
    """The ids of mentions of this person that were not seen yet."""
    return (
        visible(actor, select(Note.id))
        .join(Mention, Mention.note_id == Note.id)
        .where(Mention.user_id == actor.id, Mention.seen_at.is_(None))
        .with_only_columns(Mention.id)
    )


def mentions_of(session: Session, actor: Actor) -> list[Mention]:
    """Where somebody named this person in a note, not seen yet, the latest first."""
    query = (
        select(Mention)
        .where(Mention.id.in_(_mentions(actor)))
        .options(joinedload(Mention.note).joinedload(Note.group))
        .order_by(Mention.id.desc())
        .limit(MOST_MENTIONS)
    )
    return list(session.scalars(query))


def the_mention(session: Session, actor: Actor, mention_id: int) -> Mention:
    """One mention of this person; raises NotFound for another's."""
    mention: Mention | None = session.scalar(
        select(Mention).where(Mention.id == mention_id, Mention.user_id == actor.id)
    )
    if mention is None:
        raise NotFound("There is no such mention of you")
    return mention
