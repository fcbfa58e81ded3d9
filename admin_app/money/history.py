"""Imported documents enter the books in bulk: a few statements for millions of rows (design section 11).

The import writes the documents (invoices with lines, payments, allocations, refunds) with the id of its run; here each
gets its journal entry, effective on the day of the document and recorded now.  One call after the rows are there::

    post_history(connection, run_id, at=clock.now(), actor=actor.name)
    refresh_balances(connection, groups_of_run(run_id))

Drafts post nothing; a void invoice posts its issue and the reversal on the same day; documents of nothing post
nothing; what has an entry already is passed over, so that a run which stopped half-way can be resumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    String,
    Table,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    text,
    union_all,
)

from admin_app.models import EntryKind, InvoiceState, PaymentState
from admin_app.money import accounts
from admin_app.money.dirty import mark_run
from admin_app.money.invariants.check import (
    ALLOCATION,
    ENTRY,
    INVOICE,
    PAYMENT,
    POSTING,
    REFUND,
    TAX,
    as_text,
    or_zero,
    total,
    whole,
)

Side = tuple[Any, Any]
"""An account and the amount that goes on it (minor units, debit positive)."""


def post_history(connection: Connection, run_id: int, *, at: datetime, actor: str) -> None:
    """Write the entries and postings of everything that the import run brought and that has none yet.

    The days of its documents are marked, so that kept totals follow [L1].  The caller's transaction holds; one writer
    a run.
    """
    if connection.dialect.name == "postgresql":
        # Millions of rows take longer than a page may.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    scribe = _Scribe(connection, run_id, at, actor, connection.scalar(select(func.max(ENTRY.c.id))) or 0)
    _post_invoices(scribe)
    _post_payments(scribe)
    _post_allocations(scribe)
    _post_refunds(scribe)
    mark_run(connection, run_id, at)


def groups_of_run(run_id: int) -> Select[Any]:
    """The customers whose money a run touched, as a select of their ids."""
    touched = [
        select(table.c.group_id).where(table.c.import_run_id == run_id)
        for table in (INVOICE, PAYMENT, ALLOCATION, REFUND)
    ]
    together = touched[0].union(*touched[1:]).subquery()
    return select(together.c.group_id)


def _post_invoices(scribe: _Scribe) -> None:
    """receivable / revenue, tax by name; tax without known rates on an account of its own."""
    known = (
        select(TAX.c.invoice_id, total(TAX.c.amount).label("sum"))
        .where(TAX.c.invoice_id.in_(select(INVOICE.c.id).where(INVOICE.c.import_run_id == scribe.run_id)))
        .group_by(TAX.c.invoice_id)
        .subquery()
    )
    scribe.enter(
        "invoice", EntryKind.INVOICE, INVOICE, INVOICE.c.issued_on, INVOICE.c.state != InvoiceState.DRAFT
    )
    scribe.post(
        "invoice",
        INVOICE,
        (literal(accounts.RECEIVABLE), whole(INVOICE.c.total)),
        (literal(accounts.REVENUE), whole(INVOICE.c.tax) - whole(INVOICE.c.total)),
    )
    scribe.post(
        "invoice",
        INVOICE,
        (literal(accounts.TAX) + TAX.c.name, -whole(TAX.c.amount)),
        through=(TAX, TAX.c.invoice_id == INVOICE.c.id),
    )
    scribe.post(
        "invoice",
        INVOICE,
        (literal(accounts.TAX_AS_IMPORTED), or_zero(known.c.sum) - whole(INVOICE.c.tax)),
        through=(known, known.c.invoice_id == INVOICE.c.id),
    )
    scribe.reverse_void_invoices()


def _post_payments(scribe: _Scribe) -> None:
    """cash / advances, tips."""
    scribe.enter(
        "payment", EntryKind.PAYMENT, PAYMENT, PAYMENT.c.paid_on, PAYMENT.c.state == PaymentState.RECEIVED
    )
    scribe.post(
        "payment",
        PAYMENT,
        (literal(accounts.CASH) + as_text(PAYMENT.c.method), whole(PAYMENT.c.amount)),
        (literal(accounts.ADVANCES), whole(PAYMENT.c.tip) - whole(PAYMENT.c.amount)),
        (literal(accounts.TIPS), -whole(PAYMENT.c.tip)),
    )


def _post_allocations(scribe: _Scribe) -> None:
    """advances / receivable; what takes another allocation back is a reversal of its entry."""
    scribe.enter(
        "allocation", EntryKind.ALLOCATION, ALLOCATION, ALLOCATION.c.effective_on, ALLOCATION.c.amount > 0
    )
    scribe.enter_taken_back()
    scribe.post(
        "allocation",
        ALLOCATION,
        (literal(accounts.ADVANCES), whole(ALLOCATION.c.amount)),
        (literal(accounts.RECEIVABLE), -whole(ALLOCATION.c.amount)),
    )


def _post_refunds(scribe: _Scribe) -> None:
    """advances / cash."""
    scribe.enter("refund", EntryKind.REFUND, REFUND, REFUND.c.refunded_on, REFUND.c.amount > 0)
    scribe.post(
        "refund",
        REFUND,
        (literal(accounts.ADVANCES), whole(REFUND.c.amount)),
        (literal(accounts.CASH) + as_text(REFUND.c.method), -whole(REFUND.c.amount)),
    )


@dataclass(frozen=True, slots=True)
class _Scribe:
    """Writes the entries of one run; `before` is the last entry that was there when it began."""

    connection: Connection
    run_id: int
    at: datetime
    actor: str
    before: int

    def enter(self, document: str, kind: EntryKind, table: Table, day: Any, which: Any) -> None:
        """One entry for each document of the run that moves money and has no entry yet."""
        moves_money = table.c.total != 0 if table is INVOICE else table.c.amount != 0
        self._insert_entries(
            self._entry(kind, document, table.c.id, day, cast(null(), BigInteger))
            .where(table.c.import_run_id == self.run_id, which, moves_money, ~_is_booked(document, table))
            .order_by(table.c.id)
        )

    def enter_taken_back(self) -> None:
        """Entries of allocations that take another one back, each naming the entry of the other."""
        self._insert_entries(
            self._entry(
                EntryKind.REVERSAL, "allocation", ALLOCATION.c.id, ALLOCATION.c.effective_on, ENTRY.c.id
            )
            .join(
                ENTRY,
                and_(ENTRY.c.document == "allocation", ENTRY.c.document_id == ALLOCATION.c.reverses_id),
            )
            .where(ALLOCATION.c.import_run_id == self.run_id, ~_is_booked("allocation", ALLOCATION, "booked"))
            .order_by(ALLOCATION.c.id)
        )

    def post(self, document: str, table: Table, *sides: Side, through: tuple[Any, Any] | None = None) -> None:
        """The postings of this run's new entries: one for each side that is not zero."""
        source = ENTRY.join(table, table.c.id == ENTRY.c.document_id)
        if through is not None:
            source = source.join(through[0], through[1], isouter=through[0] is not TAX)
        rows = [
            select(ENTRY.c.id, account, table.c.group_id, amount, table.c.currency)
            .select_from(source)
            .where(self._is_new(), ENTRY.c.document == document, amount != 0)
            for account, amount in sides
        ]
        self._insert_postings(union_all(*rows) if len(rows) > 1 else rows[0])

    def reverse_void_invoices(self) -> None:
        """Issued and voided on the same day: a second entry with the sides turned."""
        self._insert_entries(
            self._entry(EntryKind.REVERSAL, "invoice", INVOICE.c.id, INVOICE.c.issued_on, ENTRY.c.id)
            .join(ENTRY, and_(ENTRY.c.document == "invoice", ENTRY.c.document_id == INVOICE.c.id))
            .where(self._is_new(), INVOICE.c.state == InvoiceState.VOID)
            .order_by(INVOICE.c.id)
        )
        self._insert_postings(
            select(
                ENTRY.c.id,
                POSTING.c.account,
                POSTING.c.group_id,
                -whole(POSTING.c.amount),
                POSTING.c.currency,
            )
            .join(POSTING, POSTING.c.entry_id == ENTRY.c.reverses_id)
            .where(self._is_new(), ENTRY.c.kind == EntryKind.REVERSAL, ENTRY.c.document == "invoice")
        )

    def _is_new(self) -> Any:
        return and_(ENTRY.c.import_run_id == self.run_id, ENTRY.c.id > self.before)

    def _entry(
        self, kind: EntryKind, document: str, document_id: Any, day: Any, reverses_id: Any
    ) -> Select[Any]:
        return select(
            cast(literal(kind.value), String),
            literal(document),
            document_id,
            day,
            literal(self.at, ENTRY.c.recorded_at.type),
            literal(self.actor),
            reverses_id,
            cast(literal(self.run_id), BigInteger),
        )

    def _insert_entries(self, rows: Select[Any]) -> None:
        columns = [
            "kind",
            "document",
            "document_id",
            "effective_on",
            "recorded_at",
            "actor",
            "reverses_id",
            "import_run_id",
        ]
        self.connection.execute(ENTRY.insert().from_select(columns, rows))

    def _insert_postings(self, rows: Any) -> None:
        columns = ["entry_id", "account", "group_id", "amount", "currency"]
        self.connection.execute(POSTING.insert().from_select(columns, rows))


def _is_booked(document: str, table: Table, name: str = "booked") -> Any:
    """Whether a document has an entry already."""
    booked = ENTRY.alias(name)
    return exists().where(booked.c.document == document, booked.c.document_id == table.c.id)
