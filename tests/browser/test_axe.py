"""Every page that the owner can open passes axe (WCAG 2.2 AA), obeys the strict policy and fits a phone.

The pages are found, not listed: every address of the url map without arguments, then whatever those pages link to.
An address with arguments that no page leads to must be named in UNLINKED with its reason.
Issue 2, point 6; look.md "Access"; dependencies.md trap F4.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from admin_app.app import create_app
from admin_app.config import read_settings
from admin_app.kernel.clock import SystemClock
from admin_app.models import User
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from admin_app.models.migrate import upgrade
from admin_app.services.passwords import Passwords
from seeds.demo.tell import load
from tests.fixtures.browser import NARROW, WIDE, Serve
from tests.fixtures.office import ANN

pytestmark = pytest.mark.browser

AXE = next((Path(__file__).parent / "vendor").glob("axe-core-*/axe.min.js"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "a long password of ann"

# Addresses that answer a GET but have no page of their own for the owner to look at.
NO_PAGE = {
    "static": "files",
    "admin.static": "files of Flask-Admin, none of which we load",
    "sign_in.sign_in": "walked signed out, below",
    "sign_in.welcome": "needs a one-time link out of a mail",
}
# Addresses with arguments to which no page of the demo company leads.
UNLINKED: dict[str, str] = {}

JUDGE = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ['violations'] });
  return found.violations.map((v) =>
    `${v.id} (${v.nodes.length}): ${v.nodes[0].target.join(' ')} ${v.nodes[0].any.map((a) => a.message)[0] || ''}`);
}"""
HANDLERS = """() => [...document.querySelectorAll('*')].flatMap((e) => [...e.attributes]
  .filter((a) => a.name.startsWith('on') || /^\\s*javascript:/i.test(a.value))
  .map((a) => `${e.tagName} ${a.name}=${a.value.slice(0, 60)}`))"""
TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1
    && !e.closest('.sh-scroll, .sh-tabs, .table-responsive, [hidden]')).slice(0, 3)
  .map((e) => `${e.tagName}.${e.className} reaches ${Math.round(e.getBoundingClientRect().right)}`)
  .concat('the page scrolls sideways')"""
HEADINGS = "() => document.querySelectorAll('h1').length"
LINKS = "() => [...document.links].filter((a) => !a.hasAttribute('download')).map((a) => a.href)"


@dataclass
class Office:
    """The demo company on a port of this machine, and its url map."""

    app: Flask
    address: str

    def endpoint(self, path: str) -> str | None:
        """Which view answers a GET of this path; None where there is none."""
        try:
            return str(self.app.url_map.bind("localhost").match(urlsplit(path).path, method="GET")[0])
        except (HTTPException, RequestRedirect):
            return None


@dataclass
class Walk:
    """What a walk through the office saw: the views it opened, and what was wrong on which page."""

    seen: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    def judge(self, page: Page, path: str) -> None:
        """Look at the open page with every measure we have."""
        complaints = [*page.evaluate(JUDGE, RULES), *page.evaluate(HANDLERS), *self.blocked]
        if page.evaluate(HEADINGS) != 1:
            complaints.append(f"{page.evaluate(HEADINGS)} first headings")
        complaints += page.evaluate(TOO_WIDE)
        self.blocked.clear()
        self.wrong += [f"{path}: {complaint}" for complaint in complaints]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application over the whole demo story."""
    home = tmp_path_factory.mktemp("demo")
    url = f"sqlite:///{home / 'office.sqlite'}"
    told = {
        "SAWHORSE_HOME": str(home),
        "SAWHORSE_DATABASE_URL": url,
        "SAWHORSE_SECRET_KEY": "only for tests " * 3,
    }
    settings = replace(read_settings(told), testing=True, hash_time_cost=1, hash_memory_kib=8)
    upgrade(url)
    app = create_app(settings)
    engine = open_engine(url)
    clock = SystemClock("Europe/London")
    with OfficeSession(engine, info={"actor": ANN, "clock": clock, "door": "test"}) as session:
        load(session, clock, Passwords.by(settings))
        ann = session.scalars(select(User).order_by(User.id)).first()
        assert ann is not None
        ann.password_hash = Passwords.by(settings).hash(PASSWORD)
        app.config["OWNER"] = ann.email
        session.commit()
    engine.dispose()
    return app


@pytest.fixture
def office(demo: Flask, serve: Serve) -> Office:
    """The demo company, open for visitors."""
    return Office(demo, serve(demo))


