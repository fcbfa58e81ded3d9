"""Write down after the answer that the client opened or downloaded a document; a preview writes nothing [L19, 113].

A view calls one of the two while its transaction is open; the row is written once the request gave it back, and
whenever the database is busy it is simply not written: nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, after_this_request
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models import Entity
from admin_app.services.portal import receipts
from admin_app.services.portal.receipts import Seen
from admin_app.web.clients import is_preview
from admin_app.web.company import actor, clock
from admin_app.web.database import write_down

Write = Callable[[Session, Seen, Actor, Clock], None]
FIRST_REFUSAL = 400


def note_opened(about: Entity, content_hash: str | None = None) -> None:
    """The client looks at this document; `content_hash` is the frozen paper's hash, where there is one."""
    _afterwards("a document that was opened", receipts.opened, about, content_hash)


def note_downloaded(about: Entity, content_hash: str | None = None) -> None:
    """The client takes this document away as a file."""
    _afterwards("a document that was downloaded", receipts.downloaded, about, content_hash)


def _afterwards(what: str, write: Write, about: Entity, content_hash: str | None) -> None:
    if is_preview():
        return
    seen, who, when = receipts.seen_of(about, content_hash), actor(), clock()

    @after_this_request
    def _write(answer: Response) -> Response:
        if answer.status_code < FIRST_REFUSAL:
            write_down(what, lambda own: write(own, seen, who, when))
        return answer
