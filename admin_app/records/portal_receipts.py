"""What clients looked at and took away, as the office reads it: on each document, and of a customer as a whole [L19].

Only looks and downloads of clients are kept (`services/portal/receipts.py`), never those of the staff, so what stands
here is what happened.  One statement a page; the list of a customer asks one more for each kind of document in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.models import (
    Contact,
    PortalReceipt,
    SeenHow,
)
from admin_app.models.kinds import KIND_OF
from admin_app.policy import visible

MOST_OF_A_DOCUMENT = 12
MOST_OF_A_CUSTOMER = 30
NOBODY_BY_NAME = "somebody with the link"

CALLED: Mapping[str, str] = {
    "estimate": "Estimate",
    "invoice": "Invoice",
    "credit-note": "Credit note",
    "receipt": "Receipt",
    "refund": "Refund",
    "event": "Appointment",
    "workorder": "Job",
    "lead": "Request",
    "project": "Project",
    "file": "File",
}
"""What people call what clients look at, by the word of its kind."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look or download: when, who, what of it; `what` is filled where the list is of several documents."""

    at: datetime
    how: SeenHow
    who: str
    by_link: bool
    content_hash: str | None
    about: str
    about_id: int
    what: str = ""
    url: str = ""
    """For the page to fill in."""


def seen_of_document(session: Session, about: str, *numbers: int) -> list[Seen]:
    """What clients did with one document, the latest first; several numbers for the versions of one file.

    For pages of a document that their actor may see: the receipts are shown with it.
    """
    query = _latest(MOST_OF_A_DOCUMENT).where(
        PortalReceipt.about == about, PortalReceipt.about_id.in_(numbers)
    )
    return _read(session, query)


def seen_by_customer(
    session: Session, actor: Actor, group_id: int, contact_id: int | None = None
) -> list[Seen]:
    """What the people of a customer looked at, or one of them, the latest first, with what each thing is called."""
    query = _latest(MOST_OF_A_CUSTOMER).where(PortalReceipt.group_id == group_id)
    if contact_id is not None:
        query = query.where(PortalReceipt.contact_id == contact_id)
    rows = _read(session, query)
    names = called(session, actor, ((row.about, row.about_id) for row in rows))
    return [
        Seen(
            row.at, row.how, row.who, row.by_link, row.content_hash, row.about, row.about_id,
            what=names.get((row.about, row.about_id)) or CALLED.get(row.about, row.about),
        )
        for row in rows
    ]  # fmt: skip


def called(session: Session, actor: Actor, things: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What records are called, by word and number: "Invoice N-00012"; one statement a kind that occurs."""
    wanted: dict[str, set[int]] = {}
    for about, number in things:
        wanted.setdefault(about, set()).add(number)
    found: dict[tuple[str, int], str] = {}
    for about, numbers in wanted.items():
        kind: Any = KIND_OF.get(about)
        if kind is None:
            continue
        names = [getattr(kind, key) for key in ("number", "name", "title") if hasattr(kind, key)]
        query = select(kind.id, func.coalesce(*names, "") if names else literal(""))
        for number, name in session.execute(visible(actor, query.where(kind.id.in_(numbers)))):
            found[about, number] = f"{CALLED[about]} {name}".strip()
    return found


def _latest(most: int) -> Select[Any]:
    people: Any = Contact
    joined = select(PortalReceipt, people).outerjoin(people, Contact.id == PortalReceipt.contact_id)
    return joined.order_by(PortalReceipt.id.desc()).limit(most)


def _read(session: Session, query: Select[Any]) -> list[Seen]:
    return [
        Seen(
            receipt.at,
            receipt.how,
            contact.name if contact is not None else NOBODY_BY_NAME,
            receipt.by_link,
            receipt.content_hash,
            receipt.about,
            receipt.about_id,
        )
        for receipt, contact in session.execute(query)
    ]
