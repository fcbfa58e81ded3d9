"""What a template would say, shown with a record that exists: nothing in a preview is made up [E16, E17]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.kernel.sms_text import measure
from admin_app.models import (
    Brand,
    Channel,
    CreditNote,
    CustomerGroup,
    Entity,
    Estimate,
    Event,
    EventKind,
    Invoice,
    Lead,
    MessagePurpose,
    Payment,
    Project,
    Task,
    WorkOrder,
)
from admin_app.policy import visible
from admin_app.services.messages.about import heading_of
from admin_app.services.messages.resolve import everybody, recipients_for
from admin_app.services.messages.words import check_words, print_words, telling_of
from admin_app.services.portal.address import sample_address

P = MessagePurpose

_CALENDAR = select(Event).where(Event.kind != EventKind.WORK)
_PLANNED_WORK = select(WorkOrder).where(WorkOrder.starts_at.is_not(None))
_SHOWN_WITH: Mapping[MessagePurpose, Select[Any]] = {
    P.ESTIMATE: select(Estimate).where(Estimate.number.is_not(None)),
    P.ESTIMATE_REMINDER: select(Estimate).where(Estimate.number.is_not(None)),
    P.INVOICE: select(Invoice).where(Invoice.number.is_not(None)),
    P.INVOICE_SOON_DUE: select(Invoice).where(Invoice.number.is_not(None), Invoice.balance > 0),
    P.INVOICE_OVERDUE: select(Invoice).where(Invoice.number.is_not(None), Invoice.balance > 0),
    P.CREDIT_NOTE: select(CreditNote).where(CreditNote.number.is_not(None)),
    P.RECEIPT: select(Payment),
    P.APPOINTMENT: _CALENDAR,
    P.APPOINTMENT_MOVED: _CALENDAR,
    P.APPOINTMENT_CALLED_OFF: _CALENDAR,
    P.APPOINTMENT_REMINDER: _CALENDAR,
    P.START_DATE: _PLANNED_WORK,
    P.START_DATE_MOVED: _PLANNED_WORK,
    P.TASK: select(Task).where(Task.group_id.is_not(None)),
    P.CALL_REQUEST: select(Lead),
    P.PORTAL_ACCESS: select(Project),
    P.FREE: select(CustomerGroup).where(CustomerGroup.archived_at.is_(None)),
}
"""Which records a purpose speaks of; the latest is taken."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as its first recipient would read it, or the sentence why there is none.

    `about` says with what it is shown; `empty` names the placeholders without a value; `parts` counts text messages.
    """

    about: str
    subject: str = ""
    body: str = ""
    empty: tuple[str, ...] = ()
    refused: str = ""
    length: int = 0
    parts: int = 0


def preview(
    session: Session,
    purpose: MessagePurpose,
    channel: Channel,
    subject: str,
    body: str,
    brand_id: int | None,
    actor: Actor,
    clock: Clock,
) -> Preview:
    """The words with the latest record that this actor may see; without one they stand as they were typed."""
    about = _latest(session, purpose, actor)
    shown = f"Shown with {heading_of(about)}." if about is not None else _NOTHING_YET
    try:
        check_words(purpose, channel, subject if channel is Channel.MAIL else "", body)
    except Invalid as refusal:
        return Preview(shown, refused=refusal.sentence)
    if about is None:
        return _counted(Preview(shown, subject, body), channel)
    telling = telling_of(session, about, actor, clock, _first(session, about, purpose, channel))
    if brand_id is not None:
        telling = replace(telling, brand=session.get(Brand, brand_id) or telling.brand)
    if telling.link:
        telling = replace(telling, link=sample_address(session))
    said, missing = print_words(subject, telling)
    told, more = print_words(body, telling)
    empty = tuple(dict.fromkeys((*missing, *more)))
    return _counted(Preview(shown, said, told.strip("\n"), empty), channel)


_NOTHING_YET = "There is nothing yet that it could be shown with; the placeholders stay as they are."


def _latest(session: Session, purpose: MessagePurpose, actor: Actor) -> Entity | None:
    query = _SHOWN_WITH[purpose]
    entity = query.column_descriptions[0]["entity"]
    found: Entity | None = session.scalar(visible(actor, query).order_by(entity.id.desc()).limit(1))
    return found


def _first(session: Session, about: Any, purpose: MessagePurpose, channel: Channel) -> Any:
    """Who would read it first."""
    found = recipients_for(session, about, purpose, channel)
    if not found.chosen and isinstance(about, CustomerGroup):
        found = everybody(session, about.id, channel)
    return next(iter(found.chosen), None)


def _counted(shown: Preview, channel: Channel) -> Preview:
    if channel is not Channel.SMS:
        return shown
    return replace(shown, length=len(shown.body), parts=measure(shown.body).parts)
