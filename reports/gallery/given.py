"""What a notebook was given: its parameters from a run, and the days and filters that they make [135, M35]."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from typing import Any

from reports.engine.book import Book
from reports.engine.query import read_day

PARAMETERS = "SAWHORSE_NOTEBOOK_PARAMETERS"
"""The variable of the environment in which a run hands its parameters over: JSON, never code."""

MONTHS = 12
"""So many whole months before the as-of day are told where no first day is given."""


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

    Without `as_of` it is today; the period ends with that day and begins twelve months before its month.  Raises
    Invalid for what is no day.
    """
    until = read_day("as_of", as_of) or book.desk.clock.today()
    last = read_day("to", end) or until + timedelta(days=1)
    first = read_day("from", start) or _months_before(until, MONTHS)
    standing: dict[str, Any] = {"as_of": until, "where": {"brand": brand} if brand else {}}
    return standing, standing | {"start": first, "end": last}


def _months_before(day: date, months: int) -> date:
    """The first of the month so many months before a day's."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
