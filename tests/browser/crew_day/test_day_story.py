"""A crew's day on the phone with the signal gone in the middle: nothing is lost, all arrives once [61-63, A70-A74].

Clicks and seconds are printed (pytest -s); the network is cut by the browser itself, reload included.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from admin_app.models import FormKind, WorkOrderState
from tests.browser.company import found, say_yes_to_all, sign_in
from tests.browser.counted import task
from tests.browser.crew_day.hand import all_sent, answer_safety_and_start, note, photos, tick, until, warmed
from tests.browser.crew_day.office import arrived, planned_work, write_in_the_office
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser

MOST_CLICKS = 40
"""A whole day: two forms, three services, photos, a note, the clock and the end."""
KEPT = """async () => {
  const path = new URL(document.querySelector("form[data-act=note]").action).pathname;
  return JSON.stringify(await sawhorseJobs.draft(`${sawhorseJobs.person} ${path}`) ?? "").includes("Half a sen");
}"""
"""Whether the half sentence of a note lies on the phone."""


def test_a_day_without_signal_arrives_whole_and_once(phone: Page, serve: Serve, tmp_path: Path) -> None:
    company = found(tmp_path)
    work_id = planned_work(company)
    address = serve(company.app)
    phone.goto(f"{address}/login")

    with task(phone, "A crew's day with the signal cut in the middle") as cost:
        sign_in(phone, address, "cem")
        read_the_morning(phone)
        warmed(phone)
        answer_safety_and_start(phone)
        tick(phone, "Fell the ash")
        expect(phone.get_by_text("Done by Cem")).to_be_visible()
        write_in_the_office(company, work_id, "The neighbour wants to be told")
        phone.reload()
        expect(phone.get_by_text("The neighbour wants to be told")).to_be_visible()

        phone.context.set_offline(True)
        work_without_signal(phone, tmp_path)
        assert arrived(company, work_id)["notes"] == 0
        phone.context.set_offline(False)

        expect(phone.locator("[data-signal]")).not_to_contain_text("Waits for signal", timeout=30_000)
        all_sent(phone)
        complete(phone, address, work_id)

    there = arrived(company, work_id)
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


def read_the_morning(phone: Page) -> None:
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


def work_without_signal(phone: Page, folder: Path) -> None:
    """Ticks, photos, a note and the finish form, a reload in between: it is all there, and says that it waits."""
    tick(phone, "Grind the stump")
    photos(phone, folder)
    note(phone, "The gate sticks")
    expect(phone.locator("[data-signal]")).to_contain_text("Waits for signal (4)")
    phone.get_by_label("Tell the office").fill("Half a sen")
    until(phone, "what is typed is not kept", KEPT)

    phone.reload()

    expect(phone.locator("[data-signal]")).to_contain_text("Waits for signal (4)")
    expect(phone.locator("[data-photos] [data-waiting]")).to_have_count(2)
    expect(phone.get_by_label("Tell the office")).to_have_value("Half a sen")
    expect(phone.get_by_label("Grind the stump", exact=False)).to_be_checked()
    tick(phone, "Clear away")
    phone.get_by_role("link", name="Fill in the finish form").last.click()
    say_yes_to_all(phone)
    for text in phone.locator("main").get_by_role("textbox").all():
        text.fill("All well")
    phone.get_by_role("button", name="Save the form").click()
    expect(phone.locator("[data-signal]")).to_contain_text("Waits for signal (6)")
    expect(phone.get_by_role("button", name="Complete job")).to_be_visible()


def complete(phone: Page, address: str, work_id: int) -> None:
    phone.goto(f"{address}/admin/jobs/{work_id}")
    expect(phone.locator("[data-photos] img")).to_have_count(2)
    expect(phone.get_by_text("3 of 3")).to_have_count(0)
    phone.get_by_role("button", name="Complete job").click()
    expect(phone.get_by_text("Done. The office takes it from here.")).to_be_visible()
    all_sent(phone)
