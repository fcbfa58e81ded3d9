"""Fixtures of the tests of the API."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.program import Program, World, a_program, world

if TYPE_CHECKING:
    from flask import Flask

    from admin_app.kernel.clock import Clock


@pytest.fixture
def two(app: "Flask", rows: Any, clock: "Clock") -> World:
    """Ash and Birch with a document of every kind each; crews work at Ash.  The clock of the office stands still."""
    app.extensions["sawhorse_clock"] = clock
    return world(rows, clock)


@pytest.fixture
def program(app: "Flask", two: World) -> Program:
    """A program with ann's rights."""
    return a_program(app)
