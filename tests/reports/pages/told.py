"""A small company whose figures can be added up by hand: what pages of figures are tested on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.models import Company, Invoice, Payment, PaymentWay
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from admin_app.services.refund_payment import RefundForm, refund_payment
from seeds.builders import a_group
from tests.fixtures.office import ANN
from tests.services.desk import a_desk, euros

FORMULA = "=HYPERLINK(1)"
"""A customer whose name a spreadsheet would compute."""


@dataclass(frozen=True)
class Books:
    """Numbers of the records that tests look for."""

    clara: int
    otto: int


def tell_books(session: Session, clock: Clock) -> Books:
    """Clara paid 300.00 in January by card, 100.50 in March in cash, of which 40.25 went back; `FORMULA` 70.00 by card.

    So 430.25 were collected, 130.25 of it in March; 470.50 were invoiced.
    """
    desk = a_desk(session, ANN, clock)
    session.get_one(Company, 1).email = "office@north.example"
    otto = a_group(session, name=FORMULA)
    january = desk.invoice("300.00", issued_on=date(2026, 1, 5))
    march = desk.invoice("100.50", issued_on=date(2026, 3, 2))
    other = desk.invoice("70.00", issued_on=date(2026, 3, 4), group_id=otto.id)

    def paid(text: str, invoice: Invoice, day: date, way: PaymentWay) -> Payment:
        uses = (Use(invoice.id),)
        form = PaymentForm(invoice.group_id, euros(text), day, way, uses=uses, reference=f"paid {text}")
        return record_payment(session, form, ANN, clock)

    paid("300.00", january, date(2026, 1, 20), PaymentWay.CARD)
    cash = paid("100.50", march, date(2026, 3, 3), PaymentWay.CASH)
    paid("70.00", other, date(2026, 3, 5), PaymentWay.CARD)
    back = RefundForm(cash.id, euros("40.25"), date(2026, 3, 10), reopen_invoices=True)
    refund_payment(session, back, ANN, clock)
    return Books(desk.group.id, otto.id)
