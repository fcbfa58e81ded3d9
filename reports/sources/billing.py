"""What was billed: issued invoices and credit notes, net, gross and by the line [M21, M25, M36]."""

from __future__ import annotations

from admin_app.models import CreditNote, DepositUse, Invoice
from reports.sources.base import Source
from reports.sources.bill_lines import BILL_LINES
from reports.sources.bills import (
    BY_DOCUMENT,
    brand_of,
    credit_part,
    invoice_part,
    issued,
    net_of_deposits,
    of_deposits,
)

__all__ = [
    "BY_DOCUMENT",
    "CREDIT_NOTES",
    "INVOICED",
    "INVOICED_GROSS",
    "INVOICE_COUNT",
    "INVOICE_NETS",
    "TAX",
    "brand_of",
    "credit_part",
    "invoice_part",
    "issued",
    "net_of_deposits",
]

INVOICED = Source(
    "invoiced",
    "Issued invoices net of tax, less deposits billed before; credit notes are negative on their own date.",
    (Invoice, CreditNote),
    lambda as_of: (invoice_part(as_of, net_of_deposits()), credit_part(as_of, -CreditNote.subtotal)),
    BY_DOCUMENT,
    measure="invoiced",
    finer=BILL_LINES,
)

INVOICED_GROSS = Source(
    "invoiced_gross",
    "Issued invoices with tax, less deposits billed before; credit notes are negative on their own date.",
    (Invoice, CreditNote),
    lambda as_of: (
        invoice_part(as_of, Invoice.total - Invoice.deducted),
        credit_part(as_of, -CreditNote.total),
    ),
    BY_DOCUMENT,
    measure="invoiced_gross",
)

TAX = Source(
    "tax",
    "Tax on issued invoices, less that of deposits billed before and of credit notes, on their issue dates.",
    (Invoice, CreditNote),
    lambda as_of: (
        invoice_part(as_of, Invoice.tax - of_deposits(DepositUse.tax)),
        credit_part(as_of, -CreditNote.tax),
    ),
    BY_DOCUMENT,
)

CREDIT_NOTES = Source(
    "credit_notes",
    "Credit notes net of tax, on their own date.",
    (CreditNote, Invoice),
    lambda as_of: (credit_part(as_of, CreditNote.subtotal, reason=CreditNote.reason),),
    BY_DOCUMENT | {"reason"},
)

INVOICE_NETS = Source(
    "invoice_nets",
    "Issued invoices net of tax, less deposits billed before, without credit notes.",
    (Invoice,),
    lambda as_of: (invoice_part(as_of, net_of_deposits()),),
    BY_DOCUMENT,
)

INVOICE_COUNT = Source(
    "invoices",
    "Issued invoices, one each, on the issue date; voided ones are left out.",
    (Invoice,),
    lambda as_of: (invoice_part(as_of, 1, None),),
    BY_DOCUMENT,
    measure="invoices",
    in_money=False,
)
