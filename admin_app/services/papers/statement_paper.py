"""What a statement of account says on paper: opening balance, every entry, and what is to pay [90]."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from admin_app.documents.content import (
    DocumentContent,
    Fact,
    PaperKind,
    RowKind,
    StatementRow,
    Sums,
    TotalRow,
)
from admin_app.kernel.money import Money
from admin_app.models import CustomerGroup
from admin_app.records.statement_of_account import Account
from admin_app.services.papers.parties import letterhead


def statement_content(session: Session, group: CustomerGroup, account: Account) -> DocumentContent:
    """The account on the letterhead of the customer's brand; a positive balance can be paid by its code."""
    head = letterhead(session, group)
    words = head.words

    def written(minor: int) -> str:
        return str(Money(minor, account.currency))

    rows = [
        StatementRow(
            row.on,
            row.document,
            written(row.balance),
            row.text or None,
            debit=written(row.amount) if row.amount > 0 else None,
            credit=written(-row.amount) if row.amount < 0 else None,
        )
        for row in account.rows
    ]
    if account.opening or not rows:
        day = account.starts_on or account.ends_on
        rows.insert(0, StatementRow(day, words("opening"), written(account.opening)))
    due = max(0, account.closing)
    return DocumentContent(
        kind=PaperKind.STATEMENT,
        currency=account.currency,
        sender=head.sender,
        recipient=head.recipient,
        language=head.language,
        title=_period(account, words.day),
        issued_on=account.ends_on,
        facts=(Fact(words("customer"), customer_number(group)),),
        statement=tuple(rows),
        totals=(TotalRow(words("balance"), written(account.closing), RowKind.STRONG),),
        sums=Sums(written(due), written(0), written(due), written(0), written(due), written(0), written(due)),
        payment_reference=customer_number(group),
    )


def customer_number(group: CustomerGroup) -> str:
    """By what a customer is told apart on statements and in the journal that leaves."""
    return f"C-{group.id:05d}"


def _period(account: Account, day: Callable[[date], str]) -> str:
    """ "1 January 2026 – 31 March 2026"."""
    end = day(account.ends_on)
    begin = account.starts_on or (account.rows[0].on if account.rows else None)
    return f"{day(begin)} – {end}" if begin else end
