"""One thread: what was said both ways, how ours fared, the answer, and who would get it and why [100, L14]."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.inbox.desk import about_of, call_url, desk, thread_at, title_of
from admin_app.kernel.errors import Invalid, Refusal, Unmet
from admin_app.kernel.parsing import parse_id
from admin_app.models import Channel, Direction, Message, Thread, ThreadState, User
from admin_app.policy import GRANTS, Permission, holds
from admin_app.records.inbox import Talk, file_of, read_thread
from admin_app.records.portal_people import who_asked
from admin_app.services.inbound.likely_customers import likely_customers
from admin_app.services.messages.resolve import Recipient, refuse_reason
from admin_app.services.messages.threads import answer as send_answer
from admin_app.services.messages.threads import close, whom_to_answer
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import settings
from admin_app.web.office import keep_nothing

SANDBOX = "sandbox; default-src 'none'"
"""What a browser may do with a file that somebody sent, should it ever show it: nothing."""
CALLED = {Channel.MAIL: "Mail", Channel.SMS: "Text message"}


@dataclass(frozen=True, slots=True)
class Way:
    """An answer by one channel: who gets it and why, or why nobody does."""

    channel: Channel
    called: str
    to: Recipient | None = None
    refused: str = ""


@desk.get("/<int:thread_id>")
@rule(Permission.MESSAGES_READ)
def thread(thread_id: int) -> ResponseReturnValue:
    """The thread with its latest messages, or those before one of them."""
    return shown(thread_at(thread_id))


def shown(thread: Thread, refusal: Refusal | None = None) -> str:
    """The page; after a refusal with what was typed and why it was not done."""
    session, who = office_session(), actor()
    talk = read_thread(session, who, thread, parse_id(request.args.get("before", "")))
    ways = _ways(thread) if holds(who, Permission.MESSAGES_WRITE) else []
    return render_template(
        "admin/inbox/thread.html",
        page_title=title_of(thread, next(iter(talk.messages), None)),
        thread=thread,
        states=ThreadState,
        talk=talk,
        ways=ways,
        chosen=_chosen(ways, talk),
        about=about_of(thread),
        asked_by=who_asked(session, thread.about_id if thread.about == "lead" else None),
        new_call=call_url(thread) if thread.group_id is None else None,
        colleagues=_colleagues(thread),
        likely=_likely(thread),
        stranger=_stranger(talk) if thread.group_id is None else None,
        is_older="before" in request.args,
        has_mail_server=settings().smtp_url is not None,
        body=request.form.get("body", ""),
        key=request.form.get("key", "")[:40] or secrets.token_urlsafe(12),
        refusal=refusal.sentence if refusal else "",
    )


@desk.post("/<int:thread_id>/answer")
@rule(Permission.MESSAGES_WRITE)
def answer(thread_id: int) -> ResponseReturnValue:
    """Send an answer, once however often the button is pressed; what is refused keeps what was typed."""
    found = thread_at(thread_id)
    channel = next((one for one in Channel if one.value == request.form.get("channel")), None)
    try:
        if channel is None:
            raise Invalid("Choose how the answer goes")
        key, words = request.form.get("key", "")[:40], request.form.get("body", "").replace("\r\n", "\n")
        row = send_answer(office_session(), found, actor(), clock(), channel, words, key)
        if request.form.get("then") == "done":
            close(office_session(), found, actor())
    except (Invalid, Unmet) as refusal:
        office_session().rollback()
        keep_nothing()
        return shown(thread_at(thread_id), refusal), refusal.status
    flash(f"{CALLED[channel]} on its way to {row.recipient}.", "success")
    if request.form.get("then") == "done":
        return redirect(url_for("inbox.index"))
    return redirect(url_for("inbox.thread", thread_id=found.id))


@desk.get("/<int:thread_id>/files/<int:file_id>")
@rule(Permission.MESSAGES_READ)
def file(thread_id: int, file_id: int) -> Response:
    """A file that came with a message, always as an attachment."""
    found = file_of(office_session(), actor(), thread_at(thread_id), file_id)
    answer = send_file(
        FolderStorage(settings().files).open(found.store_key),
        mimetype=found.content_type,
        as_attachment=True,
        download_name=found.name,
    )
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer


def _ways(thread: Thread) -> list[Way]:
    return [_way(thread, channel) for channel in Channel]


def _way(thread: Thread, channel: Channel) -> Way:
    session, called = office_session(), CALLED[channel]
    try:
        to = whom_to_answer(session, thread, channel)
        refused = refuse_reason(session, channel, [to]).get(to.address, "")
    except Refusal as refusal:
        return Way(channel, called, refused=refusal.sentence)
    if not to.address:
        return Way(channel, called, refused="No address is known to which an answer could go")
    return Way(channel, called, to, refused)


def _chosen(ways: list[Way], talk: Talk) -> Channel | None:
    """What was chosen before, else the channel by which the client wrote last, else one that is open."""
    is_open = [way.channel for way in ways if not way.refused]
    wanted = request.form.get("channel", "")
    came_by = next((one.channel for one in reversed(talk.messages) if one.direction is Direction.IN), None)
    for channel in (wanted, came_by):
        if channel in is_open:
            return Channel(channel)
    return is_open[0] if is_open else None


def _colleagues(thread: Thread) -> list[tuple[int, str]]:
    """Who may look after a thread: active staff who write to clients, and whoever does it now."""
    roles = GRANTS[Permission.MESSAGES_WRITE]
    query = select(User.id, User.name).where(User.active, User.role.in_(roles)).order_by(User.name)
    found = [(int(number), str(name)) for number, name in office_session().execute(query)]
    if thread.assignee is not None and thread.assignee_id not in dict(found):
        found.append((thread.assignee.id, thread.assignee.name))
    return found


def _stranger(talk: Talk) -> Message | None:
    """The first message of somebody who belongs to no customer yet."""
    return next((one for one in talk.messages if one.direction is Direction.IN), None)


def _likely(thread: Thread) -> list[tuple[int, str]]:
    if thread.group_id is not None:
        return []
    session = office_session()
    query = select(Message).where(Message.thread_id == thread.id, Message.direction == Direction.IN)
    first = session.scalar(query.order_by(Message.id).limit(1))
    found = likely_customers(session, actor(), first) if first is not None else []
    return [(group.id, group.name) for group in found]
