"""A day on site on a phone, and the office that looks at it afterwards, in real browsers [61-63, 67, A70-A77]."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from admin_app.kernel.actor import SYSTEM
from admin_app.models import FormKind, WorkOrder, WorkOrderState
from admin_app.models.engine import writing
from admin_app.services.form_questions import ensure_form_questions, questions_of
from admin_app.services.passwords import Passwords
from admin_app.services.schedule_work import Plan, schedule_work
from seeds.builders import a_contact, a_group, a_user, an_address
from seeds.work_builders import a_project
from tests.browser.company import PASSWORD, SmallCompany, found, sign_in
from tests.fixtures.browser import Serve
from tests.services.agreed import agree, offer
from tests.services.desk import Desk

pytestmark = pytest.mark.browser


def test_a_crew_does_its_job_on_the_phone_and_the_office_completes_it(
    page: Page, narrow_page: Page, serve: Serve, tmp_path: Path
) -> None:
    company = found(tmp_path)
    work_id = _agreed_work(company)
    address = serve(company.app)
    phone = narrow_page
    sign_in(phone, address, "cem")
    sign_in(page, address, "bea")

    _find_todays_job(phone)
    _answer_the_safety_form(phone)
    _begin_tick_and_finish(phone)
    _write_time_down(phone)
    _complete_in_the_office(page, address, work_id)

    with company.session() as session:
        work = session.get_one(WorkOrder, work_id)
        assert work.state is WorkOrderState.COMPLETED
        assert [form.kind for form in work.forms] == [FormKind.SAFETY, FormKind.FINISH]


def _agreed_work(company: SmallCompany) -> int:
    """Agreed, planned for today, cem on it."""
    with writing(), company.session() as session:
        clock = session.info["clock"]
        ensure_form_questions(session)
        cem = a_user(
            session, "cem", password_hash=Passwords.by(company.settings).hash(PASSWORD), hour_cost=3200
        )
        group = a_group(session, name="Kučera household")
        lucy = a_contact(
            session, group, primary=True, first_name="Łucja", last_name="Kučera", phone="020 7946 0991"
        )
        site = an_address(session, group, line1="12 Mill Lane", access_notes="Key safe 4711")
        project = a_project(session, group, address_id=site.id, contact_id=lucy.id)
        desk = Desk(session, SYSTEM, clock, group)
        work: WorkOrder = agree(desk, offer(desk, "450", "120.50", project=project))
        now = clock.now()
        schedule_work(session, work, Plan(now, now + timedelta(minutes=1), (cem.id,)), SYSTEM, clock)
        assert len(questions_of(session, [FormKind.SAFETY])) == 7
        session.commit()
        return work.id


def _fits(phone: Page) -> None:
    """Nothing is wider than the phone, and nothing says what it costs."""
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert "€" not in phone.locator("main").inner_text()


def _find_todays_job(phone: Page) -> None:
    """The landing page of a crew: today, first."""
    expect(phone.get_by_role("heading", name="Jobs by day")).to_be_visible()
    expect(phone.get_by_role("heading", name="Today,", exact=False)).to_be_visible()
    _fits(phone)
    phone.get_by_role("link", name="Fell the ash").click()
    expect(phone.get_by_role("link", name="Open the map")).to_be_visible()
    phone.get_by_text("How to get in").click()
    expect(phone.get_by_text("Key safe 4711")).to_be_visible()
    _fits(phone)


def _answer_the_safety_form(phone: Page) -> None:
    """The closed button says why, and leads to what mends it [L15, A71]."""
    expect(phone.get_by_role("button", name="Start work")).to_be_disabled()
    phone.get_by_role("link", name="Open the forms").click()
    phone.get_by_role("link", name="Fill in the pre-job safety form").click()
    for yes in phone.get_by_label("Yes").all():
        yes.check()
    phone.get_by_label("Where is the first-aid kit", exact=False).fill("In the van; Cem")
    _fits(phone)
    phone.get_by_role("button", name="Save the form").click()
    expect(phone.get_by_text("Pre-job safety form filled in.")).to_be_visible()


def _begin_tick_and_finish(phone: Page) -> None:
    """Start, both services by their ticks, finish [A73, A74]."""
    phone.get_by_role("link", name="Fell the ash").click()
    phone.get_by_role("button", name="Start work").click()
    expect(phone.get_by_role("button", name="Finish work")).to_be_disabled()
    phone.get_by_label("Work 1").check()
    phone.get_by_label("Work 2").check()
    phone.get_by_role("button", name="Complete ticked services").click()
    expect(phone.get_by_text("2 services completed.")).to_be_visible()
    _fits(phone)
    phone.get_by_role("button", name="Finish work").click()
    expect(phone.get_by_text("The work is finished.", exact=False)).to_be_visible()


def _write_time_down(phone: Page) -> None:
    """As people write it; nobody is asked who [67]."""
    phone.get_by_role("link", name="Write down time").click()
    expect(phone.get_by_label("Who", exact=True)).to_have_count(0)
    phone.get_by_label("Time worked").fill("3:30")
    phone.get_by_role("button", name="Save time").click()
    expect(phone.get_by_text("3 h 30 min written down.")).to_be_visible()
    _fits(phone)


def _complete_in_the_office(page: Page, address: str, work_id: int) -> None:
    """The finish form, completion, and what is left of the price: 570.50 − 3.5 × 32.00 [67, A77]."""
    page.goto(f"{address}/admin/projects/workorders/{work_id}")
    row = page.get_by_role("row", name="Margin")
    expect(row).to_contain_text("458.50")
    page.get_by_role("link", name="Fill in the finish form").click()
    for yes in page.get_by_label("Yes").all():
        yes.check()
    page.get_by_role("button", name="Save the form").click()
    page.get_by_role("button", name="Complete workorder").click()
    expect(page.get_by_text("The workorder is completed.", exact=False)).to_be_visible()
    page.get_by_role("link", name="Read the forms").click()
    expect(page.get_by_text("In the van; Cem")).to_be_visible()
