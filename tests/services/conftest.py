"""Fixtures of the tests of services."""

from pathlib import Path

import pytest

from tests.services.desk import Desk, a_desk
from tests.services.moving import Mover


@pytest.fixture
def desk(session, ann, clock) -> Desk:
    """A desk on a fresh database, ann at it."""
    return a_desk(session, ann, clock)


@pytest.fixture
def move(database: str, tmp_path: Path) -> Mover:
    """Moves files into this test's database."""
    return Mover(database, tmp_path / "moving")
