"""The first page of the portal: the one thing that waits, the next appointment, what is new [L19, 122]; look.md.

Behind a document link there is no first page: it leads to its document.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.errors import NotFound
from admin_app.models import Contact, PortalModule
from admin_app.models.kinds import KIND_OF
from admin_app.policy import visible
from admin_app.portal.pages import pages
from admin_app.portal.shown import SHOWN, address_of
from admin_app.portal.things import NOTHING_HERE, things
from admin_app.services.portal.feed import latest_photos, news_since, upcoming, what_waits
from admin_app.web.clients import LINK, client, for_clients
from admin_app.web.company import actor, clock, office_session


@pages.get("/")
@for_clients(by_link=True)
def home() -> ResponseReturnValue:
    """Who signed in sees what waits and what is new; a link leads on to its document."""
    if client().mode == LINK:
        return redirect(_document_url())
    session, who = office_session(), actor()
    me = next(iter(things(select(Contact))), None)
    modules = client().scope.modules
    return render_template(
        "portal/home.html",
        me=me,
        waits=what_waits(session, who, me, clock()),
        appointments=upcoming(session, who, clock()),
        news=[
            (one, address_of(one.about, one.public_id), SHOWN[one.about].sign)
            for one in news_since(session, who, client().previous_visit_at, clock())
        ],
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
    kind = KIND_OF[about]
    newest: Any = visible(actor(), select(kind)).order_by(kind.id.desc()).limit(1)
    found = office_session().scalar(newest)
    if found is None:
        raise NotFound(NOTHING_HERE)
    return address_of(about, found.public_id)
