"""The pages of a crew are for everybody, also while things wait for signal [look.md]."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import found, sign_in
from tests.browser.crew_day.hand import note, photos, tick, warmed
from tests.browser.crew_day.office import planned_work
from tests.browser.eyes import AXE, JUDGE, RULES, SETTLED
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_a_crew_pass_axe_while_acts_wait(
    phone: Page, serve: Serve, tmp_path: Path, theme: str
) -> None:
    """My jobs, a job with things that wait, and a form: at 390 wide, in both themes [look.md]."""
    company = found(tmp_path)
    work_id = planned_work(company)
    address = serve(company.app)
    phone.add_init_script(f"localStorage.setItem('sawhorse-theme', '{theme}')")
    sign_in(phone, address, "cem")
    warmed(phone)
    assert judged(phone) == []
    phone.goto(f"{address}/admin/jobs/{work_id}/forms/safety")
    assert judged(phone) == []
    phone.goto(f"{address}/admin/jobs/{work_id}")
    phone.context.set_offline(True)
    tick(phone, "Fell the ash")
    photos(phone, tmp_path)
    note(phone, "The gate sticks")
    expect(phone.locator("[data-signal]")).to_contain_text("Waits for signal (4)")
    assert judged(phone) == []
    phone.evaluate(
        "async () => { const [one] = await sawhorseJobs.all(); "
        "await sawhorseJobs.change(one.id, {state: 'refused', sentence: 'This service is cancelled'}); "
        "await sawhorseJobs.paint(); }"
    )
    assert judged(phone) == []


def judged(page: Page) -> list[str]:
    """What axe finds wrong, and whether something is wider than the phone."""
    page.evaluate(SETTLED)
    page.evaluate(AXE.read_text())
    found_: list[str] = page.evaluate(JUDGE, RULES)
    wide = page.evaluate("document.documentElement.scrollWidth") > 390
    return [*found_, *(["wider than the phone"] if wide else [])]