@pytest.fixture(params=[(WIDE, "light"), (NARROW, "dark")], ids=["wide-light", "phone-dark"])
def visitor(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser of one width and one theme; together the two see both widths and both themes."""
    viewport, theme = request.param
    context = browser.new_context(
        viewport=viewport, color_scheme=theme, reduced_motion="reduce", locale="en-GB"
    )
    # Playwright's own calls pass the policy; the pages' scripts and styles do not.
    context.add_init_script(path=str(AXE))
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def watched(page: Page) -> Walk:
    """A walk that hears what the console says."""
    walk = Walk()

    def hear(message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            walk.blocked.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: walk.blocked.append(f"uncaught: {error}"))
    return walk


def sign_in(page: Page, office: Office) -> None:
    """Ann comes to work."""
    page.goto(f"{office.address}/login")
    page.get_by_label("Email").fill(office.app.config["OWNER"])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/admin/"))


def look_up(page: Page, address: str) -> tuple[int, bool]:
    """The status of an address, and whether it is something to look at rather than a file or data for a script."""
    answer = page.request.get(address, headers={"Accept": "text/html"}, max_redirects=5)
    return answer.status, answer.headers.get("content-type", "").startswith("text/html")


def walk_through(page: Page, office: Office) -> Walk:
    """Open every view once: the addresses without arguments first, then what the pages link to."""
    walk = watched(page)
    rules = [rule for rule in office.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    bare = [str(rule) for rule in rules if not rule.arguments and rule.endpoint not in NO_PAGE]
    queue = list(bare)
    while queue:
        path = queue.pop(0)
        endpoint = office.endpoint(path)
        if endpoint is None or endpoint in NO_PAGE or endpoint in walk.seen:
            continue
        status, is_page = look_up(page, office.address + path)
        if status == 404 and path in bare:
            continue  # a page of one record, asked without saying which: some link will
        walk.seen.add(endpoint)
        if status >= 400:
            walk.wrong.append(f"{path}: answers {status}")
        if status >= 400 or not is_page:
            continue
        page.goto(office.address + path, wait_until="load")
        walk.judge(page, path)
        for link in page.evaluate(LINKS):
            if link.startswith(office.address):
                queue.append(link.removeprefix(office.address).split("#")[0])
    return walk


def is_closed(endpoint: str) -> bool:
    """Whether Flask-Admin registered this address but the office keeps it shut, or it serves scripts only.

    Which of them the owner may use is the business of the role matrix; here a page that exists is one that is linked.
    """
    return endpoint.rsplit(".", 1)[-1] in {"ajax_lookup", "create_view", "edit_view", "delete_view"}


def test_every_page_of_the_owner_is_accessible_and_obeys_the_policy(visitor, office):
    sign_in(visitor, office)

    walk = walk_through(visitor, office)

    assert not walk.wrong, "\n".join(walk.wrong)
    addresses = {rule.endpoint for rule in office.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {name for name in addresses - walk.seen - NO_PAGE.keys() if not is_closed(name)} == UNLINKED.keys()


def test_the_pages_before_signing_in_are_accessible(visitor, office):
    walk = watched(visitor)

    for path in ("/login", "/nowhere", "/welcome/unknown"):
        visitor.goto(office.address + path)
        walk.judge(visitor, path)

    assert not walk.wrong, "\n".join(walk.wrong)


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        ("<img src='/static/sawhorse.svg'>", "image-alt"),
        ("<button onclick='go()'>Go</button>", "BUTTON onclick"),
        ("<a href='javascript:go()'>Go</a>", "A href=javascript"),
        ("<p style='color: #999'>pale</p>", "Content Security Policy"),
        ("<h1>Two</h1><h1>Three</h1>", "first headings"),
        ("<div class='row'><p><b>" + "x" * 400 + "</b></p></div>", "sideways"),
    ],
)
def test_the_judge_sees_what_it_looks_for(visitor, markup, complaint):
    walk = watched(visitor)
    visitor.route(
        "http://judge.example/",
        lambda route: route.fulfill(
            body=f"<!doctype html><html lang=en><title>Broken</title><main><h1>Broken</h1>{markup}</main>",
            headers={"Content-Type": "text/html", "Content-Security-Policy": "default-src 'self'"},
        ),
    )

    visitor.goto("http://judge.example/")
    walk.judge(visitor, "/")

    assert any(complaint in wrong for wrong in walk.wrong), walk.wrong
