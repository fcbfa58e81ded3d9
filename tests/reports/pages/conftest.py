"""Pages of figures as ann sees them, on a company whose figures can be added up by hand."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.reports.pages.told import Books, tell_books
from tests.signing import sign_in_as


@pytest.fixture
def books(rows, clock) -> Books:
    """The company with its payments; see `told`."""
    with rows() as session:
        return tell_books(session, clock)


@pytest.fixture
def desk_of_ann(app, clock, books) -> FlaskClient:
    """Ann at the desk on Tuesday, 17 March 2026."""
    app.extensions["sawhorse_clock"] = clock
    client: FlaskClient = app.test_client()
    sign_in_as(client)
    return client
