"""What a program is told when something is refused: `application/problem+json` (RFC 9457).

Everything under `API` answers so, also addresses that do not exist there; pages and their scripts answer otherwise
(`web/refusals.py`, which decides).
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from flask import Response, request

from admin_app.flow.machine import StepClosed
from admin_app.kernel.errors import Invalid, Refusal

API = "/api/v1"
"""Where programs knock."""
MEDIA_TYPE = "application/problem+json"

# Only a 401 says how to sign in: the scheme, and whether a token was shown that does not hold (RFC 6750).
HOW_TO_SIGN_IN = 'Bearer realm="Sawhorse"'
SIGN_IN_FAILED = f'{HOW_TO_SIGN_IN}, error="invalid_token"'


def speaks_problems() -> bool:
    """Whether this request came from a program through the API."""
    return request.path == API or request.path.startswith(f"{API}/")


def problem(status: int, detail: str = "", **more: Any) -> Response:
    """The answer: `title` is the status in words, `detail` the sentence; members without a value are left out."""
    members = {"type": "about:blank", "title": _title(status), "status": status, "detail": detail, **more}
    told = {name: value for name, value in members.items() if value not in (None, "", {})}
    return Response(json.dumps(told, ensure_ascii=False), status, mimetype=MEDIA_TYPE)


def problem_of(refusal: Refusal) -> Response:
    """A refusal as a problem: its sentence, its fields, the page that helps; a closed step names its guard."""
    closed = refusal if isinstance(refusal, StepClosed) else None
    return problem(
        refusal.status,
        refusal.sentence,
        fields=refusal.fields if isinstance(refusal, Invalid) else None,
        fix_url=refusal.fix_url,
        guard=closed and closed.guard,
        fix=closed and closed.fix,
    )


def no_token(shown: bool) -> Response:
    """401, with the way to sign in; `shown` says that a token came along which does not hold."""
    sentence = (
        "This token is not known, was revoked, or belongs to somebody who is switched off"
        if shown
        else "Send a token with the request, as Authorization: Bearer swh_…"
    )
    answer = problem(401, sentence)
    answer.headers["WWW-Authenticate"] = SIGN_IN_FAILED if shown else HOW_TO_SIGN_IN
    return answer


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Refused"
