"""A statement comes in, Enter books the certain line, one is split, one set aside, and one undone [92]."""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import SystemClock
from admin_app.models import BankLine, BankLineState, Invoice
from admin_app.models.engine import writing
from seeds.builders import a_group
from tests.browser.company import SmallCompany, found, sign_in
from tests.fixtures.browser import Serve
from tests.services.desk import Desk

pytestmark = pytest.mark.browser


def test_a_morning_at_the_bank(page: Page, serve: Serve, tmp_path: Path) -> None:
    company = found(tmp_path)
    numbers = _bill_clara(company)
    statement = tmp_path / "march.csv"
    statement.write_text(
        "Date,Payee,IBAN,Reference,Amount\n"
        f"2026-03-05,CLARA,,inv {numbers[0]},100.00\n"
        "2026-03-05,SOMEBODY,,two things,90.00\n"
        "2026-03-06,YARD LTD,,rent,-800.00\n"
    )
    address = serve(company.app)
    sign_in(page, address)

    page.goto(f"{address}/admin/bank/")
    expect(page.get_by_text("No statement yet")).to_be_visible()
    page.get_by_label("Drop the bank's file here").set_input_files(statement)
    page.get_by_role("button", name="Take the statement in").click()
    expect(page.get_by_role("heading", name="As lines of the bank")).to_be_visible()
    page.get_by_role("button", name="Take the statement in").click()
    expect(page.get_by_text("3 new lines")).to_be_visible()
    page.wait_for_load_state()  # the arrows are taught by a script

    first = page.get_by_role("link", name="CLARA", exact=True)
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="SOMEBODY", exact=True)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The text names")).to_be_visible()
    expect(page.get_by_role("button", name=f"invoice {numbers[0]}")).to_be_focused()  # the first proposal
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="from SOMEBODY")).to_be_visible()

    page.goto(f"{page.url}?group=1")
    page.get_by_label("As written beside each invoice").check()
    page.get_by_label(f"Amount for invoice {numbers[1]}").fill("60")
    page.get_by_role("button", name="Book for Clara Client household", exact=True).last.click()
    expect(page.get_by_role("heading", name="to YARD LTD")).to_be_visible()
    page.get_by_label("What it is required").fill("Rent of the yard")
    page.get_by_role("button", name="Set line aside").click()

    expect(page.get_by_text("Every line is worked off")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("is open again")).to_be_visible()
    with company.session() as session:
        assert session.scalars(select(Invoice.balance).order_by(Invoice.id)).all() == [0, 0]
        assert sorted(session.scalars(select(BankLine.state))) == sorted(
            [BankLineState.BOOKED, BankLineState.BOOKED, BankLineState.OPEN]
        )


def _bill_clara(company: SmallCompany) -> list[str]:
    with writing(), company.session() as session:
        desk = Desk(session, SYSTEM, SystemClock("Europe/London"), a_group(session))
        numbers = [str(desk.invoice(price, issued_on=date(2026, 2, 1)).number) for price in ("100", "60")]
        session.commit()
    return numbers
