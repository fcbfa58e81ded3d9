"""A day on site on a phone without any script, and the office that looks at it afterwards [61-63, 67, A70-A77].

How the same day goes with the script and without signal stands in crew_day/test_day_story.py.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from admin_app.kernel.actor import SYSTEM
from admin_app.models import FormKind, WorkOrder, WorkOrderState
from admin_app.models.engine import writing
from admin_app.services.form_questions import ensure_form_questions, questions_of
from admin_app.services.passwords import Passwords
from admin_app.services.schedule_work import Plan, schedule_work
from seeds.builders import a_contact, a_group, a_user, an_address
from seeds.work_builders import a_project
from tests.browser.clockwork import TurningClock
from tests.browser.company import PASSWORD, SmallCompany, found, say_yes_to_all, sign_in
from tests.fixtures.browser import NARROW, Serve, patient_page
from tests.services.agreed import agree, offer
from tests.services.desk import Desk

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone on which no script runs."""
    context = browser.new_context(viewport=NARROW, locale="en-GB", java_script_enabled=False)
    yield patient_page(context)
    context.close()


def test_a_crew_does_its_job_without_any_script_and_the_office_completes_it(
    page: Page, phone: Page, serve: Serve, tmp_path: Path
) -> None:
    company = found(tmp_path, TurningClock(date(2026, 3, 2)))  # its clock stands: no time goes by on site
    work_id = _agreed_work(company)
    address = serve(company.app)
    sign_in(phone, address, "cem")
    sign_in(page, address, "bea")

    _find_todays_job(phone)
    _answer_the_safety_form(phone)
    _begin_tick_and_finish(phone, tmp_path)
    _write_time_down(phone)
    _fill_in_the_finish_form(phone)
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
    """Nothing says what it costs."""
    assert "€" not in phone.locator("main").inner_text()


def _find_todays_job(phone: Page) -> None:
    """The landing page of a crew: today, first."""
    expect(phone.get_by_role("heading", name="My jobs")).to_be_visible()
    expect(phone.get_by_role("heading", name="Today,", exact=False)).to_be_visible()
    _fits(phone)
    phone.get_by_role("link", name="Fell the ash", exact=True).click()
    expect(phone.get_by_role("link", name="Navigate")).to_be_visible()
    phone.get_by_text("How to get in").click()
    expect(phone.get_by_text("Key safe 4711")).to_be_visible()
    _fits(phone)


def _answer_the_safety_form(phone: Page) -> None:
    """The one thing to do now is the form; the start comes after it [A71]."""
    expect(phone.get_by_role("button", name="Start work")).to_have_count(0)
    phone.get_by_role("region", name="Next step").get_by_role("link").click()
    say_yes_to_all(phone)
    phone.get_by_label("Where is the first-aid kit", exact=False).fill("In the van; Cem")
    _fits(phone)
    phone.get_by_role("button", name="Save the form").click()
    expect(phone.get_by_text("Pre-job safety form filled in.")).to_be_visible()


def _begin_tick_and_finish(phone: Page, folder: Path) -> None:
    """Start, both services by their ticks, a photo, a note, the end [A73, A74, A97]."""
    phone.get_by_role("button", name="Start work").click()
    expect(phone.get_by_text("The work has begun.", exact=False)).to_be_visible()
    phone.get_by_label("Work 1").check()
    phone.get_by_label("Work 2").check()
    phone.get_by_role("button", name="Complete ticked services").click()
    expect(phone.get_by_text("2 services completed.")).to_be_visible()
    Image.new("RGB", (800, 600), "green").save(folder / "gate.jpg")
    phone.locator("#photo").set_input_files(folder / "gate.jpg")
    phone.get_by_role("button", name="Add the photos").click()
    expect(phone.get_by_text("1 photo is with the office.")).to_be_visible()
    expect(phone.get_by_alt_text("Photo 1, Cem Yılmaz")).to_be_visible()
    phone.get_by_label("Tell the office").fill("The gate sticks")
    phone.get_by_role("button", name="Send note").click()
    expect(phone.get_by_text("The office can read your note now.")).to_be_visible()
    _fits(phone)
    phone.get_by_role("button", name="Stop").click()
    expect(phone.get_by_text("Less than a minute", exact=False)).to_be_visible()


def _fill_in_the_finish_form(phone: Page) -> None:
    """What the office asks for at the end, and the end itself."""
    phone.get_by_role("region", name="Next step").get_by_role("link", name="Fill in the finish form").click()
    say_yes_to_all(phone)
    phone.get_by_role("button", name="Save the form").click()
    phone.get_by_role("button", name="Complete job").click()
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
    """The photo, completion, and what is left of the price: 570.50 − 3.5 × 32.00 [67, A77]."""
    page.goto(f"{address}/admin/projects/workorders/{work_id}")
    row = page.get_by_role("row", name="Margin")
    expect(row).to_contain_text("458.50")
    expect(page.get_by_alt_text("Photo 1, Cem Yılmaz")).to_be_visible()
    page.get_by_role("button", name="Complete workorder").click()
    expect(page.get_by_text("The workorder is completed.", exact=False)).to_be_visible()
    page.get_by_role("link", name="Read the forms").click()
    expect(page.get_by_text("In the van; Cem")).to_be_visible()
