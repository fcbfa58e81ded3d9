"""What a message says: the words of the brand, else of the company, else the shipped ones, with their placeholders.

A template is text.  `{{name}}` becomes the value of a placeholder, once; `[[…]]` is left out where a placeholder in it
has no value.  One call::

    draft(session, MessagePurpose.INVOICE, Channel.MAIL, invoice, ann, clock, recipient).subject
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.sms_text import refuse_too_long
from admin_app.models import (
    Channel,
    Company,
    Contact,
    Entity,
    MessagePurpose,
    MessageTemplate,
)
from admin_app.services.messages.about import brand_of
from admin_app.services.messages.placeholders import (
    PLACEHOLDERS,
    Placeholder,
    Telling,
    placeholders_for,
)
from admin_app.services.messages.resolve import Recipient
from admin_app.services.messages.shipped import SHIPPED
from admin_app.services.portal.address import opens

__all__ = ["PLACEHOLDERS", "Draft", "Placeholder", "check_words", "draft", "placeholders_for", "print_words"]

_NAME = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_MAYBE = re.compile(r"\[\[(.*?)\]\]")
_PLAIN_BLANKS = {0x00A0: " ", 0x202F: " "}
"""Days and amounts are printed with blanks that do not break; one of them halves the room of a text message."""
LINK = "{{link}}"
"""Stays in a draft until it goes: each reader gets an address of their own, and looking at a draft makes none."""
_LINK = re.compile(r"\{\{\s*link\s*\}\}")
LONGEST_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it goes: its words, and the placeholders that had no value."""

    subject: str
    body: str
    missing: tuple[str, ...] = ()
    """Names; the preview tells them."""
    template_id: int | None = None
    """None: the shipped words."""


def draft(
    session: Session,
    purpose: MessagePurpose,
    channel: Channel,
    about: Entity,
    actor: Actor,
    clock: Clock,
    recipient: Recipient | None = None,
    template: MessageTemplate | None = None,
) -> Draft:
    """The words of a message to `recipient`; `template`, or those of the brand, the company, or the shipped ones.

    Raises Unmet where nobody has written words for this purpose on this channel.
    """
    template = template or template_for(session, purpose, channel, about)
    if template is not None:
        subject, body = template.subject, template.body
    elif (purpose, channel) in SHIPPED:
        subject, body = SHIPPED[purpose, channel]
    else:
        raise Unmet(f"There are no words for “{purpose.value}” as a text message; write a template first")
    telling = telling_of(session, about, actor, clock, recipient)
    subject, missing = print_words(subject, telling)
    body, more = print_words(body, telling)
    if channel is Channel.SMS:
        body = body.translate(_PLAIN_BLANKS)
    return Draft(
        subject=_one_line(subject) if channel is Channel.MAIL else "",
        body=body.strip("\n") + ("\n" if channel is Channel.MAIL else ""),
        missing=tuple(dict.fromkeys((*missing, *more))),
        template_id=template.id if template is not None else None,
    )


def template_for(
    session: Session, purpose: MessagePurpose, channel: Channel, about: Entity
) -> MessageTemplate | None:
    """The template that holds by itself: the brand's, else the company's; of FREE ones somebody chooses."""
    if purpose is MessagePurpose.FREE:
        return None
    brand = brand_of(session, about)
    holds = MessageTemplate.brand_id.is_(None)
    return session.scalar(
        select(MessageTemplate)
        .where(MessageTemplate.purpose == purpose, MessageTemplate.channel == channel)
        .where(or_(holds, MessageTemplate.brand_id == brand.id) if brand is not None else holds)
        .order_by(MessageTemplate.brand_id.is_(None), MessageTemplate.id.desc())
        .limit(1)
    )


