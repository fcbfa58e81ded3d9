"""What is still to do before a month is closed, in numbers [91, M34]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import (
    BankLine,
    BankLineState,
    Company,
    ExportedEntry,
    Invoice,
    InvoiceState,
    JournalEntry,
    JournalExport,
)
from admin_app.policy import Permission, demand, visible

EXPORTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Checklist:
    """Counts as of the last day of a month; `locked_until` is the company's."""

    starts_on: date
    ends_on: date
    open_lines: int
    """Lines of the bank up to the last day that nobody has worked off."""
    drafts: int
    """Drafts of invoices that wait, of any day."""
    entries: int
    """Entries of the journal up to the last day."""
    not_exported: int
    """Entries of the month that have not left yet."""
    locked_until: date | None

    @property
    def is_locked(self) -> bool:
        """Whether nothing can be booked into the month any more."""
        return self.locked_until is not None and self.locked_until >= self.ends_on


def read_checklist(session: Session, actor: Actor, ends_on: date) -> Checklist:
    """The counts of the month that ends on `ends_on`; raises NotAllowed.  Five statements."""
    demand(actor, Permission.PERIOD_LOCK)
    starts_on = ends_on.replace(day=1)

    def count(query: Select[int]) -> int:
        return int(session.scalar(query) or 0)

    up_to = JournalEntry.effective_on <= ends_on
    return Checklist(
        starts_on,
        ends_on,
        open_lines=count(
            select(func.count(BankLine.id)).where(
                BankLine.state == BankLineState.OPEN, BankLine.booked_on <= ends_on
            )
        ),
        drafts=count(select(func.count(Invoice.id)).where(Invoice.state == InvoiceState.DRAFT)),
        entries=count(select(func.count(JournalEntry.id)).where(up_to)),
        not_exported=count(
            select(func.count(JournalEntry.id)).where(
                up_to,
                JournalEntry.effective_on >= starts_on,
                JournalEntry.id.not_in(select(ExportedEntry.entry_id)),
            )
        ),
        locked_until=session.scalar(select(Company.locked_until)),
    )


def exports_so_far(session: Session, actor: Actor) -> list[JournalExport]:
    """The files that went to the adviser, the latest first."""
    query = select(JournalExport).order_by(JournalExport.id.desc()).limit(EXPORTS_SHOWN)
    return list(session.scalars(visible(actor, query)))
