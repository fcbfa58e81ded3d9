"""What tests of the portal start from."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_app.config import Settings
from admin_app.kernel.clock import Clock
from tests.gateways.stripe_provider import CardProvider
from tests.portal.at_the_door import Doorway, open_the_door
from tests.portal.household import Household, a_company_with_a_portal, a_household, come_in
from tests.portal.paying import Till, open_till


@pytest.fixture
def doorway(app: Flask, client: FlaskClient, rows: Any, clock: Clock) -> Doorway:
    """A company whose portal is on, and Clara before its door; the clock stands still."""
    return open_the_door(app, client, rows, clock)


@pytest.fixture
def houses(app: Flask, rows: Any, settings: Settings, clock: Clock) -> tuple[Household, Household]:
    """Clara's household and Otto's, each with a project and one thing of each kind; the clock stands still."""
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        a_company_with_a_portal(session)
        return (
            a_household(session, settings.files),
            a_household(session, settings.files, "Otto", "Clear the gutter"),
        )


@pytest.fixture
def house(houses: tuple[Household, Household]) -> Household:
    """Clara's."""
    return houses[0]


@pytest.fixture
def foreign(houses: tuple[Household, Household]) -> Household:
    """Otto's."""
    return houses[1]


@pytest.fixture
def clara(app: Flask, house: Household, clock: Clock) -> FlaskClient:
    """Clara, signed in to the portal."""
    return come_in(app, house, clock)


@pytest.fixture
def till(app: Flask, rows: Any, settings: Settings, card_provider: CardProvider, clock: Clock) -> Till:
    """Clara with one invoice of 100.00 to pay, and a card provider; the clock stands still."""
    return open_till(app, rows, settings, card_provider, clock)


@pytest.fixture
def portal(app: Flask, clock: Clock) -> Flask:
    """The application on a standing clock."""
    app.extensions["sawhorse_clock"] = clock
    return app


@pytest.fixture
def visitor(portal: Flask) -> FlaskClient:
    """Somebody who holds nothing but a link."""
    return portal.test_client()
