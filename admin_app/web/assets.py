"""Addresses of our own scripts and sheets that change when the file does, so that browsers may keep them for ever.

`{{ asset('sawhorse.css') }}` gives `/static/sawhorse.css?v=3f2a…`. The vendored files need no such mark, since
their folder names the version.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, url_for


@lru_cache(maxsize=256)
def _fingerprint(path: Path, changed_at: int) -> str:
    """A short mark of the content; `changed_at` is part of the key, so that an edited file is read again."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """The address of `filename` below static/, marked with its content. A missing file raises FileNotFoundError."""
    path = Path(current_app.static_folder or "") / filename
    return url_for("static", filename=filename, v=_fingerprint(path, path.stat().st_mtime_ns))


def init_assets(app: Flask) -> None:
    """Gives the templates `asset()`."""
    app.jinja_env.globals["asset"] = asset
