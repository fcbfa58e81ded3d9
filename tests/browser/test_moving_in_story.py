"""An office moves in with its files, finds a customer and takes a part payment, in a real browser.

Issue 2, "Must show": the Chinook folder, a messy export of another product, a customer found by part of a phone
number, a partial payment on the timeline, and its edit.  P24, 38-40, R8, A27, A96, M26, M29.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from admin_app.jobs.worker import Worker
from admin_app.money.proof import prove
from seeds.chinook import write_chinook
from tests.browser.company import SmallCompany, found, sign_in
from tests.fixtures.browser import Serve
from tests.seeds.messy_export import Messy, write_messy_export

pytestmark = pytest.mark.browser

A_MINUTE = 60_000


def test_an_office_moves_in_and_takes_money(page: Page, serve: Serve, tmp_path: Path) -> None:
    company = found(tmp_path / "home")
    address = serve(company.app)
    chinook = write_chinook(tmp_path / "chinook")
    messy = write_messy_export(tmp_path / "kunden.csv")

    sign_in(page, address)
    with _at_work(company):
        _move_in_with_our_format(page, address, chinook)
        _move_in_with_a_foreign_file(page, address, messy)
    _take_a_part_payment(page)
    _correct_it(page)

    with company.session() as session:
        assert [finding.id for finding in prove(session) if not finding.holds] == []


@contextmanager
def _at_work(company: SmallCompany) -> Iterator[None]:
    """A worker beside the server, as `sawhorse serve` starts one."""
    stop, worker = threading.Event(), Worker(company.settings)
    thread = threading.Thread(target=worker.work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=30)
        worker.close()


def _move_in_with_our_format(page: Page, address: str, folder: Path) -> None:
    page.goto(f"{address}/admin/imports/")
    page.locator("input[type=file]").set_input_files([str(file) for file in sorted(folder.glob("*.csv"))])
    page.get_by_role("button", name="Upload files").click()
    expect(page.get_by_text("Our own format").first).to_be_visible()
    page.get_by_role("button", name="Move in").click()
    expect(page.get_by_text("Moved in").first).to_be_visible(timeout=A_MINUTE)
    expect(page.locator("tr", has_text="invoices.csv")).to_contain_text("412")


def _move_in_with_a_foreign_file(page: Page, address: str, messy: Messy) -> None:
    """Its headers are matched, its rows shown as they will be, and what cannot be taken is listed."""
    page.goto(f"{address}/admin/imports/")
    page.locator("input[type=file]").set_input_files(str(messy.path))
    page.get_by_role("button", name="Upload files").click()
    expect(page.get_by_role("heading", name="The first rows as they will be")).to_be_visible()
    page.get_by_label("Kundenart").select_option("groups.kind")
    page.get_by_label("Opening balances as of").fill("2026-01-01")
    page.get_by_role("button", name="Move in").click()
    expect(page.get_by_text("Moved in").first).to_be_visible(timeout=3 * A_MINUTE)
    with page.expect_download() as errors:
        page.get_by_role("link", name=re.compile("errors", re.IGNORECASE)).first.click()
    refused = errors.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(refused) - 1 >= messy.refused


def _take_a_part_payment(page: Page) -> None:
    """Found by a part of the number in another spelling: +49 0711 2842222."""
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    page.keyboard.insert_text("0711 284")  # at once, so that one answer comes
    hit = page.locator(".sh-results a", has_text="Köhler").first
    expect(hit).to_be_visible()
    hit.click()
    page.get_by_role("link", name="Record payment").first.click()
    page.get_by_label("Amount", exact=False).first.fill("1.00")
    page.get_by_label("The invoices due first, as far as it reaches").check()
    page.get_by_role("button", name="Record payment").click()
    expect(page.get_by_text("Payment of $1.00 recorded.")).to_be_visible()
    page.get_by_role("link", name="Timeline").click()
    expect(page.locator("main").get_by_text("of $1.00", exact=False).first).to_be_visible()


def _correct_it(page: Page) -> None:
    """An edit is a reversal and a replacement; the list shows the current state [M29]."""
    page.get_by_role("link", name=re.compile("^Payments")).last.click()
    page.get_by_label(re.compile("^Edit the payment")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount", exact=False).first.fill("1.50")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Payments").last).to_contain_text("$1.50")
