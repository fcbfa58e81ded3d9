"""Who is signed in, request by request: Flask-Login carries a token, the row behind it decides (security.md).

The token lies in the signed session cookie (HttpOnly, SameSite=Lax, Secure under TLS); its session lives in
`StaffSession`, so that signing out, a new password and switching off end it on the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, Response, current_app, g, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeTimedSerializer

from admin_app.config import Settings
from admin_app.kernel.actor import Actor
from admin_app.kernel.text import email_key
from admin_app.services import staff_sessions
from admin_app.services.staff_sessions import Lifetimes, Visitor, token_hash
from admin_app.web.bearer import load_holder, touch_token
from admin_app.web.company import clock
from admin_app.web.database import db, write_down
from admin_app.web.paths import own_path
from admin_app.web.problems import no_token, speaks_problems

KNOWN_COOKIE = "sawhorse_known"
KNOWN_FOR = 180 * 24 * 3600
"""Seconds for which a browser stays known."""
OPEN_TO_NEWCOMERS = frozenset({"sign_in.password", "sign_in.sign_out"})
"""Where somebody may go who must choose a password first."""


@dataclass(frozen=True)
class SignedInStaff(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """The signed-in person as plain values: they outlive the transaction that read them."""

    token: str
    session_id: int
    seen_at: datetime
    actor: Actor
    email: str
    must_change_password: bool

    def get_id(self) -> str:
        """What the cookie carries."""
        return self.token

    def as_actor(self) -> Actor:
        """The person as the policy and the audit see one."""
        return self.actor


def settings() -> Settings:
    """The settings of this installation."""
    return cast(Settings, current_app.extensions["sawhorse_settings"])


def signed_in() -> SignedInStaff | None:
    """Who is signed in on this request at the desk; a program with a token is not."""
    who = current_user._get_current_object() if current_user.is_authenticated else None
    return who if isinstance(who, SignedInStaff) else None


def release_transaction() -> None:
    """Give the database back before something slow (a password hash, a picture) or a transaction of its own."""
    db.session.rollback()


def visitor(email: str = "") -> Visitor:
    """Where this request comes from; the address is the one that the proxy setting vouches for."""
    return visitor_known_as(email, KNOWN_COOKIE)


def visitor_known_as(name: str, cookie: str) -> Visitor:
    """Where this request comes from, at a door that keeps in `cookie` who signed in from this browser before."""
    return Visitor(request.remote_addr or "", request.user_agent.string, known=_is_known(name, cookie))


def sign_in_with(token: str, answer: Response | None = None) -> None:
    """Begin a new browser session with the token: nothing of the one before it stays."""
    person = _load(token)
    session.clear()
    session.permanent = True
    g.pop("actor", None)
    g.pop("shell", None)
    login_user(person)
    if answer is not None and person is not None:
        remember_browser(answer, person.email)


def sign_out_here() -> None:
    """End the session of this request, in the database and in the browser."""
    person = signed_in()
    if person is not None:
        staff_sessions.end(db.session(), person.token)
    logout_user()
    session.clear()
    g.pop("actor", None)
    g.pop("shell", None)


def init_login(app: Flask) -> None:
    """Let Flask-Login ask our rows who a cookie belongs to."""
    manager = LoginManager()
    manager.session_protection = (
        None  # our token is random and ends on the server; addresses change on phones
    )
    manager.user_loader(_load_by_cookie)
    manager.request_loader(load_holder)
    manager.unauthorized_handler(_to_sign_in)
    manager.init_app(app)
    app.before_request(_choose_password_first)
    app.after_request(_touch)
    app.after_request(touch_token)


def _load_by_cookie(token: str) -> SignedInStaff | None:
    """The person of a cookie, anywhere but under the API: a page of others could send requests there."""
    return None if speaks_problems() else _load(token)


def _load(token: str) -> SignedInStaff | None:
    found = staff_sessions.find(db.session(), token, Lifetimes.by(settings()), clock())
    if found is None:
        return None
    row, user = found
    return SignedInStaff(token, row.id, row.seen_at, user.as_actor(), user.email, user.must_change_password)


def _to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back afterwards; a script gets 401 instead of a page it cannot read."""
    from admin_app.web.refusals import wants_json

    if speaks_problems():
        return no_token(shown="token_shown" in g)
    if wants_json():
        return jsonify(error="Sign in first"), 401
    wanted = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else ""
    return redirect(url_for("sign_in.sign_in", next=own_path(wanted, "") or None))


def _choose_password_first() -> ResponseReturnValue | None:
    """Somebody who must choose a password goes nowhere else before."""
    from admin_app.web.access import PUBLIC, access_of

    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN_TO_NEWCOMERS or access_of(current_app, endpoint) is PUBLIC:
        return None
    person = signed_in()
    if person is not None and person.must_change_password:
        return redirect(url_for("sign_in.password"))
    return None


def _touch(answer: Response) -> Response:
    """Write down now and then that the session is in use, after the request gave its transaction back.

    The one thing that a GET writes (security.md, "Requests").  It waits for nobody: while another writer holds the
    database, the moment is simply not written down.
    """
    if "_login_user" not in g:
        return answer
    person = signed_in()
    if person is None or not staff_sessions.is_due(person.seen_at, Lifetimes.by(settings()), clock()):
        return answer
    write_down("last use of a session", lambda own: staff_sessions.touch(own, person.session_id, clock()))
    return answer


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt="known browser")


def _is_known(name: str, cookie: str) -> bool:
    """Whether somebody signed in with this name from this browser before."""
    try:
        kept = _serializer().loads(request.cookies.get(cookie, ""), max_age=KNOWN_FOR)
    except BadSignature:
        return False
    return bool(name) and kept == token_hash(email_key(name))


def remember_browser(answer: Response, name: str, cookie: str = KNOWN_COOKIE, path: str = "/login") -> None:
    """Let the browser be known at a door: the limit of tries over all addresses does not stop it there."""
    answer.set_cookie(
        cookie,
        _serializer().dumps(token_hash(email_key(name))),
        max_age=KNOWN_FOR,
        path=path,
        httponly=True,
        samesite="Lax",
        secure=settings().secure_cookies,
    )
