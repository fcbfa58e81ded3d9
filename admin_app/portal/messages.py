"""Messages both ways: a thread a document, and questions about nothing yet; photos may come along [W9-W11, 100]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from admin_app.kernel.errors import Invalid
from admin_app.models import Estimate, Message, PortalModule, Thread
from admin_app.policy import Permission, demand_for, visible
from admin_app.portal.forms import form_key, kept_uploads, typed
from admin_app.portal.lists import chosen_filter, listed, page_of
from admin_app.portal.pages import pages
from admin_app.portal.shown import SHOWN, address_of
from admin_app.portal.talk import talk_of, title_of
from admin_app.portal.things import thing, things
from admin_app.services.messages.about import KINDS
from admin_app.services.portal.write_message import begin_thread, write, write_about
from admin_app.web.clients import for_clients
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

SHOWS = (("", "All"), ("waiting", "Waits for our answer"))
SENT = "Sent. We answer here and by mail."
_WORD_IN = {shown.part: word for word, shown in SHOWN.items() if word in KINDS}
"""The part of the portal's addresses → the word of what messages can be about there."""
ABOUT = ", ".join(f'"{part}"' for part in _WORD_IN)


@pages.get("/messages/")
@for_clients(PortalModule.MESSAGES)
def messages() -> ResponseReturnValue:
    """The threads, the one last spoken in first; `?show=waiting` those that the office has to answer."""
    shown = chosen_filter(SHOWS)
    query = select(Thread).where(Thread.id.in_(_spoken_in()))
    if shown == "waiting":
        query = query.where(Thread.waits.is_(True))
    page = page_of(query.order_by(Thread.last_at.desc(), Thread.id.desc()))
    return render_template(
        "portal/messages.html",
        last=_last_of(page.rows),
        title_of=title_of,
        **listed(".messages", page, SHOWS, shown),
    )


@pages.get("/messages/new")
@for_clients(PortalModule.MESSAGES)
def new_thread() -> ResponseReturnValue:
    """The form for a question that is about no document."""
    return _new_page()


@pages.post("/messages/new")
@for_clients(PortalModule.MESSAGES)
def begin() -> ResponseReturnValue:
    """Begin a thread with a question."""
    demand_for(actor(), Permission.WRITE_AS_CLIENT, None)
    key = form_key()
    try:
        files = kept_uploads()
        message = begin_thread(
            office_session(), typed("subject"), typed("words"), files, actor(), clock(), key
        )
    except Invalid as refusal:
        keep_nothing()
        return _new_page(refusal), refusal.status
    flash(SENT, "success")
    return redirect(url_for(".thread", public_id=message.thread.public_id))


@pages.get("/messages/<public_id>")
@for_clients(PortalModule.MESSAGES)
def thread(public_id: str) -> ResponseReturnValue:
    """Everything that was said in a thread, and the form below it."""
    return _thread_page(thing(Thread, public_id))


@pages.post("/messages/<public_id>", endpoint="write")
@for_clients(PortalModule.MESSAGES)
def write_in(public_id: str) -> ResponseReturnValue:
    """Say something in a thread."""
    demand_for(actor(), Permission.WRITE_AS_CLIENT, thing(Thread, public_id))
    try:
        files = kept_uploads()
        here = thing(Thread, public_id)
        write(office_session(), here, typed("words"), files, actor(), clock(), form_key())
    except Invalid as refusal:
        keep_nothing()
        return _thread_page(thing(Thread, public_id), refusal), refusal.status
    flash(SENT, "success")
    return redirect(url_for(".thread", public_id=public_id))


@pages.post(f"/<any({ABOUT}):about>/<public_id>/messages", endpoint="write_about")
@for_clients(PortalModule.MESSAGES, by_link=True)
def write_about_document(about: str, public_id: str) -> ResponseReturnValue:
    """Say something about a document; a document link writes about its own document."""
    kind = KINDS[_WORD_IN[about]]
    demand_for(actor(), Permission.WRITE_AS_CLIENT, thing(kind, public_id))
    try:
        files = kept_uploads()
        here = thing(kind, public_id)
        write_about(office_session(), here, typed("words"), files, actor(), clock(), form_key())
    except Invalid as refusal:
        keep_nothing()
        return _again(about, public_id, refusal), refusal.status
    flash(SENT, "success")
    return redirect(address_of(_WORD_IN[about], public_id, "messages"))


def _address_about(subject: Thread) -> str | None:
    """The page of what a thread is about, where the client sees it; None for a thread about nothing."""
    if subject.about is None or subject.about not in SHOWN:
        return None
    kind: Any = KINDS[subject.about]
    number = func.coalesce(Estimate.base_id, Estimate.id) if kind is Estimate else kind.id
    found = things(select(kind).where(number == subject.about_id).order_by(kind.id.desc()).limit(1))
    return address_of(subject.about, found[0].public_id) if found else None


def _spoken_in() -> Any:
    """The threads in which the client can read something: one that was begun for a mail that never went is none."""
    return visible(actor(), select(Message)).with_only_columns(Message.thread_id)


def _last_of(threads: Sequence[Thread]) -> dict[int, Message]:
    """The last message of each thread that the client reads."""
    latest = (
        visible(actor(), select(Message))
        .where(Message.thread_id.in_([one.id for one in threads]))
        .with_only_columns(func.max(Message.id))
        .group_by(Message.thread_id)
    )
    return {one.thread_id: one for one in things(select(Message).where(Message.id.in_(latest)))}


def _new_page(wrong: Invalid | None = None) -> str:
    return render_template(
        "portal/new_thread.html",
        subject=typed("subject"),
        words=typed("words"),
        key=form_key(),
        wrong=wrong,
    )


def _thread_page(here: Thread, wrong: Invalid | None = None) -> str:
    return render_template(
        "portal/thread.html",
        thread=here,
        title=title_of(here),
        about_url=_address_about(here),
        talk=talk_of(here),
        words=typed("words"),
        key=form_key(),
        wrong=wrong,
    )


def _again(about: str, public_id: str, wrong: Invalid) -> str:
    """The form alone, with what was typed, for words about a document that could not be kept."""
    here = thing(KINDS[_WORD_IN[about]], public_id)
    return render_template(
        "portal/write_again.html",
        back_url=address_of(_WORD_IN[about], here.public_id),
        url=url_for(".write_about", about=about, public_id=here.public_id),
        words=typed("words"),
        key=form_key(),
        wrong=wrong,
    )
