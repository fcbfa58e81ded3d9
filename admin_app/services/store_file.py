"""Files that people bring to a customer: judged, kept under a random name, and taken away again [A97, 103].

Two halves, because reading a picture takes longer than a transaction may be open: :func:`keep_upload` stores the bytes
and knows no database; :func:`attach` writes the row that names them.  A file whose row never comes is swept by the
worker, and so is one whose row is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import Attachment, CustomerGroup, Project
from admin_app.policy import Permission, demand, visible
from admin_app.storage.content import ContentType, label_for, type_of
from admin_app.storage.folder import FolderStorage, StoredFile
from admin_app.storage.pictures import preview_of

LARGEST_FILE = 25_000_000
"""Bytes of one file."""
LARGEST_PREVIEW = 2_000_000


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """An upload whose bytes lie in the store, waiting for their row."""

    label: str
    kind: ContentType
    file: StoredFile
    preview_key: str | None

    def row(self, uploaded_by: str, **whose: Any) -> Attachment:
        """The row that names the bytes; `whose` are the columns that say where it belongs."""
        facts: dict[str, Any] = {
            "name": self.label,
            "content_type": self.kind.mime,
            "size": self.file.size,
            "sha256": self.file.sha256,
            "store_key": self.file.key,
            "preview_key": self.preview_key,
            "uploaded_by": uploaded_by[:120],
        }
        return Attachment(**facts | whose)


def keep_upload(storage: FolderStorage, content: BinaryIO, name: str) -> KeptUpload:
    """Decide the type by content, store the bytes and, of a picture, a small one drawn anew.

    Raises Invalid with a sentence for a type that is not kept, too many bytes or pixels, and damaged pictures;
    nothing stays in the store then.  Call it with no transaction open.
    """
    kind = type_of(content, name)
    preview = preview_of(content) if kind.is_picture else None
    kept = storage.store(content, limit=LARGEST_FILE)
    preview_key = storage.store(preview, limit=LARGEST_PREVIEW).key if preview else None
    return KeptUpload(label_for(name, kind), kind, kept, preview_key)


def attach(
    session: Session,
    group: CustomerGroup,
    upload: KeptUpload,
    actor: Actor,
    project: Project | None = None,
) -> Attachment:
    """Write the row of a kept upload; clients do not see it until somebody shares it.

    Raises Unmet for a project of another customer.
    """
    demand(actor, Permission.WORK_WRITE)
    if project is not None and project.group_id != group.id:
        raise Unmet(f"{project.title} is a project of another customer")
    attachment = upload.row(
        actor.name, group_id=group.id, project_id=project.id if project is not None else None
    )
    session.add(attachment)
    session.flush()  # its number names it on the page
    return attachment


def attachment_of(session: Session, group: CustomerGroup, attachment_id: int, actor: Actor) -> Attachment:
    """One file of the customer; raises NotFound for another's and for one that this actor may not see."""
    wanted = select(Attachment).where(Attachment.id == attachment_id, Attachment.group_id == group.id)
    attachment: Attachment | None = session.scalar(visible(actor, wanted))
    if attachment is None:
        raise NotFound("This file is no longer here")
    return attachment
