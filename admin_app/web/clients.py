"""Clients at the door: by a session of the portal, by a link to one document, or through the eyes of the desk.

The same pages answer under three addresses; which blueprint was asked says how the client came.  Whatever the way, the
policy is asked at each request, so that a switch that is turned off closes the page that is read next [W33].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.kernel.actor import ClientScope
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import Contact, PortalModule, PortalSession
from admin_app.policy import Closed, Permission, as_client, client_scope, demand, link_scope
from admin_app.services.portal import links, previews, sessions
from admin_app.services.staff_sessions import Lifetimes, is_due, touch
from admin_app.web.company import actor, clock
from admin_app.web.database import db, write_down
from admin_app.web.login import settings, signed_in
from admin_app.web.paths import own_path

COOKIE = "sawhorse_client"
PORTAL, LINK, SEE_AS = "portal", "portal_link", "see_as"
"""The names under which the pages of the portal are registered: by session, by document link, as preview."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])
ONLY_A_LOOK = "This is a preview: you look through the client's eyes, and nothing can be sent, signed or paid"


class LinkIsDead(NotFound):
    """A document link opens nothing: taken back, switched off, altered, or never made; the page does not say which."""


@dataclass(frozen=True, slots=True)
class ClientRule:
    """What a page of the portal asks for: the module it belongs to, and whether a document link opens it."""

    module: PortalModule | None = None
    by_link: bool = False


@dataclass(frozen=True, slots=True)
class ClientHere:
    """The client of this request as plain values: they outlive the transaction that read them."""

    scope: ClientScope
    name: str
    mode: str
    session_id: int | None = None
    seen_at: datetime | None = None
    previous_visit_at: datetime | None = None
    """When the visit before this one ended: what is newer is new [L19]."""
    account_id: int | None = None

    @property
    def contact_id(self) -> int | None:
        """Who it is; None behind a link that was made for nobody by name."""
        return self.scope.contact_id

    @property
    def group_id(self) -> int:
        """Whose things are looked at."""
        return self.scope.group_id


def for_clients(module: PortalModule | None = None, *, by_link: bool = False) -> Callable[[View], View]:
    """State that a view is a page of the portal, of a module or of none; `by_link`: a document link may open it."""

    def mark(view: View) -> View:
        view.__dict__["access_rule"] = ClientRule(module, by_link)
        return view

    return mark


def client() -> ClientHere:
    """The client of this request; only pages that state `@for_clients` have one."""
    return cast(ClientHere, g.client)


def is_preview() -> bool:
    """Whether the desk looks through a client's eyes: nothing is written then, receipts included."""
    return bool("client" in g and g.client.scope.preview)


def admit(rule: ClientRule) -> ResponseReturnValue | None:
    """Let the client in, or say where to go first; raises NotFound, LinkIsDead, and Unmet for an act in a preview."""
    ways = {PORTAL: _by_session, LINK: _by_link, SEE_AS: _as_preview}
    came = ways[request.blueprint or PORTAL]()
    if not isinstance(came, ClientHere):
        return came
    if (came.mode == LINK and not rule.by_link) or (
        rule.module is not None and rule.module not in came.scope.modules
    ):
        raise NotFound("There is nothing here")
    if came.scope.preview and request.method not in SAFE:
        raise Unmet(ONLY_A_LOOK)
    g.client = came
    g.actor = as_client(came.name, came.scope)
    g.door = {PORTAL: "portal", LINK: "document link", SEE_AS: "preview"}[came.mode]
    return None


def signed_in_client() -> tuple[Any, Any, Any] | None:
    """The session row, account and contact of the portal's cookie; None for nobody."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    return sessions.find(db.session(), token, Lifetimes.by(settings()), clock())


def remember(answer: Response, token: str) -> Response:
    """Give the browser the token of a portal session, for the portal alone."""
    answer.set_cookie(
        COOKIE,
        token,
        path="/portal",
        max_age=settings().session_seconds,
        httponly=True,
        samesite="Lax",
        secure=settings().secure_cookies,
    )
    return answer


def forget(answer: Response) -> Response:
    """Take the token out of the browser."""
    answer.delete_cookie(COOKIE, path="/portal")
    return answer


def touch_client(answer: Response) -> Response:
    """Write down now and then that a client is here, after the request gave its transaction back; waits for nobody."""
    here = g.get("client")
    if here is None or here.session_id is None or here.seen_at is None:
        return answer
    if is_due(here.seen_at, Lifetimes.by(settings()), clock()):
        write_down(
            "last use of a portal session", lambda own: touch(own, here.session_id, clock(), PortalSession)
        )
    return answer


def _by_session() -> ClientHere | ResponseReturnValue:
    found = signed_in_client()
    if found is None:
        wanted = request.full_path.rstrip("?") if request.method in SAFE else ""
        return redirect(url_for("portal_door.sign_in", next=own_path(wanted, "") or None))
    row, account, contact = found
    if account.must_change_password:
        return redirect(url_for("portal_door.password"))
    if row.group_id is None:
        return redirect(
            url_for("portal_door.choose", next=own_path(request.full_path.rstrip("?"), "") or None)
        )
    scope = client_scope(db.session(), contact.id, row.group_id)
    if isinstance(scope, Closed):
        return redirect(url_for("portal_door.choose"))
    return ClientHere(scope, contact.name, PORTAL, row.id, row.seen_at, row.previous_visit_at, account.id)


def _by_link() -> ClientHere:
    session = db.session()
    link = links.link_named(session, settings().secret_key, g.get("portal_token", ""))
    scope = link_scope(session, link) if link is not None else Closed("Nobody made this link")
    if link is None or isinstance(scope, Closed):
        raise LinkIsDead("This link no longer opens anything")
    contact = session.get(Contact, link.contact_id) if link.contact_id is not None else None
    return ClientHere(scope, contact.name if contact is not None else "Somebody with the link", LINK)


def _as_preview() -> ClientHere | ResponseReturnValue:
    if signed_in() is None:
        return redirect(url_for("sign_in.sign_in", next=own_path(request.full_path.rstrip("?"), "") or None))
    demand(actor(), Permission.ACCESS_GRANT)
    session = db.session()
    preview = previews.preview_of(settings().secret_key, g.get("portal_token", ""))
    contact = session.get(Contact, preview.contact_id) if preview is not None else None
    if preview is None or contact is None:
        raise NotFound("There is nothing here")
    scope = client_scope(
        session, preview.contact_id, preview.group_id, proposed=preview.proposed, preview=True
    )
    if isinstance(scope, Closed):
        raise Unmet(f"{contact.name} would see nothing. {scope.why}")
    return ClientHere(scope, contact.name, SEE_AS)
