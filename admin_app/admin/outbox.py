"""The outbox as a page: what waits, what went, what failed and why; a failed message is tried again or withdrawn."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.errors import NotFound
from admin_app.models import OutboxMessage, OutboxState
from admin_app.outbox.drain import try_again
from admin_app.policy import Permission
from admin_app.services.messages.withdraw import withdraw
from admin_app.services.one_time_link import without_secrets
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import settings

page = Blueprint("outbox", __name__, url_prefix="/admin/outbox")

PAGE = 50


@page.get("/")
@rule(Permission.SETTINGS)
def index() -> ResponseReturnValue:
    """The messages, the latest first, of one state or all."""
    state = next((one for one in OutboxState if one.value == request.args.get("state")), None)
    query = select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(PAGE + 1)
    if state is not None:
        query = query.where(OutboxMessage.state == state)
    before = request.args.get("before", "")
    if before.isascii() and before.isdigit() and len(before) <= 18:
        query = query.where(OutboxMessage.id < int(before))
    rows = list(office_session().scalars(query))
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return render_template(
        "admin/outbox.html",
        messages=rows[:PAGE],
        state=state,
        states=list(OutboxState),
        more=more,
        before=before,
        has_server=settings().smtp_url is not None,
        has_provider=settings().sms_url is not None,
        folder=settings().home / "outbox",
    )


@page.get("/<int:message_id>")
@rule(Permission.SETTINGS)
def message(message_id: int) -> ResponseReturnValue:
    """One message as it goes out; the secret of a one-time link is for its recipient only."""
    row = _message(message_id)
    body = without_secrets(row.body)
    return render_template("admin/outbox_message.html", message=row, body=body)


@page.post("/<int:message_id>/again")
@rule(Permission.SETTINGS)
def again(message_id: int) -> ResponseReturnValue:
    """Let the worker try now."""
    try_again(office_session(), _message(message_id), clock())
    flash("The worker tries again now.")
    return redirect(url_for("outbox.index"))


@page.post("/<int:message_id>/withdraw")
@rule(Permission.SETTINGS)
def take_back(message_id: int) -> ResponseReturnValue:
    """Take a message back that has not gone."""
    withdraw(office_session(), _message(message_id), actor())
    flash("Withdrawn: this message never goes.")
    return redirect(url_for("outbox.message", message_id=message_id))


def _message(message_id: int) -> OutboxMessage:
    row = office_session().get(OutboxMessage, message_id)
    if row is None:
        raise NotFound("There is no such message")
    return row
