"""What came along with a mail goes into the store, judged by its content like every upload (security.md)."""

from __future__ import annotations

from io import BytesIO

from admin_app.kernel.errors import Invalid
from admin_app.services.inbound.read_mail import ReadMail
from admin_app.services.store_file import KeptUpload, keep_upload
from admin_app.storage.folder import FolderStorage


def keep_files(storage: FolderStorage, mail: ReadMail) -> tuple[ReadMail, list[KeptUpload]]:
    """Store the files of a mail; what is not kept is said in the mail's own `left_out`.

    Call it with no transaction open.
    """
    kept, refused = [], []
    for file in mail.files:
        try:
            kept.append(keep_upload(storage, BytesIO(file.content), file.name))
        except Invalid as refusal:
            refused.append(f"{file.name} was not kept. {refusal.sentence}.")
    return mail.without_files(*refused), kept
