"""A raw mail (RFC 5322) as what can be kept: who, to whom, what about, the words, the files.

Whatever strangers send is read without an error: unknown charsets, broken MIME, HTML only, thousands of parts.  The
limits are those of a letter; what lies beyond them is left out and said in a sentence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import Message as Mail

from admin_app.services.inbound.automatic import Bounce, bounce_in, why_automatic
from admin_app.services.inbound.headers import (
    addresses,
    header,
    in_charset,
    message_ids,
    one_line,
    shortened,
    storable,
)
from admin_app.services.inbound.html_text import text_of

LARGEST_MAIL = 40_000_000
"""Bytes of a raw mail: an attachment of 25 MB grows by a third on its way."""
LONGEST_TEXT = 95_000
"""Characters of a message that are kept."""
MOST_TEXT_BYTES = 2_000_000
"""Bytes of one part of the text that are looked at."""
MOST_FILES = 20
MOST_PARTS = 300
DEEPEST = 30
LONGEST_SUBJECT = 300
TINY_PICTURE = 6_000
"""Bytes of a picture within the text that is a logo or counts readers; it is not kept."""
_HEAD_ENDS = (b"\r\n\r\n", b"\n\n")


@dataclass(frozen=True, slots=True)
class MailFile:
    """Something that came along; its name is only a label."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail as it was understood.

    `origin` names it for ever; `answers` are the Message-IDs it answers, the nearest first; `automatic` says in a few
    words why no person wrote it, "" for a letter; `left_out` are sentences about what was not kept.
    """

    origin: str
    sender: str
    sender_name: str
    reply_to: str
    to: tuple[str, ...]
    subject: str
    body: str
    answers: tuple[str, ...] = ()
    automatic: str = ""
    bounce: Bounce | None = None
    files: tuple[MailFile, ...] = ()
    left_out: tuple[str, ...] = ()

    def without_files(self, *left_out: str) -> ReadMail:
        """The same when its files are kept elsewhere; `left_out` are those that were not, each in a sentence."""
        return replace(self, files=(), left_out=self.left_out + left_out)


def read_mail(raw: bytes) -> ReadMail:
    """Read a mail; never raises for what is in it."""
    if len(raw) > LARGEST_MAIL:
        return head_only(raw, f"This mail is too large to be read ({len(raw) // 1_000_000} MB)")
    if raw.lower().count(b"multipart/") > MOST_PARTS:
        return head_only(raw, "This mail has too many parts to be read")
    try:
        mail = message_from_bytes(raw, policy=policy.compat32)
        return _understood(mail, raw)
    except RecursionError:
        return head_only(raw, "The parts of this mail are packed too deep to be read")


def head_only(raw: bytes, why: str) -> ReadMail:
    """Sender and subject of a mail whose rest is not read, `why` said in its place."""
    mail = message_from_bytes(_head(raw), policy=policy.compat32)
    return replace(_envelope(mail, raw), left_out=(f"{why}; look for it in the mailbox itself.",))


def _head(raw: bytes) -> bytes:
    ends = [at for at in (raw.find(end, 0, 1_000_000) for end in _HEAD_ENDS) if at >= 0]
    return raw[: min(ends)] if ends else raw[:100_000]


def _envelope(mail: Mail, raw: bytes) -> ReadMail:
    from_ = addresses(mail, "From", "Sender")
    name, sender = from_[0] if from_ else ("", "")
    reply_to = next((address for _, address in addresses(mail, "Reply-To")), "")
    reached = addresses(mail, "To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
    nearest = message_ids(mail, "In-Reply-To") + message_ids(mail, "References")[::-1]
    return ReadMail(
        origin=_origin(mail, raw),
        sender=sender,
        sender_name=name,
        reply_to=reply_to,
        to=tuple(dict.fromkeys(address for _, address in reached)),
        subject=shortened(header(mail, "Subject"), LONGEST_SUBJECT),
        body="",
        answers=tuple(dict.fromkeys(nearest))[:50],
        automatic=why_automatic(mail),
    )


def _origin(mail: Mail, raw: bytes) -> str:
    """The Message-ID; a mail without one is named by its content."""
    named = message_ids(mail, "Message-ID")
    return named[0] if named else f"<{hashlib.sha256(raw).hexdigest()}@no-message-id>"


def _understood(mail: Mail, raw: bytes) -> ReadMail:
    read = replace(_envelope(mail, raw), bounce=bounce_in(mail))
    pieces = _Pieces()
    for part in _leaves(mail):
        pieces.take(part)
    files, left_out = pieces.files, pieces.left_out
    if len(files) > MOST_FILES:
        left_out.append(f"{len(files) - MOST_FILES} more files came along and were not kept.")
    text = pieces.text()
    if len(text) > LONGEST_TEXT:
        left_out.append(f"The text had {len(text):,} characters; the rest was not kept.")
    body = shortened(text, LONGEST_TEXT)
    return replace(read, body=body, files=tuple(files[:MOST_FILES]), left_out=tuple(left_out))


def _leaves(mail: Mail, depth: int = 0) -> Iterator[Mail]:
    """The parts that hold something, in their order; of alternatives those as text before those as HTML."""
    inner = mail.get_payload() if mail.is_multipart() else None
    if not isinstance(inner, list):
        yield mail
        return
    if depth >= DEEPEST:
        return
    for part in inner[: MOST_PARTS + 1]:
        if isinstance(part, Mail):
            yield from _leaves(part, depth + 1)


class _Pieces:
    """Collects the words and files of a mail from its parts."""

    def __init__(self) -> None:
        self.files: list[MailFile] = []
        self.left_out: list[str] = []
        self._plain: list[str] = []
        self._html: list[str] = []
        self._taken = 0

    def take(self, part: Mail) -> None:
        """One part: words without a name are text, everything else is a file."""
        self._taken += 1
        if self._taken > MOST_PARTS:
            if self._taken == MOST_PARTS + 1:
                self.left_out.append(f"This mail has more than {MOST_PARTS} parts; the others were not kept.")
            return
        kind, name = _kind(part), _file_name(part)
        content = _content(part)
        attached = header(part, "Content-Disposition").lower().startswith("attachment")
        if kind in ("text/plain", "text/html") and not attached and not name:
            text = in_charset(content[:MOST_TEXT_BYTES], _charset(part))
            (self._plain if kind == "text/plain" else self._html).append(text)
        elif (
            content
            and not self._is_decoration(part, content, attached, kind)
            and kind != "message/delivery-status"
        ):
            self.files.append(MailFile(name or _invented(kind, len(self.files) + 1), content))

    def text(self) -> str:
        """The words: as text where somebody wrote them so, else read off the HTML."""
        plain = storable("\n\n".join(self._plain)).strip()
        if plain or not self._html:
            return plain
        return storable("\n\n".join(text_of(html) for html in self._html[:5])).strip()

    @staticmethod
    def _is_decoration(part: Mail, content: bytes, attached: bool, kind: str) -> bool:
        """A small picture within the text, or a second form of the text such as a calendar's."""
        if attached:
            return False
        if kind.startswith("image/"):
            return part["Content-ID"] is not None and len(content) < TINY_PICTURE
        return kind in ("text/calendar", "text/enriched", "text/x-amp-html") and not _file_name(part)


def _kind(part: Mail) -> str:
    try:
        return part.get_content_type()
    except (AttributeError, ValueError, LookupError):
        return "application/octet-stream"


def _content(part: Mail) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        payload = None
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Mail) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _file_name(part: Mail) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        name = ""
    probe = Mail()
    probe["name"] = str(name)[:1_000].replace("\r", "").replace("\n", "")
    return one_line(header(probe, "name"), 200)


def _invented(kind: str, number: int) -> str:
    """A label for a file without a name; its ending is decided by the content later."""
    ending = {"text/plain": ".txt", "text/csv": ".csv"}.get(kind, "")
    return f"file {number}{ending}"
