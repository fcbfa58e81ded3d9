"""What the forms of the portal share: the key of a form, what was typed, files judged before anything is written.

Every form works without a script: a refusal draws the page again with the words that were typed, and says at the
field what is missing.
"""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import request

from admin_app.kernel.errors import Invalid
from admin_app.kernel.text import new_public_id
from admin_app.services.portal.write_message import MOST_FILES
from admin_app.services.store_file import KeptUpload, keep_upload
from admin_app.storage.content import IN_WORDS
from admin_app.storage.folder import FolderStorage
from admin_app.web.login import release_transaction, settings

FILES_HELP = f"At most {MOST_FILES}: {IN_WORDS}."


def typed(name: str) -> str:
    """What was typed into a field; "" where it was not sent."""
    return request.form.get(name, "")


def form_key() -> str:
    """The key under which this form acts once: the one it came with, else a new one."""
    return request.form.get("key") or new_public_id()


def kept_uploads(name: str = "files") -> list[KeptUpload]:
    """The files that came with the form, judged by content and kept in the store, waiting for their rows.

    Gives the transaction back first, for pictures take their time: load what the form is about anew afterwards.  Raises
    Invalid for what is not kept, naming the file; nothing of the form is kept then.
    """
    arrived = [file for file in request.files.getlist(name) if file.filename]
    if not arrived:
        return []
    if len(arrived) > MOST_FILES:
        sentence = f"At most {MOST_FILES} files go at once; send the others afterwards"
        raise Invalid(sentence, {name: sentence})
    release_transaction()
    store = FolderStorage(settings().files)
    kept = []
    for file in arrived:
        try:
            kept.append(keep_upload(store, cast(BinaryIO, file.stream), file.filename or "file"))
        except Invalid as refusal:
            shown = "".join(c for c in (file.filename or "") if c.isprintable())[:80]
            sentence = f"{shown} cannot be sent: {refusal.sentence}"
            raise Invalid(sentence, {name: sentence}) from None
    return kept
