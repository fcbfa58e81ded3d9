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
    settled = _settled(as_of)
    still_open = _open(as_of)
    lost = select(WriteOff.invoice_id).where(
        WriteOff.written_off_on <= as_of, func.coalesce(WriteOff.taken_back_on, date.max) > as_of
    )
    is_lost = Invoice.id.in_(lost)
    payable = Invoice.total - Invoice.deducted - Invoice.retained
    came = func.coalesce(settled.c.came, 0)
    left = func.coalesce(still_open.c.amount, 0)
    return (
        select(
            Invoice.id.label("invoice"),
            Invoice.group_id.label("customer"),
            CustomerGroup.kind.label("segment"),
            Invoice.issued_on.label("issued"),
            func.coalesce(Invoice.due_on, Invoice.issued_on).label("due"),
            case((still_open.c.invoice_id.is_(None) & ~is_lost, settled.c.paid_on)).label("paid"),
            case((is_lost, payable), else_=came + left).label("amount_minor"),
        )
        .join(CustomerGroup, CustomerGroup.id == Invoice.group_id)
        .outerjoin(settled, settled.c.invoice_id == Invoice.id)
        .outerjoin(still_open, still_open.c.invoice_id == Invoice.id)
        .where(
            Invoice.state == InvoiceState.ISSUED,
            Invoice.issued_on <= as_of,
            Invoice.issued_on > as_of - LOOKED_BACK,
            Invoice.currency == currency,
            settled.c.paid_on.is_not(None) | still_open.c.invoice_id.is_not(None) | is_lost,
        )
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(MOST)
    )


def _settled(as_of: date) -> Any:
    """Of each invoice what money had settled of it by that day, and when the last of it did."""
    taken_back = select(Allocation.reverses_id).where(
        Allocation.reverses_id.is_not(None), Allocation.effective_on <= as_of
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
