"""The frame around every page works with the keyboard, in both themes, on a phone, and asks before it is too late."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from admin_app.models.engine import writing
from seeds.builders import a_group
from tests.browser.company import SmallCompany, found, sign_in
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """Three customers, two of whom a search for "mill" finds."""
    company = found(tmp_path)
    with writing(), company.session() as session:
        for name in ("Miller & Sons", "Millicent Ng", "Zoë Ærøskøbing"):
            a_group(session, name=name)
        session.commit()
    return company


@pytest.fixture
def office(company: SmallCompany, serve: Serve) -> str:
    """The address of the office."""
    return serve(company.app)


def background(page: Page) -> str:
    """The colour of the ground, as the browser paints it."""
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_a_slash_searches_from_any_page_and_the_keyboard_opens_what_is_found(page, office):
    sign_in(page, office)
    page.goto(f"{office}/admin/proof/")

    page.keyboard.press("/")
    search = page.get_by_role("combobox")
    expect(search).to_be_focused()
    page.keyboard.insert_text("mill")  # at once, so that one answer comes
    expect(page.get_by_role("option")).to_have_count(2)
    expect(search).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    expect(search).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "none")
    name = chosen.locator("strong").inner_text()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_search_without_a_hit_says_so_and_escape_closes_it(page, office):
    sign_in(page, office)

    page.get_by_role("combobox").fill("<b>nobody</b>")
    expect(page.get_by_text("Nothing found for “<b>nobody</b>”.")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("listbox")).to_be_hidden()


def test_the_theme_is_chosen_in_the_menu_of_the_person_and_stays(page, office):
    sign_in(page, office)
    light = background(page)

    page.get_by_role("button", name="your menu").click()
    page.get_by_role("radio", name="Dark").check()
    expect(page.locator("body")).not_to_have_css("background-color", light)
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("body")).not_to_have_css("background-color", light)


def test_the_theme_follows_the_device_until_somebody_chooses(page, office):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{office}/login")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")

    page.emulate_media(color_scheme="light")

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_a_phone_has_the_short_menu_below_and_the_whole_one_under_more(narrow_page, office):
    sign_in(narrow_page, office)
    expect(narrow_page.get_by_role("navigation", name="Main menu")).to_be_hidden()

    narrow_page.get_by_role("button", name="More").click()
    narrow_page.get_by_role("navigation", name="Whole menu").get_by_role("link", name="Staff").click()

    expect(narrow_page.get_by_role("heading", level=1)).to_contain_text("Staff")


def test_lists_that_are_seldom_asked_for_are_folded_until_one_of_them_is_open(page, office):
    sign_in(page, office)
    menu = page.get_by_role("navigation", name="Main menu")
    expect(menu.get_by_role("link", name="Invoices")).to_be_visible()
    expect(menu.get_by_role("link", name="Refunds")).to_be_hidden()

    menu.get_by_text("More of Money").click()
    menu.get_by_role("link", name="Refunds").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Refunds")
    expect(menu.get_by_role("link", name="Refunds")).to_have_attribute("aria-current", "page")


def test_single_keys_open_pages_outside_of_fields_and_can_be_switched_off(page, office):
    """WCAG 2.1.4: whoever speaks to the browser does not want letters to be keys."""
    sign_in(page, office)
    page.goto(f"{office}/admin/proof/")

    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("tc?")
    expect(page.get_by_role("combobox")).to_have_value("tc?")
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    expect(page).to_have_url(re.compile("/admin/proof/$"))

    page.get_by_role("button", name="your menu").click()
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys work").check()
    page.keyboard.press("Escape")
    page.keyboard.press("t")

    expect(page).to_have_url(re.compile("/admin/$"))


def test_the_first_tab_stop_skips_the_menu(page, office):
    sign_in(page, office)
    page.goto(f"{office}/admin/proof/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_leaving_a_form_with_unsaved_text_asks_first(page, office):
    sign_in(page, office)
    page.goto(f"{office}/admin/groups/new/")
    page.get_by_label("Name").first.press_sequentially("Half a na")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)

    page.goto(f"{office}/admin/proof/")

    assert asked == ["beforeunload"]


def test_a_range_of_rows_is_ticked_with_shift_and_counted(page, office):
    sign_in(page, office)
    page.goto(f"{office}/admin/groups/?bulk=1")
    rows = page.locator("[data-bulk-row]")

    rows.first.click()
    rows.last.click(modifiers=["Shift"])

    expect(page.locator("[data-bulk-count]")).to_have_text("3")
    expect(page.get_by_label("Tick every row of this page")).to_be_checked()


@pytest.mark.parametrize("answer", ["Cancel", "Archive customer"])
def test_a_form_that_asks_first_is_sent_only_after_yes(page, office, answer):
    sign_in(page, office)
    # A form as any page may hold one: what it says comes from its attributes.
    page.evaluate(
        """() => {
          const form = document.createElement('form');
          form.action = '/admin/proof/';
          form.dataset.confirm = '12 invoices stay.';
          form.dataset.confirmTitle = 'Archive <b>Miller</b>?';
          form.dataset.confirmButton = 'Archive customer';
          form.append(Object.assign(document.createElement('button'), { textContent: 'Archive' }));
          document.querySelector('main').prepend(form);
        }"""
    )

    page.get_by_role("button", name="Archive", exact=True).click()
    dialog = page.get_by_role("dialog", name="Archive <b>Miller</b>?")
    expect(dialog).to_contain_text("12 invoices stay.")
    dialog.get_by_role("button", name=answer).click()

    expect(dialog).to_be_hidden()
    expect(page).to_have_url(
        re.compile("/admin/proof/" if answer == "Archive customer" else "/admin/$")
    )
