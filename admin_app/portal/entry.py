"""The way in by a document link: whoever follows it stands at once before the document [A64, A83, A85, design 6].

The first page of a link (`.home` at "/") answers with :func:`document_of_link`, for a link has no home of its own.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.errors import NotFound
from admin_app.models import CreditNote, Entity, Estimate, Event, Invoice, Payment, WorkOrder
from admin_app.policy import visible
from admin_app.web.clients import LinkIsDead, client
from admin_app.web.company import actor, office_session

PAGES: dict[str, tuple[type[Entity], str]] = {
    "estimate": (Estimate, "proposal"),
    "invoice": (Invoice, "invoice"),
    "credit-note": (CreditNote, "credit_note"),
    "receipt": (Payment, "receipt"),
    "event": (Event, "appointment"),
    "workorder": (WorkOrder, "job"),
}
"""What a link is about → its record and the page of it; of an estimate the newest revision that was sent."""


def document_of_link() -> ResponseReturnValue:
    """To the page of the link's document; LinkIsDead where the document itself is not shown any more.

    Raises NotFound for a client who came another way: they have a home.
    """
    document = client().scope.document
    if document is None:
        raise NotFound("There is nothing here")
    kind, page = PAGES[document[0]]
    newest: Any = kind.id.desc() if kind is not Estimate else Estimate.revision.desc()
    query = visible(actor(), select(kind)).with_only_columns(kind.public_id).order_by(newest).limit(1)
    public_id = office_session().scalar(query)
    if public_id is None:
        raise LinkIsDead("This link no longer opens anything")
    return redirect(url_for(f"{request.blueprint}.{page}", public_id=public_id))
