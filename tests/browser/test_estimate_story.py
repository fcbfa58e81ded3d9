"""An estimate written by keyboard alone, and the board worked by drag and by keyboard, in a real browser.

52-58, A63-A68, L7, 68, L15.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from admin_app.models import Estimate, EstimateState, Lead, LeadState
from admin_app.models.engine import writing
from seeds.builders import a_contact, a_group, an_address
from seeds.work_builders import (
    a_lead,
    a_lead_status,
    a_price_item,
    a_project,
    a_tax_rate,
    an_estimate,
)
from tests.browser.company import SmallCompany, found, sign_in
from tests.browser.eyes import AXE, JUDGE, RULES, SETTLED
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """The Finches want an ash felled; there is a draft without lines, a price list, and a lead of the Herons."""
    company = found(tmp_path)
    with writing(), company.session() as session:
        a_tax_rate(session)
        a_price_item(session, "Crown reduction", code="CR", unit="tree", details="By climbing")
        finches = a_group(session, name="Finch household")
        clara = a_contact(session, finches, primary=True, first_name="Clara", email="clara@finch.example")
        site = an_address(session, finches, line1="1 Mill Street")
        project = a_project(session, finches, contact_id=clara.id, address_id=site.id)
        estimate = an_estimate(session, project)
        session.delete(estimate.lines[0])
        estimate.expires_on = None
        a_lead_status(session, "Site visit")
        a_lead(session, a_project(session, a_group(session, name="Heron farm"), title="Look at the oak"))
        session.commit()
    return company


def test_an_estimate_is_written_by_keyboard_alone(page: Page, serve: Serve, company: SmallCompany) -> None:
    address = serve(company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/projects/1/estimates/1/edit")

    _type_two_lines(page)
    _fill_a_line_from_the_price_list(page)
    _move_and_take_off_and_undo(page)
    _see_the_sums_and_why(page)
    _be_told_a_mistake_at_its_field(page)
    page.keyboard.press("Control+s")
    page.wait_for_url("**/estimates/1")

    with company.session() as session:
        estimate = session.get_one(Estimate, 1)
        told = [(line.description, str(line.quantity.normalize()), line.net) for line in estimate.lines]
        assert told == [
            ("Grind the stump", "2", 12_844),
            ("Fell the ash", "1", 48_000),
            ("Crown reduction", "1", 12_000),
        ]
        assert estimate.total == 87_413
    expect(page.get_by_role("article")).to_contain_text("By climbing")
    _move_what_is_stored(page, company)


def _move_what_is_stored(page: Page, company: SmallCompany) -> None:
    """A line that was saved before goes to another place and stays the same line."""
    with company.session() as session:
        before = [line.key for line in session.get_one(Estimate, 1).lines]
    page.get_by_role("link", name="Edit estimate").click()
    page.wait_for_url("**/estimates/1/edit")
    page.locator("[data-line-number]").first.get_by_label("Quantity").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("[data-line-number]").nth(1).get_by_label("Quantity")).to_be_focused()
    page.keyboard.press("Control+s")
    page.wait_for_url("**/estimates/1")
    with company.session() as session:
        first, second, third = before
        assert [line.key for line in session.get_one(Estimate, 1).lines] == [second, first, third]


def _type_two_lines(page: Page) -> None:
    """The first line is there; Tab walks through it, Enter adds the next."""
    expect(page.get_by_role("listitem").filter(has=page.get_by_label("Description"))).to_have_count(1)
    page.get_by_label("Title").focus()
    page.keyboard.press("Tab")
    _type_over(page, "Fell the ash", "", "", "480")
    page.keyboard.press("Enter")
    _type_over(page, "Grind the stump", "2", "hour", "64.22")


def _type_over(page: Page, *words: str) -> None:
    """Description, quantity, unit, price: typed one after the other."""
    for place, word in enumerate(words):
        if place:
            page.keyboard.press("Tab")
        page.keyboard.type(word)


def _fill_a_line_from_the_price_list(page: Page) -> None:
    page.keyboard.press("Enter")
    page.keyboard.type("cr")
    expect(page.get_by_role("option", name="Crown reduction")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    third = page.locator("[data-line-number]").nth(2)
    expect(third.get_by_label("Description")).to_have_value("Crown reduction")
    expect(third.get_by_label("Price", exact=True)).to_have_value("120")
    expect(third.get_by_label("Quantity")).to_be_focused()


def _move_and_take_off_and_undo(page: Page) -> None:
    first = page.locator("[data-line-number]").first
    first.get_by_label("Quantity").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("[data-line-number]").nth(1).get_by_label("Quantity")).to_be_focused()
    expect(page.locator("[data-line-number]").first.get_by_label("Description")).to_have_value(
        "Grind the stump"
    )

    page.keyboard.press("Alt+Delete")
    expect(page.locator("[data-line-number]")).to_have_count(2)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator("[data-line-number]").nth(1).get_by_label("Description")).to_be_focused()
    expect(page.locator("[data-line-number]")).to_have_count(3)


def _see_the_sums_and_why(page: Page) -> None:
    """L7: the totals follow the typing; each opens how it comes about, by keyboard."""
    foot = page.locator("[data-foot]")
    total = foot.locator("[data-why=total] > summary")
    expect(total).to_contain_text("874.13")
    total.press("Enter")
    tree = foot.locator("[data-why=total]")
    expect(tree.get_by_text("net and taxes")).to_be_visible()
    expect(tree.get_by_text("20 % of 728.44 = 145.688, rounded to 145.69")).to_be_visible()


def _be_told_a_mistake_at_its_field(page: Page) -> None:
    quantity = page.locator("[data-line-number]").first.get_by_label("Quantity")
    quantity.fill("some")
    quantity.press("Tab")
    expect(quantity).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-foot]")).to_contain_text("need another look")
    quantity.fill("2")
    quantity.press("Tab")
    expect(page.locator("[data-foot]")).to_contain_text("874.13")


def test_what_was_typed_is_not_lost_by_leaving(page: Page, serve: Serve, company: SmallCompany) -> None:
    address = serve(company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/projects/1/estimates/1/edit")
    page.get_by_role("button", name="Add a line").click()
    asked: list[str] = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/estimates/1")

    assert asked == ["beforeunload"]


def test_a_step_is_taken_in_a_dialogue_over_the_page(page: Page, serve: Serve, company: SmallCompany) -> None:
    with writing(), company.session() as session:
        an_estimate(session, session.get_one(Estimate, 1).project, title="Grind the stump", expires_on=None)
        session.commit()
    address = serve(company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/projects/1/estimates/2")

    page.get_by_role("link", name="Send estimate").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Handed over in person: no mail").check()
    dialog.get_by_role("button", name="Send estimate").click()

    expect(page.get_by_role("status").filter(has_text="handed to")).to_be_visible()
    expect(page.get_by_role("link", name="Confirm estimate")).to_be_visible()


def test_cards_move_by_drag_and_by_keyboard(page: Page, serve: Serve, company: SmallCompany) -> None:
    """68: a drop asks what the step asks; a column that cannot take the card says why [L15]."""
    address = serve(company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/pipeline/")
    card = page.locator("[data-card=lead-1]")

    card.drag_to(page.locator("[data-column=postponed]"))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("It comes back on")).to_be_focused()
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()
    card.drag_to(page.locator("[data-column=estimate-changes]"))
    expect(dialog).to_contain_text("Write its estimate first.")
    dialog.get_by_role("link", name="Back").click()
    expect(dialog).to_be_hidden()

    card.get_by_text("Move to…").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Site visit")
    dialog.get_by_role("button", name="Site visit").press("Enter")

    expect(page.locator("[data-column^=status-]").get_by_text("Look at the oak", exact=True)).to_be_visible()
    with company.session() as session:
        assert session.scalars(select(Lead)).one().state is LeadState.CUSTOM


PAGES = (
    "/admin/projects/1/estimates/1/edit",
    "/admin/projects/1/estimates/2",
    "/admin/projects/1/estimates/2/step/send",
    "/admin/projects/1/force/invoice",
    "/admin/pipeline/",
    "/admin/pipeline/flow",
)


@pytest.mark.parametrize("path", PAGES)
def test_pages_pass_axe_and_nothing_is_wider_than_a_phone(
    narrow_page: Page, serve: Serve, company: SmallCompany, path: str
) -> None:
    with writing(), company.session() as session:
        project = session.get_one(Estimate, 1).project
        an_estimate(
            session, project, "1", "2", title="Grind the stump", state=EstimateState.DRAFT, intro="x " * 200
        )
        session.commit()
    address = serve(company.app)
    sign_in(narrow_page, address)
    narrow_page.goto(f"{address}{path}")

    assert narrow_page.evaluate("document.documentElement.scrollWidth") <= 390
    for width in (390, 1280):
        narrow_page.set_viewport_size({"width": width, "height": 900})
        narrow_page.evaluate(SETTLED)
        narrow_page.evaluate(AXE.read_text())
        assert narrow_page.evaluate(JUDGE, RULES) == []
