"""The list of invoices says how each stands: derived from balance and day, never stored [D12, 4.2]."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from admin_app.models import Invoice, InvoiceState, Standing
from admin_app.models.base import OfficeSession
from admin_app.models.invoice import standing_of
from seeds.builders import a_company, a_group

TODAY = date(2026, 3, 17)


@pytest.mark.parametrize(
    ("state", "balance", "due_on", "standing"),
    [
        (InvoiceState.DRAFT, 0, None, Standing.DRAFT),
        (InvoiceState.VOID, 0, date(2026, 1, 1), Standing.VOID),
        (InvoiceState.ISSUED, 100, TODAY, Standing.OPEN),
        (InvoiceState.ISSUED, 40, TODAY, Standing.PARTLY_PAID),
        (InvoiceState.ISSUED, 40, date(2026, 3, 16), Standing.OVERDUE),
        (InvoiceState.ISSUED, 0, date(2026, 1, 1), Standing.PAID),
    ],
)
def test_an_invoice_stands_as_its_balance_and_its_day_say(
    state: InvoiceState, balance: int, due_on: date | None, standing: Standing
) -> None:
    assert standing_of(state, balance, 100, due_on, TODAY) is standing


def test_the_list_calls_an_unpaid_invoice_overdue(signed_in: FlaskClient, session: OfficeSession) -> None:
    a_company(session)
    group = a_group(session)
    facts = {"issued_on": date(2024, 1, 1), "due_on": date(2024, 1, 31), "total": 9_900, "balance": 9_900}
    session.add(Invoice(group=group, number="N-1", state=InvoiceState.ISSUED, **facts))
    session.commit()

    page = signed_in.get("/admin/invoices/").get_data(as_text=True)

    assert "Overdue" in page
