"""The phone of these tests."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.counted import count_from_now


@pytest.fixture
def phone(narrow_page: Page) -> Page:
    """The phone, whose presses are counted."""
    count_from_now(narrow_page)
    return narrow_page
