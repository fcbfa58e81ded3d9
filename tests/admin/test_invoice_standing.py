"""The list of invoices says how each stands: derived from balance and day, never stored [D12, 4.2]."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from admin_app.models import Invoice, InvoiceState, Standing
from admin_app.models.base import OfficeSession
from admin_app.models.invoice import standing_of
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from seeds.builders import a_company, a_group
from tests.services.desk import a_desk
from tests.signing import on_sqlite

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


def page_of(client: FlaskClient, invoice: Invoice) -> str:
    return client.get(f"/admin/invoices/details/?id={invoice.id}").get_data(as_text=True)


@on_sqlite
def test_the_page_of_an_invoice_offers_what_can_be_done_and_says_why_the_rest_cannot(
    signed_in: FlaskClient, session: OfficeSession, ann: Actor, clock: Clock
) -> None:
    """[L15] A draft is deleted, an issued one is voided, and one with a credit note neither."""
    desk = a_desk(session, ann, clock)
    draft, issued, credited = desk.draft("80.00"), desk.invoice("80.00"), desk.invoice("80.00")
    form = CreditForm(credited.id, "Wrong tree", Money.of("10.00", "EUR"))
    write_credit_note(session, form, ann, clock)
    session.commit()

    pages = [page_of(signed_in, one) for one in (draft, issued, credited)]

    assert ["/admin/invoices/delete/" in page for page in pages] == [True, False, False]
    assert ["/admin/invoices/void/" in page for page in pages] == [False, True, False]
    assert "A part of this invoice is credited or written off; credit the rest instead." in pages[2]
    assert all(">80.00</td>" in page for page in pages), "a price has the decimals of its currency"


def test_the_list_calls_an_unpaid_invoice_overdue(signed_in: FlaskClient, session: OfficeSession) -> None:
    a_company(session)
    group = a_group(session)
    facts = {"issued_on": date(2024, 1, 1), "due_on": date(2024, 1, 31), "total": 9_900, "balance": 9_900}
    session.add(Invoice(group=group, number="N-1", state=InvoiceState.ISSUED, **facts))
    session.commit()

    page = signed_in.get("/admin/invoices/").get_data(as_text=True)

    assert "Overdue" in page
