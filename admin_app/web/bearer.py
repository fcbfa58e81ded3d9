"""Programs sign in with a bearer token, under the API only; a session cookie opens nothing there (security.md).

The row behind a token decides at every request: revoked, or its person switched off, and it opens nothing.  A token
that does not hold is counted like a wrong password, so that a program gone wild is told to wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Request, Response, g, request
from flask_login import UserMixin, current_user

from admin_app.kernel.actor import Actor
from admin_app.models.base import OfficeSession
from admin_app.services import api_tokens
from admin_app.services.sign_in import count_try
from admin_app.services.staff_sessions import Visitor
from admin_app.web.company import clock
from admin_app.web.database import db, separate_transaction, write_down
from admin_app.web.problems import speaks_problems

TRIES_AS = "api token"
"""The account under which bad tokens are counted."""
LONGEST = 200
"""Characters of a token that are looked at."""


@dataclass(frozen=True)
class TokenHolder(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """The program behind this request as plain values; it acts as the token's person."""

    token_id: int
    actor: Actor
    read_only: bool
    last_used_at: datetime | None

    def get_id(self) -> str:
        """Programs have no cookie; this names the token in the log."""
        return f"token {self.token_id}"

    def as_actor(self) -> Actor:
        """The person as the policy and the audit see one."""
        return self.actor


def token_holder() -> TokenHolder | None:
    """The program that knocks with this request, if it does with a token that holds."""
    who = current_user._get_current_object() if current_user.is_authenticated else None
    return who if isinstance(who, TokenHolder) else None


def load_holder(asked: Request) -> TokenHolder | None:
    """Who is behind the bearer token of a request; None without one, and away from the API.

    Raises Busy after too many tokens that do not hold.
    """
    shown = asked.authorization
    if not speaks_problems() or shown is None or shown.type != "bearer":
        return None
    g.token_shown = True
    secret = shown.token or ""
    found = api_tokens.find(db.session(), secret) if 0 < len(secret) <= LONGEST else None
    if found is None:
        db.session.rollback()  # the count is kept whatever becomes of this request
        count_try(separate_transaction, TRIES_AS, Visitor(request.remote_addr or ""), clock())
        return None
    token, person = found
    g.door = "api"
    return TokenHolder(token.id, person.as_actor(), token.read_only, token.last_used_at)


def touch_token(answer: Response) -> Response:
    """Write down, once a minute at most, that a token is in use; waits for nobody."""
    holder = token_holder() if "_login_user" in g else None
    if holder is None or not api_tokens.is_due(holder.last_used_at, clock()):
        return answer

    def touch(own: OfficeSession) -> None:
        own.info.update(actor=holder.actor, clock=clock(), door="api")
        api_tokens.touch(own, holder.token_id, clock())

    write_down("last use of a token", touch)
    return answer
