"""Sending a form as a browser does: with the token that a page of the same session carried."""

import re
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def token_of(page: TestResponse) -> str:
    """The token that a page carries; fails the test where it carries none."""
    found = TOKEN.search(page.get_data(as_text=True))
    assert found, f"{page.request.path} carries no token"
    return found.group(1)


def read_off(pattern: str, text: str) -> str:
    """What the group of `pattern` holds where it first matches; fails the test where nothing matches."""
    found = re.search(pattern, text)
    assert found, f"nothing here reads {pattern}"
    return str(found[1])


def send(
    client: FlaskClient, url: str, data: Mapping[str, Any] | None = None, **options: Any
) -> TestResponse:
    """POST `data` to `url` with a token of this client's session; a stranger's comes from the sign-in page."""
    page = client.get("/password")
    token = token_of(page if page.status_code == 200 else client.get("/login"))
    return client.post(url, data={"csrf_token": token, **(data or {})}, **options)
