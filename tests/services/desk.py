"""A desk with a company, a brand, a customer and invoices to be paid: what the tests of money start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

import admin_app.records  # noqa: F401  the history writer fills folded names, as at every door
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import CustomerGroup, Invoice, InvoiceLine, Payment, TaxRate
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from seeds.builders import a_brand, a_company, a_group


def euros(text: str) -> Money:
    return Money.of(text, "EUR")


@dataclass
class Desk:
    """Everything a test of money needs at hand."""

    session: Session
    actor: Actor
    clock: Clock
    group: CustomerGroup

    def draft(self, *prices: str, tax_names: tuple[str, ...] = (), **but: Any) -> Invoice:
        invoice = Invoice(**{"group_id": self.group.id, "currency": "EUR"} | but)
        for position, price in enumerate(prices, start=1):
            invoice.lines.append(
                InvoiceLine(
                    position=position,
                    description=f"Work {position}",
                    quantity=Decimal(1),
                    unit_price=Decimal(price),
                    net=0,
                    tax_names=list(tax_names),
                )
            )
        self.session.add(invoice)
        self.session.flush()
        return invoice

    def invoice(self, *prices: str, issued_on: date | None = None, **but: Any) -> Invoice:
        return issue_invoice(self.session, self.draft(*prices, **but), self.actor, self.clock, issued_on)

    def form(self, text: str, /, *invoices: Invoice, **but: Any) -> PaymentForm:
        facts: dict[str, Any] = {
            "group_id": self.group.id,
            "amount": euros(text),
            "paid_on": self.clock.today(),
            "uses": tuple(Use(invoice.id) for invoice in invoices),
        }
        return PaymentForm(**facts | but)

    def pay(self, text: str, /, *invoices: Invoice, **but: Any) -> Payment:
        return record_payment(self.session, self.form(text, *invoices, **but), self.actor, self.clock)


def a_desk(session: Session, actor: Actor, clock: Clock) -> Desk:
    """A company in euros with the brand North, 20 % VAT and one customer."""
    a_company(session)
    a_brand(session, is_default=True)
    session.add(TaxRate(name="VAT", rate=Decimal(20)))
    return Desk(session, actor, clock, a_group(session))
