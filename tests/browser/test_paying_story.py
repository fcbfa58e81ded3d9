"""On a phone: a document link, the provider's page, thank you, the receipt; also without a script [120, A64, L9].

The provider is the tests' own, over real HTTP, and brings its messages to /hooks/stripe by itself.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from admin_app.kernel.clock import SystemClock
from admin_app.models import Invoice, Payment
from tests.browser.eyes import ALL_LOOKS, Eyes
from tests.fixtures.browser import NARROW, Serve
from tests.portal.paying import Till, begin, open_till

pytestmark = pytest.mark.browser


@pytest.fixture
def database(sqlite_database: str) -> str:
    """The browser cares for pages, not for databases."""
    return sqlite_database


@pytest.fixture
def till(app, rows, settings, card_provider) -> Till:
    """Clara's invoice of 100.00; the clock is the machine's, as the provider's is."""
    return open_till(app, rows, settings, card_provider, SystemClock("Europe/London"))


def open_shop(till: Till, serve: Serve) -> str:
    """The office at an address that both the browser and the provider reach."""
    address = serve(till.app)
    till.app.extensions["sawhorse_settings"] = replace(till.settings, public_url=address)
    till.provider.hook_url = f"{address}/hooks/stripe"
    return address


def to_the_provider(page: Page, till: Till) -> None:
    """Wait until the provider's own page is open, and pay there."""
    expect(page.get_by_role("heading", name="Invoice NORTH-00001")).to_be_visible()
    assert page.url.startswith(till.provider.url)
    page.get_by_role("button", name="Pay").click()


def test_a_link_is_paid_on_a_phone_and_ends_at_the_receipt(narrow_page, till, serve):
    address = open_shop(till, serve)
    page: Page = narrow_page
    page.goto(address + till.link(Invoice, till.invoices[0]) + "/")
    expect(page.get_by_role("heading", name="Invoice NORTH-00001")).to_be_visible()

    page.get_by_role("button", name=re.compile("^Pay")).click()
    to_the_provider(page, till)

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert page.url.startswith(address)
    page.get_by_role("link", name="Open receipt").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    assert [one.amount for one in till.all_of(Payment)] == [100_00]
    till.proven()


def test_the_same_without_a_script(browser: Browser, till, serve):
    address = open_shop(till, serve)
    till.provider.hook_url = None  # its message is late: the client asks by a press
    context = browser.new_context(viewport=NARROW, java_script_enabled=False)
    page = context.new_page()
    page.goto(address + till.link(Invoice, till.invoices[0]) + "/")

    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.get_by_role("link", name=re.compile("^Go on and pay")).click()
    to_the_provider(page, till)
    page.get_by_role("button", name="Look now").click()

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert [one.amount for one in till.all_of(Payment)] == [100_00]
    context.close()


def test_back_from_the_provider_nothing_is_paid_and_nothing_lost(narrow_page, till, serve):
    address = open_shop(till, serve)
    page: Page = narrow_page
    page.goto(address + till.link(Invoice, till.invoices[0]) + "/")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.get_by_role("button", name="Back")).to_be_visible()

    page.get_by_role("button", name="Back").click()

    expect(page.get_by_text("It has not arrived yet")).to_be_visible()
    page.get_by_role("link", name="Go back to the payment page").click()
    to_the_provider(page, till)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert [one.amount for one in till.all_of(Payment)] == [100_00]


def test_the_pages_on_the_way_are_accessible(visitor, till, serve):
    """The ones that no link of another page leads to: on the way there and back."""
    address = open_shop(till, serve)
    path = till.link(Invoice, till.invoices[0])
    stranger = till.app.test_client()
    checkout = begin(stranger, till, path=path)
    eyes = Eyes(visitor, ALL_LOOKS)

    eyes.look_at(f"{address}{path}/pay/{checkout.public_id}?asked=1")
    till.provider.hook_url = None
    till.provider.pay(checkout.provider_session)
    till.provider.deliver(till.app.test_client())
    eyes.look_at(f"{address}{path}/pay/{checkout.public_id}")

    assert not eyes.wrong, "\n".join(eyes.wrong)
