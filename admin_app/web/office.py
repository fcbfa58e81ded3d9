"""One request is one transaction: kept when the view succeeded, rolled back when it refused (design section 2)."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import IntegerConverter, Map

from admin_app.models.engine import WRITING
from admin_app.models.types import LARGEST_ID
from admin_app.web.database import db

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIRST_REFUSAL = 400
"""The first status code that means: nothing of this is kept."""


def keep_nothing() -> None:
    """This request shows a form again: whatever its session holds is thrown away, not committed."""
    g.keep_nothing = True


class RecordNumber(IntegerConverter):
    """A number in an address; one that no database can hold names nothing: 404, whatever the page does with it."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        """Take what `<int(...)>` takes; the most is that of a database unless the address says less."""
        super().__init__(map, *args, **{"max": LARGEST_ID} | options)


def _forget_intent(_error: BaseException | None) -> None:
    """What the thread does after this request means to read, until the next one says otherwise."""
    WRITING.set(False)


class Office(Flask):
    """Flask whose requests end with a commit or a rollback before the answer starts.

    Reading changes nothing: the session of a GET or HEAD is always rolled back (security.md, promise 10).
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Build the application with numbers in addresses that every database can look up."""
        super().__init__(*args, **options)
        self.url_map.converters["int"] = RecordNumber
        self.teardown_request(_forget_intent)

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
            db.session.close()  # rolls back, and what was read (the company's zone) stays readable
        return answer
