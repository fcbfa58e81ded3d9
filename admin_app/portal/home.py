"""The first page of the portal: the one thing that waits, the next appointment, what is new [L19, 122]; look.md.

Behind a document link there is no first page: it leads to its document.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.errors import NotFound
from admin_app.models import Contact, Entity, PortalModule
from admin_app.policy import visible
from admin_app.policy.switches import LINKED
from admin_app.portal.pages import pages
from admin_app.portal.things import NOTHING_HERE, things
from admin_app.services.portal.feed import latest_photos, news_since, upcoming, what_waits
from admin_app.web.clients import client, for_clients
from admin_app.web.company import actor, clock, office_session

PAGE_OF = {
    "estimate": "proposal",
    "invoice": "invoice",
    "credit-note": "credit_note",
    "receipt": "receipt",
    "event": "appointment",
    "workorder": "job",
}
"""What a document link opens, and the page that shows it."""


@pages.get("/")
@for_clients(by_link=True)
def home() -> ResponseReturnValue:
    """Who signed in sees what waits and what is new; a link leads on to its document."""
    if client().scope.document is not None:
        return redirect(_document_url())
    session, who = office_session(), actor()
    me = next(iter(things(select(Contact))), None)
    modules = client().scope.modules
    return render_template(
        "portal/home.html",
        me=me,
        waits=what_waits(session, who, me, clock()),
        appointments=upcoming(session, who, clock()),
        news=news_since(session, who, client().previous_visit_at, clock()),
        since=client().previous_visit_at,
        photos=latest_photos(session, who),
        may_ask=PortalModule.REQUESTS in modules,
        may_write=PortalModule.MESSAGES in modules,
    )


def _document_url() -> str:
    """Where the one document of a link is shown, an estimate in its newest revision; raises NotFound."""
    document = client().scope.document
    assert document is not None
    about, _ = document
    kind: type[Entity] = LINKED[about]
    newest: Any = visible(actor(), select(kind)).order_by(kind.id.desc()).limit(1)
    found = office_session().scalar(newest)
    if found is None:
        raise NotFound(NOTHING_HERE)
    return url_for(f".{PAGE_OF[about]}", public_id=found.public_id)
