"""One request is one transaction: kept when the view succeeded, rolled back when it refused (design section 2)."""

from __future__ import annotations

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue

from admin_app.models.engine import WRITING
from admin_app.web.database import db

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIRST_REFUSAL = 400
"""The first status code that means: nothing of this is kept."""


def keep_nothing() -> None:
    """This request shows a form again: whatever its session holds is thrown away, not committed."""
    g.keep_nothing = True


class Office(Flask):
    """Flask whose requests end with a commit or a rollback before the answer starts.

    Reading changes nothing: the session of a GET or HEAD is always rolled back (security.md, promise 10).
    """

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Say before the first statement whether this request means to write: SQLite takes its lock then."""
        WRITING.set(request.method not in SAFE_METHODS)
        return super().preprocess_request()

    def dispatch_request(self) -> Response:
        """Run the view, then settle its transaction; errors of the commit reach the handlers like the view's own."""
        answer = self.make_response(super().dispatch_request())
        keeps = request.method not in SAFE_METHODS and answer.status_code < FIRST_REFUSAL
        if keeps and not g.get("keep_nothing"):
            db.session.commit()
        else:
            db.session.rollback()
        return answer
