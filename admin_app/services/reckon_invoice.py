"""What a draft invoice comes to, put on the draft: the one way from its lines to the sums that are issued [M3-M8].

A draft of its own is worked out by the calculator; a bill of a contract, and a deposit on one, by the contract as it is
now, for its cents are shares of the whole (M16).  Which way is taken stands in `RECKONINGS`, which every door that
issues passes.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode
from admin_app.models import Company, CustomerGroup, Invoice, InvoiceKind, InvoiceTax, TaxProfile, TaxRate
from admin_app.money.calculator import Totals, calculate
from admin_app.money.draft import Draft, DraftLine, Portion, Tax
from admin_app.services.bill_contract import work_out
from admin_app.services.bill_deposit import work_out_deposit

Reckoning = Callable[[Session, Invoice], object]
"""Puts on a draft what it comes to now; the customer is locked, autoflush is off, what it gives back is not read.

It sets the nets and discounts of the lines (or replaces the lines), `taxes`, `tax_mode`, `prices_include_tax`,
`subtotal`, `discount`, `tax`, `total`, `derivation`, `retained`, `retained_until`, and `deducted` with its DepositUse
rows.  Raises Unmet or Invalid where there is no such bill any more.
"""


class Source(enum.StrEnum):
    """What an invoice bills."""

    LINES = "its own lines"
    CONTRACT = "a part of a contract"
    DEPOSIT = "a deposit on a contract"


def source_of(invoice: Invoice) -> Source:
    """What an invoice bills."""
    if invoice.estimate_id is None:
        return Source.LINES
    return Source.DEPOSIT if invoice.kind is InvoiceKind.DEPOSIT else Source.CONTRACT


def reckon(session: Session, invoice: Invoice) -> None:
    """Put on a draft what it comes to now; raises Unmet for less than nothing, or as its reckoning does."""
    RECKONINGS[source_of(invoice)](session, invoice)
    if invoice.total < 0:
        total = Money(invoice.total, invoice.currency)
        raise Unmet(f"This comes to {total}; give money back by a refund or a credit note")
    if invoice.deducted + invoice.retained > invoice.total:
        raise Unmet("More is deducted and held back than this comes to; write it again")


def by_calculator(session: Session, invoice: Invoice) -> None:
    """The lines and the discount as they were typed, taxed by today's rates."""
    draft = draft_of(session, invoice)
    totals = calculate(draft)
    if totals.total.minor < 0:
        raise Unmet(f"This comes to {totals.total}; give money back by a refund or a credit note")
    invoice.tax_mode = draft.tax_mode
    _keep_totals(invoice, totals)


RECKONINGS: dict[Source, Reckoning] = {
    Source.LINES: by_calculator,
    Source.CONTRACT: work_out,
    Source.DEPOSIT: work_out_deposit,
}
"""How each kind of draft is worked out when it is issued."""


def draft_of(session: Session, invoice: Invoice) -> Draft:
    """A draft invoice as the calculator reads it: the rates that its lines name, rounded as the company does.

    Line discounts and `invoice.discount` are amounts in minor units; whether prices include tax stands on the invoice
    [M7].  Customers who are exempt, or account for the tax themselves, are charged none [A15].
    """
    profile = session.scalar(select(CustomerGroup.tax_profile).where(CustomerGroup.id == invoice.group_id))
    taxed = profile in (None, TaxProfile.STANDARD)
    names = {name for line in invoice.lines for name in line.tax_names} if taxed else set()
    rates = session.scalars(select(TaxRate).where(TaxRate.name.in_(names)).order_by(TaxRate.id)).all()
    return Draft(
        currency=invoice.currency,
        lines=tuple(
            DraftLine(
                Decimal(line.quantity),
                Decimal(line.unit_price),
                line.description,
                _amount(line.discount, invoice.currency),
                tuple(line.tax_names) if taxed else (),
            )
            for line in invoice.lines
        ),
        taxes=tuple(Tax(rate.name, rate.rate, rate.compound) for rate in rates),
        tax_mode=session.scalar(select(Company.tax_mode)) or TaxMode.DOCUMENT,
        prices_include_tax=bool(invoice.prices_include_tax),
        discount=_amount(invoice.discount, invoice.currency),
    )


def _amount(minor: int | None, currency: str) -> Portion | None:
    return Portion(amount=Money(minor, currency)) if minor else None


def _keep_totals(invoice: Invoice, totals: Totals) -> None:
    """Store what the calculator found; from here on everybody reads it and nobody works it out again [M8]."""
    for line, found in zip(invoice.lines, totals.lines, strict=True):
        line.net = found.net.minor
        line.discount = found.discount.minor
    invoice.subtotal = totals.subtotal.minor
    invoice.discount = totals.discount.minor
    invoice.tax = totals.tax.minor
    invoice.total = totals.total.minor
    invoice.derivation = totals.derivation.to_json()
    invoice.taxes = [
        InvoiceTax(name=tax.name, rate=tax.rate, base=tax.base.minor, amount=tax.amount.minor)
        for tax in totals.taxes
    ]
