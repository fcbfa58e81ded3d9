"""Where a person may be sent after signing in: a path of this site and nothing else (security.md, "Signing in")."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote

LONGEST = 2000
PORTAL = "/portal/"


def is_own_path(path: str | None) -> bool:
    """Whether this is a path of this site: one slash first, no backslash, no control character.

    "//elsewhere" and "/\\elsewhere" are other sites to a browser, and a control character may be dropped by it.
    """
    if not path or len(path) > LONGEST or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return False
    return not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in path)


def own_path(path: str | None, otherwise: str) -> str:
    """The path if it is one of this site, else `otherwise`."""
    return path if path and is_own_path(path) else otherwise


def portal_path(path: str | None, otherwise: str) -> str:
    """The path if it is one of the client portal, else `otherwise`: no client is sent to the office's own pages.

    A browser takes "/portal/../admin/" for "/admin/", however the dots are written, so such a path is none.
    """
    if not path or not is_own_path(path) or not path.startswith(PORTAL):
        return otherwise
    steps = unquote(path.partition("?")[0].partition("#")[0]).replace("\\", "/").split("/")
    return otherwise if any(step in (".", "..") for step in steps) else path
