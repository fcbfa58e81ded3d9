"""A mailbox read over IMAP: what nobody has read yet, one mail after the other.

A mail is marked as read only when its reader says so, after it was kept: whoever dies in between reads it again.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from admin_app.kernel.errors import Invalid, Unmet

SECONDS = 30
"""How long a mail server may take to answer."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
FORM = "SAWHORSE_IMAP_URL reads imaps://name:password@host/INBOX"
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder of a mail server by its address: `imaps://name:password@host:993/INBOX`."""

    host: str
    port: int
    name: str
    password: str
    folder: str = "INBOX"
    from_start: bool = True

    @classmethod
    def at(cls, url: str) -> Mailbox:
        """Read SAWHORSE_IMAP_URL; raises Invalid with a sentence."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or port == -1 or not parts.username:
            raise Invalid(FORM)
        secure = parts.scheme == "imaps"
        folder = unquote(parts.path.strip("/")) or "INBOX"
        if not folder.isascii() or not folder.isprintable():
            raise Invalid(f"{FORM}; the folder is named in plain letters")
        return cls(
            parts.hostname,
            port or (993 if secure else 143),
            unquote(parts.username),
            unquote(parts.password or ""),
            folder,
            secure,
        )

    @contextmanager
    def opened(self) -> Iterator[OpenMailbox]:
        """The folder, open until the block ends; raises Unmet when the server does not answer as it should."""
        try:
            server = self._connected()
        except (OSError, imaplib.IMAP4.error) as trouble:
            raise Unmet(f"The mail server at {self.host} does not answer: {_readable(trouble)}") from trouble
        try:
            yield self._signed_in(server)
        except (OSError, imaplib.IMAP4.error) as trouble:
            raise Unmet(f"The mail server at {self.host} broke off: {_readable(trouble)}") from trouble
        finally:
            _hang_up(server)

    def _connected(self) -> imaplib.IMAP4:
        """A connection, encrypted; the password travels in the open on this machine only."""
        context = ssl.create_default_context()
        if self.from_start:
            return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=SECONDS)
        server = imaplib.IMAP4(self.host, self.port, timeout=SECONDS)
        if "STARTTLS" in server.capabilities:
            server.starttls(context)
        elif self.host not in LOCAL:
            server.shutdown()
            raise imaplib.IMAP4.error("it offers no encryption, and the password must not travel in the open")
        return server

    def _signed_in(self, server: imaplib.IMAP4) -> OpenMailbox:
        try:
            server.login(self.name, self.password)
        except imaplib.IMAP4.error as refusal:
            raise Unmet(f"The mail server at {self.host} refused our name and password") from refusal
        answer, _ = server.select('"' + self.folder.replace("\\", "\\\\").replace('"', '\\"') + '"')
        if answer != "OK":
            raise Unmet(f"The mailbox has no folder {self.folder}")
        return OpenMailbox(server)


class OpenMailbox:
    """A folder that is open; mails are named by their UIDs."""

    def __init__(self, server: imaplib.IMAP4) -> None:
        """Read through `server`, which is signed in and has chosen the folder."""
        self._server = server

    def unread(self) -> list[str]:
        """The mails that nobody has read yet, the oldest first."""
        answer, found = self._server.uid("SEARCH", "UNSEEN")
        if answer != "OK":
            raise imaplib.IMAP4.error("it refused to search the mailbox")
        uids = b" ".join(part for part in found if isinstance(part, bytes)).split()
        return sorted((uid.decode("ascii") for uid in uids if uid.isdigit()), key=int)

    def size(self, uid: str) -> int:
        """Bytes of a mail; 0 for one that is gone."""
        _, told = self._server.uid("FETCH", uid, "(RFC822.SIZE)")
        found = next((hit for part in told for hit in [_SIZE.search(_bytes(part))] if hit), None)
        return int(found[1]) if found else 0

    def whole(self, uid: str) -> bytes:
        """The mail as it lies there, not marked as read; empty when it is gone."""
        return self._body(uid, "(BODY.PEEK[])")

    def head(self, uid: str) -> bytes:
        """Its headers only."""
        return self._body(uid, "(BODY.PEEK[HEADER])")

    def mark_read(self, uid: str) -> None:
        """Never bring this mail again."""
        self._server.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)")

    def _body(self, uid: str, wanted: str) -> bytes:
        _, answer = self._server.uid("FETCH", uid, wanted)
        bodies = (part[1] for part in answer if isinstance(part, tuple))
        return next((body for body in bodies if isinstance(body, bytes)), b"")


def _hang_up(server: imaplib.IMAP4) -> None:
    """Say good-bye to a server that listens, and let go of the connection to one that does not."""
    try:
        server.logout()
    except (OSError, imaplib.IMAP4.error):
        with suppress(OSError):
            server.shutdown()


def _bytes(part: object) -> bytes:
    if isinstance(part, tuple):
        part = part[0]
    return part if isinstance(part, bytes) else b""


def _readable(trouble: Exception) -> str:
    said = str(trouble).strip() or type(trouble).__name__
    return "".join(c if c.isprintable() else " " for c in said)[:200]
