"""Many drafts issued and sent in one step, with a result for each: what the To invoice tray does [A77].

Each draft is its own savepoint: one that is refused leaves the others issued, and its number is not lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound, Refusal
from admin_app.models import Invoice, InvoiceState
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.papers.send import mail_paper

MOST_AT_ONCE = 200
"""Invoices that one press of the button issues."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of one draft: its number, or why it stayed a draft; `sent_to`, or why it was not sent."""

    invoice_id: int
    title: str
    number: str | None = None
    total: int = 0
    currency: str = ""
    refusal: str = ""
    sent_to: str = ""
    not_sent: str = ""


def issue_many(
    session: Session, invoice_ids: Sequence[int], actor: Actor, clock: Clock, *, send: bool
) -> list[Issued]:
    """Issue these drafts, oldest first, and send each to its customer's first contact if `send`.

    Raises NotAllowed; everything else is the result of its row.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    return [
        _issue(session, invoice_id, actor, clock, send=send)
        for invoice_id in sorted(set(invoice_ids))[:MOST_AT_ONCE]
    ]


def _issue(session: Session, invoice_id: int, actor: Actor, clock: Clock, *, send: bool) -> Issued:
    invoice = session.scalar(policy.visible(actor, select(Invoice).where(Invoice.id == invoice_id)))
    if invoice is None:
        return Issued(invoice_id, "", refusal=NotFound("There is no such invoice").sentence)
    title = f"{invoice.group.name}: {invoice.title or 'Invoice'}"
    if invoice.state is InvoiceState.ISSUED:
        return Issued(invoice_id, title, invoice.number, refusal="It is issued already")
    try:
        with session.begin_nested():
            issue_invoice(session, invoice, actor, clock)
    except Refusal as refusal:
        return Issued(invoice_id, title, refusal=refusal.sentence)
    sent_to, why_not = _send(session, invoice, actor, clock) if send else ("", "")
    return Issued(
        invoice_id,
        title,
        invoice.number,
        invoice.total,
        invoice.currency,
        sent_to=sent_to,
        not_sent=why_not,
    )


def _send(session: Session, invoice: Invoice, actor: Actor, clock: Clock) -> tuple[str, str]:
    """To whom it went, or why it did not; the invoice is issued either way."""
    key = hashlib.sha256(f"issue {invoice.public_id}".encode()).hexdigest()[:20]
    try:
        with session.begin_nested():
            sent = mail_paper(session, "invoice", invoice, actor, clock, key)
    except Refusal as refusal:
        return "", refusal.sentence
    return ", ".join(message.recipient for message in sent), ""
