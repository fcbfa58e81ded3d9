"""One file: its versions, its name, which version the client sees [103, 104]."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, may, the_group
from admin_app.admin.customers.files import by_script, found_file, store
from admin_app.admin.customers.work import back_of
from admin_app.kernel.errors import Invalid, Refusal
from admin_app.models import Attachment, CustomerGroup
from admin_app.policy import Permission, demand
from admin_app.records.portal_receipts import Seen, seen_of_document
from admin_app.services.file_editions import add_edition, editions_in_order, rename_file, share_edition
from admin_app.services.store_file import LARGEST_FILE, keep_upload
from admin_app.storage.content import IN_WORDS
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from admin_app.web.login import release_transaction
from admin_app.web.office import keep_nothing

TAB = "customers.files"


@desk.get("/<int:group_id>/files/<int:file_id>/versions")
@rule(Permission.WORK_READ)
def file_versions(group_id: int, file_id: int) -> ResponseReturnValue:
    """The history of a file, the newest version first, each to be downloaded, shared or deleted."""
    group = the_group(group_id)
    known = editions_in_order(office_session(), found_file(group, file_id), actor())
    return render_template(
        "admin/customers/file.html",
        page_title=known[0].name,
        group=group,
        newest=known[0],
        known=known,
        shared=next((one for one in known if one.shared), None),
        seen=_seen([one.id for one in known]),
        back=back_of(group, TAB),
        largest=LARGEST_FILE,
        accepted=IN_WORDS,
    )


def _seen(numbers: list[int]) -> list[Seen]:
    """What clients did with any version; for those who may know what goes on in the portal."""
    return seen_of_document(office_session(), "file", *numbers) if may(Permission.SALES_READ) else []


@desk.post("/<int:group_id>/files/<int:file_id>/versions")
@rule(Permission.WORK_WRITE)
def new_version(group_id: int, file_id: int) -> ResponseReturnValue:
    """Keep an upload as the newest version."""
    group = the_group(group_id)
    attachment = found_file(group, file_id)
    here = _page_of(group, attachment)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _answer(here, refused="Choose a file first")
    demand(actor(), Permission.WORK_WRITE)
    # Judging and shrinking pictures takes its time: nobody else waits for the database meanwhile.
    release_transaction()
    try:
        kept = keep_upload(store(), cast(BinaryIO, file.stream), file.filename)
        attachment = found_file(the_group(group_id), file_id)
        edition = add_edition(office_session(), attachment, kept, actor())
    except Invalid as refusal:
        return _answer(here, refused=refusal.sentence)
    return _answer(here, kept=f"Version {edition.edition} of {edition.name} added.")


@desk.post("/<int:group_id>/files/<int:file_id>/share")
@rule(Permission.WORK_WRITE)
def share_file(group_id: int, file_id: int) -> ResponseReturnValue:
    """Show a version to the client, or take it back; nobody is told [104]."""
    group = the_group(group_id)
    attachment = found_file(group, file_id)
    wants = request.form.get("shared") == "on"
    share_edition(office_session(), attachment, wants, actor())
    of_several = attachment.first_id is not None
    what = f"version {attachment.edition} of {attachment.name}" if of_several else attachment.name
    flash(f"The client sees {what}." if wants else f"The client no longer sees {what}.", "success")
    return redirect(back_of(group, TAB))


@desk.post("/<int:group_id>/files/<int:file_id>/name")
@rule(Permission.WORK_WRITE)
def name_file(group_id: int, file_id: int) -> ResponseReturnValue:
    """Call the file something else."""
    group = the_group(group_id)
    attachment = found_file(group, file_id)
    here = _page_of(group, attachment)
    try:
        name = rename_file(office_session(), attachment, request.form.get("name", ""), actor())
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _answer(here, refused=refusal.sentence)
    return _answer(here, kept=f"It is called {name} now.")


def _page_of(group: CustomerGroup, attachment: Attachment) -> str:
    back = back_of(group, TAB)
    return url_for("customers.file_versions", group_id=group.id, file_id=attachment.id, back=back)


def _answer(here: str, *, kept: str = "", refused: str = "") -> ResponseReturnValue:
    """Back to the page of the file with what became of it; to a script in its own words."""
    if refused:
        keep_nothing()
    if by_script():
        return jsonify(
            kept=[kept] if kept else [], refused=[f"{refused}."] if refused else []
        ), 200 if kept else 422
    flash(kept or f"{refused}.", "success" if kept else "error")
    return redirect(here)
