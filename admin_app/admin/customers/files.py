"""Files of a customer: brought, shown small, sent out as attachments only [A97, 103; security.md, "Requests"]."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import Response, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.customers.desk import desk, one_of, the_group
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.profile import show
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.models import Attachment, CustomerGroup, Project
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, demand, visible
from admin_app.services.store_file import (
    LARGEST_FILE,
    KeptUpload,
    attach,
    attachment_of,
    keep_upload,
    remove_file,
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


def _store() -> FolderStorage:
    return FolderStorage(settings().files)


@desk.get("/<int:group_id>/files")
@rule(Permission.WORK_READ)
def files(group_id: int) -> ResponseReturnValue:
    """The customer's files, the latest first."""
    group = the_group(group_id)
    query = (
        select(Attachment)
        .where(Attachment.group_id == group.id)
        .order_by(Attachment.id.desc())
        .limit(MOST_SHOWN)
    )
    found = list(office_session().scalars(visible(actor(), query)))
    return show(group, "files", files=found, largest=LARGEST_FILE, accepted=IN_WORDS)


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
    if kept:
        flash(f"{kept[0].label} added." if len(kept) == 1 else f"{len(kept)} files added.", "success")
    for sentence in refused:
        flash(sentence, "error")
    if not kept and not refused:
        flash("Choose a file first.", "error")
    return redirect(back)


def _keep_all() -> tuple[list[KeptUpload], list[str]]:
    kept, refused = [], []
    arrived = [file for file in request.files.getlist("file") if file.filename]
    for file in arrived[:MOST_AT_ONCE]:
        try:
            kept.append(keep_upload(_store(), cast(BinaryIO, file.stream), file.filename or "file"))
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
    attachment = _found(the_group(group_id), file_id)
    answer = send_file(
        _store().open(attachment.store_key),
        mimetype=attachment.content_type,
        as_attachment=True,
        download_name=attachment.name,
    )
    return _locked_up(answer)


@desk.get("/<int:group_id>/files/<int:file_id>/preview")
@rule(Permission.WORK_READ)
def preview(group_id: int, file_id: int) -> Response:
    """The small picture that was drawn anew from an uploaded one."""
    attachment = _found(the_group(group_id), file_id)
    if attachment.preview_key is None:
        raise NotFound("This file has no small picture")
    return _locked_up(send_file(_store().open(attachment.preview_key), mimetype=PREVIEW_TYPE))


def _found(group: CustomerGroup, file_id: int) -> Attachment:
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
    attachment = _found(group, file_id)
    name = attachment.name

    def save(_: dict[str, Any]) -> str:
        remove_file(office_session(), group, file_id, actor())
        return f"{name} deleted."

    back = own_path(request.values.get("back"), url_for("customers.files", group_id=group.id))
    note = "The file goes for good. The timeline keeps its name and who brought it."
    return Popup(group, f"Delete {name}?", back, button="Delete file", danger=True, note=note).answer(save)
