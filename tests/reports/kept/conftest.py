"""Fixtures of the tests of kept totals."""

import pytest

from tests.reports.kept.walking import FiguresWalk
from tests.services.desk import Desk, a_desk


@pytest.fixture
def desk(session, ann, clock) -> Desk:
    """A desk on a fresh database, ann at it."""
    return a_desk(session, ann, clock)


@pytest.fixture
def walk(desk) -> FiguresWalk:
    """Random days at that desk."""
    return FiguresWalk(desk, 1)
