"""A mail is queued in the transaction of the act it tells of, and sent later (design section 8, M1).

What was rolled back sends nothing; what was committed is sent at least once, always with the same Message-ID.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Brand, Company, OutboxMessage

NO_SENDER = "No sender is known; give the company an email address first"


def queue_mail(
    session: Session,
    recipient: str,
    subject: str,
    body: str,
    clock: Clock,
    *,
    brand: Brand | None = None,
    group_id: int | None = None,
    key: str | None = None,
    papers: Sequence[Mapping[str, Any]] = (),
) -> OutboxMessage:
    """Queue a plain-text mail from the brand, else from the company; `papers` are drawn when it is sent.

    `key` names the act: the same key again gives the message that is queued already.  Raises Invalid for an
    address that is none and for a subject with a line break, Unmet without a sender.
    """
    sender = _sender(session, brand)
    domain = sender.rpartition("@")[2]
    message_id = f"<{key or secrets.token_hex(16)}@{domain}>"
    if key is not None:
        queued = session.scalar(select(OutboxMessage).where(OutboxMessage.message_id == message_id))
        if queued is not None:
            return queued
    message = OutboxMessage(
        message_id=message_id,
        sender=sender,
        recipient=checked_address(recipient),
        subject=one_line(subject),
        body=body.replace("\r\n", "\n"),
        group_id=group_id,
        papers=[dict(paper) for paper in papers],
        due_at=clock.now(),
    )
    session.add(message)
    session.flush()
    return message


def checked_address(address: str) -> str:
    """The address as mail servers take it; raises Invalid for one that cannot be an address."""
    try:
        return validate_email(address.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise Invalid(
            f"“{_shown(address)}” is not an email address", {"email": "This is not an email address"}
        ) from None


def one_line(text: str) -> str:
    """The text of a mail header; raises Invalid for line breaks, by which headers are smuggled in, and for other
    control characters.
    """
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text):
        raise Invalid("A subject is one line without control characters")
    if len(text) > 300:
        raise Invalid(f"This subject has {len(text)} characters; at most 300 fit")
    return text


def _sender(session: Session, brand: Brand | None) -> str:
    if brand is not None and brand.email:
        return checked_address(brand.email)
    company_email = session.scalar(select(Company.email))
    if not company_email:
        raise Unmet(NO_SENDER)
    return checked_address(company_email)


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in text.strip())[:60]
