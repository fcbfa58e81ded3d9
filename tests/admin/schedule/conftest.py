"""Fixtures of the tests of the schedule."""

import pytest

from tests.admin.schedule.board import Board, a_board


@pytest.fixture
def board(app, client, session, clock, ann) -> Board:
    """A week with a crew in it; ann is signed in."""
    app.extensions["sawhorse_clock"] = clock
    return a_board(client, session, clock, ann)
