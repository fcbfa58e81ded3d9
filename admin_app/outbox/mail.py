"""Sending a mail: composing it from its row, and handing it to a mail server, or to a folder where there is none.

A postman ends in one of three ways: `sent` to the server, `refused` for good (the server said 5xx to this message),
or `delayed`, to be tried again.  Without a server a message is written to a file and stays waiting: it is never
pretended as sent.
"""

from __future__ import annotations

import enum
import os
import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from admin_app.config import Settings
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.models import MessagePurpose, OutboxMessage, ReachKind
from admin_app.outbox.pictured import show_pictures

SECONDS = 20
"""How long a mail server may take to answer."""
NO_SERVER = "No mail server is set (SAWHORSE_SMTP_URL); the message lies in a file of the outbox folder"
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Ending(enum.Enum):
    """What became of one try to send."""

    SENT = "sent"
    DELAYED = "delayed"
    REFUSED = "refused"
    KEPT = "kept in a file"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try ended, and what the other side said."""

    ending: Ending
    said: str = ""
    provider_id: str | None = None
    """What the provider of text messages calls it."""
    reach: ReachKind | None = None
    """What became known of the address by this try."""
    nobody_home: bool = False
    """The other side could not be spoken to at all: the next message will fare no better."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What goes along: a PDF, or a picture (`kind` is its media type) that is shown where the letter names it."""

    name: str
    content: bytes
    kind: str = "application/pdf"


class Postman(Protocol):
    """Takes one composed mail away."""

    def carry(self, mail: EmailMessage, sender: str, recipient: str) -> Outcome:
        """Try once; every trouble is an outcome, not an exception."""
        ...


def compose(
    message: OutboxMessage, clock: Clock, papers: Sequence[Paper] = (), answers: str = ""
) -> EmailMessage:
    """The mail of a row with its papers, under the row's own Message-ID; `answers` is the Message-ID it replies to.

    Raises ValueError for a header with a line break.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = message.sender
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    mail["Message-ID"] = message.message_id
    mail["Date"] = format_datetime(clock.now())
    if message.reply_to:
        mail["Reply-To"] = message.reply_to
    if answers:
        mail["In-Reply-To"] = mail["References"] = answers
    if message.purpose != MessagePurpose.FREE:  # what somebody wrote may be answered by a machine
        mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    pictures = [paper for paper in papers if paper.kind.startswith("image/")]
    if pictures:
        show_pictures(mail, message.body, [(one.name, one.content, one.kind) for one in pictures])
    for paper in papers:
        if paper not in pictures:
            mail.add_attachment(paper.content, maintype="application", subtype="pdf", filename=paper.name)
    return mail


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server by its address: `smtp://name:password@host:587`, or `smtps://…` for TLS from the first byte."""

    host: str
    port: int
    name: str = ""
    password: str = ""
    from_start: bool = False
    patience: float = SECONDS

    @classmethod
    def at(cls, url: str) -> MailServer:
        """Read SAWHORSE_SMTP_URL; raises Invalid with a sentence."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == -1:
            raise Invalid("SAWHORSE_SMTP_URL reads smtp://name:password@host:port, or smtps://…")
        secure = parts.scheme == "smtps"
        return cls(
            parts.hostname,
            port or (465 if secure else 587),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            secure,
        )

    def carry(self, mail: EmailMessage, sender: str, recipient: str) -> Outcome:
        """Hand the mail over; a 5xx answer to it is for good, everything else is tried again."""
        try:
            with self._connected() as server:
                server.send_message(mail, from_addr=sender, to_addrs=[recipient])
        except smtplib.SMTPRecipientsRefused as refusal:
            code, said = next(iter(refusal.recipients.values()))
            return _outcome(code, said, of_recipient=True)
        except smtplib.SMTPAuthenticationError as refusal:
            # A wrong password in the settings is no fault of this message: it waits until it is put right.
            return Outcome(
                Ending.DELAYED,
                f"The mail server refused our name and password ({refusal.smtp_code})",
                nobody_home=True,
            )
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refusal:
            return _outcome(refusal.smtp_code, refusal.smtp_error)
        except smtplib.SMTPException as trouble:
            why = _readable(str(trouble))
            return Outcome(Ending.DELAYED, f"The mail server broke off: {why}", nobody_home=True)
        except (OSError, ValueError) as trouble:
            why = _readable(str(trouble))
            return Outcome(
                Ending.DELAYED, f"The mail server at {self.host} does not answer: {why}", nobody_home=True
            )
        return Outcome(Ending.SENT)

    def _connected(self) -> smtplib.SMTP:
        """An open connection, encrypted if the server can; a password never travels in the open."""
        if self.from_start:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.patience, context=_trusted()
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.patience)
        try:
            server.ehlo()
            if not self.from_start and server.has_extn("starttls"):
                server.starttls(context=_trusted())
                server.ehlo()
            elif not self.from_start and self.name and self.host not in LOCAL:
                raise smtplib.SMTPException(
                    "it offers no encryption, and the password must not travel in the open"
                )
            if self.name:
                server.login(self.name, self.password)
        except BaseException:
            server.close()
            raise
        return server


@cache
def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts, read once: reading it takes longer than sending a mail."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class OutboxFolder:
    """Where mails lie as files while there is no mail server; any mail program opens them."""

    folder: Path

    def carry(self, mail: EmailMessage, sender: str, recipient: str) -> Outcome:
        """Write the mail as a file named after its Message-ID, once, readable by its owner only."""
        name = re.sub(r"[^A-Za-z0-9@._-]", "_", str(mail["Message-ID"]).strip("<>"))[:150] + ".eml"
        keep_file(self.folder / name, mail.as_bytes())
        return Outcome(Ending.KEPT, NO_SERVER)


def keep_file(path: Path, content: bytes) -> None:
    """Write a file once, whole, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    arriving = path.with_suffix(".arriving")
    handle = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    arriving.replace(path)


def postman(settings: Settings) -> Postman:
    """The mail server of this installation, or the outbox folder where none is set."""
    if settings.smtp_url:
        return MailServer.at(settings.smtp_url)
    return OutboxFolder(settings.home / "outbox")


NOBODY_THERE = frozenset({550, 551, 553})
_ENHANCED = re.compile(r"\b5\.(\d{1,3})\.\d{1,3}\b")


def _outcome(code: int, said: bytes | str, *, of_recipient: bool = False) -> Outcome:
    text = _readable(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)
    words = f"The mail server said {code}: {text}"
    if not 500 <= code < 600:
        return Outcome(Ending.DELAYED, words)
    unknown = of_recipient and code in NOBODY_THERE and not _is_of_the_sender(text)
    return Outcome(Ending.REFUSED, words, reach=ReachKind.BOUNCED if unknown else None)


def _is_of_the_sender(text: str) -> bool:
    """Whether a refusal speaks of us or of the letter, not of the mailbox (RFC 3463: x.7 is policy)."""
    found = _ENHANCED.search(text)
    return found is not None and int(found[1]) not in (1, 2, 4)


def _readable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:400]
