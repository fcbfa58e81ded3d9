"""A rained-out Tuesday is moved to Thursday with the clients told; jobs are dragged, and moved by keyboard alone.

In real browsers, with a mail server that really listens; clicks, keys and seconds are printed (pytest -s) [97, L14].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from admin_app.jobs.send_messages import send_messages
from admin_app.jobs.shift import Shift
from admin_app.kernel.actor import SYSTEM
from admin_app.models import Company, OutboxMessage, WorkOrder
from admin_app.models.engine import open_engine, writing
from admin_app.services.schedule_work import Plan, schedule_work
from seeds.work_builders import a_piece_of_equipment
from tests.browser.clockwork import TurningClock
from tests.browser.company import SmallCompany, found, sign_in
from tests.browser.counted import count_from_now, task
from tests.browser.eyes import AXE, JUDGE, RULES, SETTLED
from tests.fixtures.browser import Serve
from tests.outbox.conftest import PostOffice, free_port
from tests.services.weeks import a_client, a_hand, a_job, a_visit, at, planned

pytestmark = pytest.mark.browser

TUESDAY, THURSDAY = date(2026, 3, 17), date(2026, 3, 19)
CLIENTS = ("Finch", "Miller", "Kestrel", "Osprey")
WITHOUT_MAIL = "Osprey"


@dataclass
class Week:
    """The company with a full Tuesday, and how its mail is delivered."""

    company: SmallCompany
    post_office: PostOffice
    smtp_url: str
    work_ids: list[int]

    def works(self) -> list[WorkOrder]:
        with self.company.session() as session:
            return [session.get_one(WorkOrder, one) for one in self.work_ids]

    def deliver(self) -> None:
        """The worker goes round once."""
        settings = replace(self.company.settings, smtp_url=self.smtp_url)
        engine = open_engine(settings.database_url)
        send_messages(Shift(settings, engine, self.company.clock))
        engine.dispose()


@pytest.fixture
def week(tmp_path: Path) -> Iterator[Week]:
    """Two crews with eight jobs on Tuesday for four clients, one of them without an email; a job on Thursday."""
    clock = TurningClock(TUESDAY)
    company = found(tmp_path, clock)
    with writing(), company.session() as session:
        settings = session.scalars(select(Company)).one()
        settings.email, settings.zone = "office@ashworth.test", "Europe/London"
        cem, dan = a_hand(session, "Cem Yılmaz"), a_hand(session, "Dan Obi")
        chipper = a_piece_of_equipment(session)
        ids = []
        for number, name in enumerate(CLIENTS):
            mail = None if name == WITHOUT_MAIL else f"{name.lower()}@client.example"
            group = a_client(session, f"{name} household", mail)
            for hour, hand in ((8, cem), (13, dan)):
                work = a_job(session, group, f"{name} {'hedge' if hour == 8 else 'beech'}")
                ids.append(planned(session, work, at(TUESDAY, hour), clock, hand, hours=1 + number / 2).id)
        there = a_job(session, group, "Stump at the mill")
        planned(session, there, at(THURSDAY, 8), clock, cem, equipment=(chipper.id,))
        a_visit(session, group, at(THURSDAY, 15), title="Yearly tree check")
        a_job(session, group, "Poplars at the school")
        session.commit()
    post_office, port = PostOffice(), free_port()
    controller = Controller(post_office, hostname="127.0.0.1", port=port)
    controller.start()
    yield Week(company, post_office, f"smtp://127.0.0.1:{port}", ids)
    controller.stop()


def test_a_rained_out_tuesday_is_moved_to_thursday_and_the_clients_are_told(
    page: Page, serve: Serve, week: Week
) -> None:
    count_from_now(page)
    address = serve(week.company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/schedule/")

    with task(page, "a rained-out Tuesday moved to Thursday, 8 jobs, 6 mails") as cost:
        page.get_by_role("link", name="Move a day").click()
        page.get_by_label("To", exact=True).fill("2026-03-19")
        page.get_by_role("button", name="Show what moves").click()
        expect(page.get_by_role("heading", name="8 jobs and appointments on Tuesday 17 March 2026")).to_be_visible()
        hedge = page.get_by_role("listitem").filter(has_text="Finch hedge")
        expect(hedge).to_contain_text("Mail to finch@client.example")
        expect(hedge).to_contain_text("Clara Finch is the primary contact")
        expect(hedge).to_contain_text("Cem Yılmaz is at “Stump at the mill” at that time")
        expect(page.get_by_text("Clara Osprey has no email address. Call them.").first).to_be_visible()
        expect(page.get_by_text("8 move, 6 told")).to_be_visible()
        page.get_by_role("button", name="Move to Thursday 19 March 2026").click()
        expect(page.get_by_text("8 jobs and appointments moved from Tue 17 Mar to Thu 19 Mar.")).to_be_visible()

    assert cost.clicks <= 4
    assert {work.starts_at.date() for work in week.works() if work.starts_at} == {THURSDAY}
    _each_client_is_told_once(week)
    _undo(page, week)


def _each_client_is_told_once(week: Week) -> None:
    week.deliver()
    week.deliver()
    told = sorted(week.post_office.recipients)
    assert told == sorted(2 * [f"{name.lower()}@client.example" for name in CLIENTS if name != WITHOUT_MAIL])
    assert all("19" in str(mail["Subject"]) for mail in week.post_office.mails)
    with week.company.session() as session:
        assert all(message.reason for message in session.scalars(select(OutboxMessage)))


def _undo(page: Page, week: Week) -> None:
    """The sun comes out after all: the afternoon is back; those who read the mail hear of it, the morning is over."""
    with task(page, "undone") as cost:
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("Undone for 8", exact=False)).to_be_visible()

    assert cost.clicks == 1
    assert {work.starts_at.date() for work in week.works() if work.starts_at} == {TUESDAY}
    week.deliver()
    assert len(week.post_office.mails) == 6 + 3


# ------------------------------------------------------------------------------------------ one job


def said(page: Page) -> Locator:
    """What the page says was done, in the first of its messages."""
    return page.locator(".sh-alert").first


def cell(page: Page, name: str, column: int) -> Locator:
    """A day of somebody's row."""
    return page.locator(f'tbody[data-name="{name}"] td[data-column="{column}"]').first


