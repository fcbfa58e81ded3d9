"""What waits to be invoiced: drafts of contracts and plans, oldest first, with what they come to [A77, row 65]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor
from admin_app.models import CustomerGroup, Invoice, InvoiceLine, InvoiceState
from admin_app.policy import visible

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft in the tray; `asks` is what it will ask for, less deposits and what is held back."""

    invoice: Invoice
    lines: int
    since: datetime

    @property
    def asks(self) -> int:
        """Minor units."""
        return self.invoice.total - self.invoice.deducted - self.invoice.retained


def in_the_tray() -> ColumnElement[bool]:
    """The drafts that wait: made here, with at least one line."""
    lines = exists().where(InvoiceLine.invoice_id == Invoice.id)
    return (Invoice.state == InvoiceState.DRAFT) & Invoice.imported.is_(False) & lines


def asked_for() -> ColumnElement[int]:
    """What a draft will ask for, in minor units, as the database reckons it; see `Waiting.asks`."""
    return Invoice.total - Invoice.deducted - Invoice.retained


def waiting(session: Session, actor: Actor, only: Select[Any] | None = None) -> list[Waiting]:
    """The drafts that have lines, oldest first, at most 200; in one statement.

    `only` is a select of the ids that are wanted, such as those of one brand.
    """
    count = (
        select(func.count())
        .select_from(InvoiceLine)
        .where(InvoiceLine.invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    query = (
        select(Invoice, count.label("lines"))
        .join(CustomerGroup, CustomerGroup.id == Invoice.group_id)
        .options(contains_eager(Invoice.group))
        .where(in_the_tray())
        .order_by(Invoice.id)
        .limit(MOST_SHOWN)
    )
    if only is not None:
        query = query.where(Invoice.id.in_(only))
    rows = session.execute(visible(actor, query))
    return [Waiting(invoice, lines, invoice.created_at) for invoice, lines in rows]
