"""A request that books something is carried out once, however often its program sends it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from flask import request

from admin_app.api.reading import wrong
from admin_app.kernel.errors import Conflict
from admin_app.models import Row
from admin_app.services.answer_once import answer_once
from admin_app.web.company import actor, clock, office_session

HEADER = "Idempotency-Key"
LONGEST_KEY = 255

Record = TypeVar("Record", bound=Row)

KEY_PARAMETER: dict[str, Any] = {
    "in": "header",
    "name": HEADER,
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "Drawn by the program for this act; a retry carries the same",
}


def once(purpose: str, content: object, kind: type[Record], act: Callable[[], Record]) -> Record:
    """Carry out `act` under the key of this request; the same key and content again give the first record.

    Raises Invalid without a key, Conflict where the key came with something else before.
    """
    began = False

    def begin() -> Record:
        nonlocal began
        began = True
        return act()

    try:
        return answer_once(
            office_session(),
            clock(),
            key=_key(),
            purpose=f"api {purpose}"[:60],
            content=content,
            kind=kind,
            act=begin,
        )
    except Conflict:
        if began:
            raise
        raise Conflict(
            f"This {HEADER} came with another request before; draw a new one for another act"
        ) from None


def _key() -> str:
    """The key of this request, told apart from those of other people and of the forms of our pages."""
    key = request.headers.get(HEADER, "")
    if not key:
        raise wrong(HEADER, f"Send the header {HEADER}, so that a retry is not a second act")
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise wrong(HEADER, f"A key has at most {LONGEST_KEY} plain characters")
    return hashlib.sha256(f"{actor().id}:{key}".encode()).hexdigest()
