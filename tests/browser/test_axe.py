"""Every page that the owner can open passes axe (WCAG 2.2 AA), obeys the strict policy and fits a phone.

The pages are found, not listed: every address of the url map without arguments, then whatever those pages link to,
one page a view. An address that no page leads to must be named in NO_PAGE or UNLINKED with its reason.
Issue 2, point 6; look.md "Access"; dependencies.md trap F4.
"""

import re
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.models import Attachment, Event, Note, Payment, PaymentMethod, SiteAsset, Task
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from tests.browser.eyes import Eyes
from tests.browser.tour import Tour, discover
from tests.browser.walked import every_kind, open_office
from tests.fixtures.browser import Serve
from tests.forms import send
from tests.signing import sign_in_as

pytestmark = [pytest.mark.browser, pytest.mark.repeats]

# The walk is a test for each of so many parts of the pages, so that processes share it.
PARTS = 2

# Views to which no page of the demo company leads.
UNLINKED = {
    "customers.of": "the live search leads there, and it leads on",
    "lookup.find": "data for type-aheads",
    "imports.progress": "data for the bar",
    "reports.run": "a run of a notebook, shown in test_notebook_story",
    "reports.run_progress": "data for the bar",
    "reports.keys": "data for type-aheads",
    "imports.errors": "a file, of a run that went wrong",
    "bank.columns": "the columns of a file that was just sent, shown in test_bank_story",
    "closing.progress": "data for the bar",
    "calendar.read": "a file for calendar programs, read in tests/admin/schedule",
    "customers.preview": "a picture",
    "customers.slots": "free times for a form",
    "jobs.photo": "a picture",
    "jobs.small_photo": "a picture",
    "settings.brand_logo": "a picture",
    "settings.portal_look_logo": "a picture",
    "portal_logo.logo": "a picture",
    "billing.stop_charge": "a declined charge that is to be tried again, shown in the tests of saved cards",
    "groups.details_view": "a customer's own page is its profile",
    "project-list.details_view": "a project's own page is its overview",
    "leads.details_view": "a lead's own page is the tab of its project",
    "estimates.details_view": "the same",
    "work-orders.details_view": "the same",
    "subscriptions.details_view": "a plan's own page is under billing",
    "credit-notes.details_view": "the same",
    "write-offs.details_view": "the same",
    "sign_in.welcome": "a one-time link out of a mail",
    "setup.index": "the set-up of an empty home, shown in test_setup",
    "setup.company": "the same",
    "setup.brands": "the same",
    "setup.taxes": "the same",
    "setup.account": "the same",
}


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Tour:
    """The told company, and the way through all its pages."""
    app, url = open_office(tmp_path_factory.mktemp("demo"))
    client = app.test_client()
    sign_in_as(client)
    work_a_morning(client)
    first = every_kind(url)
    engine = open_engine(url)
    with OfficeSession(engine) as session:
        # Customers who have something of each kind, so that the pages of such things are found.
        owners = [select(kind.group_id).where(kind.group_id.is_not(None)).limit(1) for kind in BELONGINGS]
        first += [f"/admin/customers/{group}" for owner in owners if (group := session.scalar(owner))]
        rest = session.scalar(select(Payment.group_id).where(Payment.unallocated > 0).limit(1))
        first.insert(0, f"/admin/customers/{rest}/payments")
    engine.dispose()
    cookie = client.get_cookie("session")
    assert cookie is not None
    tour = Tour(app, cookie.value)
    discover(tour, client, first)
    return tour


def work_a_morning(client: FlaskClient) -> None:
    """Do what the demo's story leaves out: a token, a file, billing details, a mail, an act over many."""
    table = b"Name,Phone\nMiller,+442071838750\n"
    card = {"provider": "stripe", "token": "pm_1abcdef", "brand": "Visa", "last4": "4242", "expires": "04/40"}
    acts: list[tuple[str, dict[str, object]]] = [
        ("/admin/customers/1/files", {"file": (BytesIO(b"The gate sticks."), "gate.txt")}),
        ("/admin/customers/1/billing/new", dict(card)),
        ("/admin/settings/mail-test", {}),
        ("/admin/imports/", {"files": (BytesIO(table), "old customers.csv")}),
    ]
    assert send(client, "/admin/settings/tokens", {"name": "Webshop", "read_only": "1"}).status_code == 200
    for path, data in acts:
        assert send(client, path, data).status_code == 302, path
    asked = send(client, "/admin/groups/action/", {"action": "add_tag", "tag": "oak", "rowid": ["1", "2"]})
    agreed = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', asked.text))
    again = {name: unescape(value) for name, value in agreed.items() if name != "rowid"} | {
        "rowid": ["1", "2"]
    }
    assert client.post("/admin/groups/action/", data=again).status_code == 302
    work_at_the_bank(client)


