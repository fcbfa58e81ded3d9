"""From the bar to its rows to the file: they are one figure, to the cent [128, L2]; dark, narrow and without script."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from admin_app.kernel.actor import SYSTEM
from admin_app.models.engine import writing
from seeds.builders import a_group
from tests.browser.company import SmallCompany, found, sign_in
from tests.fixtures.browser import NARROW, Serve
from tests.services.desk import Desk

pytestmark = pytest.mark.browser


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """A company that billed in three months."""
    company = found(tmp_path)
    today = company.clock.today()
    with writing(), company.session() as session:
        desk = Desk(session, SYSTEM, company.clock, a_group(session))
        for back, prices in ((2, ("100.10", "20.02")), (1, ("30.03",)), (0, ("4.04",))):
            for price in prices:
                desk.invoice(price, issued_on=_month_before(today, back))
        session.commit()
    return company


def _month_before(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 - months
    return date(total // 12, total % 12 + 1, 1)


def test_a_bar_leads_to_its_rows_and_their_file_comes_to_the_same_sum(
    page: Page, company: SmallCompany, serve: Serve
) -> None:
    address = serve(company.app)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    sign_in(page, address)

    page.goto(f"{address}/reports/")
    figure = page.locator(".rp-figure", has_text="Invoiced and collected by month").first
    bars = figure.locator(".rp-canvas .trace.bars").first.locator(".point path")
    expect(bars).to_have_count(3)
    told = figure.locator("tbody tr").first.locator("td").first.inner_text()
    box = bars.first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(figure.locator(".hoverlayer")).to_contain_text(told)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(r"/reports/rows\?"))

    expect(page.get_by_text(f"Σ = {told}")).to_be_visible()
    with page.expect_download() as arriving:
        page.get_by_role("link", name=re.compile("CSV")).first.click()
    text = arriving.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    total = sum(Decimal(row["Amount"]) for row in rows)

    assert f"{total:,.2f}" in told
    assert total == Decimal("120.12")
    assert wrong == []


def test_a_bar_is_drawn_in_the_colours_of_the_theme_and_fits_the_phone(
    page: Page, company: SmallCompany, serve: Serve
) -> None:
    address = serve(company.app)
    sign_in(page, address)
    page.set_viewport_size(NARROW)
    page.goto(f"{address}/reports/")
    bar = page.locator(".rp-canvas .point path").first
    expect(bar).to_be_visible()
    light = bar.evaluate("one => getComputedStyle(one).fill")

    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")

    page.wait_for_function(
        "light => getComputedStyle(document.querySelector('.rp-canvas .point path')).fill !== light",
        arg=light,
    )
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0


def test_what_takes_long_is_fetched_after_the_page(page: Page, company: SmallCompany, serve: Serve) -> None:
    address = serve(company.app)
    sign_in(page, address)

    page.goto(f"{address}/reports/")

    expect(
        page.locator(".rp-part").get_by_text("Expected payments of the invoices that are open")
    ).to_be_visible()


def test_without_script_the_table_leads_to_the_rows(
    browser: Browser, company: SmallCompany, serve: Serve
) -> None:
    address = serve(company.app)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, address)
    page.goto(f"{address}/reports/")
    cell = page.locator(".rp-figure tbody td a").first
    told = cell.inner_text()

    cell.click()

    expect(page.get_by_text(f"Σ = {told}")).to_be_visible()
    context.close()
