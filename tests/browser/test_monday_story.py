"""Monday morning: fourteen finished jobs are invoiced and sent from Today, in a real browser.

Issue 4, "Must show"; A77, row 65: clicks and seconds are printed (pytest -s), the clicks are asserted.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM
from admin_app.models import Company, Invoice, InvoiceState, OutboxMessage, WorkOrder, WorkOrderState
from admin_app.models.engine import writing
from admin_app.money.proof import prove
from admin_app.services.complete_services import complete_services
from admin_app.services.take import take
from seeds.builders import a_contact, a_group, an_address
from seeds.work_builders import a_project, a_tax_rate
from tests.browser.clockwork import TurningClock
from tests.browser.company import SmallCompany, found, sign_in
from tests.browser.counted import count_from_now, task
from tests.fixtures.browser import Serve
from tests.services.agreed import agree, offer
from tests.services.desk import Desk

pytestmark = pytest.mark.browser

JOBS = 14
MOST_CLICKS = 5


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """Fourteen jobs were completed last week; each left its draft in the tray."""
    clock = TurningClock(date(2026, 3, 2))
    company = found(tmp_path, clock)
    with writing(), company.session() as session:
        session.scalars(select(Company)).one().email = "office@ashworth.test"
        a_tax_rate(session)
        for number in range(JOBS):
            group = a_group(session, name=f"Household {number + 1}")
            a_contact(session, group, primary=True, email=f"client{number + 1}@finch.example")
            an_address(session, group, is_billing=True)
            desk = Desk(session, SYSTEM, clock, group)
            project = a_project(session, group, title=f"Job {number + 1}")
            _do(desk, agree(desk, offer(desk, "100", "50", project=project)))
        session.commit()
    clock.turn_to(date(2026, 3, 9))
    return company


def _do(desk: Desk, work: WorkOrder) -> None:
    work.needs_safety_form = work.needs_finish_form = False
    desk.session.flush()
    complete_services(desk.session, work, [one.id for one in work.services], desk.actor, desk.clock)
    for step in ("start", "finish", "complete"):
        take(desk.session, work, step, desk.actor, desk.clock)
    assert work.state is WorkOrderState.COMPLETED


def test_fourteen_jobs_are_invoiced_and_sent_from_today(
    page: Page, serve: Serve, company: SmallCompany
) -> None:
    count_from_now(page)
    sign_in(page, serve(company.app), "bea")
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()

    with task(page, "Fourteen jobs invoiced and sent") as cost:
        line = page.locator(".td-line", has_text="drafts ready to invoice")
        expect(line).to_contain_text(f"{JOBS} drafts ready to invoice")
        expect(line).to_contain_text("€2,100.00")
        line.get_by_role("link", name="Issue and send").click()
        expect(page.locator("[data-bulk-row]")).to_have_count(JOBS)
        page.get_by_label("Tick every draft").check()
        page.get_by_role("button", name="Issue and send").click()
        expect(page.get_by_text("On its way to")).to_have_count(JOBS)

    assert cost.clicks <= MOST_CLICKS
    with company.session() as session:
        bills = session.scalars(select(Invoice)).all()
        assert {bill.state for bill in bills} == {InvoiceState.ISSUED} and len(bills) == JOBS
        mails = session.scalars(select(OutboxMessage)).all()
        assert len({mail.recipient for mail in mails}) == len(mails) == JOBS
        assert [finding.id for finding in prove(session) if not finding.holds] == []
    page.get_by_role("link", name="Today").first.click()
    expect(page.locator(".td-quiet")).to_contain_text("drafts of invoices")