def telling_of(
    session: Session, about: Any, actor: Actor, clock: Clock, recipient: Recipient | None
) -> Telling:
    """What placeholders speak of; raises Unmet before there is a company."""
    company = session.scalars(select(Company)).first()
    if company is None:
        raise Unmet("There is no company yet; set it up first")
    contact = (
        session.get(Contact, recipient.contact_id) if recipient and recipient.contact_id is not None else None
    )
    return Telling(
        about=about,
        recipient=recipient,
        actor=actor,
        company=company,
        brand=brand_of(session, about),
        today=clock.today(),
        language=(contact.language if contact is not None else None) or company.language,
        first_name=contact.first_name if contact is not None else "",
        link=LINK if contact is not None and opens(session, about, contact.id) else "",
    )


def print_words(text: str, telling: Telling) -> tuple[str, list[str]]:
    """The text with its placeholders replaced, and the names of those without a value.

    A line that consisted of left-out brackets only is left out itself.
    """
    missing: list[str] = []
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        printed = _MAYBE.sub(lambda found: _printed_or_left_out(found[1], telling, missing), line)
        printed = _NAME.sub(lambda found: _value(found[1], telling, missing), printed)
        if printed.strip() or not line.strip():
            lines.append(printed.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)), missing


def asks_for_link(text: str) -> bool:
    """Whether a text that is about to go has the mark of a link."""
    return _LINK.search(text) is not None


def put_link(text: str, address: str) -> str:
    """The text with the address where its mark stood; without an address the lines that speak of it are left out."""
    if address:
        return _LINK.sub(lambda _found: address, text)
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if not asks_for_link(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _printed_or_left_out(text: str, telling: Telling, missing: list[str]) -> str:
    """The inside of brackets with its values, or nothing where one of them is missing."""
    values = {found[1]: _value(found[1], telling, missing) for found in _NAME.finditer(text)}
    if not all(values.values()):
        return ""
    return _NAME.sub(lambda found: values[found[1]], text)


def _value(name: str, telling: Telling, missing: list[str]) -> str:
    if name == "link" and telling.link == LINK:
        return LINK
    placeholder = PLACEHOLDERS.get(name)
    value = _clean(placeholder.value(telling)) if placeholder is not None else ""
    if not value and name not in missing:
        missing.append(name)
    return value


def _clean(text: str) -> str:
    """Without control characters but line breaks, and without braces and brackets that could be read as ours."""
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp"))
    return kept.replace("{{", "{ {").replace("[[", "[ [").strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_SUBJECT]


def check_words(purpose: MessagePurpose, channel: Channel, subject: str, body: str) -> None:
    """Refuse a template that would print braces or nothing at all; raises Invalid, naming what is wrong."""
    if channel is Channel.MAIL and not subject.strip():
        raise Invalid("A mail needs a subject", {"subject": "Say what it is about"})
    if channel is Channel.SMS and subject.strip():
        raise Invalid("A text message has no subject", {"subject": "Leave it empty"})
    if not body.strip():
        raise Invalid("A template needs words", {"body": "Say something"})
    for key, text in (("subject", subject), ("body", body)):
        sentence = _trouble(purpose, text)
        if sentence:
            raise Invalid(sentence, {key: sentence})
    if channel is Channel.SMS:
        refuse_too_long(body)


def _trouble(purpose: MessagePurpose, text: str) -> str:
    """What is wrong with the placeholders of a text, as a sentence; "" where nothing is."""
    known = placeholders_for(purpose)
    for name in _NAME.findall(text):
        if name in known:
            continue
        if name in PLACEHOLDERS:
            return f"{{{{{name}}}}} has no meaning in a message of the kind “{purpose.value}”"
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {{{{{near[0]}}}}}?" if near else ""
        return f"{{{{{name[:40]}}}}} is not a placeholder{hint}"
    rest = _NAME.sub("", text)
    if "{{" in rest or "}}" in rest:
        return "A placeholder begins with {{ and ends with }}; one of them is missing"
    plain = _MAYBE.sub("", rest)
    if "[[" in plain or "]]" in plain:
        return "What may be left out begins with [[ and ends with ]] on the same line; one of them is missing"
    return ""
