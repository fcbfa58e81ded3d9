"""A mail is queued with the act it tells of; what it says and to whom is checked here (design section 8, M1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Brand, Company, OutboxMessage
from admin_app.services.queue_message import queue_once

NO_SENDER = "No sender is known; give the company an email address first"
LONGEST_REASON = 300


def queue_mail(
    session: Session,
    recipient: str,
    subject: str,
    body: str,
    clock: Clock,
    *,
    brand: Brand | None = None,
    group_id: int | None = None,
    contact_id: int | None = None,
    key: str | None = None,
    papers: Sequence[Mapping[str, Any]] = (),
    purpose: str = "",
    reason: str = "",
    reply_to: str | None = None,
    not_before: datetime | None = None,
) -> OutboxMessage:
    """Queue a plain-text mail from the brand, else from the company; `papers` are drawn when it is sent.

    `key` names the act: the same key again gives the message that is queued already.  `reason` says why this person
    gets it [L14]; `not_before` holds it back until then.  Raises Invalid for an address that is none and for a
    subject with a line break, Unmet without a sender.
    """
    sender = _sender(session, brand)
    message = OutboxMessage(
        channel="mail",
        sender=sender,
        recipient=checked_address(recipient),
        subject=one_line(subject),
        body=body.replace("\r\n", "\n"),
        group_id=group_id,
        contact_id=contact_id,
        papers=[dict(paper) for paper in papers],
        purpose=purpose,
        reason=reason[:LONGEST_REASON],
        reply_to=checked_address(reply_to) if reply_to else None,
        due_at=max(clock.now(), not_before) if not_before else clock.now(),
    )
    return queue_once(session, message, key, sender.rpartition("@")[2])


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
