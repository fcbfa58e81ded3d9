"""The phone rings: from the first digits to the appointment by keyboard alone, in a real browser.

Issue 4, "Must show"; 44, 12, A52, L14: at most ten clicks; clicks, presses of keys and seconds are printed (pytest -s).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from admin_app.models import Company, Contact, CustomerGroup, Event, Lead, OutboxMessage, Task
from admin_app.models.engine import writing
from seeds.builders import a_contact, a_group, a_user, an_address, an_event
from seeds.work_builders import a_lead_source
from tests.browser.clockwork import TurningClock
from tests.browser.company import SmallCompany, found, sign_in
from tests.browser.counted import count_from_now, task
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser

MOST_CLICKS = 10
MONDAY = date(2026, 3, 2)


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """The Finches are known; Pete is out on Monday at half past ten."""
    clock = TurningClock(MONDAY)
    company = found(tmp_path, clock)
    with writing(), company.session() as session:
        session.scalars(select(Company)).one().email = "office@ashworth.test"
        a_lead_source(session)
        pete = a_user(session, "pete")
        finches = a_group(session, name="Finch household")
        clara = {"first_name": "Clara", "last_name": "Finch", "email": "clara@finch.example"}
        a_contact(session, finches, primary=True, phone="+442079460991", **clara)
        an_address(session, finches, is_billing=True)
        an_event(session, finches, assignee_id=pete.id, starts_at=clock.now())
        session.commit()
    return company


@pytest.fixture
def desk(page: Page, serve: Serve, company: SmallCompany) -> Page:
    """Bea, at the page of the proof: a call comes when it comes."""
    count_from_now(page)
    address = serve(company.app)
    sign_in(page, address, "bea")
    page.goto(f"{address}/admin/proof/")
    return page


def test_a_known_customer_calls_and_has_an_appointment(desk: Page, company: SmallCompany) -> None:
    keys = desk.keyboard
    with task(desk, "Call to appointment, known customer") as cost:
        keys.press("c")
        expect(desk.get_by_label("Phone or name")).to_be_focused()
        keys.type("7946 09")
        expect(desk.get_by_role("option", name="Somebody new: 7946 09")).to_be_visible()  # answered to the last digit
        expect(desk.get_by_role("option", name="Clara Finch")).to_be_visible()
        keys.press("ArrowDown")
        keys.press("Enter")
        expect(desk.get_by_label("Title")).to_be_focused()
        keys.type("Fell the ash")
        keys.press("Tab")
        keys.type("It leans over the shed.")
        keys.press("Tab")
        keys.type("Urgent")
        keys.press("Tab")
        keys.type("Rec")
        _choose_pete_and_the_first_time(desk)
        keys.press("Enter")
        expect(desk.get_by_role("heading", name="Fell the ash", level=1)).to_be_visible()

    expect(desk.get_by_text("Pete Novák comes on")).to_be_visible()
    expect(desk.get_by_text("Clara Finch is told by mail.")).to_be_visible()
    assert cost.clicks == 0 <= MOST_CLICKS
    with company.session() as session:
        lead, visit = session.scalars(select(Lead)).one(), _visit_of(session)
        assert (lead.group.name, lead.priority.value, lead.request) == (
            "Finch household",
            "urgent",
            "It leans over the shed.",
        )
        assert visit.project_id == lead.project_id and visit.assignee is not None
        assert visit.assignee.name == "Pete Novák" and visit.address_id == 1
        assert session.scalar(select(func.count()).select_from(CustomerGroup)) == 1
        assert [mail.recipient for mail in session.scalars(select(OutboxMessage))] == ["clara@finch.example"]


def _choose_pete_and_the_first_time(desk: Page) -> None:
    """The free times follow the estimator; the arrow goes from "No appointment yet" to the first of them."""
    keys = desk.keyboard
    keys.press("Tab")
    expect(desk.get_by_label("Estimator")).to_be_focused()
    keys.type("Pete")
    expect(desk.locator(".ca-slot").first).to_be_visible()
    keys.press("Tab")
    keys.press("ArrowDown")
    expect(desk.locator(".ca-slot input").first).to_be_checked()


def test_somebody_new_calls_and_has_an_appointment(desk: Page, company: SmallCompany) -> None:
    keys = desk.keyboard
    with task(desk, "Call to appointment, new customer") as cost:
        keys.press("c")
        expect(desk.get_by_label("Phone or name")).to_be_focused()
        keys.type("020 7946 0777")
        expect(desk.get_by_role("option", name="Somebody new: 020 7946 0777")).to_be_visible()
        keys.press("Enter")
        expect(desk.get_by_label("First name")).to_be_focused()
        expect(desk.get_by_label("Phone", exact=True)).to_have_value("020 7946 0777")
        keys.type("Łucja")
        keys.press("Tab")
        keys.type("Kučera")
        keys.press("Tab")
        keys.press("Tab")
        keys.type("lucja@kucera.example")
        for _ in range(3):
            keys.press("Tab")
        expect(desk.get_by_label("Street and number")).to_be_focused()
        keys.type("12 Mill Lane")
        keys.press("Tab")
        keys.type("Barnsford")
        for _ in range(3):
            keys.press("Tab")
        expect(desk.get_by_label("Title")).to_be_focused()
        keys.type("Crown the limes")
        for _ in range(3):
            keys.press("Tab")
        _choose_pete_and_the_first_time(desk)
        keys.press("Enter")
        expect(desk.get_by_role("heading", name="Crown the limes", level=1)).to_be_visible()

    assert cost.clicks == 0 <= MOST_CLICKS
    expect(desk.get_by_text("Łucja Kučera is told by mail.")).to_be_visible()
    with company.session() as session:
        lead, visit = session.scalars(select(Lead)).one(), _visit_of(session)
        assert lead.group.name == "Kučera household" and visit.address is not None
        assert visit.address.name == "12 Mill Lane, Barnsford"
        assert session.scalars(select(Contact).where(Contact.last_name == "Kučera")).one().phone is not None


def _visit_of(session) -> Event:
    visit = session.scalars(select(Event).where(Event.project_id.is_not(None))).one()
    assert isinstance(visit, Event)
    return visit


def _find_clara(desk: Page) -> None:
    """The page comes anew with the customer who was chosen; only then is there something to write down."""
    desk.get_by_label("Phone or name").press_sequentially("finch")
    expect(desk.get_by_role("option", name="Somebody new: finch")).to_be_visible()
    desk.get_by_role("option", name="Clara Finch").click()
    expect(desk.get_by_role("button", name="Somebody else calls")).to_be_visible()


def test_with_the_mouse_it_takes_ten_clicks_at_most(desk: Page, company: SmallCompany) -> None:
    with task(desk, "Call to appointment, with the mouse") as cost:
        desk.get_by_role("link", name="New call").click()
        _find_clara(desk)
        desk.get_by_label("Title").fill("Fell the ash")
        desk.get_by_label("Estimator").select_option(label="Pete Novák")
        desk.locator(".ca-slot").nth(3).click()
        desk.get_by_role("button", name="Save call").last.click()
        expect(desk.get_by_text("is on the list", exact=False)).to_be_visible()

    assert cost.clicks <= MOST_CLICKS


def test_a_double_press_takes_one_call(desk: Page, company: SmallCompany) -> None:
    desk.keyboard.press("c")
    _find_clara(desk)
    desk.get_by_label("Title").fill("Fell the ash")

    desk.get_by_role("button", name="Save call").last.dblclick()

    expect(desk.get_by_text("is on the list", exact=False)).to_be_visible()
    with company.session() as session:
        assert session.scalar(select(func.count()).select_from(Lead)) == 1
        assert session.scalar(select(func.count()).select_from(Task)) == 0


def test_somebody_known_is_told_while_a_new_one_is_typed_and_taken_with_what_was_typed(desk: Page) -> None:
    """12: the warning leads to the customer, and the title typed before stays."""
    desk.keyboard.press("c")
    expect(desk.get_by_label("Phone or name")).to_be_focused()
    desk.get_by_label("Title").fill("Fell the ash")
    desk.get_by_label("First name").press_sequentially("Clara")
    desk.get_by_label("Email").press_sequentially("clara@finch.example")
    expect(desk.get_by_text("Maybe known already")).to_be_visible()

    desk.get_by_role("link", name="Finch household").click()

    expect(desk.get_by_role("button", name="Somebody else calls")).to_be_visible()
    expect(desk.get_by_label("Title")).to_have_value("Fell the ash")


def test_on_a_phone_nothing_is_wider_than_it(narrow_page: Page, serve: Serve, company: SmallCompany) -> None:
    address = serve(company.app)
    sign_in(narrow_page, address, "bea")

    narrow_page.get_by_role("navigation", name="Short menu").get_by_role("link", name="New call").click()
    expect(narrow_page.get_by_role("heading", name="New call")).to_be_visible()
    narrow_page.get_by_label("Estimator").select_option(label="Pete Novák")

    expect(narrow_page.locator(".ca-slot").first).to_be_visible()
    assert narrow_page.evaluate("document.documentElement.scrollWidth") <= 390
