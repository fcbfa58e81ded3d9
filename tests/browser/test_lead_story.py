"""A question comes in, in a real browser: written down, given to an estimator in place, declined with its reason.

A26, A35, A38-A46, 44, 50, R34-R37.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from admin_app.models.engine import writing
from seeds.builders import a_contact, a_group, a_user, an_address
from tests.browser.company import SmallCompany, found, sign_in
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser


def test_a_lead_is_written_down_given_to_pete_and_declined(page: Page, serve: Serve, tmp_path: Path) -> None:
    company = found(tmp_path)
    _a_customer(company)
    address = serve(company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/customers/1")

    _write_the_lead_down(page)
    _give_it_to_pete(page, address)
    _open_it_to_clara_and_close_it_again(page, address)
    _decline_it(page, address)


def _a_customer(company: SmallCompany) -> None:
    with writing(), company.session() as session:
        a_user(session, "pete")
        group = a_group(session, name="Finch household")
        a_contact(session, group, primary=True, last_name="Finch", email="clara@finch.example")
        an_address(session, group, is_billing=True)
        session.commit()


def _write_the_lead_down(page: Page) -> None:
    """A38: the pop-up of the profile, by keyboard alone; the project begins silently."""
    page.locator(".cu-main").get_by_role("link", name="New lead").click()
    expect(page.get_by_role("heading", name="New lead")).to_be_visible()
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.type("Fell the ash")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Fell the ash", level=1)).to_be_visible()
    expect(page.get_by_label("Contact", exact=True)).to_have_value("1")


def _give_it_to_pete(page: Page, address: str) -> None:
    """A42, A45: in the row of the profile, saved as soon as it is chosen."""
    page.goto(f"{address}/admin/customers/1")
    page.get_by_label("Estimator").select_option(label="Pete Novák")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Estimator").locator("option:checked")).to_have_text("Pete Novák")


def _open_it_to_clara_and_close_it_again(page: Page, address: str) -> None:
    """R19, R34-R37: the key, the plus, the red X."""
    page.get_by_label("Customers and access of Fell the ash").click()
    page.get_by_label("Grant Clara Finch access").click()
    page.get_by_role("button", name="Grant access").click()
    expect(page.get_by_text("Access, no mail sent")).to_be_visible()
    page.get_by_label("Take the access of Clara Finch away").click()
    expect(page.get_by_text("Access taken away")).to_be_visible()


def _decline_it(page: Page, address: str) -> None:
    """A41, 50: the drop-down asks for the reason; the project moves to Declined."""
    page.goto(f"{address}/admin/customers/1")
    page.get_by_label("Lead status").select_option(label="Declined")
    page.get_by_label("Why").fill("Too far away")
    page.get_by_role("button", name="Decline lead").click()
    expect(page.get_by_text("declined. It can be reopened")).to_be_visible()
    page.goto(f"{address}/admin/customers/1/projects?tab=declined")
    expect(page.locator(".pj-row", has_text="Fell the ash")).to_be_visible()
    page.get_by_label("Open Fell the ash").click()
    expect(page.get_by_text("Declined: Too far away")).to_be_visible()
