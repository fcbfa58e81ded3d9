"""Every page that a client can open passes axe in light and dark, at 390 and 1280, and obeys the strict policy.

The pages are found by their links, like those of the owner; links to documents and the desk's preview are looked at
once each, since they are the same pages under other addresses.  Issue 5, "Speed and size"; look.md "Portal".
"""

from typing import Any

import pytest
from playwright.sync_api import expect

from admin_app.services.portal.previews import Preview, token_of_preview
from admin_app.web.clients import COOKIE
from tests.browser.eyes import ALL_LOOKS, Eyes
from tests.browser.portal_walked import Shown, open_everything
from tests.browser.tour import Tour, discover
from tests.browser.walked import every_kind, open_office
from tests.fixtures.browser import Serve
from tests.signing import sign_in_as

pytestmark = [pytest.mark.browser, pytest.mark.repeats]

PARTS = 2
FIRST_VIEW = 60_000
"""Bytes of HTML, styles and scripts that the first view of a page may cost on the wire."""

# Views of the portal that are no page, or to which no page of this client leads.
UNLINKED = {
    "portal.file_preview": "a picture",
    "portal.proposal_photo": "a picture",
    "portal.go_and_pay": "the way to the provider's page, walked in the story of a payment",
    "portal.paid": "where the client comes back from it",
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tour, Shown]:
    """The walked company, a client who may see all of one customer, and the way through the portal."""
    app, url = open_office(tmp_path_factory.mktemp("portal"))
    every_kind(url)
    client = app.test_client()
    client_shown = open_everything(client, url)
    cookie = client.get_cookie(COOKIE, path="/portal")
    assert cookie is not None
    tour = Tour(app, cookie.value, doors=("portal.",))
    discover(tour, client, ["/portal/"])
    return tour, client_shown


def test_every_view_of_the_portal_has_a_page_that_some_page_leads_to(shown):
    tour, _ = shown

    assert not tour.broken
    assert tour.unseen() == sorted(UNLINKED)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_of_a_client_is_accessible_in_every_light(visitor, shown, serve: Serve, part):
    tour, _ = shown
    address = serve(tour.app)
    _come_in(visitor, tour, address)
    eyes = Eyes(visitor, ALL_LOOKS)

    for path in list(tour.pages.values())[part::PARTS]:
        eyes.look_at(address + path)

    assert not eyes.wrong, "\n".join(eyes.wrong)


def test_the_pages_before_the_door_and_behind_a_link_are_accessible(visitor, shown, serve: Serve):
    tour, client_shown = shown
    address = serve(tour.app)
    eyes = Eyes(visitor, ALL_LOOKS)

    for path in (
        "/portal/sign-in",
        "/portal/sign-in/sent",
        "/portal/d/nobody.made-this/",
        *client_shown.links,
    ):
        eyes.look_at(address + path)

    assert not eyes.wrong, "\n".join(eyes.wrong)


def test_the_preview_of_the_desk_is_accessible(visitor, shown, serve: Serve):
    tour, client_shown = shown
    address, client = serve(tour.app), tour.app.test_client()
    sign_in_as(client)
    cookie = client.get_cookie("session")
    assert cookie is not None
    visitor.context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
    secret = tour.app.extensions["sawhorse_settings"].secret_key
    token = token_of_preview(secret, Preview(client_shown.contact, client_shown.group))
    eyes = Eyes(visitor, ALL_LOOKS)

    eyes.look_at(f"{address}/admin/see-as/{token}/")

    assert not eyes.wrong, "\n".join(eyes.wrong)


def test_the_first_view_of_a_page_is_light(visitor, shown, serve: Serve):
    """HTML, styles and scripts together, as they came over the wire; pictures apart."""
    tour, client_shown = shown
    address = serve(tour.app)
    _come_in(visitor, tour, address)
    came: list[Any] = []
    visitor.on("response", lambda answer: came.append(answer))
    heavy = []
    for path in [*tour.pages.values(), *client_shown.links]:
        came.clear()
        visitor.goto(address + path, wait_until="load")
        expect(visitor.locator("h1")).to_be_visible()
        weight = sum(_weight(answer) for answer in came)
        if not 0 < weight <= FIRST_VIEW:
            heavy.append((path, weight))

    assert not heavy


def _weight(answer: Any) -> int:
    """Bytes on the wire of a page, sheet or script; 0 for anything else."""
    if answer.request.resource_type not in ("document", "stylesheet", "script"):
        return 0
    sizes = answer.request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def _come_in(visitor: Any, tour: Tour, address: str) -> None:
    visitor.context.add_cookies([{"name": COOKIE, "value": tour.cookie, "url": f"{address}/portal/"}])
