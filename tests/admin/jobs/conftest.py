"""Fixtures of the tests of jobs."""

import pytest

from tests.admin.jobs.site import Site, a_site


@pytest.fixture
def site(app, client, session, clock, ann) -> Site:
    """A building site; nobody is signed in yet."""
    app.extensions["sawhorse_clock"] = clock
    return a_site(client, session, clock, ann)
