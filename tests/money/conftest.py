"""Fixtures of the tests of money."""

import pytest

from tests.services.desk import Desk, a_desk


@pytest.fixture
def desk(session, ann, clock) -> Desk:
    """A desk on a fresh database, ann at it."""
    return a_desk(session, ann, clock)
