"""What a notebook was given: its parameters from a run, and the days and filters that they make [135, M35]."""

from __future__ import annotations

import json
import os
from typing import Any

from reports.engine.book import Book
from reports.engine.periods import days_of
from reports.engine.query import read_day

PARAMETERS = "SAWHORSE_NOTEBOOK_PARAMETERS"
"""The variable of the environment in which a run hands its parameters over: JSON, never code."""

WITHOUT_DAYS = "12months"
"""The period that is told where neither its first nor its last day is given."""


def given() -> dict[str, Any]:
    """The parameters that a run was asked with; none outside a run."""
    return dict(json.loads(os.environ.get(PARAMETERS) or "{}"))


def settle(
    book: Book,
    *,
    as_of: str | None = None,
    start: str | None = None,
    end: str | None = None,
    brand: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters as `Book.ask` takes them: first for figures that stand at the end of a day, then for periods.

    Without `as_of` it is today; without days the period is the twelve months up to that day.  Raises Invalid for
    what is no day.
    """
    until = read_day("as_of", as_of) or book.desk.clock.today()
    first, last = days_of(WITHOUT_DAYS, until)
    standing: dict[str, Any] = {"as_of": until, "where": {"brand": brand} if brand else {}}
    days = {"start": read_day("from", start) or first, "end": read_day("to", end) or last}
    return standing, standing | days
