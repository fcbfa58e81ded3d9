"""Forms of the portal, sent as a browser does: with the token of a page that the same client opened."""

import io
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.forms import token_of


def send_from(client: FlaskClient, page: str, url: str, files: Any = None, **typed: Any) -> TestResponse:
    """Open `page`, then POST what was typed and the files (name, bytes) to `url`."""
    data: dict[str, Any] = {"csrf_token": token_of(client.get(page)), **typed}
    if files:
        data["files"] = [(io.BytesIO(content), name) for name, content in files]
    return client.post(url, data=data, content_type="multipart/form-data" if files else None)


def write_much(client: FlaskClient, page: str, times: int) -> None:
    """Say something about the document of `page` so many times: "Word 0", "Word 1", …"""
    for number in range(times):
        answer = send_from(client, page, f"{page}/messages", words=f"Word {number}", key=f"w{times}-{number}")
        assert answer.status_code == 302, answer.status
