"""Interest at the desk: looked through, charged for many, taken off [80, M41]."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Company, Invoice, InvoiceKind, InvoiceState
from admin_app.services.issue_invoice import issue_invoice


@pytest.fixture
def late(counter, issue) -> list[int]:
    """Two invoices of 3650.00 and 365.00, due on 31 January; 10 % a year."""
    ids = [issue("3650", tax_names=()), issue("365", tax_names=())]
    session = counter.look()
    for invoice_id in ids:
        session.get_one(Invoice, invoice_id).due_on = date(2026, 1, 31)
    session.scalars(select(Company)).one().interest_percent = Decimal(10)
    session.commit()
    return ids


def drafts(counter):
    return counter.look().scalars(select(Invoice).where(Invoice.kind == InvoiceKind.INTEREST)).all()


def test_without_a_rate_the_page_leads_to_the_settings(counter, issue):
    page = counter.page("/admin/billing/interest")

    assert "No interest is set" in page and "/admin/settings" in page


def test_with_nothing_overdue_the_page_says_so(counter, late):
    session = counter.look()
    for invoice_id in late:
        session.get_one(Invoice, invoice_id).due_on = date(2026, 4, 30)
    session.commit()

    assert "Nothing is overdue" in counter.page("/admin/billing/interest")


def test_many_are_charged_at_once_and_not_twice(counter, late):
    """45 days at 1.00 and 0.10."""
    page = counter.page("/admin/billing/interest")
    assert "45.00" in page and "4.50" in page and "49.50" in page

    answer = counter.post("/admin/billing/interest", {"invoice": late})
    again = counter.post("/admin/billing/interest", {"invoice": late})
    nothing = counter.post("/admin/billing/interest", {})

    assert answer.text.count("Draft written") == 2
    assert again.text.count("Not charged") == 2
    assert nothing.status_code == 422
    assert sorted(one.total for one in drafts(counter)) == [4_50, 45_00]
    assert "Interest on invoice" in counter.page("/admin/billing/tray")


def test_one_is_charged_after_its_reckoning_is_read(counter, late):
    page = f"/admin/billing/invoices/{late[0]}/interest"
    assert "actual/365" in counter.page(page)

    counter.fill(page)

    assert [one.total for one in drafts(counter)] == [45_00]
    assert "Nothing more may be charged" in counter.page(page)


def test_interest_is_taken_off_with_a_reason(counter, late):
    counter.fill(f"/admin/billing/invoices/{late[0]}/interest")
    draft = drafts(counter)[0].id
    page = f"/admin/billing/invoices/{draft}/waive"

    nameless = counter.fill(page, reason="")
    counter.fill(page, reason="Good customer")

    assert nameless.status_code == 422 and "Say why it is taken off" in nameless.text
    assert drafts(counter) == []
    counter.fill(f"/admin/billing/invoices/{late[0]}/interest")
    session = counter.look()
    second = drafts(counter)[0]
    issue_invoice(session, second, counter.actor, counter.clock)
    session.commit()
    counter.fill(f"/admin/billing/invoices/{second.id}/waive", reason="Good customer")
    assert counter.look().get_one(Invoice, second.id).state is InvoiceState.VOID


def test_an_analyst_looks_and_a_crew_does_not(counter, late):
    counter.sits_down(Role.ANALYST)
    assert counter.get("/admin/billing/interest").status_code == 200
    assert counter.post("/admin/billing/interest", {"invoice": late}).status_code == 403
    counter.sits_down(Role.CREW)
    assert counter.get("/admin/billing/interest").status_code == 403
