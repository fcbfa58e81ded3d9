"""A morning at the desk, in a real browser: a customer kept, found again and corrected (issue 2, "Must show").

R22-R28, R8, A9, A11, A21, P12, P15.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import found, sign_in
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser


def test_a_household_is_kept_with_its_people_and_places(page: Page, serve: Serve, tmp_path: Path) -> None:
    address = serve(found(tmp_path).app)
    sign_in(page, address)

    _enter_the_household(page)
    expect(page.get_by_role("heading", name="Kučera household")).to_be_visible()
    page.get_by_label("Parts of this profile").get_by_role("link", name="Contacts").click()
    expect(page.locator(".cu-card")).to_have_count(2)

    _star_the_other(page)
    _be_refused_deleting_the_primary(page)
    _type_a_tag(page)
    _find_by_part_of_a_phone_number(page)


def _enter_the_household(page: Page) -> None:
    """Two contacts and two addresses in one form [R26, R28, P23]."""
    page.get_by_role("link", name="New customer").first.click()
    page.get_by_label("Name", exact=False).first.fill("Kučera household")
    page.get_by_role("button", name="Go to advanced edit").click()
    page.locator("#contact-0-first_name").fill("Łucja")
    page.locator("#contact-0-last_name").fill("Kučera")
    page.locator("#contact-0-email").fill("lucja@kucera.example")
    page.locator("#contact-0-phone").fill("+44 20 7946 0991")
    page.get_by_role("button", name="Add contact").click()
    page.locator("#contact-1-first_name").fill("Ben")
    page.locator("#contact-1-last_name").fill("Kučera")
    page.locator("#contact-1-phone").fill("+44 7700 900 456")
    page.locator("#address-0-line1").fill("12 Mill Lane")
    page.locator("#address-0-city").fill("Barnsford")
    page.get_by_role("button", name="Add address").click()
    page.locator("#address-1-line1").fill("Plot 4, Allotments")
    page.get_by_role("button", name="Save customer").last.click()


def _star_the_other(page: Page) -> None:
    """Exactly one primary contact: starring Ben takes the star from Łucja [A9, P15]."""
    page.get_by_role("button", name="Ben Kučera").click()
    ben = page.locator(".cu-card", has_text="Ben Kučera")
    expect(ben.get_by_text("Primary contact")).to_be_visible()
    expect(page.get_by_text("Primary contact", exact=True).locator("visible=true")).to_have_count(2)  # head and card


def _be_refused_deleting_the_primary(page: Page) -> None:
    """A11: the primary contact stays; the sentence says why."""
    page.get_by_label("Delete Ben Kučera").click()
    sentence = "Ben Kučera is the primary contact of Kučera household; star another contact first"
    expect(page.get_by_text(sentence).locator("visible=true").first).to_be_visible()
    page.reload()
    expect(page.locator(".cu-card", has_text="Ben Kučera")).to_be_visible()


def _type_a_tag(page: Page) -> None:
    """A21: type and Enter."""
    page.get_by_label("New tag").fill("vip")
    page.get_by_label("New tag").press("Enter")
    expect(page.locator(".sh-tag", has_text="vip")).to_be_visible()


def _find_by_part_of_a_phone_number(page: Page) -> None:
    """R8, 37: a part of the number in any spelling, from any page, with the keyboard alone."""
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    page.keyboard.insert_text("7946 099")  # at once, so that one answer comes
    hit = page.locator(".sh-results").get_by_text("Łucja", exact=False).first
    expect(hit).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Kučera", exact=False).first).to_be_visible()
