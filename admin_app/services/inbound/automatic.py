"""Mails that no person wrote: out-of-office answers, newsletters, bounces; none of them asks anybody for anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message as Mail

from admin_app.services.inbound.headers import (
    addresses,
    header,
    ids_in,
    in_charset,
    message_ids,
    one_line,
    storable,
)

MOST_HOPS = 60
"""Servers that a mail has passed; more are a circle."""
LONGEST_REPORT = 100_000
TO_MANY = "it went to many"
"""A newsletter, or a person whose company's address is a mailing list: only who it comes from tells which."""
_LISTS = ("List-Id", "List-Unsubscribe", "List-Post")
_MACHINES = re.compile(r"(mailer-daemon|postmaster|mail-daemon|mdaemon)@", re.IGNORECASE)
_AWAY = re.compile(
    r"^(auto(matic|matische)? ?(reply|antwort)|automatische antwort|out of (the )?office|abwesenheit|"
    r"réponse automatique|respuesta automática|automatisch antwoord|autosvar)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that did not arrive: who should have had it, what the server said, the Message-IDs named."""

    recipients: frozenset[str]
    message_ids: tuple[str, ...]
    words: str


def why_automatic(mail: Mail) -> str:
    """Why this is no letter of a person, in a few words; "" for one that is."""
    if len(mail.get_all("Received", [])) > MOST_HOPS:
        return "it runs in a circle"
    if header(mail, "Auto-Submitted").lower().partition(";")[0].strip() not in ("", "no"):
        return "a program sent it by itself"
    if header(mail, "Precedence").lower() in ("bulk", "junk", "auto_reply"):
        return "a program sent it by itself"
    if any(mail[name] is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")):
        return "an automatic answer"
    if header(mail, "Return-Path") == "<>" or _is_of_a_machine(mail):
        return "a mail server sent it"
    if _AWAY.match(header(mail, "Subject")):
        return "an automatic answer"
    to_many = header(mail, "Precedence").lower() == "list" or any(mail[name] is not None for name in _LISTS)
    return TO_MANY if to_many else ""


def bounce_in(mail: Mail) -> Bounce | None:
    """The report of a mail server that something of ours did not arrive, for good; None for everything else.

    Reports in the standard form (RFC 3464) are read field by field; others from a mail server count when they name
    a Message-ID, which the caller must find among our own.
    """
    report = _parts(mail, "message/delivery-status")
    if mail.get_content_type() == "multipart/report" and report:
        return _by_report(mail, report)
    if not (_is_of_a_machine(mail) or header(mail, "X-Failed-Recipients")):
        return None
    text = _text_in(mail)
    ids = (*message_ids(mail, "In-Reply-To"), *message_ids(mail, "References"), *ids_in(text))
    failed = {address for _, address in addresses(mail, "X-Failed-Recipients")}
    return Bounce(frozenset(failed), ids, _first_words(text)) if ids else None


def _by_report(mail: Mail, report: list[Mail]) -> Bounce | None:
    told = "\n".join(_flat(part) for part in report)[:LONGEST_REPORT]
    if not re.search(r"^action:\s*failed", told, re.IGNORECASE | re.MULTILINE):
        return None  # delayed or delivered: nothing is lost yet
    recipients = frozenset(
        found.strip().strip("<>").casefold()
        for found in re.findall(r"^(?:final|original)-recipient:[^;\n]*;(.*)$", told, re.I | re.M)
    )
    said = re.search(r"^diagnostic-code:\s*(?:[\w-]+;)?\s*(.+(?:\n[ \t]+.+)*)", told, re.I | re.M)
    status = re.search(r"^status:\s*([245]\.\d{1,3}\.\d{1,3})", told, re.I | re.M)
    words = (
        one_line(said[1], 400) if said else f"status {status[1]}" if status else _first_words(_text_in(mail))
    )
    return Bounce(recipients, tuple(_ids_of_what_came_back(mail)), words)


def _ids_of_what_came_back(mail: Mail) -> list[str]:
    """The Message-ID of our mail, which the server sends back whole or as its head."""
    ids: list[str] = []
    for kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
        for part in _parts(mail, kind):
            ids += re.findall(r"^message-id:\s*(<[^<>\s]{1,300}>)", _flat(part)[:LONGEST_REPORT], re.I | re.M)
    return ids + message_ids(mail, "In-Reply-To")


def _is_of_a_machine(mail: Mail) -> bool:
    return any(_MACHINES.match(address) for _, address in addresses(mail, "From", "Sender"))


def _parts(mail: Mail, kind: str) -> list[Mail]:
    """The parts of one type directly in a report; a report has no deeper ones."""
    inner = mail.get_payload() if mail.is_multipart() else []
    return [part for part in inner if isinstance(part, type(mail)) and part.get_content_type() == kind][:20]


def _flat(part: Mail) -> str:
    """Everything a part says, heads of its inner mails included."""
    try:
        return str(part.as_bytes(), "utf-8", "replace").replace("\r\n", "\n")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""


def _text_in(mail: Mail) -> str:
    """The text of a mail or of the first parts of it, roughly: only Message-IDs and first words are looked for."""
    parts = mail.get_payload() if mail.is_multipart() else [mail]
    texts = []
    for part in list(parts)[:10]:
        if isinstance(part, type(mail)):
            payload = None if part.is_multipart() else part.get_payload(decode=True)
            texts.append(in_charset(payload, None) if isinstance(payload, bytes) else _flat(part))
    return storable("\n".join(texts)[:LONGEST_REPORT])


def _first_words(text: str) -> str:
    return one_line(text, 300) or "the server gave no reason"
