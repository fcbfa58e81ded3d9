"""The paper of a record: the frozen one where it went out, else as it stands today [A59, A76, A79]."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.documents.content import DocumentContent
from admin_app.documents.e_invoice import einvoice_xml, embed
from admin_app.documents.pdf import render_pdf
from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.kernel.text import fold
from admin_app.models import (
    CreditNote,
    Entity,
    Estimate,
    Invoice,
    Payment,
    Refund,
    Signature,
    WorkOrder,
)
from admin_app.policy import visible
from admin_app.services.papers.bill_paper import credit_note_content, invoice_content
from admin_app.services.papers.estimate_paper import estimate_content, signed_part
from admin_app.services.papers.freeze import snapshot_of, thawed, wants_e_invoice
from admin_app.services.papers.receipt_paper import receipt_content, refund_content
from admin_app.services.papers.work_paper import work_order_content
from admin_app.storage.folder import FolderStorage

PAPERS: Mapping[str, tuple[type[Entity], Callable[[Session, Any], DocumentContent]]] = {
    "estimate": (Estimate, estimate_content),
    "workorder": (WorkOrder, work_order_content),
    "invoice": (Invoice, invoice_content),
    "credit-note": (CreditNote, credit_note_content),
    "receipt": (Payment, receipt_content),
    "refund": (Refund, refund_content),
}
"""The word in addresses → its record and what its paper says."""


def find(session: Session, word: str, record_id: int, actor: Actor) -> Entity:
    """The record behind a paper, if this person may see it; raises NotFound."""
    if word not in PAPERS:
        raise NotFound("There is no such paper")
    entity = PAPERS[word][0]
    record: Entity | None = session.scalar(visible(actor, select(entity).where(entity.id == record_id)))
    if record is None:
        raise NotFound(f"There is no such {entity.singular}")
    return record


def content_of(session: Session, word: str, record: Any) -> DocumentContent:
    """What the paper says: the frozen text where there is one; the signature is shown with it."""
    snapshot = (
        snapshot_of(session, record) if isinstance(record, Estimate | Invoice | CreditNote | Refund) else None
    )
    content = thawed(snapshot) if snapshot is not None else PAPERS[word][1](session, record)
    if isinstance(record, Estimate) and record.signatures:
        return _with_signature(content, record.signatures[-1])
    return content


def _with_signature(content: DocumentContent, signature: Signature) -> DocumentContent:
    return replace(content, signed=signed_part(signature))


def pdf_of(session: Session, storage: FolderStorage, word: str, record: Any) -> bytes:
    """The PDF; an issued invoice or credit note to a business carries its figures for machines where its brand does.

    Raises Unmet, naming what is missing, where an e-invoice is wanted and cannot be made.
    """
    content = content_of(session, word, record)
    pdf = render_pdf(content, pictures_of(content, storage))
    return embed(pdf, einvoice_xml(content)) if wants_e_invoice(session, record) else pdf


def pictures_of(content: DocumentContent, storage: FolderStorage) -> dict[str, bytes]:
    """The bytes of logo, photos and drawn signature under their keys; what the store has lost is left out."""
    drawn = content.signed.picture if content.signed else None
    wanted = {content.sender.logo, drawn, *(line.photo for line in content.lines)}
    found: dict[str, bytes] = {}
    for key in wanted - {None}:
        assert key is not None
        try:
            with storage.open(key) as stream:
                found[key] = io.BytesIO(stream.read()).getvalue()
        except (NotFound, OSError):
            continue
    return found


def file_name(content: DocumentContent) -> str:
    """How the file is called: "invoice-N-00012.pdf"; letters of other scripts are left out."""
    named = "-".join(filter(None, (content.kind.value, content.number or content.title or "draft")))
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in fold(named))
    return "-".join(filter(None, plain.split("-"))) + ".pdf"
