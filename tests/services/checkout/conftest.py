"""What tests of card payments start from: the till of the portal's tests, with its provider."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from admin_app.config import Settings
from admin_app.kernel.clock import Clock
from tests.gateways.stripe_provider import CardProvider
from tests.portal.paying import Till, open_till


@pytest.fixture
def till(app: Flask, rows: Any, settings: Settings, card_provider: CardProvider, clock: Clock) -> Till:
    """Clara with one invoice of 100.00 to pay, and a card provider; the clock stands still."""
    return open_till(app, rows, settings, card_provider, clock)
