"""Files of a customer: brought, shown small, sent out as attachments only [A97, 103; security.md, "Requests"]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from flask import Response, flash, jsonify, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.sql import ColumnElement

from admin_app.admin.customers.desk import desk, one_of, the_group
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.profile import show
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.models import Attachment, CustomerGroup, Project
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, demand, visible
from admin_app.records.file_editions import Editions, editions_of, is_newest
from admin_app.services.file_editions import editions_in_order, remove_edition
from admin_app.services.store_file import (
    LARGEST_FILE,
    KeptUpload,
    attach,
    attachment_of,
    keep_upload,
)
from admin_app.storage.content import IN_WORDS
from admin_app.storage.folder import FolderStorage
from admin_app.storage.pictures import PREVIEW_TYPE
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from admin_app.web.login import release_transaction, settings
from admin_app.web.paths import own_path

MOST_SHOWN = 200
MOST_AT_ONCE = 20
SANDBOX = "sandbox; default-src 'none'"
"""What a browser may do with a file that somebody sent, should it ever show it: nothing."""


def store() -> FolderStorage:
    """Where the bytes lie."""
    return FolderStorage(settings().files)


@dataclass(frozen=True, slots=True)
class FileList:
    """The files that a tab shows, each in its newest version, as a list or as photos."""

    files: list[Attachment]
    editions: Mapping[int, Editions]
    view: str
    views: list[dict[str, Any]]
    largest: int = LARGEST_FILE
    accepted: str = IN_WORDS


def file_list(of: ColumnElement[bool]) -> FileList:
    """Files for which `of` holds, the latest first; `?view=photos` shows the pictures alone, large."""
    view = "photos" if request.args.get("view") == "photos" else "list"
    query = select(Attachment).where(of, is_newest())
    if view == "photos":
        query = query.where(Attachment.preview_key.is_not(None))
    query = query.order_by(Attachment.id.desc()).limit(MOST_SHOWN)
    session, who = office_session(), actor()
    found = list(session.scalars(visible(who, query)))
    views = [
        {"label": "All files", "url": request.path, "active": view == "list"},
        {"label": "Photos", "url": f"{request.path}?view=photos", "active": view == "photos"},
    ]
    return FileList(found, editions_of(session, who, found), view, views)


@desk.get("/<int:group_id>/files")
@rule(Permission.WORK_READ)
def files(group_id: int) -> ResponseReturnValue:
    """The customer's files, the latest first."""
    group = the_group(group_id)
    return show(group, "files", found=file_list(Attachment.group_id == group.id))


@desk.post("/<int:group_id>/files")
@rule(Permission.WORK_WRITE)
def upload(group_id: int) -> ResponseReturnValue:
    """Keep one or several uploads; those that are refused are named with the reason, the others are kept."""
    group = the_group(group_id)
    back = own_path(request.form.get("back"), url_for("customers.files", group_id=group.id))
    demand(actor(), Permission.WORK_WRITE)
    # Judging and shrinking pictures takes its time: nobody else waits for the database meanwhile.
    release_transaction()
    kept, refused = _keep_all()
    group = the_group(group_id)
    number = parse_id(request.form.get("project", ""))
    project = one_of(Project, group, number) if number is not None else None
    for one in kept:
        attach(office_session(), group, one, actor(), project)
    if by_script():
        # The script says file by file what became of it, and draws the list anew.
        return jsonify(kept=[one.label for one in kept], refused=refused), 200 if kept else 422
    if kept:
        flash(f"{kept[0].label} added." if len(kept) == 1 else f"{len(kept)} files added.", "success")
    for sentence in refused:
        flash(sentence, "error")
    if not kept and not refused:
        flash("Choose a file first.", "error")
    return redirect(back)


def by_script() -> bool:
    """Whether the upload script asks, which draws the page itself."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _keep_all() -> tuple[list[KeptUpload], list[str]]:
    kept, refused = [], []
    arrived = [file for file in request.files.getlist("file") if file.filename]
    for file in arrived[:MOST_AT_ONCE]:
        try:
            kept.append(keep_upload(store(), cast(BinaryIO, file.stream), file.filename or "file"))
        except Invalid as refusal:
            shown = "".join(c for c in (file.filename or "") if c.isprintable())[:80]
            refused.append(f"{shown} was not kept. {refusal.sentence}.")
    if len(arrived) > MOST_AT_ONCE:
        refused.append(f"At most {MOST_AT_ONCE} files at once; the others were left out.")
    return kept, refused


@desk.get("/<int:group_id>/files/<int:file_id>")
@rule(Permission.WORK_READ)
def download(group_id: int, file_id: int) -> Response:
    """The file itself, always as an attachment."""
    attachment = found_file(the_group(group_id), file_id)
    answer = send_file(
        store().open(attachment.store_key),
        mimetype=attachment.content_type,
        as_attachment=True,
        download_name=attachment.name,
    )
    return _locked_up(answer)


@desk.get("/<int:group_id>/files/<int:file_id>/preview")
@rule(Permission.WORK_READ)
def preview(group_id: int, file_id: int) -> Response:
    """The small picture that was drawn anew from an uploaded one."""
    attachment = found_file(the_group(group_id), file_id)
    if attachment.preview_key is None:
        raise NotFound("This file has no small picture")
    return _locked_up(send_file(store().open(attachment.preview_key), mimetype=PREVIEW_TYPE))


def found_file(group: CustomerGroup, file_id: int) -> Attachment:
    """One file of this customer by its number; raises NotFound."""
    if file_id > LARGEST_ID:
        raise NotFound("There is no such file")
    return attachment_of(office_session(), group, file_id, actor())


def _locked_up(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@desk.route("/<int:group_id>/files/<int:file_id>/delete", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def delete_file(group_id: int, file_id: int) -> ResponseReturnValue:
    """The bin of a file."""
    group = the_group(group_id)
    attachment = found_file(group, file_id)
    known = editions_in_order(office_session(), attachment, actor())
    whole = bool(request.values.get("whole")) or len(known) == 1
    what = attachment.name if whole else f"version {attachment.edition} of {attachment.name}"

    def save(_: dict[str, Any]) -> str:
        remove_edition(office_session(), attachment, actor(), whole=whole)
        return f"{what[0].upper()}{what[1:]} deleted."

    back = own_path(request.values.get("back"), url_for("customers.files", group_id=group.id))
    return Popup(
        group,
        f"Delete {what}?",
        back,
        button="Delete file" if whole else "Delete version",
        danger=True,
        note=_what_goes(attachment, known, whole),
    ).answer(save)


def _what_goes(attachment: Attachment, known: list[Attachment], whole: bool) -> str:
    """What a deletion takes along, for its question."""
    told = "The file goes for good. The timeline keeps its name and who brought it."
    if whole and len(known) > 1:
        told = f"The file goes for good, with all its {len(known)} versions. The timeline keeps its name."
    elif not whole:
        told = "This version goes for good; the others stay."
    seen = [one for one in (known if whole else [attachment]) if one.shared]
    return f"{told} The client sees version {seen[0].edition}, and then none." if seen else told
