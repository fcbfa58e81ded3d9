"""The one place where a refusal becomes a page, JSON or a problem, and a surprise becomes a reference number."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from admin_app.kernel.errors import Busy, Conflict, Invalid, Refusal, Unmet
from admin_app.web.database import db
from admin_app.web.problems import problem, problem_of, speaks_problems

log = logging.getLogger("sawhorse.web")
RETRY_SECONDS = 5

SENTENCES = {
    400: "This request cannot be read",
    404: "There is nothing here",
    405: "This address does not answer to that method",
    413: "This is more than one request may carry",
    415: "Send the body as application/json",
}
"""What a program is told of the refusals that are not ours."""


def wants_json() -> bool:
    """Whether the caller is a script of ours or a machine, not a person reading a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def refuse(refusal: Refusal) -> Response:
    """The answer to a refusal: its sentence, its fields, its status."""
    db.session.rollback()
    if speaks_problems():
        answer = problem_of(refusal)
    elif wants_json():
        fields = refusal.fields if isinstance(refusal, Invalid) else {}
        answer = jsonify(error=refusal.sentence, fields=fields, fix_url=refusal.fix_url)
    else:
        answer = _page(
            refusal.status,
            refusal.sentence,
            fix_url=refusal.fix_url,
            fields=getattr(refusal, "fields", None),
            retry_after=getattr(refusal, "retry_after", None),
            back_url=_back(),
        )
    answer.status_code = refusal.status
    if isinstance(refusal, Busy):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def _back() -> str | None:
    """The page of this site the person came from, if it was another one."""
    came_from = request.referrer or ""
    return came_from if came_from.startswith(request.host_url) and came_from != request.url else None


def _page(status: int, sentence: str | None = None, **details: object) -> Response:
    template = "portal/refused.html" if _of_the_portal() else "error.html"
    return make_response(render_template(template, status=status, sentence=sentence, **details), status)


def _of_the_portal() -> bool:
    """Whether a client asked: clients are answered in the look of the portal."""
    return request.path.startswith(("/portal/", "/admin/see-as/"))


def _http_error(error: HTTPException) -> Response:
    """Werkzeug's own refusals (404, 405, 413 …) in the office's words, with their headers kept."""
    db.session.rollback()
    status = error.code or 500
    if speaks_problems():
        answer = problem(status, SENTENCES.get(status, ""))
    else:
        answer = jsonify(error=error.name) if wants_json() else _page(status)
    answer.status_code = status
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after", "location"}:
            answer.headers[name] = value
    return answer


def _bad_token(error: CSRFError) -> Response:
    """A form without its token, or older than its session."""
    return refuse(
        _as_status(Invalid("This form has expired; go back, load the page again and send it again"), 400)
    )


def _as_status(refusal: Refusal, status: int) -> Refusal:
    refusal.status = status
    return refusal


def _constraint(error: IntegrityError) -> Response:
    """The database refused what the services had let through: two people at once, most often."""
    log.warning("constraint refused: %s", error.orig)
    kind = str(error.orig).lower()
    if "unique" in kind or "duplicate" in kind:
        return refuse(Conflict("Somebody has just saved the same thing; load the page again to see it"))
    if "foreign key" in kind:
        return refuse(Unmet("Other records still belong to this one; nothing was changed"))
    return refuse(Invalid("The database refused one of the values; nothing was saved"))


def _database_away(error: OperationalError) -> Response:
    """The database is locked or gone: 503 with Retry-After and a plain page, nothing half written."""
    log.error("database does not answer: %s", error.orig)
    db.session.rollback()
    if speaks_problems():
        answer = problem(503, "The database does not answer just now; nothing was saved")
    elif wants_json():
        answer = jsonify(error="The database does not answer")
    else:
        answer = make_response(
            "<!doctype html><title>Back in a moment</title><h1>Back in a moment</h1>"
            "<p>The database does not answer just now. Nothing was saved. Try again in a few seconds.</p>"
        )
    answer.status_code = 503
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _surprise(error: Exception) -> Response:
    """Anything else: the log has the whole of it under the reference that the page shows."""
    db.session.rollback()
    reference = secrets.token_hex(4)
    log.exception("surprise %s on %s %s", reference, request.method, request.path, exc_info=error)
    if speaks_problems():
        return problem(500, "Something broke on our side", reference=reference)
    if wants_json():
        answer = jsonify(error="Something broke on our side", reference=reference)
        answer.status_code = 500
        return answer
    return _page(500, reference=reference)


def init_refusals(app: Flask) -> None:
    """Register the handlers; under tests surprises are raised, not drawn."""
    app.register_error_handler(Refusal, refuse)
    app.register_error_handler(CSRFError, _bad_token)
    app.register_error_handler(IntegrityError, _constraint)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(HTTPException, _http_error)
    if not app.config.get("PROPAGATE_EXCEPTIONS"):
        app.register_error_handler(Exception, _surprise)
