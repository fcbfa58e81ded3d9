"""What was sent, issued or signed is frozen: canonical text and its hash, written once [M11, L9, I10].

The paper of a frozen document is drawn from this text alone, so that no later edit of the customer, the brand or an
address changes what went out.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.documents.content import DocumentContent, canonical, content_from_json, content_hash
from admin_app.documents.e_invoice_rules import check_e_invoice
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import (
    Brand,
    CreditNote,
    CustomerGroup,
    DocumentSnapshot,
    Estimate,
    FrozenKind,
    GroupKind,
    Invoice,
    InvoiceState,
    Refund,
)
from admin_app.services.facts import Said
from admin_app.services.papers.bill_paper import credit_note_content, invoice_content
from admin_app.services.papers.estimate_paper import estimate_content
from admin_app.services.papers.receipt_paper import refund_content

Frozen = Estimate | Invoice | CreditNote | Refund

_KINDS: dict[type[Any], tuple[FrozenKind, Any]] = {
    Estimate: (FrozenKind.ESTIMATE, estimate_content),
    Invoice: (FrozenKind.INVOICE, invoice_content),
    CreditNote: (FrozenKind.CREDIT_NOTE, credit_note_content),
    Refund: (FrozenKind.REFUND, refund_content),
}


def kind_of(document: Frozen) -> FrozenKind:
    """Under which word a document is frozen."""
    return _KINDS[type(document)][0]


def freeze(session: Session, document: Frozen, clock: Clock) -> DocumentSnapshot:
    """Keep what a document says now; one that is frozen already stays as it is."""
    return snapshot_of(session, document) or _keep(session, document, clock, version=1)


def _keep(session: Session, document: Frozen, clock: Clock, version: int) -> DocumentSnapshot:
    kind, say = _KINDS[type(document)]
    frozen = canonical(say(session, document))
    total = document.amount if isinstance(document, Refund) else document.total
    snapshot = DocumentSnapshot(
        kind=kind,
        document_id=document.id,
        version=version,
        content=frozen.decode(),
        sha256=content_hash(frozen),
        total=total,
        created_at=clock.now(),
    )
    session.add(snapshot)
    session.flush()  # a signature or a mail names it by its id
    return snapshot


def snapshot_of(session: Session, document: Frozen) -> DocumentSnapshot | None:
    """What was last frozen of a document; None before it was sent or issued, and of imported ones."""
    return session.scalar(
        select(DocumentSnapshot)
        .where(DocumentSnapshot.kind == kind_of(document), DocumentSnapshot.document_id == document.id)
        .order_by(DocumentSnapshot.version.desc())
        .limit(1)
    )


def thawed(snapshot: DocumentSnapshot) -> DocumentContent:
    """The content of a snapshot; raises Invalid for text that is no document."""
    return content_from_json(json.loads(snapshot.content))


def is_intact(snapshot: DocumentSnapshot) -> bool:
    """Whether the text is still the one that was hashed [I10]."""
    return content_hash(snapshot.content.encode()) == snapshot.sha256


def freeze_what_went_out(
    session: Session, document: Frozen, _actor: Actor, clock: Clock, _said: Said
) -> None:
    """The reaction to a document that was sent or issued.

    Raises Unmet, naming what is missing, for a bill that must carry figures for machines and cannot: better no number
    than a number on a bill that the customer's program refuses.
    """
    snapshot = freeze(session, document, clock)
    if wants_e_invoice(session, document):
        check_e_invoice(thawed(snapshot))


def freeze_what_was_chosen(
    session: Session, estimate: Estimate, _actor: Actor, clock: Clock, _said: Said
) -> None:
    """The reaction to the client's choice of options: the paper that will be signed has them [57, L9].

    What was sent before stays kept beside it.
    """
    sent = snapshot_of(session, estimate)
    if sent is not None and canonical(estimate_content(session, estimate)).decode() != sent.content:
        _keep(session, estimate, clock, version=sent.version + 1)


def wants_e_invoice(session: Session, document: Any) -> bool:
    """Whether this is an issued bill to a business under a brand that sends e-invoices."""
    if isinstance(document, Invoice):
        if document.state is InvoiceState.DRAFT or document.imported:
            return False
    elif not isinstance(document, CreditNote):
        return False
    brand = session.get(Brand, document.brand_id) if document.brand_id is not None else None
    group = session.get_one(CustomerGroup, document.group_id)
    return brand is not None and brand.e_invoice and group.kind is GroupKind.BUSINESS
