"""The profile under the hand, in a real browser: pop-ups, notepad, suggestions, doubles, pins, money.

A4, A5, A7, A12, A21, A33, 12, 27, 30, 83.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from admin_app.models import Address, Note
from admin_app.models.engine import writing
from seeds.builders import a_contact, a_group, an_address
from tests.browser.company import SmallCompany, found, sign_in
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """The small company with the Finches, whose address has a place on the map, and another address known elsewhere."""
    company = found(tmp_path)
    with writing(), company.session() as session:
        finches = a_group(session, name="Finch household")
        a_contact(
            session, finches, primary=True, first_name="Clara", last_name="Finch", email="clara@finch.example"
        )
        an_address(session, finches, line1="1 Mill Street", is_billing=True, lat=53.1, lon=-4.2)
        an_address(
            session,
            a_group(session, name="Other"),
            line1="77 Songbird Close",
            city="Bath",
            lat=51.4,
            lon=-2.4,
        )
        session.commit()
    return company


def test_the_profile_answers_to_the_hand(page: Page, serve: Serve, company: SmallCompany) -> None:
    address = serve(company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/customers/1/contacts")

    _add_a_contact_in_a_pop_up(page)
    _write_a_note_with_the_keyboard(page)
    _rate_by_one_click(page)
    _pick_a_suggested_address(page)
    _drag_the_pin(page, company)
    _record_money_in_a_pop_up(page)


def _add_a_contact_in_a_pop_up(page: Page) -> None:
    """A7, 12: the plus opens a dialogue; a known email is told while typing; a mistake comes back filled."""
    page.get_by_role("link", name="Add contact").click()
    dialog = page.get_by_role("dialog", name="New contact")
    expect(dialog).to_be_visible()
    dialog.get_by_label("First name").fill("Otto")
    dialog.get_by_label("Email").fill("someone")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    page.get_by_role("link", name="Add contact").click()
    dialog.get_by_label("First name").fill("Otto")
    dialog.get_by_label("Last name").fill("Finch")
    dialog.get_by_label("Phone").fill("12")
    dialog.get_by_role("button", name="Add contact").click()
    expect(page.get_by_text("“12” is not a phone number").first).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Otto")
    page.get_by_label("Phone").fill("020 7946 0958")
    page.get_by_role("button", name="Add contact").click()
    expect(page.locator(".cu-card", has_text="Otto Finch")).to_be_visible()


def _write_a_note_with_the_keyboard(page: Page) -> None:
    """A33: Ctrl+Enter."""
    page.get_by_label("A new note").fill("Gate code 4711")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".cu-notelist").get_by_text("Gate code 4711")).to_be_visible()


def _rate_by_one_click(page: Page) -> None:
    """A12"""
    with page.expect_response(re.compile("/stars$")):
        page.get_by_title("4 of 5").click()
    expect(page.locator('input[name="rating"][value="4"]')).to_be_checked()


def _pick_a_suggested_address(page: Page) -> None:
    """A5: the office knows the street; picking it brings town and place."""
    page.locator(".sh-tabs").get_by_role("link", name="Addresses").click()
    page.get_by_role("link", name="Add address").click()
    street = page.get_by_role("dialog").get_by_label("Street and number")
    street.press_sequentially("77 songb", delay=20)
    page.get_by_role("option", name="77 Songbird Close").click()
    expect(page.get_by_role("dialog").get_by_label("City")).to_have_value("Bath")
    page.get_by_role("button", name="Add address").click()
    expect(page.locator(".cu-card", has_text="77 Songbird Close")).to_be_visible()


def _drag_the_pin(page: Page, company: SmallCompany) -> None:
    """30: the pin is put right by hand and stays there."""
    pin = page.get_by_role("button", name="1 Mill Street, 8000 Aarhus")
    pin.scroll_into_view_if_needed()
    box = pin.bounding_box()
    assert box
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 30, steps=5)
    page.mouse.up()
    expect(page.get_by_text("The pin is where you put it.")).to_be_visible()
    with company.session() as session:
        address = session.scalars(select(Address).where(Address.line1 == "1 Mill Street")).one()
        assert (address.lat, address.lon) != (53.1, -4.2)
        assert session.scalars(select(Note)).one().body == "Gate code 4711"


def _record_money_in_a_pop_up(page: Page) -> None:
    """A27: money without an invoice stays as credit."""
    page.get_by_role("link", name="Record payment").click()
    page.get_by_label("Amount", exact=False).first.fill("120,50")
    page.get_by_role("button", name="Record payment").click()
    expect(page.get_by_text("is credit that no invoice uses yet")).to_be_visible()
    expect(page.locator(".cu-balance")).to_contain_text("credit")


def test_a_double_is_told_before_it_is_made(page: Page, serve: Serve, company: SmallCompany) -> None:
    """12: while the email of a known person is typed."""
    address = serve(company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/customers/new")

    page.locator("#contact-0-email").press_sequentially("clara@finch.example", delay=5)

    expect(page.locator("[data-lookalikes]").get_by_role("link", name="Finch household")).to_be_visible()
