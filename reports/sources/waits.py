"""How long bills waited for their money: one row an issued invoice, as it was known at the end of a day [132, L11].

Paid is one that is not open any more and that money has settled, on the day from which the last of that money counts
for it; a part paid earlier waits with the rest.  One that a credit note settled asked for nothing and is left out; one
that was written off was never paid.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select

from admin_app.models import Allocation, CustomerGroup, Invoice, InvoiceState, WriteOff
from reports.sources.receivables import RECEIVABLE

LOOKED_BACK = timedelta(days=3 * 365)
"""Older bills tell little of how people pay now."""
MOST = 50_000
"""The latest bills of which is learned: more sharpen nothing and take their time."""
COLUMNS = ("invoice", "customer", "segment", "issued", "due", "paid", "amount_minor")


def waits(as_of: date, currency: str) -> Select[Any]:
    """The `COLUMNS` of each invoice of a currency, the latest first; `paid` is empty where it was open or lost."""
    latest = (
        select(Invoice)
        .where(
            Invoice.state == InvoiceState.ISSUED,
            Invoice.issued_on <= as_of,
            Invoice.issued_on > as_of - LOOKED_BACK,
            Invoice.currency == currency,
        )
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(MOST)
        .subquery("latest")
    )
    settled, still_open, lost = _settled(as_of, latest), _open(as_of), _lost(as_of)
    bill = latest.c
    is_lost = bill.id.in_(lost)
    came = func.coalesce(settled.c.came, 0)
    left = func.coalesce(still_open.c.amount, 0)
    return (
        select(
            bill.id.label("invoice"),
            bill.group_id.label("customer"),
            CustomerGroup.kind.label("segment"),
            bill.issued_on.label("issued"),
            func.coalesce(bill.due_on, bill.issued_on).label("due"),
            case((still_open.c.invoice_id.is_(None) & ~is_lost, settled.c.paid_on)).label("paid"),
            case((is_lost, bill.total - bill.deducted - bill.retained), else_=came + left).label(
                "amount_minor"
            ),
        )
        .select_from(latest)
        .join(CustomerGroup, CustomerGroup.id == bill.group_id)
        .outerjoin(settled, settled.c.invoice_id == bill.id)
        .outerjoin(still_open, still_open.c.invoice_id == bill.id)
        .where(settled.c.paid_on.is_not(None) | still_open.c.invoice_id.is_not(None) | is_lost)
        .order_by(bill.issued_on.desc(), bill.id.desc())
    )


def _lost(as_of: date) -> Select[Any]:
    """The invoices of which something was written off by that day and stood so."""
    return select(WriteOff.invoice_id).where(
        WriteOff.written_off_on <= as_of, func.coalesce(WriteOff.taken_back_on, date.max) > as_of
    )


def _settled(as_of: date, bills: Any) -> Any:
    """Of each of these invoices what money had settled of it by that day, and when the last of it did."""
    taken_back = select(Allocation.reverses_id).where(
        Allocation.reverses_id > 0,  # a range, which the index answers; few are taken back
        Allocation.effective_on <= as_of,
    )
    return (
        select(
            Allocation.invoice_id,
            func.max(Allocation.effective_on).label("paid_on"),
            func.sum(Allocation.amount).label("came"),
        )
        .where(
            Allocation.amount > 0,
            Allocation.payment_id.is_not(None),
            Allocation.effective_on <= as_of,
            Allocation.id.not_in(taken_back),
            Allocation.invoice_id.in_(select(bills.c.id)),
        )
        .group_by(Allocation.invoice_id)
        .subquery("settled")
    )


def _open(as_of: date) -> Any:
    """The rows of the receivable, one an invoice."""
    picked = [one.pick(("invoice_id", "amount")) for one in RECEIVABLE.rows(as_of)]
    rows = picked[0].union_all(*picked[1:]).subquery("open_rows")
    return (
        select(rows.c.invoice_id, func.sum(rows.c.amount).label("amount"))
        .group_by(rows.c.invoice_id)
        .subquery("still_open")
    )
