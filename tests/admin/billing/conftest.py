"""Fixtures of the tests of billing: a counter with a brand, a tax and invoices."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from admin_app.models import Invoice, InvoiceLine
from admin_app.services.issue_invoice import issue_invoice
from seeds.builders import a_brand
from seeds.work_builders import a_tax_rate
from tests.admin.customers.counter import Counter, a_counter

Issue = Callable[..., int]


@pytest.fixture
def counter(app, clock, signed_in, session, ann) -> Counter:
    """Ann at the counter with one customer, the brand North and VAT of 20 %."""
    app.extensions["sawhorse_clock"] = clock
    counter = a_counter(signed_in, session, clock, ann)
    a_brand(session, is_default=True)
    a_tax_rate(session, "VAT")
    session.commit()
    return counter


@pytest.fixture
def issue(counter) -> Issue:
    """A function that issues an invoice of these prices with VAT and gives its id."""

    def one(*prices: str, tax_names: tuple[str, ...] = ("VAT",), **but: Any) -> int:
        session = counter.look()
        invoice = Invoice(**{"group_id": counter.group_id, "currency": "EUR"} | but)
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
        session.add(invoice)
        session.flush()
        issue_invoice(session, invoice, counter.actor, counter.clock)
        session.commit()
        return invoice.id

    return one
