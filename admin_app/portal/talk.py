"""What is said about a document, on the page of that document and on a page of its own [W9-W11, 100].

Read by a fixed number of statements: the thread, its messages, the files that came with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from admin_app.kernel.text import new_public_id
from admin_app.models import Attachment, Direction, Entity, Message, Thread
from admin_app.policy import Permission, may
from admin_app.portal.shown import SHOWN
from admin_app.portal.things import things
from admin_app.services.messages.about import KINDS, id_of, word_of
from admin_app.web.company import actor

MOST_MESSAGES = 100
"""The latest so many are shown."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The messages of a thread, the oldest first; `may_write` offers the form below them."""

    thread: Thread | None = None
    messages: Sequence[Message] = ()
    files: Mapping[int, Sequence[Attachment]] = field(default_factory=dict)
    """Message id → what came with it."""
    may_write: bool = False
    about: str = ""
    public_id: str = ""
    """What a new message is about: the part of its address and its public id."""
    key: str = field(default_factory=new_public_id)
    """Of the form below: its own, so that whatever another form of the page sent is not taken for these words."""

    def is_mine(self, message: Message) -> bool:
        """Whether the client's side said it."""
        return message.direction is Direction.IN


def talk_about(about: Entity) -> Talk:
    """What was said about a document that the client sees; nothing where messages are switched off."""
    found = things(
        select(Thread).where(Thread.about == word_of(about), Thread.about_id == id_of(about)).limit(1)
    )
    may_write = may(actor(), Permission.WRITE_AS_CLIENT, about)
    thread = found[0] if found else None
    messages, files = _said(thread)
    return Talk(thread, messages, files, may_write, SHOWN[word_of(about)].part, about.public_id)


def talk_of(thread: Thread) -> Talk:
    """Everything that was said in a thread that the client sees."""
    messages, files = _said(thread)
    return Talk(thread, messages, files, may(actor(), Permission.WRITE_AS_CLIENT, thread))


def _said(thread: Thread | None) -> tuple[Sequence[Message], Mapping[int, Sequence[Attachment]]]:
    if thread is None:
        return (), {}
    latest = (
        select(Message).where(Message.thread_id == thread.id).order_by(Message.id.desc()).limit(MOST_MESSAGES)
    )
    messages = list(reversed(things(latest)))
    files: dict[int, list[Attachment]] = defaultdict(list)
    with_them = select(Attachment).where(Attachment.message_id.in_([one.id for one in messages]))
    for file in things(with_them.order_by(Attachment.id)):
        files[file.message_id or 0].append(file)
    return messages, files


def title_of(thread: Thread) -> str:
    """What a thread is called to the client: a proposal, not an estimate."""
    title, about = thread.subject or SHOWN["thread"].called, thread.about or ""
    if about not in SHOWN:
        return title
    ours = KINDS[about].singular.capitalize()
    return SHOWN[about].called + title.removeprefix(ours) if title.startswith(ours) else title
