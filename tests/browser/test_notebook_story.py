"""A notebook is run from its card, read, proved, and one of its figures becomes a tile [135-137]; axe and the phone."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from admin_app.app import create_app
from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.worker import Worker
from admin_app.kernel.actor import Role
from admin_app.services.ask_for_notebook import JOB
from tests.browser.eyes import AXE, Eyes
from tests.fixtures.browser import Serve
from tests.fixtures.databases import migrated_file
from tests.reports.notebooks.conftest import settings_of, tell_the_story
from tests.signing import sign_in_as

pytestmark = pytest.mark.browser


def test_a_notebook_from_its_card_to_a_tile(page: Page, serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "sawhorse.db"
    shutil.copyfile(migrated_file(), file)
    tell_the_story(f"sqlite:///{file}", customers=8)
    settings = settings_of(tmp_path, f"sqlite:///{file}")
    app = create_app(settings)
    client = app.test_client()
    sign_in_as(client, Role.ANALYST)
    cookie = client.get_cookie("session")
    assert cookie is not None
    address = serve(app)
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
    worker = Worker(settings, handlers={JOB: HANDLERS[JOB]})

    page.goto(f"{address}/reports/notebooks")
    page.get_by_role("link", name="Receivables", exact=True).last.click()
    page.get_by_label("As of").fill("2026-03-17")
    page.get_by_role("button", name="Run notebook").click()
    expect(page.get_by_text("Waiting for the worker")).to_be_visible()
    waiting = page.url
    worker.work_off()

    expect(page.get_by_role("button", name="Verify run")).to_be_visible()  # the page saw that it is done
    expect(page.get_by_role("heading", name="Whom to call")).to_be_visible()
    expect(page.locator(".rp-canvas svg").first).to_be_visible()  # the picture is drawn
    owed = page.locator("#figure-receivable .rn-value").inner_text()
    page.get_by_role("button", name="Put on my dashboard: overdue").click()
    expect(page.get_by_text("“Overdue” is on your dashboard.")).to_be_visible()

    page.get_by_role("button", name="Verify run").click()
    verifying = page.url
    worker.work_off()
    worker.close()
    expect(page.get_by_text("figures are the same.")).to_be_visible()
    expect(page.locator("#figure-receivable .rn-value")).to_have_text(owed)

    page.context.add_init_script(path=AXE)
    eyes = Eyes(page)
    for path in (
        "/reports/notebooks",
        "/reports/notebooks/receivables",
        "/reports/notebooks/your_own_question",
    ):
        eyes.look_at(address + path)
    for seen in (waiting, verifying):
        eyes.look_at(address + urlsplit(seen).path)
    assert eyes.wrong == []
