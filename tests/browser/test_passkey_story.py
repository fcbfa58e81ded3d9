"""Staff sign in by passkey and by code: a real browser with a device of its own, and a phone that runs no script.

The device is the browser's virtual one, which exists only at a name: http://localhost (dependencies.md A3).
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from admin_app.models import Company, OutboxMessage, Passkey, User
from admin_app.models.engine import writing
from tests.browser.clockwork import TurningClock
from tests.browser.company import PASSWORD, SmallCompany, found, sign_in
from tests.browser.eyes import HANDLERS, HEADINGS, JUDGE, LOOKS, RULES, SETTLED, TOO_WIDE
from tests.fixtures.browser import NARROW, Serve, patient_page

pytestmark = pytest.mark.browser

MONDAY = date(2026, 3, 2)


class SecondsHand(TurningClock):
    """A clock that is turned on by seconds."""

    def go_on(self, seconds: int) -> None:
        """So many seconds pass."""
        self._now += timedelta(seconds=seconds)

    def code(self, secret: str) -> str:
        """What the app on the phone shows now."""
        return pyotp.TOTP(secret).at(self._now)


@pytest.fixture
def clock() -> SecondsHand:
    return SecondsHand(MONDAY)


@pytest.fixture
def company(tmp_path: Path, clock: SecondsHand) -> SmallCompany:
    company = found(tmp_path, clock)
    with writing(), company.session() as session:
        session.get_one(Company, 1).email = "office@ashworth.test"  # changes are told by mail
        session.commit()
    return company


@pytest.fixture
def without_script(browser: Browser) -> Iterator[Page]:
    """A phone on which no script runs."""
    context = browser.new_context(viewport=NARROW, locale="en-GB", java_script_enabled=False)
    yield patient_page(context)
    context.close()


def a_device(page: Page, **but: object) -> None:
    """Give the browser a device that keeps passkeys and asks who holds it."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options | but})


def judged(page: Page, name: str) -> list[str]:
    """What axe, the policy and a phone's width find on the page that is open, by day and by night."""
    wrong = [*page.evaluate(HANDLERS)]
    if page.evaluate(HEADINGS) != 1:
        wrong.append("not one first heading")
    for look, viewport, theme in LOOKS:
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.evaluate(SETTLED, theme)
        wrong += [f"{look}: {one}" for one in (*page.evaluate(JUDGE, RULES), *page.evaluate(TOO_WIDE))]
    return [f"{name}: {one}" for one in wrong]


def expect_the_office(page: Page) -> None:
    """Whoever is in has a menu of his own."""
    expect(page.get_by_role("button", name=re.compile("your menu"))).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name=re.compile("your menu")).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def open_security(page: Page) -> None:
    page.get_by_role("button", name=re.compile("your menu")).click()
    page.get_by_role("link", name="Sign-in and security").click()
    expect(page.get_by_role("heading", name="Sign-in and security")).to_be_visible()


def add_passkey(page: Page, name: str, password: str = PASSWORD) -> None:
    form = page.get_by_role("form", name="Add a passkey")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Your password").fill(password)
    form.get_by_role("button", name="Add a passkey").click()


def test_a_passkey_is_added_signs_in_and_is_removed(
    page: Page, serve: Serve, company: SmallCompany, clock: SecondsHand
) -> None:
    address = serve(company.app).replace("127.0.0.1", "localhost")
    a_device(page)
    sign_in(page, address)
    open_security(page)

    add_passkey(page, "Office laptop", "not my password")
    expect(page.get_by_text("This is not your password")).to_be_visible()
    add_passkey(page, "Office laptop")
    expect(page.get_by_text("“Office laptop” now signs you in.")).to_be_visible()
    add_passkey(page, "The same laptop")
    expect(page.get_by_text("This device has a passkey of yours already.")).to_be_visible()

    sign_out(page)
    clock.go_on(3600)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect_the_office(page)
    with company.session() as session:
        passkey = session.scalars(select(Passkey)).one()
        assert passkey.used_at == clock.now()
        assert passkey.sign_count > 0
        told = session.scalars(select(OutboxMessage.subject)).all()
    assert [subject.partition(":")[0] for subject in told] == ["A passkey was added"]

    open_security(page)
    page.get_by_text("Remove Office laptop").click()
    item = page.get_by_role("listitem").filter(has_text="Office laptop")
    item.get_by_label("Your password").fill(PASSWORD)
    item.get_by_role("button", name="Remove passkey").click()
    expect(page.get_by_text("“Office laptop” opens nothing any more.")).to_be_visible()

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey opens nothing here; sign in with your password")).to_be_visible()


