"""Photos of a job: several at once from the phone's camera, small on the page, whole when pressed [A97, 103]."""

from __future__ import annotations

import hashlib
from typing import BinaryIO, cast

from flask import Response, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from admin_app.admin.jobs.acts import answer_act, demand_own_act, key_of_act
from admin_app.admin.jobs.desk import desk, done_or_said, the_job
from admin_app.admin.jobs.no_signal import keep_on_phone
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.policy import Permission
from admin_app.services.answer_once import is_answered
from admin_app.services.job_photos import add_photos, photo_of, remove_photo
from admin_app.services.store_file import KeptUpload, keep_upload
from admin_app.storage.folder import FolderStorage
from admin_app.storage.pictures import PREVIEW_TYPE
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from admin_app.web.login import release_transaction, settings

MOST_AT_ONCE = 20
CHUNK = 1 << 20
SANDBOX = "sandbox; default-src 'none'"
"""What a browser may do with a file that somebody sent: show it."""


@desk.post("/<int:work_id>/photos")
@rule(Permission.JOB_DO)
def add_photo(work_id: int) -> ResponseReturnValue:
    """Keep what the camera took; one that is refused keeps the others of this form out too, and says which."""
    work = the_job(work_id)
    arrived = [file for file in request.files.getlist("photo") if file.filename]
    content = [(file.filename, _digest(cast(BinaryIO, file.stream))) for file in arrived]
    kept: list[KeptUpload] = []
    refused: Invalid | None = None
    if not is_answered(office_session(), key_of_act()):
        demand_own_act()
        # Judging and shrinking pictures takes its time: nobody else waits for the database meanwhile.
        release_transaction()
        try:
            kept = _keep(arrived)
        except Invalid as refusal:
            refused = refusal
        work = the_job(work_id)

    def act(_: Clock) -> str:
        if refused is not None:
            raise refused
        add_photos(office_session(), work, kept, actor())
        return "1 photo is with the office." if len(kept) == 1 else f"{len(kept)} photos are with the office."

    return answer_act(work, "photos of job", content, act)


def _keep(arrived: list[FileStorage]) -> list[KeptUpload]:
    if not arrived:
        raise Invalid("Take a photo first", {"photo": "Take a photo first"})
    if len(arrived) > MOST_AT_ONCE:
        raise Invalid(f"At most {MOST_AT_ONCE} photos at once; none of these was kept")
    return [_keep_one(file) for file in arrived]


def _keep_one(file: FileStorage) -> KeptUpload:
    name = file.filename or "photo"
    try:
        return keep_upload(_store(), cast(BinaryIO, file.stream), name)
    except Invalid as refusal:
        shown = "".join(one for one in name if one.isprintable())[:80]
        raise Invalid(f"{shown} was not kept. {refusal.sentence}") from None


@desk.get("/<int:work_id>/photos/<int:file_id>")
@rule(Permission.WORK_READ)
def photo(work_id: int, file_id: int) -> Response:
    """The photo itself, to look at: its type was decided by its content, and it may run nothing."""
    found = photo_of(office_session(), the_job(work_id), file_id, actor())
    return _locked_up(send_file(_store().open(found.store_key), mimetype=found.content_type))


@desk.get("/<int:work_id>/photos/<int:file_id>/small")
@rule(Permission.WORK_READ)
def small_photo(work_id: int, file_id: int) -> Response:
    """The small picture that was drawn anew from it."""
    work = the_job(work_id)
    found = photo_of(office_session(), work, file_id, actor())
    if actor().id in {one.id for one in work.crew}:
        keep_on_phone()
    return _locked_up(send_file(_store().open(cast(str, found.preview_key)), mimetype=PREVIEW_TYPE))


@desk.post("/<int:work_id>/photos/<int:file_id>/delete")
@rule(Permission.JOB_DO)
def delete_photo(work_id: int, file_id: int) -> ResponseReturnValue:
    """Take one's own photo away again."""
    work = the_job(work_id)
    photo_of(office_session(), work, file_id, actor())

    def act() -> str:
        remove_photo(office_session(), work, file_id, actor())
        return "The photo is deleted."

    return done_or_said(work, act)


def _store() -> FolderStorage:
    return FolderStorage(settings().files)


def _digest(content: BinaryIO) -> str:
    """What the bytes are, so that a key that comes back with another picture is noticed."""
    digest = hashlib.sha256()
    while part := content.read(CHUNK):
        digest.update(part)
    content.seek(0)
    return digest.hexdigest()


def _locked_up(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
