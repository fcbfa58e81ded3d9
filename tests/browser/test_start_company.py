"""An empty home becomes a company, in a real browser: set-up, first steps, staff, a mail that arrives (issue 2, 3)."""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from admin_app.app import create_app
from admin_app.config import Settings, read_settings
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import SystemClock
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.models.migrate import upgrade
from admin_app.outbox.drain import drain
from admin_app.outbox.mail import postman
from admin_app.services.start_company import draw_set_up_link
from admin_app.web.database import separate_transaction
from tests.browser.company import found, sign_in
from tests.browser.eyes import AXE, Eyes
from tests.fixtures.browser import NARROW, WIDE, Serve, patient_page
from tests.outbox.conftest import PostOffice, free_port

pytestmark = pytest.mark.browser

PASSWORD = "three grey geese in Rotterdam"


def empty_home(home: Path, smtp_url: str) -> tuple[Flask, Settings, str]:
    """What `sawhorse serve` finds and prints on an empty home: the application and the path of the set-up."""
    told = {"SAWHORSE_HOME": str(home), "SAWHORSE_SECRET_KEY": "for tests only " * 3}
    settings = replace(
        read_settings(told), testing=True, hash_time_cost=1, hash_memory_kib=8, smtp_url=smtp_url
    )
    upgrade(settings.database_url)
    info = {"actor": SYSTEM, "clock": SystemClock(), "door": "cli"}
    engine = open_engine(settings.database_url)
    with writing(), OfficeSession(engine, info=info) as session:
        token = draw_set_up_link(session, SystemClock())
        session.commit()
    engine.dispose()
    return create_app(settings), settings, f"/setup/{token}/"


def test_a_company_starts_with_a_link_and_ends_with_a_mail(page: Page, serve: Serve, tmp_path: Path) -> None:
    post_office = PostOffice()
    controller = Controller(post_office, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        app, settings, set_up = empty_home(tmp_path, f"smtp://127.0.0.1:{controller.port}")
        address = serve(app)
        page.goto(address + set_up)
        _found_the_company(page)
        _add_two_brands(page)
        _add_a_tax(page)
        _become_the_owner(page)
        _add_a_logo(page, tmp_path)
        _add_bea(page, address)
        _test_the_mail(page, address)
        with app.app_context():
            drain(separate_transaction, postman(settings), SystemClock())
        page.goto(f"{address}/admin/settings/first-steps")
        expect(page.get_by_text("The mail server took the last one.")).to_be_visible()
        assert [mail["To"] for mail in post_office.mails] == ["ann@ashworth.test"]
        expect(page.get_by_text("Done:")).to_have_count(3)
        page.goto(address + set_up)
        expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    finally:
        controller.stop()


def _found_the_company(page: Page) -> None:
    page.get_by_label("Name").fill("Ashworth & Sons")
    page.get_by_label("Country").select_option("GB")
    page.get_by_label("Currency").select_option("GBP")
    page.get_by_label("Email").fill("office@ashworth.test")
    page.get_by_role("button", name="Keep and go on").click()
    expect(page.get_by_text("Choose a time zone from the list").first).to_be_visible()
    page.get_by_label("Time zone").select_option("Europe/London")
    page.get_by_role("button", name="Keep and go on").click()


def _add_two_brands(page: Page) -> None:
    expect(page.get_by_label("Legal name")).to_have_value("Ashworth & Sons")
    page.locator("#name").fill("Harbour Roofing")
    page.locator("#prefix").fill("H-")
    page.get_by_label("Next invoice number").fill("412")
    page.get_by_role("button", name="Keep and go on").click()
    expect(page.get_by_text("H-00412")).to_be_visible()
    page.get_by_text("Add another brand").click()
    page.locator("#name").fill("Hill Gutters")
    page.get_by_role("button", name="Add this brand").click()
    expect(page.get_by_text("HILL-00001")).to_be_visible()
    page.get_by_role("link", name="Go on to taxes").click()


def _add_a_tax(page: Page) -> None:
    page.wait_for_url("**/taxes")
    page.locator("#name").fill("VAT 20 %")
    page.locator("#rate").fill("20")
    page.get_by_role("button", name="Add this rate").click()
    expect(page.get_by_role("row", name="VAT 20 %")).to_be_visible()
    page.get_by_role("link", name="Go on to your account").click()


def _become_the_owner(page: Page) -> None:
    page.get_by_label("Your name").fill("Ann Ashworth")
    page.get_by_label("Your email").fill("ann@ashworth.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Open the office").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def _add_a_logo(page: Page, folder: Path) -> None:
    page.get_by_role("link", name="Choose a picture").click()
    picture = io.BytesIO()
    Image.new("RGB", (600, 240), (13, 101, 112)).save(picture, "PNG")
    (folder / "logo.png").write_bytes(picture.getvalue())
    page.locator("#logo-file").set_input_files(folder / "logo.png")
    page.get_by_role("button", name="Add logo").click()
    expect(page.get_by_role("img", name="Logo of Harbour Roofing")).to_be_visible()
    page.goto(re.sub(r"/brands/1.*", "/brands/2", page.url))
    page.locator("#logo-file").set_input_files(folder / "logo.png")
    page.get_by_role("button", name="Add logo").click()
    expect(page.get_by_role("img", name="Logo of Hill Gutters")).to_be_visible()


def _add_bea(page: Page, address: str) -> None:
    """Her link, opened in a window of her own, lets her choose a password and opens the office."""
    page.goto(f"{address}/admin/settings/staff/new")
    page.get_by_label("Name").fill("Bea Okafor")
    page.locator("#email").fill("bea@ashworth.test")
    page.get_by_role("button", name="Add and show the link").click()
    link = page.get_by_label("Link").input_value()
    browser = page.context.browser
    assert browser is not None
    window = browser.new_context()
    hers = patient_page(window)
    hers.goto(link)
    hers.get_by_label("New password").fill(PASSWORD)
    hers.get_by_label("The same again").fill(PASSWORD)
    hers.get_by_role("button", name="Change password").click()
    hers.wait_for_url(re.compile("/admin/"))
    window.close()


def _test_the_mail(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/settings/first-steps")
    page.get_by_role("button", name="Send a test mail").click()
    expect(page.get_by_text("A test mail to ann@ashworth.test is on its way")).to_be_visible()


def test_a_wrong_password_is_told_and_the_right_one_opens(page: Page, serve: Serve, tmp_path: Path) -> None:
    address = serve(found(tmp_path).app)
    page.goto(f"{address}/admin/settings/")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.get_by_label("Email").fill("ann@ashworth.test")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("Email")).to_have_value("ann@ashworth.test")
    sign_in(page, address)
    page.get_by_role("button", name="your menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


@pytest.mark.parametrize(("viewport", "theme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide", "phone"])
def test_the_set_up_is_accessible(
    browser: Browser, serve: Serve, tmp_path: Path, viewport: Any, theme: Any
) -> None:
    app, _, set_up = empty_home(tmp_path, "")
    address = serve(app)
    context = browser.new_context(viewport=viewport, color_scheme=theme, reduced_motion="reduce")
    context.add_init_script(path=str(AXE))
    page = context.new_page()
    eyes = Eyes(page)

    for step in ("company", "brands", "taxes", "account"):
        eyes.look_at(f"{address}{set_up}{step}")
    context.close()

    assert not eyes.wrong, "\n".join(eyes.wrong)
