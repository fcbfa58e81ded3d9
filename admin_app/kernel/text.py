"""How the office compares what people type: folded text, digits of phones, emails, public ids."""

from __future__ import annotations

import re
import secrets
import unicodedata

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "ħ": "h"}
)
_BLANKS = re.compile(r"\s+")
_NOT_DIGITS = re.compile(r"\D+")


def fold(text: str | None) -> str:
    """Lower case without accents and with single blanks, so that "Łukasz  Kučera" is found by "lukasz kucera".

    Names sort and are searched by this form on both databases (requirement 37).
    """
    if not text:
        return ""
    if text.isascii():
        return _BLANKS.sub(" ", text.lower()).strip()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _BLANKS.sub(" ", bare.translate(_LETTERS)).strip()


def digits(text: str | None) -> str:
    """The digits of a phone number and nothing else: "+44 (20) 123-45" → "442012345"."""
    return _NOT_DIGITS.sub("", text or "")


def email_key(address: str | None) -> str:
    """The form in which two email addresses are compared: trimmed, case folded."""
    return (address or "").strip().casefold()


def new_public_id() -> str:
    """A random name for a record, safe to show in an address: 22 characters, 128 bits."""
    return secrets.token_urlsafe(16)
