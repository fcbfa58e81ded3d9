"""What is billed of a project: its contracts, its bills, and the credits on them [M15, M18, 78]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from admin_app.kernel.actor import Actor
from admin_app.models import CreditNote, Estimate, Invoice, Project
from admin_app.policy import visible


@dataclass(frozen=True, slots=True)
class Bills:
    """The bills of one project, oldest first, and the credit notes on them."""

    invoices: Sequence[Invoice]
    credit_notes: Sequence[CreditNote]

    def credits_of(self, invoice: Invoice) -> list[CreditNote]:
        """The credit notes on one bill."""
        return [note for note in self.credit_notes if note.invoice_id == invoice.id]


def bills_of(session: Session, actor: Actor, project: Project) -> Bills:
    """The bills and credit notes of a project that this person may see, with their lines and taxes; few statements."""
    invoices = session.scalars(
        visible(
            actor,
            select(Invoice)
            .where(Invoice.project_id == project.id)
            .options(selectinload(Invoice.lines), selectinload(Invoice.taxes))
            .order_by(Invoice.id),
        )
    ).all()
    ids = [invoice.id for invoice in invoices]
    notes = session.scalars(
        visible(actor, select(CreditNote).where(CreditNote.invoice_id.in_(ids)).order_by(CreditNote.id))
    ).all()
    return Bills(invoices, notes)


def contracts_of(session: Session, actor: Actor, project: Project) -> list[int]:
    """The first revisions of the project's estimates that were confirmed, without change orders [M15]."""
    confirmed = (
        select(Estimate)
        .where(
            Estimate.project_id == project.id,
            Estimate.confirmed_on.is_not(None),
            Estimate.change_of_id.is_(None),
        )
        .order_by(Estimate.id)
    )
    found: dict[int, None] = {}
    for estimate in session.scalars(visible(actor, confirmed)):
        found.setdefault(estimate.first_id)
    return list(found)
