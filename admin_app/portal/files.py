"""Photos and files that were shared: a gallery, small pictures, and the file itself as an attachment [103, 119].

Bytes leave the store only for a row that the policy shows; addresses carry public ids and no key of the store.
"""

from __future__ import annotations

from flask import Response, render_template, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.errors import NotFound
from admin_app.models import Attachment, PortalModule
from admin_app.portal.lists import chosen_filter, listed, page_of
from admin_app.portal.pages import pages
from admin_app.portal.seen import note_downloaded
from admin_app.portal.things import NOTHING_HERE, thing
from admin_app.storage.folder import FolderStorage
from admin_app.storage.pictures import PREVIEW_TYPE
from admin_app.web.clients import for_clients
from admin_app.web.login import settings

SHOWS = (("", "All"), ("photos", "Photos"), ("papers", "Papers"))
TILES = 24
SANDBOX = "sandbox; default-src 'none'"
"""What a browser may do with a file that somebody sent, should it ever show it: nothing."""


@pages.get("/files/")
@for_clients(PortalModule.FILES)
def files() -> ResponseReturnValue:
    """What was shared, the latest first; `?show=photos` the pictures, `?show=papers` the rest."""
    shown = chosen_filter(SHOWS)
    query = select(Attachment)
    if shown == "photos":
        query = query.where(Attachment.preview_key.is_not(None))
    elif shown == "papers":
        query = query.where(Attachment.preview_key.is_(None))
    return render_template(
        "portal/files.html",
        **listed(".files", page_of(query.order_by(Attachment.id.desc()), TILES), SHOWS, shown),
    )


@pages.get("/files/<public_id>")
@for_clients(PortalModule.FILES, by_link=True)
def file(public_id: str) -> ResponseReturnValue:
    """The file itself, always as an attachment."""
    found = thing(Attachment, public_id)
    note_downloaded(found)
    answer = send_file(
        FolderStorage(settings().files).open(found.store_key),
        mimetype=found.content_type,
        as_attachment=True,
        download_name=found.name,
    )
    return locked_up(answer)


@pages.get("/files/<public_id>/preview")
@for_clients(PortalModule.FILES, by_link=True)
def file_preview(public_id: str) -> ResponseReturnValue:
    """The small picture that was drawn anew from an uploaded one."""
    found = thing(Attachment, public_id)
    if found.preview_key is None:
        raise NotFound(NOTHING_HERE)
    return locked_up(
        send_file(FolderStorage(settings().files).open(found.preview_key), mimetype=PREVIEW_TYPE)
    )


def locked_up(answer: Response) -> Response:
    """The answer with a policy under which a browser runs nothing of it."""
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer
