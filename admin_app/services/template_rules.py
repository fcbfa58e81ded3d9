"""What must hold of a message template: known placeholders, one text a purpose, channel and brand [E15-E18]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import Channel, MessagePurpose, MessageTemplate
from admin_app.services.messages.words import check_words


def check_template(session: Session, template: MessageTemplate | None, values: dict[str, Any]) -> None:
    """Refuse words that would print braces, and a second text where only one can hold; raises Invalid, Unmet."""
    told = {key: values.get(key, getattr(template, key, None)) for key in ("purpose", "channel", "brand")}
    purpose, channel = told["purpose"] or MessagePurpose.FREE, told["channel"] or Channel.MAIL
    if template is not None and (purpose, channel) != (template.purpose, template.channel):
        raise Unmet("A template keeps its purpose and its channel; write another one for that")
    subject, body = (str(values.get(key, getattr(template, key, "")) or "") for key in ("subject", "body"))
    check_words(purpose, channel, subject, body)
    if purpose is not MessagePurpose.FREE:
        _refuse_second(session, template, purpose, channel, told["brand"])


def _refuse_second(
    session: Session,
    template: MessageTemplate | None,
    purpose: MessagePurpose,
    channel: Channel,
    brand: Any,
) -> None:
    """Two texts for one purpose of one brand: nobody could say which goes out."""
    brand_id = brand.id if brand is not None else None
    known = select(MessageTemplate.id).where(
        MessageTemplate.purpose == purpose,
        MessageTemplate.channel == channel,
        MessageTemplate.brand_id.is_(None) if brand_id is None else MessageTemplate.brand_id == brand_id,
    )
    if template is not None:
        known = known.where(MessageTemplate.id != template.id)
    if session.scalar(known.limit(1)) is not None:
        whose = brand.name if brand is not None else "every brand"
        there = f"There are words for {whose} already; change those"
        raise Invalid(there, {"brand": there})
