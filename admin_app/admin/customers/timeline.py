"""The activity of a customer: who did what, when, with before and after, and the way back [143]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from admin_app.admin.customers.desk import desk, the_group
from admin_app.admin.customers.profile import show
from admin_app.admin.record_page import Happened, happened
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    AuditEntry,
    Change,
    Contact,
    CustomerGroup,
    Invoice,
    InvoiceLine,
    Membership,
    Payment,
)
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, holds, rights_of, visible
from admin_app.services.restore_record import entity_named, refuse_restoring
from admin_app.services.restore_record import restore as put_back
from admin_app.web.access import rule
from admin_app.web.company import actor, currency, office_session
from admin_app.web.formats import money

PAGE = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One entry with what it was about, and whether it can be taken back from here."""

    entry: AuditEntry
    what: str
    name: str
    told: Happened
    can_be_restored: bool


@desk.get("/<int:group_id>/timeline")
@rule(Permission.AUDIT)
def timeline(group_id: int) -> ResponseReturnValue:
    """The latest changes of the customer and of everything that belongs to it; older ones page by page."""
    group = the_group(group_id)
    entries = _entries(group, _before())
    older = entries[PAGE - 1].id if len(entries) > PAGE else None
    names = _names(entries[:PAGE])
    lines = [line for entry in entries[:PAGE] if (line := _line(entry, names)) is not None]
    return show(group, "timeline", lines=lines, older=older, is_first=_before() is None)


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _belonging(group: CustomerGroup) -> tuple[Select[Any], Select[Any]]:
    """Entries of the customer's own records, and of its people, who may belong to others too."""
    people = select(Membership.contact_id).where(Membership.group_id == group.id)
    own = select(AuditEntry).where(AuditEntry.group_id == group.id)
    persons = select(AuditEntry).where(AuditEntry.entity == "Contact", AuditEntry.entity_id.in_(people))
    return own, persons


def _entries(group: CustomerGroup, before: int | None) -> list[AuditEntry]:
    found: dict[int, AuditEntry] = {}
    # Two statements that each end in their own index instead of one OR that ends in none.
    for query in _belonging(group):
        if before is not None:
            query = query.where(AuditEntry.id < before)
        page = query.order_by(AuditEntry.id.desc()).limit(PAGE + 1)
        found |= {entry.id: entry for entry in office_session().scalars(page)}
    return [found[number] for number in sorted(found, reverse=True)][: PAGE + 1]


def _names(entries: list[AuditEntry]) -> dict[tuple[str, int], str]:
    """What people call records without a name of their own: a payment by its amount, a place by its person."""
    payments = [entry.entity_id for entry in entries if entry.entity == "Payment"]
    places = [entry.entity_id for entry in entries if entry.entity == "Membership"]
    session, who = office_session(), actor()
    paid = session.execute(visible(who, select(Payment).where(Payment.id.in_(payments)))).scalars()
    names = {("Payment", one.id): f"of {money(Money(one.amount, one.currency))}" for one in paid}
    belonging = (
        select(Membership)
        .join(Contact, Contact.id == Membership.contact_id)
        .options(contains_eager(Membership.contact))
        .where(Membership.id.in_(places))
    )
    for one in session.scalars(visible(who, belonging)):
        names["Membership", one.id] = f"of {one.contact.name}"
    return names


def _line(entry: AuditEntry, names: dict[tuple[str, int], str]) -> Line | None:
    """The entry in words, or None where this person may not see such records at all."""
    try:
        entity = entity_named(entry.entity)
        rights = rights_of(entity)
    except (NotFound, KeyError):
        return None
    if not holds(actor(), rights.read):
        return None
    code = (entry.after or {}).get("currency") or (entry.before or {}).get("currency") or currency()
    told = happened(entity, entry, actor(), code)
    linked = (entry.after or entry.before or {}).get("contact") if entry.entity == "Membership" else None
    name = names.get((entry.entity, entry.entity_id)) or (f"of {linked['name']}" if linked else entry.name)
    return Line(entry, entity.singular, name, told, holds(actor(), rights.write) and _can_be_restored(entry))


def _can_be_restored(entry: AuditEntry) -> bool:
    """Whether "Put back" is offered; documents and money are corrected by documents and money."""
    entity = entity_named(entry.entity)
    try:
        refuse_restoring(entity, entry.change)
    except Unmet:
        return False
    if entity in (Invoice, InvoiceLine):
        return False
    return entry.change is Change.DELETED or bool(entry.before)


@desk.post("/<int:group_id>/timeline/<int:entry_id>/restore")
@rule(Permission.AUDIT)
def put_back_from(group_id: int, entry_id: int) -> ResponseReturnValue:
    """Put one record back to what it was before an entry of this timeline."""
    group = the_group(group_id)
    own, persons = _belonging(group)
    wanted = entry_id if entry_id <= LARGEST_ID else 0
    session = office_session()
    entry = session.scalar(own.where(AuditEntry.id == wanted)) or session.scalar(
        persons.where(AuditEntry.id == wanted)
    )
    if entry is None:
        raise NotFound("There is no such entry on this timeline")
    record = put_back(session, entry.id, actor())
    flash(f"{record} is as it was before.", "success")
    return redirect(url_for("customers.timeline", group_id=group.id))
