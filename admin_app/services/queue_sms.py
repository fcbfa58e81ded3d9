"""A text message is queued with the act it tells of; its number and its length are checked here [99]."""

from __future__ import annotations

from datetime import datetime

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.kernel.sms_text import refuse_too_long
from admin_app.models import Brand, Company, OutboxMessage
from admin_app.services.queue_mail import LONGEST_REASON
from admin_app.services.queue_message import queue_once

NO_SENDER = "No SMS sender is known; give the company the number from which text messages come first"
MESSAGE_ID_DOMAIN = "sms"
LONGEST_BODY = 10_000


def queue_sms(
    session: Session,
    recipient: str,
    body: str,
    clock: Clock,
    *,
    brand: Brand | None = None,
    group_id: int | None = None,
    contact_id: int | None = None,
    key: str | None = None,
    purpose: str = "",
    reason: str = "",
    not_before: datetime | None = None,
) -> OutboxMessage:
    """Queue a text message from the brand's sender, else the company's; `key` as for mails.

    Raises Invalid for a number that is none and for more than ten parts, Unmet without a sender.
    """
    words = clean_text(body, LONGEST_BODY, multiline=True)
    refuse_too_long(words)
    company = session.scalars(select(Company)).first()
    sender = (brand.sms_sender if brand else None) or (company.sms_sender if company else None)
    if not sender:
        raise Unmet(NO_SENDER)
    message = OutboxMessage(
        channel="sms",
        sender=sender,
        recipient=checked_number(recipient, company.country if company else None),
        subject="",
        body=words,
        group_id=group_id,
        contact_id=contact_id,
        papers=[],
        purpose=purpose,
        reason=reason[:LONGEST_REASON],
        due_at=max(clock.now(), not_before) if not_before else clock.now(),
    )
    return queue_once(session, message, key, MESSAGE_ID_DOMAIN)


def checked_number(number: str, country: str | None) -> str:
    """The number as networks take it, E.164: "07700 900123" in GB is "+447700900123".

    `country` (two letters) is where numbers without a country code belong.  Raises Invalid.
    """
    parsed = _parsed(number, country)
    if parsed is None:
        shown = "".join(c if c.isprintable() else "�" for c in number.strip())[:40]
        raise Invalid(f"“{shown}” is not a phone number", {"phone": "This is not a phone number"})
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def takes_texts(number: str, country: str | None) -> bool:
    """Whether a text message can reach a number: it is one, and not known to be a line in a wall."""
    parsed = _parsed(number, country)
    return parsed is not None and phonenumbers.number_type(parsed) is not PhoneNumberType.FIXED_LINE


def _parsed(number: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    """The number, or None for what is none; numbers of new ranges that no table knows yet are numbers."""
    if len(number) > 80:
        return None
    try:
        parsed = phonenumbers.parse(number, country)
    except NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(parsed) == ValidationResult.IS_POSSIBLE
    return parsed if possible else None
