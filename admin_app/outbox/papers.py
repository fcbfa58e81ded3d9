"""The papers that go along with a mail, drawn when it is sent: from frozen text, so they say what was queued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM
from admin_app.outbox.mail import Paper
from admin_app.services.papers.paper_of import content_of, file_name, find, pdf_of
from admin_app.storage.folder import FolderStorage


def draw_papers(storage: FolderStorage, session: Session, wanted: Sequence[Mapping[str, Any]]) -> list[Paper]:
    """The PDFs and pictures of a message; raises a Refusal for a record that is gone or a paper that is not drawn."""
    return [_draw(storage, session, one) for one in wanted]


def _draw(storage: FolderStorage, session: Session, one: Mapping[str, Any]) -> Paper:
    if "store_key" in one:
        with storage.open(str(one["store_key"])) as stream:
            return Paper(str(one["name"]), stream.read(), str(one.get("kind", "application/pdf")))
    word = str(one["paper"])
    record = find(session, word, int(one["id"]), SYSTEM)
    return Paper(file_name(content_of(session, word, record)), pdf_of(session, storage, word, record))
