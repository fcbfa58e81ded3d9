"""What is done with a thread besides answering it: taken, handed on, marked as done, opened again [100]."""

from __future__ import annotations

import json

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.inbox.desk import desk, thread_at
from admin_app.kernel.errors import Unmet
from admin_app.kernel.parsing import parse_id
from admin_app.models import Thread, User
from admin_app.policy import GRANTS, Permission
from admin_app.services.messages.threads import assign as hand_to
from admin_app.services.messages.threads import close
from admin_app.services.messages.threads import reopen as open_again
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session


@desk.post("/<int:thread_id>/take")
@rule(Permission.MESSAGES_WRITE)
def take(thread_id: int) -> ResponseReturnValue:
    """Whoever presses looks after it."""
    thread = thread_at(thread_id)
    hand_to(office_session(), thread, _colleague(actor().id), actor())
    flash("It is yours.", "success")
    return _back(thread)


@desk.post("/<int:thread_id>/assign")
@rule(Permission.MESSAGES_WRITE)
def assign(thread_id: int) -> ResponseReturnValue:
    """Hand it to a colleague, or to nobody."""
    thread = thread_at(thread_id)
    number = parse_id(request.form.get("user", ""))
    user = _colleague(number) if number is not None else None
    hand_to(office_session(), thread, user, actor())
    flash(f"{user.name} looks after it." if user else "Nobody looks after it now.", "success")
    return _back(thread)


@desk.post("/<int:thread_id>/done")
@rule(Permission.MESSAGES_WRITE)
def done(thread_id: int) -> ResponseReturnValue:
    """Nothing is left to do; a request is not for us."""
    thread = thread_at(thread_id)
    close(office_session(), thread, actor())
    said = {"text": "Marked as done.", "action_url": url_for("inbox.reopen", thread_id=thread.id)}
    flash(json.dumps(said), "undo")
    return redirect(url_for("inbox.index"))


@desk.post("/<int:thread_id>/reopen")
@rule(Permission.MESSAGES_WRITE)
def reopen(thread_id: int) -> ResponseReturnValue:
    """Somebody has to look after it again."""
    thread = thread_at(thread_id)
    open_again(office_session(), thread, actor())
    flash("Open again.", "success")
    return _back(thread)


def _colleague(user_id: int | None) -> User:
    """One of the staff who may write to clients; raises Unmet for anybody else."""
    roles = GRANTS[Permission.MESSAGES_WRITE]
    query = select(User).where(User.id == user_id, User.role.in_(roles))
    user = office_session().scalar(query) if user_id is not None else None
    if user is None:
        raise Unmet("Only staff who write to clients can look after a thread")
    return user


def _back(thread: Thread) -> ResponseReturnValue:
    return redirect(url_for("inbox.thread", thread_id=thread.id))
