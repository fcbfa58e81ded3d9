"""What makes a password good enough: its length, and that nobody would try it first (security.md, "Signing in")."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import resources

from admin_app.kernel.errors import Invalid
from admin_app.kernel.text import fold

LEAST = 8
ADVISED = 12
MOST = 128
"""Lengths in characters."""

HINT = (
    f"At least {LEAST} characters; {ADVISED} or more are better. "
    "Three or four words that do not belong together are easy to remember and hard to guess."
)
"""What a form says beside the field."""

# Letters are swapped for these so often that a guesser tries them too.
_SWAPPED = str.maketrans("4@31!05$7", "aaeiiosst")
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_AT_THE_END = re.compile(r"[\W\d_]+$")
_KEYBOARD = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qwertzuiop",
)
_SHORTEST_NAME = 4
"""Names of three letters and fewer are part of too many good passwords."""


def normal_form(password: str) -> str:
    """The password as it is hashed: one form of accents (NFC), so that every keyboard writes the same one."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, *names: str) -> None:
    """Refuse a password that is too short, too long, or one of the first that anybody would try.

    `names` are the person's name and email and the company's: a password that is hardly more than one of them is
    refused too.  Raises Invalid with a sentence.
    """
    password = normal_form(password)
    if len(password) < LEAST:
        raise Invalid(f"This password has {len(password)} characters; it needs at least {LEAST}")
    if len(password) > MOST:
        raise Invalid(f"This password has {len(password)} characters; at most {MOST} fit")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        raise Invalid("A password cannot hold control characters; type it again")
    if _is_a_row(password) or _bare(password) & common_words():
        raise Invalid("This is one of the passwords that are tried first; choose another")
    if _bare(password) & _names(names):
        raise Invalid("This password is a name that others know; choose another")


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """The words that are tried first, folded; see common_passwords.txt."""
    lines = resources.files("admin_app.kernel").joinpath("common_passwords.txt").read_text().splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _bare(password: str) -> set[str]:
    """The words behind a password: without digits and signs around it, and with swapped letters put back."""
    folded = fold(password).replace(" ", "")
    trimmed, ended = _AROUND.sub("", folded), _AT_THE_END.sub("", folded)
    words = {folded, trimmed, *(text.translate(_SWAPPED) for text in (folded, trimmed, ended))}
    return {form for word in words for form in (word, _AROUND.sub("", word))} - {""}


def _names(names: tuple[str, ...]) -> set[str]:
    """The words by which others know the person and the company, folded."""
    found: set[str] = set()
    for name in names:
        folded = fold(name)
        words = {folded.replace(" ", ""), folded.partition("@")[0], *re.split(r"[\W_]+", folded)}
        found |= {word for word in words if len(word) >= _SHORTEST_NAME}
    return found


def _is_a_row(password: str) -> bool:
    """Whether the password is one character again and again, a short piece repeated, or a row of keys."""
    folded = fold(password).replace(" ", "")
    for size in range(1, 4):
        if folded == (folded[:size] * len(folded))[: len(folded)]:
            return True
    return any(folded in row * 2 or folded in (row * 2)[::-1] for row in _KEYBOARD)
