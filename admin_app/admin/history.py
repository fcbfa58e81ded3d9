"""What happened in the office: every change with who, when and by which door; acts over many records, and their undo.

An undo leaves alone what somebody changed since, and its page lists those records [L5, 143, 147].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.admin.cells import record_url
from admin_app.admin.record_page import Happened, happened
from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.models import AuditEntry, BulkAct, Change, Entity, User
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, holds, rights_of, visible
from admin_app.records.chronicle import Wanted, kinds, read_chronicle, read_wanted
from admin_app.records.values import office_reading
from admin_app.services import restore_record, undo_act
from admin_app.services.bulk_change import DELETE
from admin_app.services.restore_record import entity_named
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session, zone
from admin_app.web.formats import dated
from admin_app.web.paths import own_path

page = Blueprint("history", __name__, url_prefix="/admin/history")

ENTRIES = 50
ACTS = 10

WORDS = {Change.CREATED: "entered", Change.CHANGED: "changed", Change.DELETED: "deleted"}
"""What was done to a record, as the page says it."""

Line = tuple[Happened, str, str, str, bool]
"""What happened, the kind of record, its name, its address ("" where it is gone), whether it can be made again."""


@page.get("/")
@rule(Permission.AUDIT)
def index() -> ResponseReturnValue:
    """The latest changes, and the latest acts over many records."""
    session, who = office_session(), actor()
    wanted = read_wanted(request.args)
    entries, older = read_chronicle(session, wanted, zone())
    latest = select(BulkAct).order_by(BulkAct.id.desc()).limit(ACTS)
    whole = not wanted.is_narrowed and wanted.before is None
    staff = session.scalars(visible(who, select(User)).order_by(User.name))
    people = {user.id: user.name for user in staff}
    return render_template(
        "admin/history/index.html",
        lines=_lines(session, who, entries),
        older=_address_of(wanted, before=older) if older else None,
        acts=list(session.scalars(latest)) if whole else [],
        can_undo=_can_undo,
        wanted=wanted,
        chips=_chips(wanted, people),
        kinds=kinds(),
        people=people,
        changes=WORDS,
    )


def _address_of(wanted: Wanted, **but: Any) -> str:
    """The address of the history, narrowed like this one but for some parts."""
    parts = {part.name: getattr(wanted, part.name) for part in fields(wanted)} | {"before": None} | but
    asked: dict[str, Any] = {name: str(value) for name, value in parts.items() if value is not None}
    return url_for("history.index", **asked)


def _chips(wanted: Wanted, people: Mapping[int, str]) -> list[tuple[str, str]]:
    """What the page is narrowed to, in words, each with the address that takes it off."""
    said = {
        "entity": kinds().get(wanted.entity or "", ""),
        "record": f"number {wanted.record}",
        "person": people.get(wanted.person or 0, "somebody else"),
        "change": WORDS.get(wanted.change or Change.CREATED, ""),
        "since": f"from {dated(wanted.since)}" if wanted.since else "",
        "until": f"until {dated(wanted.until)}" if wanted.until else "",
    }
    return [
        (words, _address_of(wanted, **{name: None}))
        for name, words in said.items()
        if getattr(wanted, name) is not None
    ]


@page.get("/acts/<int:act_id>")
@rule(Permission.AUDIT)
def act(act_id: int) -> ResponseReturnValue:
    """One act over many records: what it did, and what its undo left alone."""
    session = office_session()
    found = _the_act(session, act_id)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.act_id == found.id).order_by(AuditEntry.id).limit(ENTRIES)
    ).all()
    return render_template(
        "admin/history/act.html",
        act=found,
        lines=_lines(session, actor(), list(entries)),
        kept=[(kept, _address(str(kept.get("entity") or found.entity), int(kept["id"]))) for kept in found.kept or ()],
        can_undo=_can_undo,
    )


@page.post("/acts/<int:act_id>/undo")
@rule(Permission.BULK)
def undo(act_id: int) -> ResponseReturnValue:
    """Take an act back and show what was left alone."""
    session = office_session()
    undone = undo_act.undo(session, _the_act(session, act_id).id, actor())
    flash(f"{undone.summary}.", "success")
    asked = request.form.get("url")
    if not asked and holds(actor(), Permission.AUDIT):
        return redirect(url_for("history.act", act_id=act_id))
    return redirect(own_path(asked, "/admin/"))


@page.post("/restore")
@rule(Permission.AUDIT)
def restore() -> ResponseReturnValue:
    """Make a deleted record again, or put one back to what it was before an entry."""
    text = request.form.get("entry", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NotFound("There is no such entry in the history")
    record = restore_record.restore(office_session(), int(text), actor())
    flash(f"{record} is back as it was.", "success")
    return redirect(record_url(type(record), record.id) or url_for("history.index"))


def _the_act(session: Session, act_id: int) -> BulkAct:
    found = session.get(BulkAct, act_id) if act_id <= LARGEST_ID else None
    if found is None:
        raise NotFound("There is no such act")
    return found


def _can_undo(done: BulkAct) -> bool:
    """Whether the button is drawn; the service says why not otherwise."""
    final = done.kind == DELETE and done.entity == "CustomerGroup"
    return done.undone_at is None and done.kind != "undo" and not final and holds(actor(), Permission.BULK)


def _lines(session: Session, who: Actor, entries: list[AuditEntry]) -> list[Line]:
    currency = office_reading(session).currency
    return [line for entry in entries if (line := _line(entry, who, currency)) is not None]


def _line(entry: AuditEntry, who: Actor, currency: str) -> Line | None:
    """One entry in words; None where the reader may not read that kind of record."""
    entity = _entity(entry.entity)
    if entity is None or not holds(who, rights_of(entity).read):
        return None
    told = happened(entity, entry, who, currency)
    gone = entry.change is Change.DELETED
    address = "" if gone else record_url(entity, entry.entity_id)
    return told, entity.singular, entry.name, address, gone and _comes_back(entity)


def _comes_back(entity: type[Entity]) -> bool:
    try:
        restore_record.refuse_restoring(entity, Change.DELETED)
    except Exception:  # the reason is told when somebody tries
        return False
    return True


def _entity(name: str) -> type[Entity] | None:
    try:
        entity = entity_named(name)
        rights_of(entity)
    except (NotFound, KeyError):
        return None
    return entity


def _address(name: str, record_id: Any) -> str:
    entity = _entity(name)
    return record_url(entity, record_id) if entity is not None else ""
