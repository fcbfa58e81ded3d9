"""What a run says about itself at its end: the state of the company that it read, and what it asked [137]."""

from __future__ import annotations

from reports.engine.book import Book
from reports.gallery.snapshot import snapshot_id

EVIDENCE = "application/vnd.sawhorse.evidence+json"


def evidence(book: Book) -> None:
    """Hand over the evidence, read in the transaction in which the figures were read."""
    from IPython.display import display

    told = {"snapshot": snapshot_id(book.session), "versions": book.asked}
    display({EVIDENCE: told, "text/plain": told["snapshot"]}, raw=True)  # type: ignore[no-untyped-call]
