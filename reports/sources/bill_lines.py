"""What was billed, line by line: the rows of `invoiced` cut finer, to the same cent.

Net of a document = its lines − discount − tax that its prices contain − deposits; each of these is a row of its own,
and what no line explains (an invoice that moved in without its lines) is one too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, literal, select

from admin_app.models import CreditNote, CreditNoteLine, DepositUse, Invoice, InvoiceLine
from reports.sources.base import Part, Source, part
from reports.sources.bills import (
    BY_DOCUMENT,
    columns_of_invoice,
    credit_part,
    invoice_part,
    issued,
)

DISCOUNT = "Discount"
TAX_IN_PRICES = "Tax in prices"
DEPOSITS = "Deposits billed before"
NO_LINE = "Not on a line"
"""The services of rows that are no line."""


def _keyed(name: str, key: Any) -> ColumnElement[Any]:
    """The key of a row that is a piece of a document."""
    return literal(f"{name}:") + cast(key, String)


def _line_part(as_of: date) -> Part:
    lines = InvoiceLine.__table__.join(Invoice.__table__, Invoice.id == InvoiceLine.invoice_id)
    return part(
        lines,
        "invoice",
        Invoice.id,
        where=issued(as_of),
        row=_keyed("invoice line", InvoiceLine.id),
        day=Invoice.issued_on,
        group_id=Invoice.group_id,
        amount=InvoiceLine.net,
        currency=Invoice.currency,
        title=Invoice.number,
        service=InvoiceLine.description,
        **columns_of_invoice(),
    )


def _deposit_part(as_of: date) -> Part:
    uses = DepositUse.__table__.join(Invoice.__table__, Invoice.id == DepositUse.invoice_id)
    return part(
        uses,
        "invoice",
        Invoice.id,
        where=(*issued(as_of), Invoice.deducted > 0),
        row=_keyed("deposit use", DepositUse.id),
        day=Invoice.issued_on,
        group_id=Invoice.group_id,
        amount=-DepositUse.net,
        currency=Invoice.currency,
        title=Invoice.number,
        service=DEPOSITS,
        **columns_of_invoice(),
    )


def _whole_invoice(as_of: date, name: str, amount: Any, service: str, where: Any) -> Part:
    """One row an invoice for what stands on none of its lines."""
    whole = invoice_part(as_of, amount)
    own = {"row": _keyed(name, Invoice.id), "service": literal(service)}
    return replace(whole, columns={**whole.columns, **own}, conditions=(*whole.conditions, where))


def _unexplained() -> ColumnElement[Any]:
    """Net of an invoice less all that its lines, discount and tax say (minor units)."""
    lines = (
        select(func.coalesce(func.sum(InvoiceLine.net), 0))
        .where(InvoiceLine.invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    return Invoice.total - Invoice.tax - (lines - Invoice.discount - _tax_in_prices())


def _tax_in_prices() -> ColumnElement[Any]:
    return case((Invoice.prices_include_tax.is_(True), Invoice.tax), else_=0)


def _credit_line_part(as_of: date) -> Part:
    lines = CreditNoteLine.__table__.join(
        CreditNote.__table__, CreditNote.id == CreditNoteLine.credit_note_id
    ).join(Invoice.__table__, Invoice.id == CreditNote.invoice_id)
    return part(
        lines,
        "credit note",
        CreditNote.id,
        where=(CreditNote.issued_on <= as_of,),
        row=_keyed("credit note line", CreditNoteLine.id),
        day=CreditNote.issued_on,
        group_id=CreditNote.group_id,
        amount=-CreditNoteLine.net,
        currency=CreditNote.currency,
        title=CreditNote.number,
        service=CreditNoteLine.description,
        **columns_of_invoice() | {"brand_id": CreditNote.brand_id},
    )


def _credit_rest_part(as_of: date) -> Part:
    lines = (
        select(func.coalesce(func.sum(CreditNoteLine.net), 0))
        .where(CreditNoteLine.credit_note_id == CreditNote.id)
        .correlate(CreditNote)
        .scalar_subquery()
    )
    rest = lines - CreditNote.subtotal
    whole = credit_part(
        as_of,
        rest,
        row=_keyed("credit note rest", CreditNote.id),
        service=case((Invoice.prices_include_tax.is_(True), TAX_IN_PRICES), else_=NO_LINE),
    )
    return replace(whole, conditions=(*whole.conditions, rest != 0))


def _lines(as_of: date) -> tuple[Part, ...]:
    return (
        _line_part(as_of),
        _whole_invoice(as_of, "invoice discount", -Invoice.discount, DISCOUNT, Invoice.discount != 0),
        _whole_invoice(
            as_of, "invoice tax", -Invoice.tax, TAX_IN_PRICES, Invoice.prices_include_tax.is_(True)
        ),
        _deposit_part(as_of),
        _whole_invoice(as_of, "invoice rest", _unexplained(), NO_LINE, _unexplained() != 0),
        _credit_line_part(as_of),
        _credit_rest_part(as_of),
    )


BILL_LINES = Source(
    "bill_lines",
    "Lines of issued invoices and credit notes net of tax, with discounts and deposits as rows of their own.",
    (Invoice, CreditNote),
    _lines,
    BY_DOCUMENT | {"service"},
)
