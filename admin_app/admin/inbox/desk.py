"""What the pages of the inbox share: their blueprint, how a message fared in words, and what a thread is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, url_for

from admin_app.admin.cells import record_url
from admin_app.models import Channel, Message, OutboxMessage, OutboxState, Project, Thread
from admin_app.models.kinds import KIND_OF
from admin_app.records.inbox import the_thread
from admin_app.services.inbound.quoted import newly_said
from admin_app.services.messages.threads import NO_SUBJECT
from admin_app.web.company import actor, office_session

desk = Blueprint("inbox", __name__, url_prefix="/admin/inbox")


@dataclass(frozen=True, slots=True)
class Fared:
    """How a message of ours fared: a word, its tone and icon, and what the other side said."""

    word: str
    tone: str
    icon: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What a thread is about, as a link."""

    label: str
    url: str


_LABELS: dict[str, str] = {
    "estimate": "Open the estimate",
    "workorder": "Open the workorder",
    "lead": "Open the request",
    "project": "Open the project",
    "invoice": "Open the invoice",
    "credit-note": "Open the credit note",
    "refund": "Open the refund",
}
"""Word of a kind that has a page of its own → what the link to it says."""

_TABS: dict[str, tuple[str, str]] = {
    "receipt": ("Open the payments", "customers.payments"),
    "event": ("Open the appointments", "customers.events"),
    "task": ("Open the tasks", "customers.tasks"),
}
"""What has no page of its own stands on a tab of its customer."""


def thread_at(thread_id: int) -> Thread:
    """The thread of this address; raises NotFound."""
    return the_thread(office_session(), actor(), thread_id)


def about_of(thread: Thread) -> About | None:
    """The page of what a thread is about; None for a question out of the blue."""
    if thread.about in _LABELS and thread.about_id is not None:
        return About(_LABELS[thread.about], record_url(KIND_OF[thread.about], thread.about_id))
    if thread.about in _TABS and thread.group_id is not None:
        label, endpoint = _TABS[thread.about]
        return About(label, url_for(endpoint, group_id=thread.group_id))
    if thread.project_id is not None:
        return About(_LABELS["project"], record_url(Project, thread.project_id))
    return None


def fared(row: OutboxMessage | None) -> Fared | None:
    """How a message fared, from the row that carries it out; None where there is no such row any more."""
    if row is None:
        return None
    match row.state:
        case OutboxState.SENT:
            return Fared("Sent", "green", "check-circle")
        case OutboxState.FAILED:
            return Fared("Not delivered", "red", "x-circle", row.last_error or "")
        case OutboxState.WITHDRAWN:
            return Fared("Withdrawn", "grey", "slash-circle", row.last_error or "")
        case OutboxState.WAITING:
            return Fared("Waits to go out", "amber", "hourglass-split", row.last_error or "")


def call_url(thread: Thread) -> str:
    """Where a new call begins with what this thread tells."""
    return url_for("calls.new", thread=thread.id)


def _in_short(text: str) -> str:
    """The beginning of what is newly said, on one line."""
    return " ".join(newly_said(text).words.split())[:200]


def title_of(thread: Thread, message: Message | None = None) -> str:
    """What a thread is called: its subject; a text message has none."""
    if thread.subject and thread.subject != NO_SUBJECT:
        return thread.subject
    by_text = message is not None and message.channel is Channel.SMS
    return "Text message" if by_text else "Mail without a subject"


@desk.app_context_processor
def _words_of_the_inbox() -> dict[str, Any]:
    return {"fared": fared, "told": newly_said, "in_short": _in_short, "title_of": title_of}
