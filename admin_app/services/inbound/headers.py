"""Headers of a mail as strangers write them: decoded with any charset, one line, cut to a length; nothing raises."""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message as Mail
from email.utils import getaddresses

from admin_app.kernel.text import email_key

LONGEST_HEADER = 8_000
"""Characters of one header that are looked at; a longer one is an attack or a list of thousands."""
LONGEST_ADDRESS = 254
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
"""Names that Python decodes by but no mail is written in; some of them take hours for a megabyte."""
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}>")
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\]{1,253}")


def header(mail: Mail, name: str) -> str:
    """The first header of this name as one clean line; "" without one."""
    return next(iter(headers(mail, name)), "")


def headers(mail: Mail, name: str) -> list[str]:
    """Every header of this name, decoded."""
    return [one_line(_decoded(value)) for value in _raw(mail, name)]


def one_line(text: str, most: int = LONGEST_HEADER) -> str:
    """Text without line breaks, control characters and halves of characters, cut to `most`."""
    return shortened(" ".join(storable(text).split()), most)


def storable(text: str) -> str:
    """Text that both databases keep: no control characters but line breaks, one form of accents."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    plain = unicodedata.normalize("NFC", lines).replace("\t", " ")
    return "".join(c for c in plain if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))


def shortened(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis where it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def addresses(mail: Mail, *names: str) -> list[tuple[str, str]]:
    """(name, address) of everybody in these headers; what is no address is left out."""
    found = []
    for name in names:
        for value in _raw(mail, name):
            found += _people(value)
    return found


def message_ids(mail: Mail, name: str) -> list[str]:
    """The Message-IDs that a header names, angle brackets included."""
    return [one for value in _raw(mail, name) for one in _MESSAGE_ID.findall(value)]


def ids_in(text: str) -> list[str]:
    """The Message-IDs that stand anywhere in a text."""
    return _MESSAGE_ID.findall(text)


def in_charset(content: bytes, charset: str | None) -> str:
    """Bytes as text: in their charset if it is known and true, else UTF-8, else as Western machines write."""
    named = charset if charset and charset.lower().replace("-", "_") not in _NO_CHARSETS else None
    for name in filter(None, (named, "utf-8")):
        try:
            return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def _raw(mail: Mail, name: str) -> Iterator[str]:
    """The values as they stand in the mail, unfolded; bytes that are no ASCII are read as UTF-8 or Western."""
    for key, value in mail.raw_items():
        if key.lower() == name.lower():
            text = str(value)[:LONGEST_HEADER]
            if not text.isascii():
                text = in_charset(text.encode("utf-8", "surrogateescape"), None)
            yield text.replace("\r", "").replace("\n", "")


def _decoded(value: str) -> str:
    """A header with its encoded words ("=?utf-8?q?…?=") read."""
    if "=?" not in value:
        return value
    try:
        parts = decode_header(value)
    except (HeaderParseError, binascii.Error, ValueError):
        return value
    return "".join(part if isinstance(part, str) else in_charset(part, charset) for part, charset in parts)


def _people(value: str) -> list[tuple[str, str]]:
    try:
        found = getaddresses([value])
    except (RecursionError, ValueError, IndexError):  # brackets in brackets in brackets
        found = [("", address) for address in _ADDRESS.findall(value)]
    people = []
    for name, address in found:
        plain = one_line(address)
        if len(plain) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(plain):
            people.append((one_line(_decoded(name), 200), email_key(plain)))
    return people
