"""A picture that is not of one question: bins of days, a curve of waits, a forecast, shares with their interval.

It is printed like a figure: title, sentence, basis, plot, table, and the addresses of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.pages.table import Table


@dataclass(frozen=True)
class Drawing:
    """`basis` says on which date what counts and n; `said` stands where nothing is drawn."""

    title: str
    sentence: str
    basis: str
    plot: dict[str, Any] | None
    table: Table
    lead: str | None = None
    note: str | None = None
    said: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    """Word and address of the rows and downloads of what it was made of."""
    kind: str = "drawing"


def with_addresses(plot: dict[str, Any] | None, urls: Mapping[str, str | None]) -> dict[str, Any] | None:
    """The plot with the addresses that a click on a mark opens ("0:3": answer and mark that it carries)."""
    if plot is None:
        return None
    return plot | {"urls": {at: url for at, url in urls.items() if url}}
