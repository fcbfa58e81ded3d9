"""A crew's day on the phone with the signal gone in the middle: nothing is lost, all arrives once [61-63, A70-A74].

Clicks and seconds are printed (pytest -s); the network is cut by the browser itself, reload included.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from admin_app.kernel.actor import SYSTEM
from admin_app.models import (
    Attachment,
    Clocking,
    FormKey,
    FormKind,
    Note,
    Service,
    ServiceState,
    TimeEntry,
    WorkOrder,
    WorkOrderState,
)
from admin_app.models.engine import writing
from admin_app.services.form_questions import ensure_form_questions
from admin_app.services.passwords import Passwords
from admin_app.services.schedule_work import Plan, schedule_work
from seeds.builders import a_contact, a_group, a_user, an_address
from seeds.work_builders import a_piece_of_equipment, a_project
from tests.browser.company import PASSWORD, SmallCompany, found, say_yes_to_all, sign_in
from tests.browser.counted import count_from_now, task
from tests.browser.eyes import AXE, JUDGE, RULES, SETTLED
from tests.fixtures.browser import Serve
from tests.services.agreed import agree, offer
from tests.services.desk import Desk

pytestmark = pytest.mark.browser

PRICES = ("450", "120.50", "75")
MOST_CLICKS = 40
"""A whole day: two forms, three services, photos, a note, the clock and the end."""
KEPT = """async () => {
  const path = new URL(document.querySelector("form[data-act=note]").action).pathname;
  return JSON.stringify(await sawhorseJobs.draft(`${sawhorseJobs.person} ${path}`) ?? "").includes("Half a sen");
}"""
"""Whether the half sentence of a note lies on the phone."""


@pytest.fixture
def phone(narrow_page: Page) -> Page:
    """The phone, whose presses are counted."""
    count_from_now(narrow_page)
    return narrow_page


def test_a_day_without_signal_arrives_whole_and_once(phone: Page, serve: Serve, tmp_path: Path) -> None:
    company = found(tmp_path)
    work_id = _planned_work(company)
    address = serve(company.app)
    phone.goto(f"{address}/login")

    with task(phone, "A crew's day with the signal cut in the middle") as cost:
        sign_in(phone, address, "cem")
        _read_the_morning(phone)
        _warmed(phone)
        _answer_safety_and_start(phone)
        _tick(phone, "Fell the ash")
        expect(phone.get_by_text("Done by Cem")).to_be_visible()
        _write_in_the_office(company, work_id, "The neighbour wants to be told")
        phone.reload()
        expect(phone.get_by_text("The neighbour wants to be told")).to_be_visible()

        phone.context.set_offline(True)
        _work_without_signal(phone, tmp_path)
        assert _arrived(company, work_id)["notes"] == 0
        phone.context.set_offline(False)

        expect(phone.locator("[data-signal]")).not_to_contain_text("Waits for signal", timeout=30_000)
        _all_sent(phone)
        _complete(phone, address, work_id)

    there = _arrived(company, work_id)
    # On a fast machine the day takes less than a minute, and then nobody is paid for it.
    assert there.pop("entries") <= 1
    assert there == {
        "state": WorkOrderState.FINISHED,
        "done": 3,
        "forms": [FormKind.SAFETY, FormKind.FINISH],
        "photos": 2,
        "notes": 1,
        "clocks": 0,
        "keys": there["keys"],
    }
    # Each act has a key of its own: the safety form, the start, three ticks, two photos, the note, the finish form,
    # the end.
    assert there["keys"] == 10
    assert cost.clicks <= MOST_CLICKS


def test_a_refusal_is_a_sentence_and_holds_back_this_job_only(
    phone: Page, serve: Serve, tmp_path: Path
) -> None:
    """Meanwhile the office took the work back: what was done stays on the phone and says so, the other job goes on."""
    company = found(tmp_path)
    first, second = _planned_work(company), _planned_work(company, title="Hedge at the mill")
    address = serve(company.app)
    sign_in(phone, address, "cem")
    _warmed(phone, jobs=2)
    phone.context.set_offline(True)
    for work_id in (first, second):
        phone.goto(f"{address}/admin/jobs/{work_id}")
        _answer_safety_and_start(phone)
        _note(phone, f"Note of {work_id}")
    with writing(), company.session() as session:
        work = session.get_one(WorkOrder, first)
        work.state = WorkOrderState.CANCELLED
        session.commit()

    phone.context.set_offline(False)

    refused = phone.locator(".wk-refused")
    expect(refused).to_contain_text("Not taken: Pre-job safety form", timeout=30_000)
    expect(refused).to_contain_text("This workorder is cancelled")
    expect(refused).to_contain_text("It is kept on this phone. 2 things done after it on this job wait until then.")
    _until(
        phone,
        "the other job was held back",
        f"async () => (await sawhorseJobs.all()).every((one) => one.job === '{first}')",
    )
    assert _arrived(company, second)["notes"] == 1
    assert _arrived(company, first)["notes"] == 0
    with writing(), company.session() as session:
        session.get_one(WorkOrder, first).state = WorkOrderState.SCHEDULED
        session.commit()
    refused.get_by_role("button", name="Try again").click()
    _all_sent(phone)
    assert _arrived(company, first)["notes"] == 1
    assert _arrived(company, first)["state"] is WorkOrderState.IN_PROGRESS


def test_what_waits_goes_out_under_its_own_person_only(phone: Page, serve: Serve, tmp_path: Path) -> None:
    """Signed out meanwhile, a colleague at the phone, the same person back; pages of jobs are gone at the sign-in."""
    company = found(tmp_path)
    work_id = _planned_work(company)
    address = serve(company.app)
    sign_in(phone, address, "cem")
    _warmed(phone)
    phone.goto(f"{address}/admin/jobs/{work_id}")
    phone.context.set_offline(True)
    _note(phone, "Mine")
    expect(phone.locator("[data-signal]")).to_contain_text("Waits for signal (1)")

    with writing(), company.session() as session:
        from admin_app.models import StaffSession
        from admin_app.records.guard import allow_bulk

        with allow_bulk("the office ends all sessions"):
            for one in session.scalars(select(StaffSession)):
                session.delete(one)
            session.commit()
    phone.context.set_offline(False)
    expect(phone.locator("[data-signal]")).to_contain_text("You are signed out. 1 thing on this phone", timeout=30_000)
    phone.locator("[data-signal]").get_by_role("link", name="Sign in").click()
    expect(phone.get_by_text("1 thing done on this phone waits to be sent")).to_be_visible()
    _until(
        phone,
        "pages of jobs are still there",
        "async () => (await caches.keys()).join() === 'sawhorse-jobs-assets'",
    )

    sign_in(phone, address, "sue")
    expect(phone.locator("[data-signal]")).to_contain_text("1 thing of Cem")
    assert _arrived(company, work_id)["notes"] == 0
    phone.get_by_role("button", name="your menu").click()
    phone.get_by_role("button", name="Sign out").click()
    expect(phone.get_by_text("You are signed out.")).to_be_visible()
    sign_in(phone, address, "cem")
    _all_sent(phone)

    assert _arrived(company, work_id)["notes"] == 1
    with company.session() as session:
        assert session.scalars(select(Note.author)).all() == [session.get_one(WorkOrder, work_id).crew[0].name]


def test_a_phone_that_keeps_nothing_sends_the_forms_as_they_are(
    phone: Page, serve: Serve, tmp_path: Path
) -> None:
    """A private window without a store: with signal all goes as without script."""
    company = found(tmp_path)
    work_id = _planned_work(company)
    address = serve(company.app)
    phone.add_init_script("indexedDB.open = () => { throw new Error('denied'); }")
    sign_in(phone, address, "cem")
    phone.goto(f"{address}/admin/jobs/{work_id}")

    _answer_safety_and_start(phone)
    _tick(phone, "Fell the ash")
    expect(phone.get_by_text("1 service completed.")).to_be_visible()
    _note(phone, "The gate sticks")

    expect(phone.get_by_text("The office can read your note now.")).to_be_visible()
    there = _arrived(company, work_id)
    assert (there["done"], there["notes"], there["clocks"]) == (1, 1, 1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_a_crew_pass_axe_while_acts_wait(
    phone: Page, serve: Serve, tmp_path: Path, theme: str
) -> None:
    """My jobs, a job with things that wait, and a form: at 390 wide, in both themes [look.md]."""
    company = found(tmp_path)
    work_id = _planned_work(company)
    address = serve(company.app)
    phone.add_init_script(f"localStorage.setItem('sawhorse-theme', '{theme}')")
    sign_in(phone, address, "cem")
    _warmed(phone)
    assert _judged(phone) == []
    phone.goto(f"{address}/admin/jobs/{work_id}/forms/safety")
    assert _judged(phone) == []
    phone.goto(f"{address}/admin/jobs/{work_id}")
    phone.context.set_offline(True)
    _tick(phone, "Fell the ash")
    _photos(phone, tmp_path)
    _note(phone, "The gate sticks")
    expect(phone.locator("[data-signal]")).to_contain_text("Waits for signal (4)")
    assert _judged(phone) == []
    phone.evaluate(
        "async () => { const [one] = await sawhorseJobs.all(); "
        "await sawhorseJobs.change(one.id, {state: 'refused', sentence: 'This service is cancelled'}); "
        "await sawhorseJobs.paint(); }"
    )
    assert _judged(phone) == []


def _planned_work(company: SmallCompany, title: str = "Fell the ash behind the barn") -> int:
    """Agreed, planned for today with a machine, cem on it."""
    with writing(), company.session() as session:
        clock = session.info["clock"]
        ensure_form_questions(session)
        hashed = Passwords.by(company.settings).hash(PASSWORD)
        cem, _ = (
            _somebody(session, "cem", hashed, hour_cost=3200),
            _somebody(session, "sue", hashed),
        )
        group = a_group(session, name="Kučera household")
        lucy = a_contact(
            session, group, primary=True, first_name="Łucja", last_name="Kučera", phone="020 7946 0991"
        )
        place = an_address(session, group, line1="12 Mill Lane", access_notes="Key safe 4711")
        project = a_project(session, group, address_id=place.id, contact_id=lucy.id)
        estimate = offer(Desk(session, SYSTEM, clock, group), *PRICES, project=project)
        for line, words in zip(estimate.lines, ("Fell the ash", "Grind the stump", "Clear away"), strict=True):
            line.description = words
        work: WorkOrder = agree(Desk(session, SYSTEM, clock, group), estimate)
        work.title, work.notes = title, "Gate is locked"
        work.equipment = [a_piece_of_equipment(session, f"Chipper {work.id}")]
        now = clock.now()
        schedule_work(session, work, Plan(now, now + timedelta(minutes=1), (cem.id,)), SYSTEM, clock)
        session.commit()
        return work.id


def _somebody(session: Any, who: str, hashed: str, **but: Any) -> Any:
    from admin_app.models import User

    there = session.scalar(select(User).where(User.email == f"{who}@ashworth.test"))
    return there or a_user(session, who, password_hash=hashed, **but)


def _write_in_the_office(company: SmallCompany, work_id: int, words: str) -> None:
    """The office changes the notes of the workorder meanwhile [A70]."""
    with writing(), company.session() as session:
        session.get_one(WorkOrder, work_id).notes = words
        session.commit()


def _arrived(company: SmallCompany, work_id: int) -> dict[str, Any]:
    """What the office has of this job."""
    with company.session() as session:
        work = session.get_one(WorkOrder, work_id)

        def count(entity: type[Any], *where: Any) -> int:
            return session.scalar(select(func.count()).select_from(entity).where(*where)) or 0

        return {
            "state": work.state,
            "done": count(Service, Service.work_order_id == work_id, Service.state == ServiceState.COMPLETED),
            "forms": [form.kind for form in work.forms],
            "photos": count(Attachment, Attachment.work_order_id == work_id),
            "notes": count(Note, Note.project_id == work.project_id),
            "clocks": count(Clocking, Clocking.work_order_id == work_id),
            "entries": count(TimeEntry, TimeEntry.work_order_id == work_id),
            "keys": count(FormKey),
        }


def _judged(page: Page) -> list[str]:
    """What axe finds wrong, and whether something is wider than the phone."""
    page.evaluate(SETTLED)
    page.evaluate(AXE.read_text())
    found_: list[str] = page.evaluate(JUDGE, RULES)
    wide = page.evaluate("document.documentElement.scrollWidth") > 390
    return [*found_, *(["wider than the phone"] if wide else [])]


def _until(phone: Page, words: str, script: str) -> None:
    """Wait until an asynchronous question of the browser is answered by yes."""
    phone.wait_for_load_state()
    for _ in range(300):
        if phone.evaluate(script):
            return
        phone.wait_for_timeout(100)
    pytest.fail(words)


def _all_sent(phone: Page) -> None:
    _until(phone, "something still waits on the phone", "async () => (await sawhorseJobs.all()).length === 0")


def _warmed(phone: Page, jobs: int = 1) -> None:
    """The pages of today lie on the phone: each job and its last form."""
    _until(
        phone,
        "the pages of today do not lie on the phone",
        "async () => { let found = 0; for (const name of await caches.keys()) if (name.includes('pages')) "
        "for (const one of await (await caches.open(name)).keys()) found += one.url.endsWith('/forms/finish'); "
        f"return found >= {jobs}; }}",
    )


def _read_the_morning(phone: Page) -> None:
    """The first page: where, how to get there and in, whom to call, what to take along, and no price."""
    expect(phone.get_by_role("heading", name="My jobs")).to_be_visible()
    way = phone.get_by_role("link", name="Navigate")
    href = way.get_attribute("href") or ""
    assert href.startswith("https://") and "12+Mill+Lane" in href
    assert (phone.get_by_role("link", name="Call Łucja").get_attribute("href")) == "tel:02079460991"
    for words in ("Gate is locked", "Chipper", "0 of 3 done", "Pre-job safety form owed"):
        expect(phone.get_by_text(words)).to_be_visible()
    expect(phone.get_by_text("Key safe 4711")).to_be_hidden()
    phone.get_by_text("How to get in").click()
    expect(phone.get_by_text("Key safe 4711")).to_be_visible()
    assert "€" not in phone.locator("main").inner_text()
    expect(phone.locator(".btn-primary:visible")).to_have_count(1)
    small = phone.evaluate(
        "[...document.querySelectorAll('main a, main button, main summary')].filter((e) => e.checkVisibility() && "
        "e.getBoundingClientRect().height < 43.5 && !e.closest('h3, .wk-text')).map((e) => e.textContent.trim())"
    )
    assert small == []


def _answer_safety_and_start(phone: Page) -> None:
    """The one thing to do is the form, then the start."""
    phone.get_by_role("link", name="Fill in the pre-job safety form").last.click()
    expect(phone.get_by_role("heading", name="Pre-job safety form")).to_be_visible()
    say_yes_to_all(phone)
    phone.get_by_label("Where is the first-aid kit", exact=False).fill("In the van; Cem")
    phone.get_by_role("button", name="Save the form").click()
    expect(phone).not_to_have_url(re.compile("/forms/"))
    expect(phone.get_by_role("button", name="Start work")).to_be_visible()
    if phone.get_by_role("heading", name="My jobs").is_visible():
        phone.get_by_role("link", name="Fell the ash").first.click()
    start = phone.get_by_role("button", name="Start work")
    expect(start).to_be_visible()
    start.click()
    expect(phone.locator("[data-clock]")).to_be_visible()
    if phone.get_by_role("heading", name="My jobs").is_visible():
        phone.get_by_role("link", name="Services, forms and photos").first.click()
    expect(phone.get_by_role("heading", name="To do")).to_be_visible()


def _tick(phone: Page, words: str) -> None:
    phone.get_by_label(words, exact=False).click()


def _photos(phone: Page, folder: Path) -> None:
    """Two at once from the camera."""
    files = []
    for name, colour in (("stump.jpg", "brown"), ("gate.jpg", "grey")):
        Image.new("RGB", (1200, 900), colour).save(folder / name, "JPEG")
        files.append(folder / name)
    phone.locator("#photo").set_input_files(files)
    expect(phone.locator("[data-photos] [data-waiting]")).to_have_count(2)


def _note(phone: Page, words: str) -> None:
    phone.get_by_label("Tell the office").fill(words)
    phone.get_by_role("button", name="Send note").click()
    expect(phone.locator("[data-notes]").get_by_text(words)).to_be_visible()


def _work_without_signal(phone: Page, folder: Path) -> None:
    """Ticks, photos, a note and the finish form, a reload in between: it is all there, and says that it waits."""
    _tick(phone, "Grind the stump")
    _photos(phone, folder)
    _note(phone, "The gate sticks")
    expect(phone.locator("[data-signal]")).to_contain_text("Waits for signal (4)")
    phone.get_by_label("Tell the office").fill("Half a sen")
    _until(phone, "what is typed is not kept", KEPT)

    phone.reload()

    expect(phone.locator("[data-signal]")).to_contain_text("Waits for signal (4)")
    expect(phone.locator("[data-photos] [data-waiting]")).to_have_count(2)
    expect(phone.get_by_label("Tell the office")).to_have_value("Half a sen")
    expect(phone.get_by_label("Grind the stump", exact=False)).to_be_checked()
    _tick(phone, "Clear away")
    phone.get_by_role("link", name="Fill in the finish form").last.click()
    say_yes_to_all(phone)
    for text in phone.locator("main").get_by_role("textbox").all():
        text.fill("All well")
    phone.get_by_role("button", name="Save the form").click()
    expect(phone.locator("[data-signal]")).to_contain_text("Waits for signal (6)")
    expect(phone.get_by_role("button", name="Complete job")).to_be_visible()


def _complete(phone: Page, address: str, work_id: int) -> None:
    phone.goto(f"{address}/admin/jobs/{work_id}")
    expect(phone.locator("[data-photos] img")).to_have_count(2)
    expect(phone.get_by_text("3 of 3")).to_have_count(0)
    phone.get_by_role("button", name="Complete job").click()
    expect(phone.get_by_text("Done. The office takes it from here.")).to_be_visible()
    _all_sent(phone)
