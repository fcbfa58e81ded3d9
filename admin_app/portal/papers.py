"""Papers of the portal: the frozen document as PDF, always an attachment, and written down as taken away [L19, 60]."""

from __future__ import annotations

import io

from flask import Response, send_file

from admin_app.models import CreditNote, Estimate, Invoice
from admin_app.portal.seen import note_downloaded, note_opened
from admin_app.services.messages.about import word_of
from admin_app.services.papers.freeze import snapshot_of
from admin_app.services.papers.paper_of import content_of, file_name, pdf_of
from admin_app.storage.folder import FolderStorage
from admin_app.web.company import office_session
from admin_app.web.login import settings

Frozen = Estimate | Invoice | CreditNote


def note_paper_opened(record: Frozen) -> None:
    """The client looks at this document, in the version that is frozen now."""
    note_opened(record, _hash_of(record))


def frozen_paper(record: Frozen) -> Response:
    """The document as it was sent or issued, on paper."""
    session, word = office_session(), word_of(record)
    pdf = pdf_of(session, FolderStorage(settings().files), word, record)
    name = file_name(content_of(session, word, record))
    note_downloaded(record, _hash_of(record))
    return sent_pdf(pdf, name)


def sent_pdf(pdf: bytes, name: str) -> Response:
    """A PDF under this name."""
    return send_file(io.BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=name)


def _hash_of(record: Frozen) -> str | None:
    frozen = snapshot_of(office_session(), record)
    return frozen.sha256 if frozen is not None else None
