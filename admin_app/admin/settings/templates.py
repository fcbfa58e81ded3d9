"""The words of messages: one page lists what holds, one edits it beside its preview [E15-E18]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.settings.desk import desk
from admin_app.kernel.errors import Conflict, Invalid, NotFound, Unmet
from admin_app.models import Brand, Channel, MessagePurpose, MessageTemplate
from admin_app.policy import Permission, visible
from admin_app.services import save_record
from admin_app.services.delete_record import delete
from admin_app.services.messages.preview import Preview, preview
from admin_app.services.messages.shipped import SHIPPED
from admin_app.services.messages.words import placeholders_for
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

CHANNEL_WORDS = {Channel.MAIL: "Mail", Channel.SMS: "Text message"}
"""What the channels are called."""
ASKED = ("name", "purpose", "channel", "brand", "subject", "body")
"""The inputs of the editor."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Whose words hold for a purpose on a channel: the rows written here, else the shipped ones."""

    purpose: MessagePurpose
    channel: Channel
    rows: tuple[MessageTemplate, ...]


@desk.get("/communications/templates")
@rule(Permission.SETTINGS)
def templates() -> ResponseReturnValue:
    """Every purpose with the words that hold, and the templates that the desk chooses from."""
    found = office_session().scalars(
        visible(actor(), select(MessageTemplate)).order_by(MessageTemplate.name, MessageTemplate.id)
    )
    by_use: dict[tuple[MessagePurpose, Channel], list[MessageTemplate]] = {}
    for row in found:
        by_use.setdefault((row.purpose, row.channel), []).append(row)
    holding = [
        Holding(purpose, channel, tuple(by_use.get((purpose, channel), ())))
        for purpose in MessagePurpose
        if purpose is not MessagePurpose.FREE
        for channel in Channel
        if (purpose, channel) in SHIPPED or (purpose, channel) in by_use
    ]
    free = [row for channel in Channel for row in by_use.get((MessagePurpose.FREE, channel), [])]
    return render_template(
        "admin/settings/templates.html",
        page_title="Templates",
        holding=holding,
        free=free,
        channel_words=CHANNEL_WORDS,
    ), 200


@desk.route("/communications/templates/new", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def template_new() -> ResponseReturnValue:
    """Words of our own: they begin with those that hold now."""
    purpose = _chosen(MessagePurpose, "purpose", MessagePurpose.FREE)
    channel = _chosen(Channel, "channel", Channel.MAIL)
    subject, body = SHIPPED.get((purpose, channel), ("", ""))
    typed = {
        "name": "" if purpose is MessagePurpose.FREE else f"{purpose.value.capitalize()}",
        "purpose": purpose.value,
        "channel": channel.value,
        "brand": "",
        "subject": subject,
        "body": body,
    }
    return _edit(None, typed)


@desk.route("/communications/templates/<int:template_id>", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def template_edit(template_id: int) -> ResponseReturnValue:
    """One template beside its preview."""
    row = _template(template_id)
    typed = {
        "name": row.name,
        "purpose": row.purpose.value,
        "channel": row.channel.value,
        "brand": str(row.brand_id or ""),
        "subject": row.subject,
        "body": row.body,
    }
    return _edit(row, typed)


@desk.post("/communications/templates/<int:template_id>/remove")
@rule(Permission.SETTINGS)
def template_remove(template_id: int) -> ResponseReturnValue:
    """Take a template away: the words of the company, else the shipped ones, hold again."""
    row = _template(template_id)
    name = row.name
    delete(office_session(), MessageTemplate, row.id, actor())
    flash(f"“{name}” is gone. What was written with it stays as it was sent.", "success")
    return redirect(url_for("settings.templates"))


def _edit(row: MessageTemplate | None, typed: dict[str, str]) -> ResponseReturnValue:
    """Show the editor, its preview, or save; what is refused is said at its field with everything typed kept."""
    if request.method != "POST":
        return _page(row, typed, {})
    fixed = {key: typed[key] for key in ("purpose", "channel")}
    typed = {key: request.form.get(key, "").replace("\r\n", "\n") for key in ASKED} | fixed
    if "preview" in request.form:
        keep_nothing()
        return _page(row, typed, {})
    values: dict[str, Any] = {**typed, "subject": typed["subject"] if typed["channel"] == "mail" else ""}
    session = office_session()
    try:
        if row is None:
            save_record.create(session, MessageTemplate, values, actor())
        else:
            save_record.update(session, MessageTemplate, row.id, values, actor())
    except (Invalid, Unmet, Conflict) as refusal:
        session.rollback()
        keep_nothing()
        wrong = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
        again = _template(row.id) if row is not None else None
        return _page(again, typed, wrong or {"body": refusal.sentence}, refusal.status)
    flash("Saved. New messages use these words.", "success")
    return redirect(url_for("settings.templates"))


def _page(
    row: MessageTemplate | None, typed: dict[str, str], wrong: dict[str, str], status: int = 200
) -> ResponseReturnValue:
    session = office_session()
    purpose, channel = MessagePurpose(typed["purpose"]), Channel(typed["channel"])
    brands = session.scalars(visible(actor(), select(Brand)).order_by(Brand.name)).all()
    shown: Preview = preview(
        session, purpose, channel, typed["subject"], typed["body"], _number(typed["brand"]), actor(), clock()
    )
    page = render_template(
        "admin/settings/template.html",
        page_title=f"{CHANNEL_WORDS[channel]}: {purpose.value}",
        row=row,
        typed=typed,
        wrong=wrong,
        channel=channel,
        purpose=purpose,
        brands=brands,
        placeholders=placeholders_for(purpose),
        preview=shown,
    )
    return page, status


def _chosen(kind: Any, key: str, otherwise: Any) -> Any:
    return next((one for one in kind if one.value == request.values.get(key)), otherwise)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _template(template_id: int) -> MessageTemplate:
    row: MessageTemplate | None = office_session().scalar(
        visible(actor(), select(MessageTemplate).where(MessageTemplate.id == template_id))
    )
    if row is None:
        raise NotFound("There is no such template")
    return row
