"""Addresses of our own scripts and sheets that change when the file does, so that browsers may keep them for ever.

`{{ asset('sawhorse.css') }}` gives `/static/sawhorse.css?v=3f2a…`. The vendored files need no such mark, since
their folder names the version.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

PACKED = frozenset(
    {"text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/json"}
)
"""Types that shrink; pages are left as they are, for they carry the token of their session (CVE-2013-3587)."""
LEAST_TO_PACK = 600
"""Bytes below which packing saves nothing."""


@lru_cache(maxsize=256)
def _fingerprint(path: Path, changed_at: int) -> str:
    """A short mark of the content; `changed_at` is part of the key, so that an edited file is read again."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """The address of `filename` below static/, marked with its content. A missing file raises FileNotFoundError."""
    path = Path(current_app.static_folder or "") / filename
    return url_for("static", filename=filename, v=_fingerprint(path, path.stat().st_mtime_ns))


@lru_cache(maxsize=256)
def _packed(path: Path, changed_at: int) -> bytes:
    """The file as gzip; `changed_at` is part of the key, so that an edited file is packed again."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def send_packed(answer: Response) -> Response:
    """Send our own scripts and sheets as gzip to whoever takes it: a phone on a slow line waits for them."""
    if request.endpoint != "static" or answer.mimetype not in PACKED:
        return answer
    answer.vary.add("Accept-Encoding")
    wants_it_whole = answer.status_code == 200 and "Range" not in request.headers
    if not wants_it_whole or request.accept_encodings["gzip"] <= 0:
        return answer
    path = Path(current_app.static_folder or "") / (request.view_args or {})["filename"]
    about = path.stat()
    if about.st_size < LEAST_TO_PACK:
        return answer
    answer.direct_passthrough = False
    answer.close()  # the file that stands open for the plain answer
    answer.set_data(_packed(path, about.st_mtime_ns))
    answer.headers["Content-Encoding"] = "gzip"
    etag, _weak = answer.get_etag()
    if etag:
        answer.set_etag(etag, weak=True)  # the same file in other clothes
    return answer


def init_assets(app: Flask) -> None:
    """Gives the templates `asset()`, and packs what they ask for."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(send_packed)
