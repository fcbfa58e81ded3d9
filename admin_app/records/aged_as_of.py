"""Who owed what, and since when, at the end of a day: documents as they stood; buckets sum to the balance [M37].

A document counts from its issue, money from the day it was paid, a use from its own day; what happened later changes
nothing of an earlier list.  The journal knows the same sums (`journal_balances`).  One call::

    items = open_items(session, actor, date(2026, 3, 31))
    for customer in aged(items, date(2026, 3, 31)): ...
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, and_, case, func, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    CreditNote,
    CustomerGroup,
    Invoice,
    InvoiceState,
    JournalEntry,
    Payment,
    PaymentState,
    Posting,
    Refund,
    WriteOff,
)
from admin_app.money.ageing import Bucket, OpenItem, age, bucket_of
from admin_app.policy import Permission, demand
from admin_app.records.statement_of_account import OWN


@dataclass(frozen=True, slots=True)
class AgedItem:
    """A document with what was open of it; money and credits of the customer are negative (minor units)."""

    group_id: int
    customer: str
    document: str
    document_id: int
    number: str
    on: date
    due_on: date | None
    balance: Money
    bucket: Bucket


@dataclass(frozen=True, slots=True)
class AgedCustomer:
    """One customer's row in one currency; Σ buckets = balance."""

    group_id: int
    customer: str
    currency: str
    buckets: dict[Bucket, Money]

    @property
    def balance(self) -> Money:
        """What is owed less what the customer has with us."""
        return Money.total(self.buckets.values(), self.currency)


def open_items(session: Session, actor: Actor, as_of: date, *, group_id: int | None = None) -> list[AgedItem]:
    """Every document that was open at the end of `as_of`, by customer; raises NotAllowed.

    Three statements, however many customers there are.
    """
    demand(actor, Permission.MONEY_READ)
    found = [
        *_invoices(session, as_of, group_id),
        *_payments(session, as_of, group_id),
        *_credits(session, as_of, group_id),
    ]
    return sorted(found, key=lambda one: (one.customer.casefold(), one.group_id, one.on, one.document_id))


def aged(items: Iterable[AgedItem], as_of: date) -> list[AgedCustomer]:
    """A row a customer and currency, in the order of the items."""
    groups: dict[tuple[int, str], list[AgedItem]] = defaultdict(list)
    for item in items:
        groups[item.group_id, item.balance.currency].append(item)
    rows = []
    for (group_id, currency), own in groups.items():
        zero = Money.zero(currency)
        credit = Money.total((-one.balance for one in own if one.bucket is Bucket.CREDIT), currency)
        unused = Money.total((-one.balance for one in own if one.bucket is Bucket.UNALLOCATED), currency)
        documents = [
            OpenItem(one.due_on, one.balance)
            for one in own
            if one.bucket not in (Bucket.CREDIT, Bucket.UNALLOCATED)
        ]
        buckets = age(documents, as_of, currency, credit=credit or zero, unallocated=unused or zero)
        rows.append(AgedCustomer(group_id, own[0].customer, currency, buckets))
    return rows


def journal_balances(session: Session, as_of: date) -> dict[tuple[int, str], int]:
    """(customer, currency) → balance by the journal at the end of `as_of`; those at zero are left out."""
    total = func.sum(Posting.amount)
    query: Any = (
        select(Posting.group_id, Posting.currency, total)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.account.in_(OWN), JournalEntry.effective_on <= as_of, Posting.group_id.is_not(None))
        .group_by(Posting.group_id, Posting.currency)
        .having(total != 0)
    )
    return {(int(group), currency): int(amount) for group, currency, amount in session.execute(query)}


def _used(column: Any, own: Any, as_of: date) -> ScalarSelect[Any]:
    """Σ allocations of a document up to a day."""
    return (
        select(func.coalesce(func.sum(Allocation.amount), 0))
        .where(column == own, Allocation.effective_on <= as_of)
        .scalar_subquery()
    )


