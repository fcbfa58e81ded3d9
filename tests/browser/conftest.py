"""What the walks over pages share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.eyes import AXE
from tests.fixtures.browser import WIDE


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """A browser that knows axe; `Eyes` set its width and its theme."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce", locale="en-GB")
    # Playwright's own calls pass the policy; the pages' scripts and styles do not.
    context.add_init_script(path=str(AXE))
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
