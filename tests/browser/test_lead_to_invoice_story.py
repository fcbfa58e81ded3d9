"""From the first question to the last cent, in real browsers at once: the office at 1280, the crew at 390, five weeks.

Request, lead, estimate with an optional line and a deposit, paper, agreement, work, partial bill, a revised estimate,
the final bill less the deposit, two payments, a credit note, a refund; at the end the books hold.  Clicks and seconds
of each task are printed (pytest -s).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from admin_app.models import (
    Company,
    CreditNote,
    CustomerGroup,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceKind,
    OutboxMessage,
    WorkOrder,
    WorkOrderState,
)
from admin_app.models.engine import writing
from admin_app.money.proof import prove
from admin_app.services import lead_statuses
from admin_app.services.form_questions import ensure_form_questions
from admin_app.services.passwords import Passwords
from seeds.builders import a_contact, a_group, a_user, an_address
from seeds.work_builders import a_tax_rate
from tests.browser.clockwork import TurningClock
from tests.browser.company import PASSWORD, SmallCompany, found, say_yes_to_all, sign_in
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser

FIRST_MONDAY = date(2026, 3, 2)
MONDAYS = [FIRST_MONDAY, date(2026, 3, 9), date(2026, 3, 16), date(2026, 3, 23), date(2026, 3, 30)]
COUNT_CLICKS = """document.addEventListener('click', event => {
  if (event.isTrusted) localStorage.setItem('clicks', Number(localStorage.getItem('clicks') || 0) + 1);
}, true)"""


class Office:
    """The desk and the phone, the clock between them, and what each task cost."""

    def __init__(self, page: Page, phone: Page, address: str, clock: TurningClock) -> None:
        self.page, self.phone, self.address, self.clock = page, phone, address, clock
        for one in (page, phone):
            one.context.add_init_script(COUNT_CLICKS)

    def monday(self, week: int) -> None:
        """A new week begins: everybody signs in again."""
        self.clock.turn_to(MONDAYS[week])
        sign_in(self.page, self.address, "bea")

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    @property
    def dialog(self) -> Locator:
        return self.page.locator("dialog[open]")

    @contextmanager
    def task(self, name: str, page: Page | None = None) -> Iterator[None]:
        """Print what a task took."""
        shown = page or self.page
        before, began = self._clicks(shown), time.monotonic()
        yield
        took = time.monotonic() - began
        sys.stdout.write(f"{name}: {self._clicks(shown) - before} clicks, {took:.1f} s\n")

    def _clicks(self, page: Page) -> int:
        return int(page.evaluate("Number(localStorage.getItem('clicks') || 0)"))


@pytest.fixture
def clock() -> TurningClock:
    return TurningClock(FIRST_MONDAY)


@pytest.fixture
def company(tmp_path: Path, clock: TurningClock) -> SmallCompany:
    """The Finches have a billing address and an email; cem works outside."""
    company = found(tmp_path, clock)
    with writing(), company.session() as session:
        session.scalars(select(Company)).one().email = "office@ashworth.test"
        a_tax_rate(session)
        lead_statuses.ensure(session)
        ensure_form_questions(session)
        a_user(session, "cem", password_hash=Passwords.by(company.settings).hash(PASSWORD))
        finches = a_group(session, name="Finch household")
        a_contact(session, finches, primary=True, first_name="Clara", email="clara@finch.example")
        an_address(session, finches, is_billing=True)
        session.commit()
    return company


def test_from_the_first_question_to_the_last_cent(
    page: Page, narrow_page: Page, serve: Serve, company: SmallCompany, clock: TurningClock
) -> None:
    office = Office(page, narrow_page, serve(company.app), clock)
    office.monday(0)
    _write_down_the_question(office)
    _write_and_send_the_estimate(office)

    office.monday(1)
    _hear_that_they_agree(office)
    _bill_the_deposit(office)
    _plan_the_work(office)

    office.monday(2)
    _do_two_services_on_site(office)
    _bill_them(office)

    office.monday(3)
    _agree_on_more(office)
    _do_the_rest_on_site(office)
    _complete_and_send_the_final_invoice(office)

    office.monday(4)
    _be_paid_twice(office)
    _give_back(office)

    with company.session() as session:
        _look_behind(session)


def _write_down_the_question(office: Office) -> None:
    office.go("/admin/customers/1")
    with office.task("New lead"):
        office.go("/admin/leads/new/?group=1")
        office.page.get_by_label("Title").fill("Fell the ash")
        office.page.get_by_label("In their words").fill("It leans over the shed.")
        office.page.get_by_role("button", name="Save lead").click()
        expect(office.page.get_by_text("is on the list")).to_be_visible()


def _write_and_send_the_estimate(office: Office) -> None:
    page = office.page
    with office.task("Estimate of three lines, one optional, deposit"):
        page.get_by_role("link", name="Write estimate").click()
        page.wait_for_url("**/estimate")
        page.get_by_role("link", name="Write estimate").click()
        page.get_by_role("button", name="Write estimate").click()
        for number, (words, price) in enumerate(
            (("Fell the ash", "800"), ("Grind the stump", "150"), ("Plant a maple", "200"))
        ):
            if number:
                page.get_by_role("button", name="Add a line").click()
            line = page.locator("[data-line-number]").nth(number)
            line.get_by_label("Description").fill(words)
            line.get_by_label("Price", exact=True).fill(price)
        page.locator("[data-line-number]").nth(2).get_by_label("Optional").select_option(label="Not chosen")
        page.get_by_text("Discount, deposit, tax").click()
        page.get_by_label("Deposit asked for").fill("60 %")
        page.get_by_role("button", name="Save estimate").first.click()
        page.wait_for_url("**/estimates/1")
    expect(page.locator("main")).to_contain_text("1,140.00")
    with office.task("Send the estimate by mail, access granted with it"):
        page.get_by_role("link", name="Send estimate").click()
        office.dialog.get_by_label("Open the project to them first").check()
        office.dialog.get_by_role("button", name="Send estimate").click()
        expect(page.get_by_role("link", name="Confirm estimate")).to_be_visible()


def _hear_that_they_agree(office: Office) -> None:
    page = office.page
    office.go("/admin/projects/1/estimate")
    with office.task("Confirm with the option, signed on paper"):
        page.get_by_role("link", name="Confirm estimate").click()
        office.dialog.get_by_label("Plant a maple").check()
        office.dialog.get_by_label("Signed on paper").check()
        office.dialog.get_by_label("Name as signed").fill("Clara Client")
        office.dialog.get_by_label("In words").fill("The deposit is invoiced")
        office.dialog.get_by_role("button", name="Confirm estimate").click()
        expect(page.get_by_text("confirmed.")).to_be_visible()


def _bill_the_deposit(office: Office) -> None:
    page = office.page
    office.go("/admin/projects/1/invoice")
    with office.task("Deposit invoice"):
        page.get_by_role("link", name="Bill a part").click()
        office.dialog.get_by_label("A deposit with its tax").check()
        expect(office.dialog.get_by_label("Deposit, tax included")).to_have_value("828.00")
        office.dialog.get_by_role("button", name="Write draft invoice").click()
        page.get_by_role("button", name="Issue invoice").click()
        expect(page.get_by_text("Invoice NORTH-00001 issued.")).to_be_visible()


def _plan_the_work(office: Office) -> None:
    page = office.page
    office.go("/admin/projects/1/workorder")
    with office.task("Plan the work"):
        page.get_by_role("link", name="Schedule the work").click()
        page.get_by_label("Starts").fill("2026-03-16T08:00")
        page.get_by_label("Ends").fill("2026-03-16T15:00")
        page.get_by_label("Cem Yılmaz").check()
        page.locator("main button[type=submit]").last.click()
        expect(page.get_by_text("Planned for")).to_be_visible()


def _do_two_services_on_site(office: Office) -> None:
    phone = office.phone
    sign_in(phone, office.address, "cem")
    with office.task("On site: safety form, start, two services", phone):
        phone.get_by_role("link", name="Fell the ash", exact=True).click()
        phone.get_by_role("region", name="Next step").get_by_role("link").click()
        say_yes_to_all(phone)
        phone.get_by_label("Where is the first-aid kit", exact=False).fill("In the van")
        phone.get_by_role("button", name="Save the form").click()
        phone.get_by_role("button", name="Start work").click()
        phone.get_by_label("Grind the stump").click()
        phone.get_by_label("Plant a maple").click()
        expect(phone.get_by_text("Done by Cem")).to_have_count(2)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert "€" not in phone.locator("main").inner_text()


def _bill_them(office: Office) -> None:
    """Both completed services are ticked already; the deposit covers them whole."""
    page = office.page
    office.go("/admin/projects/1/workorder")
    with office.task("Partial invoice of completed services"):
        page.get_by_role("link", name="Write partial invoice").click()
        page.get_by_role("button", name="Write draft invoice").click()
        expect(page.get_by_role("row", name="Asks for")).to_contain_text("0.00")
        page.get_by_role("button", name="Issue invoice").click()
        expect(page.get_by_text("Invoice NORTH-00002 issued.")).to_be_visible()


def _agree_on_more(office: Office) -> None:
    page = office.page
    office.go("/admin/projects/1/estimate")
    with office.task("Revise the estimate, hand it over, confirm"):
        page.get_by_role("link", name="Revise estimate").click()
        office.dialog.get_by_role("button", name="Revise estimate").click()
        page.wait_for_url("**/estimates/2/edit")
        page.locator("[data-line-number]").first.get_by_label("Price", exact=True).fill("850")
        page.get_by_role("button", name="Save estimate").first.click()
        page.wait_for_url("**/estimates/2")
        page.get_by_role("link", name="Send estimate").click()
        office.dialog.get_by_label("Handed over in person").check()
        office.dialog.get_by_role("button", name="Send estimate").click()
        page.get_by_role("link", name="Confirm estimate").click()
        office.dialog.get_by_label("In words").fill("Agreed at the gate")
        office.dialog.get_by_role("button", name="Confirm estimate").click()
        expect(page.get_by_text("revision 2 confirmed.")).to_be_visible()


def _do_the_rest_on_site(office: Office) -> None:
    phone = office.phone
    sign_in(phone, office.address, "cem")
    phone.goto(f"{office.address}/admin/jobs/1")
    with office.task("On site: the rest, finish form", phone):
        # The clock of the first day was left running: it is put right before the second one starts.
        expect(phone.get_by_role("heading", name="When did you stop?")).to_be_visible()
        phone.get_by_role("button", name="Write time down").click()
        phone.get_by_role("button", name="Start my clock").first.click()
        phone.get_by_label("Fell the ash").click()
        phone.get_by_role("region", name="Next step").get_by_role("link", name="Fill in the finish form").click()
        say_yes_to_all(phone)
        phone.get_by_role("button", name="Save the form").click()
        phone.get_by_role("button", name="Complete job").click()
        expect(phone.get_by_text("The work is finished.", exact=False)).to_be_visible()


def _complete_and_send_the_final_invoice(office: Office) -> None:
    page = office.page
    office.go("/admin/projects/1/workorder")
    with office.task("Complete the workorder"):
        page.get_by_role("button", name="Complete workorder").click()
        expect(page.get_by_text("The workorder is completed.")).to_be_visible()
    office.go("/admin/billing/tray")
    with office.task("Issue and send from the tray"):
        page.get_by_label("Tick Finch household, Fell the ash").check()
        page.get_by_role("button", name="Issue and send").click()
        expect(page.get_by_text("On its way to clara@finch.example.")).to_be_visible()


def _be_paid_twice(office: Office) -> None:
    """500.00 for what is due first, then 940.00 over what is left of both invoices."""
    page = office.page
    for amount in ("500", "940"):
        office.go("/admin/customers/1/payments/new")
        with office.task(f"Record a payment of {amount}"):
            page.get_by_label("Amount", exact=False).first.fill(amount)
            page.get_by_label("The invoices due first").check()
            page.get_by_role("button", name="Record payment").click()
            expect(page.get_by_text(f"Payment of €{amount}.00 recorded.")).to_be_visible()


def _give_back(office: Office) -> None:
    """A branch fell on the fence: 50.00 and its tax are credited and, as all is paid, sent back."""
    page = office.page
    office.go("/admin/billing/invoices/3/credit")
    with office.task("Credit note and its refund"):
        page.get_by_label("An amount, tax included").check()
        page.get_by_label("Amount, tax included", exact=True).fill("60.00")
        page.get_by_label("Reason").fill("A branch fell on the fence")
        page.get_by_role("button", name="See what it comes to").click()
        expect(page.locator("[data-preview]")).to_contain_text("€60.00 stays as open credit")
        page.get_by_role("button", name="Write credit note").click()
        page.get_by_role("link", name="Pay back").click()
        page.get_by_role("button", name="Record refund").click()
        expect(page.get_by_text("Paid back")).to_be_visible()


def _look_behind(session) -> None:
    """What the books, the papers and the outbox say after five weeks."""
    first, second = session.scalars(select(Estimate).order_by(Estimate.id)).all()
    assert (first.state, second.state) == (EstimateState.SUPERSEDED, EstimateState.CONFIRMED)
    assert [signature.signer for signature in first.signatures] == ["Clara Client"]
    assert second.signatures == []
    assert session.scalars(select(WorkOrder)).one().state is WorkOrderState.COMPLETED
    told = [
        (bill.kind, bill.total, bill.deducted, bill.balance)
        for bill in session.scalars(select(Invoice).order_by(Invoice.id))
    ]
    assert told == [
        (InvoiceKind.DEPOSIT, 82800, 0, 0),
        (InvoiceKind.PARTIAL, 42000, 42000, 0),
        (InvoiceKind.FINAL, 102000, 40800, 0),
    ]
    (note,) = session.scalars(select(CreditNote)).all()
    assert (note.total, note.subtotal, note.open) == (6000, 5000, 0)
    assert session.scalars(select(CustomerGroup.balance)).one() == 0
    assert len(session.scalars(select(OutboxMessage)).all()) == 2
    assert [finding.id for finding in prove(session) if not finding.holds] == []
