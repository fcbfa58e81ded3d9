"""Which page of the portal shows which kind of record, and what clients call it: one table for every page.

The words are those of `models.kinds`; "thread" stands beside them, for what was said has a page of its own too.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for


@dataclass(frozen=True, slots=True)
class Shown:
    """How one kind is shown: `part` of the addresses and list, the endpoint of one `page`, the sign of its rows."""

    part: str
    page: str
    sign: str
    called: str


SHOWN = {
    "estimate": Shown("proposals", "proposal", "pen", "Proposal"),
    "invoice": Shown("invoices", "invoice", "receipt", "Invoice"),
    "credit-note": Shown("credit-notes", "credit_note", "receipt", "Credit note"),
    "receipt": Shown("receipts", "receipt", "wallet", "Receipt"),
    "event": Shown("appointments", "appointment", "calendar", "Appointment"),
    "workorder": Shown("jobs", "job", "tools", "Job"),
    "lead": Shown("requests", "request", "plus", "Request"),
    "project": Shown("projects", "project", "folder", "Project"),
    "file": Shown("files", "file", "image", "File"),
    "thread": Shown("messages", "thread", "chat", "Message"),
}
"""The word of a kind → how it is shown; a kind that is not here has no page in the portal."""


def address_of(word: str, public_id: str | None, anchor: str | None = None) -> str:
    """The page of a record beside the page that was asked, by the same way in; without a public id its list."""
    shown = SHOWN[word]
    if public_id is None:
        return url_for(f".{shown.part}")
    return url_for(f".{shown.page}", public_id=public_id, _anchor=anchor)
