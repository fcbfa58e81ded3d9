"""Invoices of earlier days than those of the books: a brand of their own numbers them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.models import Brand, PaymentWay
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from seeds.builders import a_brand, a_group
from tests.fixtures.office import ANN
from tests.services.desk import Desk, euros

DUE = date(2025, 9, 1)


def elsewhere(session: Session, clock: Clock, name: str) -> Desk:
    """A customer of the brand South, whose numbers begin anew."""
    brand = session.scalars(select(Brand).where(Brand.key == "south")).first()
    brand = brand or a_brand(session, name="South Tree Care", key="south")
    return Desk(session, ANN, clock, a_group(session, name=name, brand_id=brand.id))


def pay_in_days(session: Session, clock: Clock, days: Sequence[int]) -> str:
    """One customer, an invoice for each number of days, all due on one day; the number of the last invoice."""
    desk = elsewhere(session, clock, "Habit household")
    number = ""
    for late in days:
        invoice = desk.invoice("10.00", issued_on=DUE - timedelta(days=30), due_on=DUE)
        paid = PaymentForm(
            invoice.group_id,
            euros("12.00"),
            DUE + timedelta(days=late),
            PaymentWay.CASH,
            uses=(Use(invoice.id),),
        )
        record_payment(session, paid, ANN, clock)
        number = str(invoice.number)
    return number
