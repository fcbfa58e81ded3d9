"""The door for programs: its blueprint, what every request there must keep to, and its description (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api, Blueprint

from admin_app.api.schema import PROBLEM, components
from admin_app.kernel.errors import NotAllowed
from admin_app.web.access import public
from admin_app.web.bearer import token_holder
from admin_app.web.office import SAFE_METHODS
from admin_app.web.problems import API, MEDIA_TYPE

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request: a document of 2,000 lines needs half of it."""
KEEPS_NOTHING = frozenset({"api.calculate"})
"""What is sent by POST and changes nothing: open to tokens that only read."""

door = Blueprint(
    "api", __name__, url_prefix=API, description="Documents, their steps, and money that came in"
)


def hold_the_limits() -> None:
    """Cap what a request may carry, and keep a token that only reads from writing."""
    request.max_content_length = LARGEST_BODY
    holder = token_holder()
    writes = request.method not in SAFE_METHODS and request.endpoint not in KEEPS_NOTHING
    if holder is not None and holder.read_only and writes:
        raise NotAllowed("This token only reads; make one that may write in the settings")


door.before_request(hold_the_limits)


class Description(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """The document at /api/v1/openapi.json; refusals are answered where all refusals are (web/refusals.py)."""

    def _register_error_handlers(self) -> None:
        """Leave the handlers of the office alone: smorest's would answer for the pages too, and drop Allow (H1)."""

    def _register_responses(self) -> None:
        """Name no shapes of errors and pages but our own."""

    _register_pagination_header = _register_etag_headers = _register_responses

    @public
    def _openapi_json(self) -> ResponseReturnValue:
        """Hold the description out; it tells nothing of any customer."""
        answer: ResponseReturnValue = super()._openapi_json()
        return answer


def describe(app: Flask) -> None:
    """Mount the blueprint with its description."""
    app.config.update(
        API_TITLE="Sawhorse",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=API,
        OPENAPI_JSON_PATH="openapi.json",
    )
    description = Description(
        app,
        spec_kwargs={
            "info": {"description": INTRODUCTION},
            "security": [{"token": []}],
        },
    )
    description.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for name, schema in components().items():
        description.spec.components.schema(name, schema)
    description.register_blueprint(door)


def operation(
    summary: str, schema: dict[str, Any], *, status: int = 200, told: str = "As it stands", **more: Any
) -> dict[str, Any]:
    """What the description says of an operation: its answer, and that every refusal is a problem."""
    answer = {"description": told, "content": {"application/json": {"schema": schema}}}
    return {
        "summary": summary,
        "responses": {str(status): answer, "default": REFUSED},
        **more,
    }


REFUSED = {
    "description": "A refusal, in a sentence (RFC 9457)",
    "content": {MEDIA_TYPE: {"schema": PROBLEM}},
}

INTRODUCTION = """\
Programs read documents here and take the same steps as the pages, with the rights of the person behind their token.

* Amounts are decimal text in the `currency` beside them; days are ISO dates, moments ISO instants with their zone.
* Ids are stable random text. A link is `{"id", "name"}`. What the person behind the token may not see is left out.
* Lists come in pages: follow the `Link` header (`rel="next"`) or `next` until it is null.
* A POST that books something carries an `Idempotency-Key`: the same key with the same body is carried out once.
* Refusals are `application/problem+json`; `detail` is the sentence, `fields` says which field and why.
"""
