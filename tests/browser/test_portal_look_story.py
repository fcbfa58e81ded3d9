"""The office chooses how its portal looks and looks through a client's eyes, with and without scripts.

Issue 5, points 4 and 7 [W23-W26, W30, 112, 113, 115, 116, E14, L4].  Each page is looked at in both themes and widths.
"""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Dialog, Page, expect

from admin_app.models import Company
from admin_app.models.engine import writing
from tests.browser.company import sign_in
from tests.browser.eyes import ALL_LOOKS, AXE, Eyes
from tests.browser.test_portal_desk_story import Office, an_office
from tests.fixtures.browser import NARROW, WIDE, Serve

pytestmark = pytest.mark.browser
BRAND = "/admin/settings/portal-look/brands/1"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """The household of four with long names; the portal is on."""
    office = an_office(tmp_path)
    with writing(), office.company.session() as session:
        session.get_one(Company, 1).portal_enabled_default = True
        session.commit()
    return office


def a_logo() -> bytes:
    """A blue picture."""
    drawn = io.BytesIO()
    Image.new("RGB", (300, 100), "navy").save(drawn, "PNG")
    return drawn.getvalue()


def accent_in(page: Page, theme: str) -> str:
    """The colour of the button in the preview of a theme."""
    button = page.frame_locator(f"iframe[data-theme={theme}]").locator(".btn.primary")
    colour: str = button.evaluate("button => getComputedStyle(button).backgroundColor")
    return colour


def test_a_look_is_tried_mended_and_saved(page: Page, office: Office, serve: Serve) -> None:
    """The preview follows each key, the fix is one press, nothing is active before Save [W24, 116]."""
    address = serve(office.company.app)
    sign_in(page, address)
    page.goto(address + BRAND)
    page.get_by_label("Accent colour", exact=True).fill("#ffd400")
    expect(page.get_by_text("Hard to read")).to_be_visible()
    assert accent_in(page, "dark") == "rgb(255, 212, 0)", "yellow can be read on dark ground"
    page.get_by_role("button", name="Use #").click()
    expect(page.get_by_text("Readable", exact=True)).to_be_visible()
    mended = page.get_by_label("Accent colour", exact=True).input_value()
    assert mended != "#ffd400"
    assert page.get_by_label("Choose the accent colour").input_value() == mended

    page.get_by_label("Name on top").fill("North for you")
    page.set_input_files("#logo-file", {"name": "l.png", "mimeType": "image/png", "buffer": a_logo()})
    light = page.frame_locator("iframe[data-theme=light]")
    expect(light.locator(".brand-name")).to_have_text("North for you")
    expect(light.locator(".logo img")).to_have_attribute("src", re.compile("^data:image/png"))
    stranger = page.context.browser.new_page() if page.context.browser else page
    stranger.goto(address + "/portal/sign-in")
    assert "North for you" not in stranger.content()

    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="The brand").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"], "unsaved changes warn [W30]"
    page.get_by_role("button", name="Save look").click()
    expect(page.get_by_text("Saved. Clients see it from now on.")).to_be_visible()
    expect(page.get_by_alt_text("Logo of North Tree Care")).to_be_visible()

    page.get_by_role("button", name="Reset look").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset look").click()
    expect(page.get_by_text("Reset. Everything on this page falls back again.")).to_be_visible()
    stranger.close()


def test_without_a_script_the_preview_is_a_button_and_the_fix_saves(
    browser: Browser, office: Office, serve: Serve
) -> None:
    """Scripts only add comfort."""
    address = serve(office.company.app)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, address)
    page.goto(address + BRAND)
    page.get_by_label("Accent colour", exact=True).fill("#ffd400")
    page.get_by_label("Words of welcome").fill("Good to see you")
    page.get_by_role("button", name="Show preview").click()
    expect(page.frame_locator("iframe").first.locator(".lead")).to_have_text("Good to see you")
    page.get_by_role("button", name="Save look").click()
    expect(page.get_by_text("cannot be read on light ground").first).to_be_visible()
    page.get_by_role("button", name="Use #").click()
    expect(page.get_by_text("Saved. Clients see it from now on.")).to_be_visible()
    context.close()


def test_changes_are_tried_and_the_portal_is_looked_at(page: Page, office: Office, serve: Serve) -> None:
    """From who can see an estimate to the look through her eyes and back [112, 113, E14]."""
    address = serve(office.company.app)
    sign_in(page, address)
    page.goto(f"{address}/admin/projects/{office.project}/estimates/{office.estimate}")
    page.get_by_role("link", name="Who can see this?").click()
    expect(page.get_by_text("Seen in the portal by 1 of 4 people.")).to_be_visible()
    page.get_by_role("link", name="See as Clara Wilhelmina").click()
    page.get_by_role("checkbox", name="Fell the ash beside the stables").uncheck()
    page.get_by_role("button", name="Show the difference").click()
    expect(page.get_by_text("Would not see it")).to_be_visible()
    expect(page.get_by_text("“Fell the ash beside the stables” is closed")).to_be_visible()
    page.get_by_role("link", name="As it stands").click()
    page.get_by_role("link", name="Look as Clara Wilhelmina").click()
    expect(page.get_by_text("Preview.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("E-00012")
    page.get_by_role("link", name="Back to the office").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("See as Clara")


def test_the_pages_are_accessible_in_every_look(browser: Browser, office: Office, serve: Serve) -> None:
    """No violation of axe, nothing beyond the edge of a phone, the policy holds."""
    address = serve(office.company.app)
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    context.add_init_script(path=AXE)
    page = context.new_page()
    sign_in(page, address)
    eyes = Eyes(page, ALL_LOOKS)
    tried = f"contact={office.clara}&changes=1&account-on=yes&group-on=yes&was={office.project}"
    for path in (
        "/admin/settings/portal-look",
        BRAND,
        f"/admin/settings/portal-look/customers/{office.group}",
        f"/admin/preview/customer/{office.group}",
        f"/admin/preview/estimate/{office.estimate}?{tried}&user-shows=files",
        f"/admin/preview/estimate/{office.estimate}/who-sees",
    ):
        eyes.look_at(address + path)
    page.set_viewport_size(NARROW)
    context.close()
    assert not eyes.wrong, "\n".join(eyes.wrong)
