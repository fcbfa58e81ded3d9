"""The figures: one metric layer under the analysts' pages, the profile, the API, the command and the notebooks.

Rooms open downward: `pages → charts → engine → metrics | models → sources` (design section 9).  Below `pages` no
Flask is needed; a notebook begins with::

    book = reports.open("sqlite:///office.sqlite")
    book.ask("collected", by="month")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.engine.book import Book


def open(url: str | None = None, **options: Any) -> Book:
    """The book of figures of the company at a database address; without one, of this environment."""
    from reports.engine.book import open_book  # a notebook pays for the database when it asks for it

    return open_book(url, **options)
