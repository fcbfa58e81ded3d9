"""What must not be deleted, with the sentence that says what to do instead [A11, M10, M12, M13, M29, M33]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Unmet
from admin_app.models import (
    Address,
    Base,
    Brand,
    Company,
    Contact,
    CustomerGroup,
    Entity,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceLine,
    InvoiceState,
    Membership,
    NumberSeries,
    Payment,
    Refund,
    Subscription,
    User,
    WorkOrder,
)
from admin_app.records import bulk
from admin_app.records.images import table_of
from admin_app.services import kept_work

COUNTED = 10_000
"""Counts stop here; one more means: or more."""


def refuse_what_must_stay(session: Session, entity: type[Entity], ids: Sequence[int]) -> None:
    """Raise Unmet, with what to do instead, if one of these records must not be deleted."""
    guard = _GUARDS.get(entity)
    for part in bulk.parts(ids):
        if guard is not None:
            guard(session, part)
        if entity is not CustomerGroup:
            _refuse_what_is_used(session, entity, part)


def must_be_kept(session: Session, group_ids: Sequence[int]) -> list[int]:
    """Those of these customers who have documents or money that must be kept [M33]."""
    kept: list[int] = []
    for part in bulk.parts(group_ids):
        owning = select(CustomerGroup.id).where(
            CustomerGroup.id.in_(part),
            or_(
                exists().where(Invoice.group_id == CustomerGroup.id, Invoice.state != InvoiceState.DRAFT),
                exists().where(Payment.group_id == CustomerGroup.id),
                exists().where(Refund.group_id == CustomerGroup.id),
                kept_work.has_kept_work(CustomerGroup.id),
            ),
        )
        kept.extend(session.scalars(owning))
    return kept


def _customers(session: Session, ids: Sequence[int]) -> None:
    kept = must_be_kept(session, ids)
    if not kept:
        return
    if len(ids) > 1:
        raise Unmet(
            f"{len(kept)} of these {len(ids)} customers have documents or payments, which must be kept; archive "
            "them instead"
        )
    name = session.scalar(select(CustomerGroup.name).where(CustomerGroup.id == kept[0]))
    held = [_so_many(count, word) for word, count in _held(session, kept[0]) if count]
    listed = held[0] if len(held) == 1 else f"{', '.join(held[:-1])} and {held[-1]}"
    raise Unmet(f"{name} has {listed}, which must be kept; archive this customer instead")


def _held(session: Session, group_id: int) -> list[tuple[str, int]]:
    """What keeps a customer, in words, with how many of each."""
    queries = (
        (
            "issued invoice",
            select(Invoice.id).where(Invoice.group_id == group_id, Invoice.state != InvoiceState.DRAFT),
        ),
        ("payment", select(Payment.id).where(Payment.group_id == group_id)),
        ("refund", select(Refund.id).where(Refund.group_id == group_id)),
        (
            "sent estimate",
            select(Estimate.id).where(Estimate.group_id == group_id, Estimate.state != EstimateState.DRAFT),
        ),
        ("workorder", select(WorkOrder.id).where(WorkOrder.group_id == group_id)),
        ("service plan", select(Subscription.id).where(Subscription.group_id == group_id)),
    )
    return [(word, capped_count(session, query)) for word, query in queries]


def _so_many(count: int, word: str) -> str:
    if count == 1:
        return f"1 {word}"
    return f"{count} {word}s" if count <= COUNTED else f"more than {COUNTED} {word}s"


def _contacts(session: Session, ids: Sequence[int]) -> None:
    """The primary contact cannot be deleted [A11, 20]."""
    starred = (
        select(Membership)
        .where(Membership.contact_id.in_(ids), Membership.is_primary)
        .order_by(Membership.id)
        .limit(1)
    )
    membership = session.scalar(starred)
    if membership is not None:
        raise Unmet(
            f"{membership.contact.name} is the primary contact of {membership.group.name}; star another contact first"
        )


def _memberships(session: Session, ids: Sequence[int]) -> None:
    starred = select(Membership).where(Membership.id.in_(ids), Membership.is_primary).limit(1)
    membership = session.scalar(starred)
    if membership is not None:
        raise Unmet(
            f"{membership.contact.name} is the primary contact of {membership.group.name}; star another contact first"
        )


def _addresses(session: Session, ids: Sequence[int]) -> None:
    """The billing address goes last [I11]."""
    other = Address.__table__.alias()
    stays = exists().where(other.c.group_id == Address.group_id, other.c.id.not_in(ids))
    ticked = select(Address).where(Address.id.in_(ids), Address.is_billing, stays).limit(1)
    address = session.scalar(ticked)
    if address is not None:
        raise Unmet(
            f"{address.name} is the billing address of {address.group.name}; tick another address first"
        )


def _invoices(session: Session, ids: Sequence[int]) -> None:
    issued = select(Invoice).where(Invoice.id.in_(ids), Invoice.state != InvoiceState.DRAFT).limit(1)
    invoice = session.scalar(issued)
    if invoice is not None:
        raise Unmet(f"Invoice {invoice.number} was issued and is kept; void it instead")


def _invoice_lines(session: Session, ids: Sequence[int]) -> None:
    of_issued = (
        select(Invoice.number)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .where(InvoiceLine.id.in_(ids), Invoice.state != InvoiceState.DRAFT)
        .limit(1)
    )
    number = session.scalar(of_issued)
    if number is not None:
        raise Unmet(f"Invoice {number} is issued: its lines stand")


def _money(session: Session, ids: Sequence[int]) -> None:
    raise Unmet("Money in the books is taken back by a reversal or a refund, never deleted")


def _staff(session: Session, ids: Sequence[int]) -> None:
    raise Unmet("Members of staff are switched off, not deleted: the history keeps their names")


def _company(session: Session, ids: Sequence[int]) -> None:
    raise Unmet("The company itself cannot be deleted")


def _series(session: Session, ids: Sequence[int]) -> None:
    used = select(NumberSeries.id).where(NumberSeries.id.in_(ids), NumberSeries.next_number > 1).limit(1)
    if session.scalar(used) is not None:
        raise Unmet("Numbers of this series were given out; it must stay")


def _brands(session: Session, ids: Sequence[int]) -> None:
    used = (
        select(NumberSeries.id).where(NumberSeries.brand_id.in_(ids), NumberSeries.next_number > 1).limit(1)
    )
    if session.scalar(used) is not None:
        raise Unmet("Documents were numbered under this brand; archive it instead")


_GUARDS: dict[type[Any], Callable[[Session, Sequence[int]], None]] = {
    Address: _addresses,
    Brand: _brands,
    Company: _company,
    Contact: _contacts,
    CustomerGroup: _customers,
    Invoice: _invoices,
    InvoiceLine: _invoice_lines,
    Membership: _memberships,
    NumberSeries: _series,
    Payment: _money,
    Refund: _money,
    User: _staff,
    **kept_work.GUARDS,
}


def _refuse_what_is_used(session: Session, entity: type[Entity], ids: Sequence[int]) -> None:
    """Refuse with words what the database would refuse without: other records stand on this one."""
    for mapper in Base.registry.mappers:
        for column in mapper.local_table.columns:
            for key in column.foreign_keys:
                if key.column.table is table_of(entity) and key.ondelete == "RESTRICT":
                    count = capped_count(session, select(column).where(column.in_(ids)))
                    if count:
                        word = _words_for(mapper.class_, count)
                        raise Unmet(f"This {entity.singular} is used by {word} and must stay")


def _words_for(using: type[Any], count: int) -> str:
    """How many of what: "1 customer", "3 invoices"."""
    if count == 1:
        return f"1 {getattr(using, 'singular', '') or 'row'}"
    plural = getattr(using, "plural", "") or "rows"
    return f"{count} {plural}" if count <= COUNTED else f"more than {COUNTED} {plural}"


def capped_count(session: Session, query: Select[Any]) -> int:
    """How many rows a select has, at most COUNTED + 1."""
    return session.scalar(select(func.count()).select_from(query.limit(COUNTED + 1).subquery())) or 0
