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
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from admin_app.config import Settings
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.models import OutboxMessage

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


@dataclass(frozen=True, slots=True)
class Paper:
    """A PDF that goes along."""

    name: str
    content: bytes


class Postman(Protocol):
    """Takes one composed mail away."""

    def carry(self, mail: EmailMessage, sender: str, recipient: str) -> Outcome:
        """Try once; every trouble is an outcome, not an exception."""
        ...


def compose(message: OutboxMessage, clock: Clock, papers: Sequence[Paper] = ()) -> EmailMessage:
    """The mail of a row with its papers, under the row's own Message-ID.

    Raises ValueError for a header with a line break.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = message.sender
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    mail["Message-ID"] = message.message_id
    mail["Date"] = format_datetime(clock.now())
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    for paper in papers:
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
            return _outcome(code, said)
        except smtplib.SMTPAuthenticationError as refusal:
            # A wrong password in the settings is no fault of this message: it waits until it is put right.
            return Outcome(
                Ending.DELAYED, f"The mail server refused our name and password ({refusal.smtp_code})"
            )
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refusal:
            return _outcome(refusal.smtp_code, refusal.smtp_error)
        except smtplib.SMTPException as trouble:
            return Outcome(Ending.DELAYED, f"The mail server broke off: {_readable(str(trouble))}")
        except (OSError, ValueError) as trouble:
            return Outcome(
                Ending.DELAYED, f"The mail server at {self.host} does not answer: {_readable(str(trouble))}"
            )
        return Outcome(Ending.SENT)

    def _connected(self) -> smtplib.SMTP:
        """An open connection, encrypted if the server can; a password never travels in the open."""
        context = ssl.create_default_context()
        if self.from_start:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            server.ehlo()
            if not self.from_start and server.has_extn("starttls"):
                server.starttls(context=context)
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


@dataclass(frozen=True, slots=True)
class OutboxFolder:
    """Where mails lie as files while there is no mail server; any mail program opens them."""

    folder: Path

    def carry(self, mail: EmailMessage, sender: str, recipient: str) -> Outcome:
        """Write the mail as a file named after its Message-ID, once, readable by its owner only."""
        name = re.sub(r"[^A-Za-z0-9@._-]", "_", str(mail["Message-ID"]).strip("<>"))[:150] + ".eml"
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        if not path.exists():
            arriving = path.with_suffix(".arriving")
            handle = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(mail.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            arriving.replace(path)
        return Outcome(Ending.KEPT, NO_SERVER)


def postman(settings: Settings) -> Postman:
    """The mail server of this installation, or the outbox folder where none is set."""
    if settings.smtp_url:
        return MailServer.at(settings.smtp_url)
    return OutboxFolder(settings.home / "outbox")


def _outcome(code: int, said: bytes | str) -> Outcome:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    words = f"The mail server said {code}: {_readable(text)}"
    return Outcome(Ending.REFUSED if 500 <= code < 600 else Ending.DELAYED, words)


def _readable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:400]