def work_at_the_bank(client: FlaskClient) -> None:
    """A statement comes in with a row that cannot be read, and the journal leaves."""
    table = b"Date,Payee,Reference,Amount\n2026-01-05,Somebody,thanks,12.00\nno day,Somebody,thanks,1.00\n"
    sent = send(client, "/admin/bank/files", {"file": (BytesIO(table), "january.csv")})
    columns = {"booked_on": "Date", "counterparty": "Payee", "text": "Reference", "amount": "Amount"}
    told = {"key": parse_qs(urlsplit(sent.location).query)["key"][0], "name": "january.csv", "act": "take"}
    assert send(client, "/admin/bank/files/columns", columns | told).status_code == 302
    days = {"from": "2000-01-01", "to": "2100-01-01", "format": "csv"}
    assert send(client, "/admin/close/journal", days).status_code == 302


BELONGINGS: tuple[Any, ...] = (Attachment, Task, Event, Note, Payment, SiteAsset, PaymentMethod)


def test_every_view_has_a_page_that_some_page_leads_to(tour):
    assert not tour.broken
    assert tour.unseen() == sorted(UNLINKED)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_of_the_owner_is_accessible_and_obeys_the_policy(visitor, tour, serve: Serve, part):
    address = serve(tour.app)
    visitor.context.add_cookies([{"name": "session", "value": tour.cookie, "url": address}])
    eyes = Eyes(visitor)

    for path in list(tour.pages.values())[part::PARTS]:
        eyes.look_at(address + path)

    assert not eyes.wrong, "\n".join(eyes.wrong)


def test_the_pages_before_signing_in_are_accessible(visitor, tour, serve: Serve):
    address = serve(tour.app)
    eyes = Eyes(visitor)

    for path in ("/login", "/nowhere", "/welcome/unknown"):
        eyes.look_at(address + path)

    assert not eyes.wrong, "\n".join(eyes.wrong)


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        ("<img src='/static/sawhorse.svg'>", "image-alt"),
        ("<button onclick='go()'>Go</button>", "BUTTON onclick"),
        ("<a href='javascript:go()'>Go</a>", "A href=javascript"),
        ("<p style='color: #999'>pale</p>", "Content Security Policy"),
        ("<h1>Two</h1><h1>Three</h1>", "first headings"),
        ("<div class='row'><p><b>" + "x" * 400 + "</b></p></div>", "sideways"),
        (
            "<div class='sh-scroll' role='region' aria-label='Bills' tabindex='0'>"
            f"<table class='sh-rows'><tr><td>{'x' * 400}</table></div>",
            "Bills is cut off",
        ),
    ],
    ids=["picture", "handler", "script address", "style", "headings", "width", "rows"],
)
def test_the_eyes_see_what_they_look_for(visitor, markup, complaint):
    visitor.route(
        "http://judge.example/",
        lambda route: route.fulfill(
            body=f"<!doctype html><html lang=en><title>Broken</title><main><h1>Broken</h1>{markup}</main>",
            headers={"Content-Type": "text/html", "Content-Security-Policy": "default-src 'self'"},
        ),
    )
    eyes = Eyes(visitor)

    eyes.look_at("http://judge.example/")

    assert any(complaint in wrong for wrong in eyes.wrong), eyes.wrong


def test_a_colour_that_fades_in_is_judged_where_it_ends(visitor):
    style = (
        "body { background: #fff; color: #333; transition: color 60s }"
        "@media (prefers-color-scheme: dark) { body { background: #000; color: #fff } }"
    )
    page = f"<!doctype html><html lang=en><title>Fading</title><style>{style}</style><h1>Words</h1>"
    visitor.route("http://judge.example/", lambda route: route.fulfill(body=page, content_type="text/html"))
    eyes = Eyes(visitor)

    eyes.look_at("http://judge.example/")
    eyes.look_at("http://judge.example/")

    assert not eyes.wrong