def test_a_job_is_dragged_to_another_day_and_person_and_back(page: Page, serve: Serve, week: Week) -> None:
    count_from_now(page)
    address = serve(week.company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/schedule/")
    job = page.locator('[data-thing="work-1"]')

    with task(page, "a job dragged from Tuesday to Friday"):
        job.drag_to(cell(page, "Dan Obi", 4))
        expect(said(page)).to_contain_text("“Finch hedge” moved to Fri 20 Mar 08:00–09:00, Dan Obi.")
    expect(cell(page, "Dan Obi", 4)).to_contain_text("Finch hedge")
    expect(page.locator('[data-thing="work-1"] a')).to_be_focused()

    page.get_by_role("button", name="Undo").click()
    expect(said(page)).to_contain_text("“Finch hedge” is back: Tue 17 Mar 08:00–09:00, Cem Yılmaz.")

    poplars = page.locator(".sc-side .sc-card").filter(has_text="Poplars at the school")
    poplars.drag_to(cell(page, "Cem Yılmaz", 5))
    expect(cell(page, "Cem Yılmaz", 5)).to_contain_text("07:00–17:00")


def test_the_second_of_two_dispatchers_sees_both_versions(page: Page, serve: Serve, week: Week) -> None:
    page.context.add_init_script(path=str(AXE))
    address = serve(week.company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/schedule/")
    with writing(), week.company.session() as session:
        work = session.get_one(WorkOrder, 1)
        crew = tuple(one.id for one in work.crew)
        schedule_work(session, work, Plan(at(THURSDAY, 9), at(THURSDAY, 10), crew), SYSTEM, week.company.clock)
        session.commit()

    page.locator('[data-thing="work-1"]').drag_to(cell(page, "Cem Yılmaz", 4))

    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Nothing is changed yet")
    for words in ("Tue 17 Mar 08:00–09:00", "Thu 19 Mar 09:00–10:00", "Fri 20 Mar 08:00–09:00"):
        expect(dialog).to_contain_text(words)
    assert _wrong(page) == []
    dialog.get_by_role("button", name="Move it all the same").click()
    expect(said(page)).to_contain_text("moved to Fri 20 Mar 08:00–09:00")


def test_a_job_is_moved_by_keyboard_alone(page: Page, serve: Serve, week: Week) -> None:
    """From the job: m, a day later, another hand, Enter; no mouse."""
    count_from_now(page)
    address = serve(week.company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/schedule/")
    page.locator('[data-thing="work-1"] a').focus()

    with task(page, "a job moved by keyboard") as cost:
        page.keyboard.press("m")
        starts = page.get_by_label("Starts")
        expect(starts).to_be_focused()
        _a_day_later(page, starts)
        page.keyboard.press("Shift+Tab")
        _tab_to(page, "Ends")
        _a_day_later(page, page.get_by_label("Ends"))
        _tab_to(page, "Dan Obi")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Planned for Wed 18 Mar 08:00–09:00, Cem Yılmaz, Dan Obi.")).to_be_visible()

    assert cost.clicks == 0


def _a_day_later(page: Page, field: Locator) -> None:
    """One more on whichever part of the field is the day; its order is the browser's."""
    before = field.input_value()
    wanted = (date.fromisoformat(before[:10]) + timedelta(days=1)).isoformat() + before[10:]
    for _ in range(5):
        page.keyboard.press("ArrowUp")
        if field.input_value() == wanted:
            return
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
    raise AssertionError(f"no part of {before} is the day")


def _tab_to(page: Page, label: str) -> None:
    wanted = page.get_by_label(label, exact=True)
    for _ in range(40):
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{label} is not reached by Tab")


# ------------------------------------------------------------------------------------------ looked at


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_the_schedule_is_open_to_everybody(
    page: Page, serve: Serve, week: Week, width: int, theme: str
) -> None:
    """WCAG 2.2 AA, and nothing wider than the screen."""
    page.context.add_init_script(path=str(AXE))
    address = serve(week.company.app)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    sign_in(page, address)
    wrong = []

    for path in ("", "day?on=2026-03-17", "?rows=equipment", "move-day?to=2026-03-19", "work/1", "work/1/off", "feeds"):
        page.goto(f"{address}/admin/schedule/{path}")
        wrong += [f"{path}: {one}" for one in _wrong(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{path}: wider than the screen")
    page.goto(f"{address}/admin/schedule/")
    page.locator('[data-thing="work-1"] a').click()
    expect(page.get_by_label("Starts")).to_be_visible()
    wrong += [f"dialog: {one}" for one in _wrong(page)]

    assert wrong == []


def _wrong(page: Page) -> list[str]:
    page.evaluate(SETTLED)
    found: list[str] = page.evaluate(JUDGE, RULES)
    return found
