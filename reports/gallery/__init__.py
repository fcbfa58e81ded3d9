"""The gallery of notebooks: what they say with, what they are, and how one is run for a page [135-138, L13].

A notebook imports its words from here; they show in any Jupyter as well as in a kept run::

    import reports
    from reports.gallery import settle, show, tell

    book = reports.open(url)
    standing, period = settle(book, as_of=as_of, start=start, end=end, brand=brand)
    tell("collected", book.ask("collected", **period))
"""

from reports.gallery.given import settle
from reports.gallery.modelled import show_forecast, show_model
from reports.gallery.show import draw, frame, grid, rows, say, show, tell

__all__ = ["draw", "frame", "grid", "rows", "say", "settle", "show", "show_forecast", "show_model", "tell"]