def test_a_device_that_does_not_confirm_changes_nothing(
    page: Page, serve: Serve, company: SmallCompany
) -> None:
    address = serve(company.app).replace("127.0.0.1", "localhost")
    a_device(page, isUserVerified=False)
    sign_in(page, address)
    page.goto(f"{address}/sign-in-and-security")

    add_passkey(page, "Somebody else's finger")

    expect(page.get_by_text("The device did not confirm. Nothing was changed")).to_be_visible()
    with company.session() as session:
        assert session.scalars(select(Passkey)).all() == []


def test_the_second_step_needs_no_script(
    without_script: Page, serve: Serve, company: SmallCompany, clock: SecondsHand
) -> None:
    page, address = without_script, serve(company.app)
    sign_in(page, address)
    page.goto(f"{address}/sign-in-and-security")
    expect(page.get_by_role("form", name="Add a passkey")).to_be_hidden()

    secret, codes = switch_on(page, clock)
    assert len(codes) == 10

    page.context.clear_cookies()
    clock.go_on(60)
    type_password(page, address)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This code does not fit")).to_be_visible()
    page.get_by_label("Code").fill(clock.code(secret))
    page.get_by_role("button", name="Sign in").click()
    expect_the_office(page)

    page.context.clear_cookies()
    type_password(page, address)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(codes[4])
    page.get_by_role("button", name="Sign in").click()
    expect_the_office(page)
    page.goto(f"{address}/sign-in-and-security")
    expect(page.get_by_text("9 of 10 recovery codes are left.")).to_be_visible()
    page.get_by_text("Switch the second step off").click()
    page.get_by_label("Your password").locator("visible=true").fill(PASSWORD)
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("The second step is off.")).to_be_visible()
    with company.session() as session:
        assert (
            session.scalars(select(User.totp_since).where(User.email_key == "ann@ashworth.test")).one()
            is None
        )


def test_its_pages_are_accessible_and_fit_a_phone(
    visitor: Page, serve: Serve, company: SmallCompany, clock: SecondsHand
) -> None:
    page, address = visitor, serve(company.app).replace("127.0.0.1", "localhost")
    a_device(page)
    sign_in(page, address)
    page.goto(f"{address}/sign-in-and-security")
    add_passkey(page, "A security key with quite a long name, bought for the yard in spring")
    expect(page.get_by_text("now signs you in.")).to_be_visible()
    wrong = judged(page, "with a passkey")

    page.get_by_label("Your password").locator("visible=true").first.fill(PASSWORD)
    page.get_by_role("button", name="Set up the app").click()
    expect(page.get_by_role("heading", name="Set up the app")).to_be_visible()
    page.get_by_text("The app cannot read it").click()
    wrong += judged(page, "set up")
    secret = page.locator(".st-key").inner_text().replace(" ", "")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Switch the second step on").click()
    expect(page.get_by_text("This code does not fit")).to_be_visible()
    wrong += judged(page, "set up, wrong code")
    page.get_by_label("Code").fill(clock.code(secret))
    page.get_by_role("button", name="Switch the second step on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    wrong += judged(page, "recovery codes")

    page.get_by_role("link", name="I have put them away").click()
    page.get_by_text("Switch the second step off").click()
    page.get_by_text("Draw new recovery codes").click()
    wrong += judged(page, "on")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("This is not your password")).to_be_visible()
    wrong += judged(page, "refused")

    page.context.clear_cookies()
    page.goto(f"{address}/login")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    wrong += judged(page, "sign in")
    type_password(page, address)
    wrong += judged(page, "the code")
    assert not wrong, "\n".join(wrong)


def type_password(page: Page, address: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("Email").fill("ann@ashworth.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()


def switch_on(page: Page, clock: SecondsHand) -> tuple[str, list[str]]:
    """Set the app up; gives back its secret and the recovery codes."""
    page.get_by_label("Your password").locator("visible=true").first.fill(PASSWORD)
    page.get_by_role("button", name="Set up the app").click()
    page.get_by_text("The app cannot read it").click()
    secret = page.locator(".st-key").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(clock.code(secret))
    page.get_by_role("button", name="Switch the second step on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    return secret, page.locator(".st-codes code").all_inner_texts()
