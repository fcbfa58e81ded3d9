"""The notepad beside a customer and a project: notes that call colleagues, the bin and the way back [A32-A34, 103]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, g, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_app.admin.customers.desk import desk, one_of, the_group
from admin_app.admin.customers.work import back_of, put_into_the_bin
from admin_app.kernel.errors import Refusal
from admin_app.kernel.parsing import parse_id
from admin_app.models import Note, Project
from admin_app.policy import Permission, visible
from admin_app.services.add_note import add_note as note_down
from admin_app.services.mentions import Piece, mark_seen, pieces_of, staff_names, unseen_of
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

HOME = "customers.profile"
MOST_SHOWN = 50
NAME_SHOWN = 40
"""Characters of a note by which it is called when it is gone."""


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note as the pad shows it: its words cut at the names, and whether it waits for the reader."""

    note: Note
    pieces: list[Piece]
    waits: bool


def note_lines(notes: Sequence[Note]) -> list[NoteLine]:
    """The notes of a page; names and marks are looked up only where somebody is named."""
    named = [one.id for one in notes if "@" in one.body]
    waiting = unseen_of(office_session(), named, actor())
    return [NoteLine(one, _pieces(one.body), one.id in waiting) for one in notes]


def _pieces(body: str) -> list[Piece]:
    if "@" not in body:
        return [Piece(body)]
    if "staff_names" not in g:
        g.staff_names = staff_names(office_session(), active_only=False)
    return pieces_of(body, g.staff_names)


def notes_of(project: Project) -> list[Note]:
    """The notes of a project, the latest first."""
    query = (
        select(Note)
        .options(joinedload(Note.project))
        .where(Note.project_id == project.id)
        .order_by(Note.id.desc())
        .limit(MOST_SHOWN)
    )
    return list(office_session().scalars(visible(actor(), query)))


@desk.get("/colleagues")
@rule(Permission.WORK_WRITE)
def colleague_names() -> Response:
    """The names that a note can call, for the list under an @."""
    return jsonify(list(staff_names(office_session()).values()))


@desk.post("/<int:group_id>/notes")
@rule(Permission.WORK_WRITE)
def add_note(group_id: int) -> ResponseReturnValue:
    """Put the typed words on the notepad of the customer, or of one of its projects [A33]."""
    group = the_group(group_id)
    back = back_of(group, HOME)
    number = parse_id(request.form.get("project", ""))
    project = one_of(Project, group, number) if number is not None else None
    try:
        note_down(office_session(), group, request.form.get("body", ""), actor(), project)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        keep_nothing()
        flash(f"{refusal.sentence}.", "error")
    return redirect(back)


@desk.post("/<int:group_id>/notes/<int:note_id>/remove")
@rule(Permission.WORK_WRITE)
def remove_note(group_id: int, note_id: int) -> ResponseReturnValue:
    """The bin under a note [A34]; undo brings it back."""
    group = the_group(group_id)
    note = one_of(Note, group, note_id)
    words = " ".join(note.body.split())
    shown = words if len(words) <= NAME_SHOWN else f"{words[: NAME_SHOWN - 1]}…"
    return put_into_the_bin(note, f"Note “{shown}”", back_of(group, HOME))


@desk.post("/<int:group_id>/notes/<int:note_id>/seen")
@rule(Permission.WORK_READ)
def see_note(group_id: int, note_id: int) -> ResponseReturnValue:
    """Whoever is named has seen it."""
    group = the_group(group_id)
    if mark_seen(office_session(), one_of(Note, group, note_id), actor(), clock()):
        flash("Seen.", "success")
    return redirect(back_of(group, HOME))


@desk.app_context_processor
def _words_of_the_notepad() -> dict[str, Any]:
    return {"note_lines": note_lines}
