"""What the tests of estimates at the front door start from."""

import pytest

from tests.admin.estimates.office import EstimateOffice


@pytest.fixture
def office(app, signed_in, rows, clock):
    """A project of the Finch household with a lead and no estimate; ann, the owner, at the desk."""
    app.extensions["sawhorse_clock"] = clock
    return EstimateOffice(signed_in, rows).found()
