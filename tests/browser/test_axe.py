"""Every page that the owner can open passes axe (WCAG 2.2 AA), obeys the strict policy and fits a phone.

The pages are found, not listed: every address of the url map without arguments, then whatever those pages link to,
one page a view. An address that no page leads to must be named in NO_PAGE or UNLINKED with its reason.
Issue 2, point 6; look.md "Access"; dependencies.md trap F4.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from admin_app.models import Attachment, Event, Note, Payment, PaymentMethod, SiteAsset, Task
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from tests.browser.walked import every_kind, open_office
from tests.fixtures.browser import NARROW, WIDE, Serve
from tests.forms import send
from tests.signing import sign_in_as

pytestmark = [pytest.mark.browser, pytest.mark.repeats]

AXE = next((Path(__file__).parent / "vendor").glob("axe-core-*/axe.min.js"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# How many addresses of one view are searched for links to views not seen yet.
LOOKED_INTO = 6
# The walk is a test for each of so many parts of the pages, so that processes share it.
PARTS = 2

# Addresses that answer a GET but have no page of their own for the owner to look at, by the end of their name.
NO_PAGE = {
    "static": "files",
    "ajax_lookup": "Flask-Admin's own look-up, shut in favour of ours",
    "export": "a file",
    "create_view": "registered for every list; which are written by hand is the role matrix's business",
    "edit_view": "the same",
    "delete_view": "the same",
}
# The door of programs has no pages; its answers are read in tests/api.
FOR_PROGRAMS = ("api.", "api-docs.")
# Views to which no page of the demo company leads.
UNLINKED = {
    "customers.of": "the live search leads there, and it leads on",
    "lookup.find": "data for type-aheads",
    "imports.progress": "data for the bar",
    "imports.errors": "a file, of a run that went wrong",
    "bank.columns": "the columns of a file that was just sent, shown in test_bank_story",
    "closing.progress": "data for the bar",
    "calendar.read": "a file for calendar programs, read in tests/admin/schedule",
    "customers.preview": "a picture",
    "customers.slots": "free times for a form",
    "jobs.photo": "a picture",
    "jobs.small_photo": "a picture",
    "settings.brand_logo": "a picture",
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

JUDGE = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ['violations'], preload: false });
  return found.violations.map((v) =>
    `${v.id} (${v.nodes.length}): ${v.nodes[0].target.join(' ')} ${v.nodes[0].any.map((a) => a.message)[0] || ''}`);
}"""
# By name, since a form with an input called "attributes" hides its own list of them.
HANDLERS = """() => [...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()
  .filter((name) => name.startsWith('on') || /^\\s*javascript:/i.test(e.getAttribute(name)))
  .map((name) => `${e.tagName} ${name}=${e.getAttribute(name).slice(0, 60)}`))"""
TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1
    && !e.closest('.sh-scroll, .sh-tabs, .table-responsive, [hidden]')).slice(0, 3)
  .map((e) => `${e.tagName}.${e.className} reaches ${Math.round(e.getBoundingClientRect().right)}`)
  .concat('the page scrolls sideways')"""
# Rows that become cards on a phone never lie beyond the edge, at no width: what a bill comes to would be hidden.
CUT_OFF = """() => [...document.querySelectorAll('.sh-scroll:has(> .sh-rows)')]
  .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => `${e.ariaLabel} is cut off`)"""
# In the next frame the page has heard of its new width and theme.  Colours would fade in from parent to child, one
# after the other; what is judged is where they end, so here they do not fade.
SETTLED = """async (theme) => {
  if (!document.adoptedStyleSheets.length) {
    const still = new CSSStyleSheet();
    still.replaceSync("*, *::before, *::after { transition: none !important }");
    document.adoptedStyleSheets = [still];
  }
  const worn = document.documentElement.dataset;
  for (let frame = 0; frame < 20; frame += 1) {
    await new Promise(requestAnimationFrame);
    if (!theme || !worn.bsTheme || worn.bsTheme === theme) return;
  }
}"""
HEADINGS = "() => document.querySelectorAll('h1').length"


@dataclass
class Tour:
    """The demo company, the owner's cookie, and one address of every view that she can see."""

    app: Flask
    cookie: str
    pages: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    def endpoint(self, path: str) -> str:
        """Which view answers a GET of this path; "" where there is none."""
        try:
            return str(self.app.url_map.bind("localhost").match(urlsplit(path).path, method="GET")[0])
        except (HTTPException, RequestRedirect):
            return ""

    def unseen(self) -> list[str]:
        """The views with a GET that answered nothing and have no reason not to."""
        addresses = {rule.endpoint for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        return sorted(
            name
            for name in addresses - self.answered
            if name.rsplit(".", 1)[-1] not in NO_PAGE and not name.startswith(FOR_PROGRAMS)
        )


def discover(tour: Tour, client: FlaskClient, first: list[str]) -> None:
    """Follow the links of every page, a few addresses of each view, until nothing new turns up."""
    rules = [rule for rule in tour.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    bare = [str(r) for r in rules if not r.arguments and not r.endpoint.startswith(FOR_PROGRAMS)]
    queue, known, looked = deque([*first, *bare]), set(bare) | set(first), Counter[str]()
    while queue:
        path = queue.popleft()
        endpoint = tour.endpoint(path)
        if (
            not endpoint
            or endpoint.endswith("static")
            or endpoint.startswith(FOR_PROGRAMS)
            or looked[endpoint] >= LOOKED_INTO
        ):
            continue
        looked[endpoint] += 1
        with client.get(path, headers={"Accept": "text/html"}) as answer:
            if answer.status_code == 404 and path in bare:
                continue  # a page of one record, asked without saying which: some link will
            tour.answered.add(endpoint)
            if answer.status_code >= 400:
                tour.broken.append(f"{path}: answers {answer.status_code}")
            if answer.status_code != 200 or answer.mimetype != "text/html":
                if answer.status_code == 200:
                    looked[endpoint] = LOOKED_INTO  # a file leads nowhere: one of them will do
                continue
            tour.pages.setdefault(endpoint, path)
            for link in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', answer.get_data(as_text=True)):
                target = urljoin(path, unescape(link)).split("#")[0]
                if target.startswith("/") and target not in known:
                    known.add(target)
                    queue.append(target)


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


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """A browser that knows axe; `Eyes` set its width and its theme."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce", locale="en-GB")
    # Playwright's own calls pass the policy; the pages' scripts and styles do not.
    context.add_init_script(path=str(AXE))
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


LOOKS: tuple[tuple[str, Any, Any], ...] = (("phone, dark", NARROW, "dark"), ("wide, light", WIDE, "light"))


class Eyes:
    """Looks at pages and remembers what was wrong with which."""

    def __init__(self, page: Page) -> None:
        """Listen to the console of `page` from now on."""
        self.page = page
        self.wrong: list[str] = []
        self.heard: list[str] = []
        self.seen_as: tuple[str, Any, Any] | None = None
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.heard.append(f"uncaught: {error}"))

    def _hear(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.heard.append(message.text)

    def look_at(self, address: str) -> None:
        """Open a page once and hold every measure against it, on the desk by day and on a phone by night."""
        self.page.goto(address, wait_until="load")
        complaints = [*self.page.evaluate(HANDLERS)]
        if (headings := self.page.evaluate(HEADINGS)) != 1:
            complaints.append(f"{headings} first headings")
        # The way in which the last page was left is the first in which this one is seen.
        for look in sorted(LOOKS, key=lambda look: look is not self.seen_as):
            name, viewport, theme = look
            if look is not self.seen_as:
                self.page.set_viewport_size(viewport)
                self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                self.seen_as = look
            self.page.evaluate(SETTLED, theme)
            measured = [one for measure in (TOO_WIDE, CUT_OFF) for one in self.page.evaluate(measure)]
            seen = [*self.page.evaluate(JUDGE, RULES), *measured, *self.heard]
            self.heard.clear()
            complaints += [f"{name}: {complaint}" for complaint in seen]
        self.wrong += [f"{urlsplit(address).path}: {complaint}" for complaint in complaints]


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
