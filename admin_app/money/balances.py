"""The figures that lists show, worked out again for many customers at once; and balances as of a day [I4, I5, I12].

`money.ledger` keeps them in step act by act; here they follow from the documents and the journal in a few set-based
statements, after an import or a change of the company's currency.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from admin_app.models import InvoiceState, JournalEntry, PaymentState, Posting
from admin_app.money import accounts
from admin_app.money.invariants.check import (
    ALLOCATION,
    COMPANY,
    CUSTOMER_BALANCE,
    GROUP,
    INVOICE,
    PAYMENT,
    POSTING,
    REFUND,
    at_most,
    or_zero,
    total,
    total_where,
    whole,
)

Groups = Collection[int] | Select[Any] | None
"""Which customers: their ids, a select of their ids, or None for all."""


def refresh_balances(connection: Connection, groups: Groups = None) -> None:
    """Work out `invoice.balance`, `payment.unallocated`, `payment.refunded` and what customers owe.

    Only rows that change are written.  The caller's transaction holds; nobody else may book meanwhile.
    """
    _refresh_invoices(connection, groups)
    _refresh_payments(connection, groups)
    _refresh_kept_balances(connection, groups)
    _refresh_shown_balances(connection, groups)


def balance_on(
    session: Session,
    account: str,
    day: date,
    *,
    currency: str,
    group_id: int | None = None,
    recorded_by: datetime | None = None,
) -> int:
    """What an account held at the end of `day`, in minor units, debits positive (M37).

    `recorded_by` narrows it to what was known at that instant; without it imported history counts too.
    """
    query = (
        select(func.coalesce(func.sum(Posting.amount), 0))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.account == account, Posting.currency == currency, JournalEntry.effective_on <= day)
    )
    if group_id is not None:
        query = query.where(Posting.group_id == group_id)
    if recorded_by is not None:
        query = query.where(JournalEntry.recorded_at <= recorded_by)
    return int(session.scalar(query) or 0)


def _of(column: Any, groups: Groups) -> ColumnElement[bool]:
    """The condition that a row belongs to one of these customers."""
    return true() if groups is None else column.in_(groups)


def _refresh_invoices(connection: Connection, groups: Groups) -> None:
    used = (
        select(ALLOCATION.c.invoice_id, total(ALLOCATION.c.amount).label("used"))
        .where(_of(ALLOCATION.c.group_id, groups))
        .group_by(ALLOCATION.c.invoice_id)
        .subquery()
    )
    left = case(
        (INVOICE.c.state == InvoiceState.ISSUED, whole(INVOICE.c.total) - or_zero(used.c.used)), else_=0
    )
    now = (
        select(INVOICE.c.id, left.label("left"))
        .select_from(INVOICE.outerjoin(used, used.c.invoice_id == INVOICE.c.id))
        .where(_of(INVOICE.c.group_id, groups), left != whole(INVOICE.c.balance))
        .subquery()
    )
    connection.execute(update(INVOICE).where(INVOICE.c.id == now.c.id).values(balance=now.c.left))


def _refresh_payments(connection: Connection, groups: Groups) -> None:
    used = (
        select(ALLOCATION.c.payment_id, total(ALLOCATION.c.amount).label("used"))
        .where(_of(ALLOCATION.c.group_id, groups))
        .group_by(ALLOCATION.c.payment_id)
        .subquery()
    )
    back = (
        select(REFUND.c.payment_id, total(REFUND.c.amount).label("back"))
        .where(_of(REFUND.c.group_id, groups))
        .group_by(REFUND.c.payment_id)
        .subquery()
    )
    payable, refunded = whole(PAYMENT.c.amount) - whole(PAYMENT.c.tip), or_zero(back.c.back)
    left = case(
        (
            PAYMENT.c.state == PaymentState.RECEIVED,
            payable - or_zero(used.c.used) - at_most(refunded, payable),
        ),
        else_=0,
    )
    now = (
        select(PAYMENT.c.id, left.label("left"), refunded.label("refunded"))
        .select_from(
            PAYMENT.outerjoin(used, used.c.payment_id == PAYMENT.c.id).outerjoin(
                back, back.c.payment_id == PAYMENT.c.id
            )
        )
        .where(_of(PAYMENT.c.group_id, groups))
        .where(or_(left != whole(PAYMENT.c.unallocated), refunded != whole(PAYMENT.c.refunded)))
        .subquery()
    )
    connection.execute(
        update(PAYMENT)
        .where(PAYMENT.c.id == now.c.id)
        .values(unallocated=now.c.left, refunded=now.c.refunded)
    )


def _refresh_kept_balances(connection: Connection, groups: Groups) -> None:
    connection.execute(delete(CUSTOMER_BALANCE).where(_of(CUSTOMER_BALANCE.c.group_id, groups)))
    sums = (
        select(
            POSTING.c.group_id,
            POSTING.c.currency,
            total_where(POSTING.c.account == accounts.RECEIVABLE, POSTING.c.amount),
            -total_where(POSTING.c.account == accounts.ADVANCES, POSTING.c.amount),
            literal(0),
        )
        .where(_of(POSTING.c.group_id, groups))
        .group_by(POSTING.c.group_id, POSTING.c.currency)
    )
    columns = ["group_id", "currency", "receivable", "unallocated", "credits"]
    connection.execute(CUSTOMER_BALANCE.insert().from_select(columns, sums))


def _refresh_shown_balances(connection: Connection, groups: Groups) -> None:
    currency = func.coalesce(select(COMPANY.c.currency).limit(1).scalar_subquery(), "EUR")
    mine = and_(CUSTOMER_BALANCE.c.group_id == GROUP.c.id, CUSTOMER_BALANCE.c.currency == currency)
    kept = or_zero(
        whole(CUSTOMER_BALANCE.c.receivable)
        - whole(CUSTOMER_BALANCE.c.unallocated)
        - whole(CUSTOMER_BALANCE.c.credits)
    )
    now = (
        select(GROUP.c.id, kept.label("kept"))
        .select_from(GROUP.outerjoin(CUSTOMER_BALANCE, mine))
        .where(_of(GROUP.c.id, groups), kept != whole(GROUP.c.balance))
        .subquery()
    )
    connection.execute(update(GROUP).where(GROUP.c.id == now.c.id).values(balance=now.c.kept))
