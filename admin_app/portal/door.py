"""The door of the portal: sign in by password or by a mailed link, come by an invitation, sign out [110, 111, W20-W22].

Whoever knocks without belonging here is told the same calm sentence after the same work, whatever the reason.  GET
shows, POST signs in and uses links up (security.md, "Signing in").
"""

from __future__ import annotations

import secrets
from typing import cast

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue

from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import clean_text
from admin_app.models import CustomerGroup
from admin_app.models.base import OfficeSession
from admin_app.portal.frame import look_at
from admin_app.services.one_time_link import Purpose
from admin_app.services.passwords import Passwords
from admin_app.services.portal import sessions
from admin_app.services.portal.identifiers import group_behind
from admin_app.services.portal.invitations import groups_open_to
from admin_app.services.portal.sign_in import (
    LONGEST_NAME,
    ClientIn,
    Knock,
    come_in_by_link,
    tries_of,
    whose_link,
)
from admin_app.services.portal.sign_in import sign_in as let_in
from admin_app.services.queue_job import queue_job
from admin_app.services.sign_in import count_try
from admin_app.services.staff_sessions import Lifetimes
from admin_app.web.access import public
from admin_app.web.clients import COOKIE, forget, remember, signed_in_client
from admin_app.web.company import clock, office_session
from admin_app.web.database import db, separate_transaction
from admin_app.web.login import (
    release_transaction,
    remember_browser,
    settings,
    signed_in,
    visitor_known_as,
)
from admin_app.web.office import keep_nothing
from admin_app.web.paths import portal_path

door = Blueprint("portal_door", __name__, url_prefix="/portal")

KNOWN_COOKIE = "sawhorse_client_known"
HOME = "/portal/"
MOST_TYPED = 512
"""Characters that a password field takes at all; the rule for new passwords is stricter."""
TYPE_A_NAME = "Type your email address or user name"


def passwords() -> Passwords:
    """The hash of this installation."""
    return Passwords.by(settings())


def session_of_door() -> OfficeSession:
    """The request's session; the history names the portal as the way by which somebody came."""
    g.door = "portal"
    return office_session()


def wanted() -> str:
    """Where the client wanted to go: a path of the portal; "" for nowhere in particular."""
    path = portal_path(request.values.get("next"), "")
    return "" if path == HOME else path


def knock(name: str = "", group_id: int | None = None) -> Knock:
    """Somebody at this door: where the request comes from, and whether this browser is known by the name."""
    from_here = visitor_known_as(tries_of(name) if name else "", KNOWN_COOKIE)
    return Knock(from_here, Lifetimes.by(settings()), request.cookies.get(COOKIE, ""), group_id)


@door.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Everybody's door [W22]."""
    return _door_of(None)


@door.route("/<identifier>/", methods=["GET", "POST"])
@public
def identified(identifier: str) -> ResponseReturnValue:
    """The door of one customer, in their look; a word that nobody has is everybody's door [W21]."""
    return _door_of(_group_of(identifier))


@door.post("/sign-in/link")
@public
def send_link() -> ResponseReturnValue:
    """Have a link to sign in sent; the worker looks whether there is anybody, so that nothing here tells."""
    session = session_of_door()
    group = _group_of(request.form.get("door", ""))
    group_id = group.id if group is not None else None
    try:
        name = _typed_name()
    except Invalid as refusal:
        return _sign_in_page(group, refusal)
    now, from_here = clock(), knock(name).visitor
    release_transaction()
    count_try(separate_transaction, f"link {tries_of(name)}", from_here, now)
    wish = {"name": name, "group_id": group_id, "wanted": wanted()}
    queue_job(session, "mail sign-in link", f"sign-in link {secrets.token_hex(16)}", wish, now.now())
    return redirect(url_for(".link_sent", door=request.form.get("door") or None))


@door.get("/sign-in/sent")
@public
def link_sent() -> ResponseReturnValue:
    """What everybody is told who asked for a link."""
    group = _group_of(request.args.get("door", ""))
    look_at(group.id if group is not None else None)
    return render_template("portal/door/link_sent.html", back_url=_address_of(group))