def _back(column: Any, own: Any, as_of: date) -> ScalarSelect[Any]:
    """Σ refunds of a document up to a day."""
    return (
        select(func.coalesce(func.sum(Refund.amount), 0))
        .where(column == own, Refund.refunded_on <= as_of)
        .scalar_subquery()
    )


def _invoices(session: Session, as_of: date, group_id: int | None) -> Iterable[AgedItem]:
    lost = (
        select(func.coalesce(func.sum(WriteOff.amount), 0))
        .where(
            WriteOff.invoice_id == Invoice.id,
            WriteOff.written_off_on <= as_of,
            or_(WriteOff.taken_back_on.is_(None), WriteOff.taken_back_on > as_of),
        )
        .scalar_subquery()
    )
    held = case(
        (and_(Invoice.released_on.is_not(None), Invoice.released_on <= as_of), 0), else_=Invoice.retained
    )
    # A void one asks for nothing; what was used for it and taken back on a later day was used until then.
    asked = case((Invoice.state == InvoiceState.ISSUED, Invoice.total - Invoice.deducted - held), else_=0)
    left = (asked - _used(Allocation.invoice_id, Invoice.id, as_of) - lost).label("left")
    query: Any = (
        select(
            Invoice.id, Invoice.group_id, CustomerGroup.name, Invoice.number, Invoice.issued_on, Invoice.due_on,
            Invoice.currency, left,
        )
        .join(CustomerGroup, CustomerGroup.id == Invoice.group_id)
        .where(Invoice.state != InvoiceState.DRAFT, Invoice.issued_on <= as_of)
    )  # fmt: skip
    if group_id is not None:
        query = query.where(Invoice.group_id == group_id)
    for key, group, name, number, on, due, currency, amount in session.execute(query):
        if amount:
            money = Money(int(amount), currency)
            yield AgedItem(group, name, "invoice", key, str(number), on, due, money, bucket_of(due, as_of))


def _payments(session: Session, as_of: date, group_id: int | None) -> Iterable[AgedItem]:
    payable = Payment.amount - Payment.tip
    back = _back(Refund.payment_id, Payment.id, as_of)
    # The tip goes back last, and never came out of the advances.
    came = case(
        (Payment.state == PaymentState.RECEIVED, payable - case((back > payable, payable), else_=back)),
        else_=0,
    )
    left = (came - _used(Allocation.payment_id, Payment.id, as_of)).label("left")
    query: Any = (
        select(Payment.id, Payment.group_id, CustomerGroup.name, Payment.paid_on, Payment.currency, left)
        .join(CustomerGroup, CustomerGroup.id == Payment.group_id)
        .where(Payment.state.in_((PaymentState.RECEIVED, PaymentState.REVERSED)), Payment.paid_on <= as_of)
    )
    if group_id is not None:
        query = query.where(Payment.group_id == group_id)
    for key, group, name, on, currency, amount in session.execute(query):
        if amount:
            money = Money(-int(amount), currency)
            yield AgedItem(group, name, "payment", key, "", on, None, money, Bucket.UNALLOCATED)


def _credits(session: Session, as_of: date, group_id: int | None) -> Iterable[AgedItem]:
    left = (
        CreditNote.total
        - _used(Allocation.credit_note_id, CreditNote.id, as_of)
        - _back(Refund.credit_note_id, CreditNote.id, as_of)
    ).label("left")
    query: Any = (
        select(
            CreditNote.id, CreditNote.group_id, CustomerGroup.name, CreditNote.number, CreditNote.issued_on,
            CreditNote.currency, left,
        )
        .join(CustomerGroup, CustomerGroup.id == CreditNote.group_id)
        .where(CreditNote.issued_on <= as_of)
    )  # fmt: skip
    if group_id is not None:
        query = query.where(CreditNote.group_id == group_id)
    for key, group, name, number, on, currency, amount in session.execute(query):
        if amount:
            money = Money(-int(amount), currency)
            yield AgedItem(group, name, "credit note", key, str(number), on, None, money, Bucket.CREDIT)
