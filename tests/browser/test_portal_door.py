"""The door of the portal in a real browser: every page of it passes axe, fits a phone, and works without a script."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from admin_app.kernel.clock import Clock
from admin_app.models import Contact, CustomerGroup, PortalAccount
from admin_app.services.one_time_link import Purpose
from seeds.portal_builders import access_to
from seeds.work_builders import a_project
from tests.browser.eyes import ALL_LOOKS, Eyes
from tests.fixtures.browser import NARROW
from tests.portal.at_the_door import EMAIL, NEW, PASSWORD, Doorway, open_the_door

pytestmark = pytest.mark.browser


@pytest.fixture
def doorway(app: Flask, client: FlaskClient, rows: Any, clock: Clock) -> Doorway:
    """Clara before the door."""
    return open_the_door(app, client, rows, clock)


@pytest.fixture
def database(sqlite_database: str) -> str:
    """Pages look the same on both databases."""
    return sqlite_database


def two_projects(doorway: Doorway) -> None:
    """Two projects of the household open to Clara, one of them with a name that is long."""
    with doorway.rows() as session:
        group = session.get_one(CustomerGroup, doorway.group_id)
        clara = session.get_one(Contact, doorway.contact_id)
        for title in ("Fell the ash", "Rebuild the dry stone wall along the whole of the northern boundary"):
            access_to(session, a_project(session, group, title=title), clara)


def test_the_pages_of_the_door_pass_axe_and_fit_a_phone(doorway: Doorway, live_server: str, visitor: Page):
    """Light and dark, 390 and 1280 wide, signed out and signed in."""
    doorway.another_group(portal_identifier="second")
    two_projects(doorway)
    invitation, link = doorway.draw(Purpose.INVITATION), doorway.draw(Purpose.SIGN_IN)
    eyes = Eyes(visitor, ALL_LOOKS)

    for path in (
        "/portal/sign-in",
        "/portal/second/",
        "/portal/sign-in/sent",
        invitation,
        link,
        "/portal/link/gone",
    ):
        eyes.look_at(live_server + path)
    visitor.goto(live_server + link)
    visitor.get_by_role("button", name="Sign in").click()
    visitor.wait_for_url("**/portal/choose")
    for path in ("/portal/choose", "/portal/password"):
        eyes.look_at(live_server + path)

    assert not eyes.wrong, "\n".join(eyes.wrong)


def test_a_client_gets_in_without_any_script(doorway: Doorway, live_server: str, browser: Browser):
    """[W20, D10, R6]: sign in with the password that staff chose, choose another, choose whose things, leave."""
    doorway.change(PortalAccount, doorway.account_id, must_change_password=True)
    doorway.another_group()
    context = browser.new_context(viewport=NARROW, java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{live_server}/portal/")
    page.get_by_label("Email address or user name").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Your password now").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("The same again").fill(NEW)
    page.get_by_role("button", name="Keep this password").click()
    page.get_by_role("button", name="Open everything of Second household").click()
    page.wait_for_url("**/portal/")
    page.goto(f"{live_server}/portal/choose")
    page.get_by_role("button", name="Sign out").last.click()
    page.wait_for_url("**/portal/sign-in")

    assert "You are signed out." in page.content()
    context.close()
