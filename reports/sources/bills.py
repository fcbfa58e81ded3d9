"""The rows of bills: an issued invoice, a credit note, each on its own day [M25, M36].

A voided invoice was a mistake and counts nowhere (its entry is reversed on its own date, M13).  A deposit invoice
counts when it is issued; the bill that deducts it counts less its net, so that nothing is counted twice [M21].
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from admin_app.models import CreditNote, CustomerGroup, DepositUse, Invoice, InvoiceState
from reports.sources.base import Part, part
from reports.sources.whose import estimator, lead_source


def brand_of(own: Any, group_id: Any) -> ColumnElement[Any]:
    """A document's own brand, or its customer's."""
    customers = select(CustomerGroup.brand_id).where(CustomerGroup.id == group_id).scalar_subquery()
    return func.coalesce(own, customers)


def issued(as_of: date) -> tuple[ColumnElement[bool], ...]:
    """The invoices that stood issued at the end of a day."""
    return Invoice.state == InvoiceState.ISSUED, Invoice.issued_on <= as_of


def of_deposits(column: Any) -> ColumnElement[Any]:
    """The sum of a column of the deposits that an invoice deducts (minor units)."""
    used = (
        select(func.coalesce(func.sum(column), 0))
        .where(DepositUse.invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    return case((Invoice.deducted > 0, used), else_=0)


def net_of_deposits() -> ColumnElement[Any]:
    """What an invoice bills net of tax, less the net of the deposits that it deducts (minor units)."""
    return Invoice.total - Invoice.tax - of_deposits(DepositUse.net)


def columns_of_invoice() -> dict[str, Any]:
    """The columns of a row that come from its invoice, but day, amount and customer."""
    return {
        "brand_id": brand_of(Invoice.brand_id, Invoice.group_id),
        "project_id": Invoice.project_id,
        "invoice_id": Invoice.id,
        "document_kind": Invoice.kind,
        "user_id": estimator(),
        "source": lead_source(Invoice.project_id, Invoice),
    }


def invoice_part(as_of: date, amount: Any, currency: Any = Invoice.currency) -> Part:
    """One row an issued invoice, on its issue date."""
    return part(
        Invoice,
        "invoice",
        Invoice.id,
        where=issued(as_of),
        day=Invoice.issued_on,
        group_id=Invoice.group_id,
        amount=amount,
        currency=currency,
        title=Invoice.number,
        **columns_of_invoice(),
    )


def credit_part(as_of: date, amount: Any, **more: Any) -> Part:
    """One row a credit note, on its own date, with the project, kind and estimator of the invoice that it credits."""
    # Each has its invoice; an outer join keeps SQLite from beginning with all of those.
    credited = CreditNote.__table__.outerjoin(Invoice.__table__, Invoice.id == CreditNote.invoice_id)
    return part(
        credited,
        "credit note",
        CreditNote.id,
        where=(CreditNote.issued_on <= as_of,),
        day=CreditNote.issued_on,
        group_id=CreditNote.group_id,
        amount=amount,
        currency=CreditNote.currency,
        title=CreditNote.number,
        **columns_of_invoice() | {"brand_id": CreditNote.brand_id} | more,
    )


BY_DOCUMENT = frozenset({"brand_id", "project_id", "invoice_id", "document_kind", "user_id", "source"})
"""The columns that rows of bills have besides the core."""
