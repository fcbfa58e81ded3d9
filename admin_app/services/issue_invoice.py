"""A draft becomes an invoice: totals worked out, a number taken, the books written [M6, M8, M10]."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode
from admin_app.models import Company, DocumentKind, Invoice, InvoiceState, InvoiceTax, TaxRate
from admin_app.money.calculator import Totals, calculate
from admin_app.money.draft import Draft, DraftLine, Portion, Tax
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.take_number import brand_for, take_number


def issue_invoice(
    session: Session,
    invoice: Invoice,
    actor: Actor,
    clock: Clock,
    issued_on: date | None = None,
    due_on: date | None = None,
) -> Invoice:
    """Issue a draft: today unless `issued_on` says otherwise, due by the brand's terms unless `due_on` does.

    Line discounts and `invoice.discount` are amounts in minor units; prices are net of tax.  Raises Unmet for a
    document that is no draft or comes to less than nothing, for a number before its time, and in a locked period;
    Invalid, by the path of the field, for lines that make no sense.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    lock_customer(session, invoice.group_id)
    if invoice.state is not InvoiceState.DRAFT:
        raise Unmet(f"Invoice {invoice} is {invoice.state.value} already")
    draft = draft_of(session, invoice)
    totals = calculate(draft)
    if totals.total.minor < 0:
        raise Unmet(f"This comes to {totals.total}; give money back by a refund or a credit note")
    books = Books(session, actor, clock)
    day = issued_on or clock.today()
    books.refuse_locked(day)
    brand = brand_for(session, invoice.brand_id or invoice.group.brand_id)
    number = _free_number(session, take_number(session, brand, DocumentKind.INVOICE, day))
    with session.no_autoflush:  # one change of the record, one line on its timeline
        invoice.brand_id = brand.id
        invoice.number = number
        invoice.issued_on = day
        invoice.due_on = due_on or invoice.due_on or day + timedelta(days=brand.payment_terms_days)
        invoice.tax_mode = draft.tax_mode
        _keep_totals(invoice, totals)
        invoice.state = InvoiceState.ISSUED
    session.flush()  # the taxes are posted by their rows
    books.issue(invoice)
    return invoice


def draft_of(session: Session, invoice: Invoice) -> Draft:
    """A draft invoice as the calculator reads it: the tax rates that its lines name, rounded as the company does."""
    names = {name for line in invoice.lines for name in line.tax_names}
    rates = session.scalars(select(TaxRate).where(TaxRate.name.in_(names)).order_by(TaxRate.id)).all()
    return Draft(
        currency=invoice.currency,
        lines=tuple(
            DraftLine(
                Decimal(line.quantity),
                Decimal(line.unit_price),
                line.description,
                _amount(line.discount, invoice.currency),
                tuple(line.tax_names),
            )
            for line in invoice.lines
        ),
        taxes=tuple(Tax(rate.name, rate.rate, rate.compound) for rate in rates),
        tax_mode=session.scalar(select(Company.tax_mode)) or TaxMode.DOCUMENT,
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


def _free_number(session: Session, number: str) -> str:
    """The number, unless an invoice that moved in from elsewhere carries it already; raises Unmet."""
    if session.scalar(select(Invoice.id).where(Invoice.number == number)) is not None:
        raise Unmet(f"Number {number} belongs to an imported invoice; change the prefix of the number series")
    return number
