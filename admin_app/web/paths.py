"""Where a person may be sent after signing in: a path of this site and nothing else (security.md, "Signing in")."""

from __future__ import annotations

import unicodedata

LONGEST = 2000


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