@door.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End this session, on the server and in the browser; pressing it twice is fine."""
    session, found = session_of_door(), signed_in_client()
    group = found[0].group if found is not None else None
    sessions.end(session, request.cookies.get(COOKIE, ""))
    flash("You are signed out.")
    return forget(cast(Response, redirect(_address_of(group))))


@door.route("/link/<token>", methods=["GET", "POST"])
@public
def mailed_link(token: str) -> ResponseReturnValue:
    """Sign in by a link that was asked for: a button first, since programs that look at mails open every link."""
    session = session_of_door()
    try:
        _, contact = whose_link(session, Purpose.SIGN_IN, token, clock())
        if request.method == "POST":
            done = come_in_by_link(session, Purpose.SIGN_IN, token, knock(), clock())
            return welcome_in(done, wanted())
    except NotFound:
        return link_is_gone()
    look_at(groups_open_to(session, contact.id)[0].id)
    return render_template("portal/door/mailed_link.html", name=contact.name, next=wanted())


def welcome_in(done: ClientIn, to: str, name: str = "") -> Response:
    """The answer to whoever is in now: a new token, and where they choose first or wanted to go."""
    answer = cast(Response, redirect(_landing(done, to)))
    if signed_in() is None:
        browser.pop("csrf_token", None)  # whoever planted one in this browser knows nothing any more
    if name:
        remember_browser(answer, tries_of(name), KNOWN_COOKIE, path="/portal")
    return remember(answer, done.token)


def link_is_gone() -> Response:
    """The one page for every link that works no more: used, run out, altered, or of somebody who may not come in."""
    answer = make_response(render_template("portal/door/gone.html"))
    answer.status_code = 404
    return answer


def _landing(done: ClientIn, to: str) -> str:
    if done.must_change_password:
        return url_for("portal_door.password", next=to or None)
    if done.group_id is None or (not to and done.several_projects):
        return url_for("portal_door.choose", next=to or None)
    return to or HOME


def _door_of(group: CustomerGroup | None) -> ResponseReturnValue:
    session_of_door()
    if request.method == "POST":
        keep_nothing()
        try:
            return _let_in(group)
        except Invalid as refusal:
            return _sign_in_page(group, refusal)
    found = signed_in_client()
    if found is not None:
        elsewhere = group is not None and found[0].group_id != group.id
        return redirect(url_for("portal_door.choose") if elsewhere else wanted() or HOME)
    return _sign_in_page(group)


def _let_in(group: CustomerGroup | None) -> Response:
    name, typed = _typed_name(), request.form.get("password", "")
    if not typed:
        raise Invalid("Type your password, or have a link sent", {"password": "Type your password"})
    if len(typed) > MOST_TYPED:
        raise Invalid("A password is not that long", {"password": "A password is not that long"})
    now, group_id = clock(), group.id if group is not None else None
    release_transaction()
    done = let_in(separate_transaction, passwords(), name, typed, knock(name, group_id), now)
    return welcome_in(done, wanted(), name)


def _sign_in_page(group: CustomerGroup | None, refusal: Invalid | None = None) -> Response:
    """The page of a door; `refusal` says what is wrong with what was typed."""
    look_at(group.id if group is not None else None)
    if refusal is not None:
        keep_nothing()
    page = render_template(
        "portal/door/sign_in.html",
        name=request.form.get("name", "")[:LONGEST_NAME],
        next=wanted(),
        door=_word_of(group),
        wrong=refusal,
        fields=refusal.fields if refusal is not None else {},
        sends_links=settings().public_url is not None,
    )
    answer = make_response(page)
    answer.status_code = 200 if refusal is None else 422
    return answer


def _typed_name() -> str:
    """What the client typed to be known by; raises Invalid for nothing, and for what no name can hold."""
    try:
        name = clean_text(request.form.get("name", ""), LONGEST_NAME)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {"name": refusal.sentence}) from None
    if not name:
        raise Invalid(TYPE_A_NAME, {"name": TYPE_A_NAME})
    return name


def _group_of(word: str) -> CustomerGroup | None:
    """The customer behind a word in an address; none where their portal is closed."""
    found = group_behind(db.session(), word) if word else None
    return found if found is not None and found.portal_on and found.archived_at is None else None


def _word_of(group: CustomerGroup | None) -> str:
    return (group.portal_identifier or group.public_id) if group is not None else ""


def _address_of(group: CustomerGroup | None) -> str:
    """The door of a customer who has a word of their own, else everybody's."""
    word = group.portal_identifier if group is not None and group.portal_on else None
    return url_for(".identified", identifier=word) if word else url_for(".sign_in")
