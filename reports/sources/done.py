"""Work that is done and not invoiced: completed services less what was billed of each [A73-A77, M17]."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, and_, case, cast, func, select, union_all

from admin_app.models import (
    CreditNote,
    CreditNoteLine,
    Estimate,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    Service,
    ServiceState,
    WorkOrder,
)
from reports.sources.base import Part, Source, part
from reports.sources.billing import issued
from reports.sources.contracts import contract_nets
from reports.sources.local_day import before_end_of, local_day
from reports.sources.work import OF_WORK, of_work_order, with_project


def billed_by_line(as_of: date) -> Subquery:
    """What stood billed of each line of a contract, credits taken off: contract_id, line_key, amount."""
    lines = (
        select(Invoice.estimate_id.label("contract_id"), InvoiceLine.line_key, InvoiceLine.net.label("net"))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(*issued(as_of), Invoice.kind != InvoiceKind.DEPOSIT, InvoiceLine.line_key.is_not(None))
    )
    credits = (
        select(Invoice.estimate_id, InvoiceLine.line_key, -CreditNoteLine.net)
        .select_from(CreditNoteLine)
        .join(CreditNote, CreditNote.id == CreditNoteLine.credit_note_id)
        .join(InvoiceLine, InvoiceLine.id == CreditNoteLine.invoice_line_id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            CreditNote.issued_on <= as_of,
            Invoice.kind != InvoiceKind.DEPOSIT,
            InvoiceLine.line_key.is_not(None),
        )
    )
    rows = union_all(lines, credits).subquery()
    return (
        select(rows.c.contract_id, rows.c.line_key, cast(func.sum(rows.c.net), BigInteger).label("amount"))
        .group_by(rows.c.contract_id, rows.c.line_key)
        .subquery()
    )


def _without_tax(amount: Any, net: Any, total: Any) -> ColumnElement[Any]:
    """The share of an amount in prices with tax that is no tax, rounded half away from zero."""
    half = case((amount < 0, -total), else_=total)
    share: ColumnElement[Any] = (2 * amount * net + half) // (2 * total)
    return share


def _not_invoiced(as_of: date) -> Part:
    billed, agreed = billed_by_line(as_of), contract_nets(as_of)
    work = with_project(Service.__table__)
    joined = (
        work.join(Estimate.__table__, Estimate.id == WorkOrder.estimate_id)
        .outerjoin(agreed, agreed.c.contract_id == WorkOrder.estimate_id)
        .outerjoin(
            billed,
            and_(billed.c.contract_id == WorkOrder.estimate_id, billed.c.line_key == Service.line_key),
        )
    )
    left = Service.net - func.coalesce(billed.c.amount, 0)
    net, total = cast(agreed.c.net, BigInteger), cast(agreed.c.total, BigInteger)
    amount = case((and_(Estimate.prices_include_tax, total > 0), _without_tax(left, net, total)), else_=left)
    return part(
        joined,
        "service",
        Service.id,
        where=(
            Service.state == ServiceState.COMPLETED,
            before_end_of(Service.completed_at, as_of),
            left != 0,
        ),
        day=local_day(Service.completed_at),
        amount=amount,
        currency=Estimate.currency,
        title=Service.description,
        estimate_id=WorkOrder.estimate_id,
        **of_work_order(),
    )


WORK_NOT_INVOICED = Source(
    "work_not_invoiced",
    "Completed services at their part of the contract, net of tax, less what was billed of them; deposits do not count "
    "against them.",
    (Service, WorkOrder, Estimate, Invoice, CreditNote),
    lambda as_of: (_not_invoiced(as_of),),
    OF_WORK | {"estimate_id"},
)
