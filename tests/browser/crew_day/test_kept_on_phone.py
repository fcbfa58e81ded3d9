"""What waits on the phone: for signal, for the office, for its own person; and a phone that keeps nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from admin_app.models import Note, StaffSession, WorkOrder, WorkOrderState
from admin_app.models.engine import writing
from admin_app.records.guard import allow_bulk
from tests.browser.company import found, sign_in
from tests.browser.crew_day.hand import all_sent, answer_safety_and_start, note, tick, until, warmed
from tests.browser.crew_day.office import arrived, planned_work
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser


def test_a_refusal_is_a_sentence_and_holds_back_this_job_only(
    phone: Page, serve: Serve, tmp_path: Path
) -> None:
    """Meanwhile the office took the work back: what was done stays on the phone and says so, the other job goes on."""
    company = found(tmp_path)
    first, second = planned_work(company), planned_work(company, title="Hedge at the mill")
    address = serve(company.app)
    sign_in(phone, address, "cem")
    warmed(phone, jobs=2)
    phone.context.set_offline(True)
    for work_id in (first, second):
        phone.goto(f"{address}/admin/jobs/{work_id}")
        answer_safety_and_start(phone)
        note(phone, f"Note of {work_id}")
    with writing(), company.session() as session:
        work = session.get_one(WorkOrder, first)
        work.state = WorkOrderState.CANCELLED
        session.commit()

    phone.context.set_offline(False)

    refused = phone.locator(".wk-refused")
    expect(refused).to_contain_text("Not taken: Pre-job safety form", timeout=30_000)
    expect(refused).to_contain_text("This workorder is cancelled")
    expect(refused).to_contain_text(
        "It is kept on this phone. 2 things done after it on this job wait until then."
    )
    until(
        phone,
        "the other job was held back",
        f"async () => (await sawhorseJobs.all()).every((one) => one.job === '{first}')",
    )
    assert arrived(company, second)["notes"] == 1
    assert arrived(company, first)["notes"] == 0
    with writing(), company.session() as session:
        session.get_one(WorkOrder, first).state = WorkOrderState.SCHEDULED
        session.commit()
    refused.get_by_role("button", name="Try again").click()
    all_sent(phone)
    assert arrived(company, first)["notes"] == 1
    assert arrived(company, first)["state"] is WorkOrderState.IN_PROGRESS


def test_what_waits_goes_out_under_its_own_person_only(phone: Page, serve: Serve, tmp_path: Path) -> None:
    """Signed out meanwhile, a colleague at the phone, the same person back; pages of jobs are gone at the sign-in."""
    company = found(tmp_path)
    work_id = planned_work(company)
    address = serve(company.app)
    sign_in(phone, address, "cem")
    warmed(phone)
    phone.goto(f"{address}/admin/jobs/{work_id}")
    phone.context.set_offline(True)
    note(phone, "Mine")
    expect(phone.locator("[data-signal]")).to_contain_text("Waits for signal (1)")

    with writing(), company.session() as session, allow_bulk("the office ends all sessions"):
        for one in session.scalars(select(StaffSession)):
            session.delete(one)
        session.commit()
    phone.context.set_offline(False)
    expect(phone.locator("[data-signal]")).to_contain_text(
        "You are signed out. 1 thing on this phone", timeout=30_000
    )
    phone.locator("[data-signal]").get_by_role("link", name="Sign in").click()
    expect(phone.get_by_text("1 thing done on this phone waits to be sent")).to_be_visible()
    until(
        phone,
        "pages of jobs are still there",
        "async () => (await caches.keys()).join() === 'sawhorse-jobs-assets'",
    )

    sign_in(phone, address, "sue")
    expect(phone.locator("[data-signal]")).to_contain_text("1 thing of Cem")
    assert arrived(company, work_id)["notes"] == 0
    phone.get_by_role("button", name="your menu").click()
    phone.get_by_role("button", name="Sign out").click()
    expect(phone.get_by_text("You are signed out.")).to_be_visible()
    sign_in(phone, address, "cem")
    all_sent(phone)

    assert arrived(company, work_id)["notes"] == 1
    with company.session() as session:
        assert session.scalars(select(Note.author)).all() == [
            session.get_one(WorkOrder, work_id).crew[0].name
        ]


def test_a_phone_that_keeps_nothing_sends_the_forms_as_they_are(
    phone: Page, serve: Serve, tmp_path: Path
) -> None:
    """A private window without a store: with signal all goes as without script."""
    company = found(tmp_path)
    work_id = planned_work(company)
    address = serve(company.app)
    phone.add_init_script("indexedDB.open = () => { throw new Error('denied'); }")
    sign_in(phone, address, "cem")
    phone.goto(f"{address}/admin/jobs/{work_id}")

    answer_safety_and_start(phone)
    tick(phone, "Fell the ash")
    expect(phone.get_by_text("1 service completed.")).to_be_visible()
    note(phone, "The gate sticks")

    expect(phone.get_by_text("The office can read your note now.")).to_be_visible()
    there = arrived(company, work_id)
    assert (there["done"], there["notes"], there["clocks"]) == (1, 1, 1)
