"""Fixtures of the tests of services."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.services.desk import Desk, a_desk
from tests.services.moving import Mover
from tests.services.signing_in import Transaction

if TYPE_CHECKING:
    from tests.fixtures.office import Rows


@pytest.fixture
def desk(session, ann, clock) -> Desk:
    """A desk on a fresh database, ann at it."""
    return a_desk(session, ann, clock)


@pytest.fixture
def move(database: str, tmp_path: Path) -> Mover:
    """Moves files into this test's database."""
    return Mover(database, tmp_path / "moving")


@pytest.fixture
def transaction(rows: "Rows") -> Transaction:
    """Opens short transactions on this test's database, as the web does."""
    return rows
