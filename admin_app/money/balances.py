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
    CREDIT,
    CUSTOMER_BALANCE,
    GROUP,
    INVOICE,
    PAYMENT,
    POSTING,
    REFUND,
    asked_at_first,
    at_most,
    or_zero,
    settled_by_own_credits,
    standing_loss,
    total,
    total_where,
    whole,
)

Groups = Collection[int] | Select[Any] | None
"""Which customers: their ids, a select of their ids, or None for all."""


def refresh_balances(connection: Connection, groups: Groups = None) -> None:
    """Work out what is open, credited and written off of invoices, left of payments and credit notes, and owed.

    `invoice.credited` is what credit notes of that invoice settled of it; a credit note of another invoice pays like
    money [M25, 4.2].  Only rows that change are written.  The caller's transaction holds; nobody else may book
    meanwhile.
    """
    _refresh_invoices(connection, groups)
    _refresh_payments(connection, groups)
    _refresh_credits(connection, groups)
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
    lost, own = standing_loss(), settled_by_own_credits()
    written_off, credited = or_zero(lost.c.sum), or_zero(own.c.sum)
    left = case(
        (
            INVOICE.c.state == InvoiceState.ISSUED,
            asked_at_first() - or_zero(used.c.used) - written_off,
        ),
        else_=0,
    )
    now = (
        select(INVOICE.c.id, left.label("left"), written_off.label("written_off"), credited.label("credited"))
        .select_from(
            INVOICE.outerjoin(used, used.c.invoice_id == INVOICE.c.id)
            .outerjoin(lost, lost.c.invoice_id == INVOICE.c.id)
            .outerjoin(own, own.c.invoice_id == INVOICE.c.id)
        )
        .where(_of(INVOICE.c.group_id, groups))
        .where(
            or_(
                left != whole(INVOICE.c.balance),
                written_off != whole(INVOICE.c.written_off),
                credited != whole(INVOICE.c.credited),
            )
        )
        .subquery()
    )
    connection.execute(
        update(INVOICE)
        .where(INVOICE.c.id == now.c.id)
        .values(balance=now.c.left, written_off=now.c.written_off, credited=now.c.credited)
    )


def _refresh_payments(connection: Connection, groups: Groups) -> None:
    used = (
        select(ALLOCATION.c.payment_id, total(ALLOCATION.c.amount).label("used"))
        .where(_of(ALLOCATION.c.group_id, groups), ALLOCATION.c.payment_id.is_not(None))
        .group_by(ALLOCATION.c.payment_id)
        .subquery()
    )
    back = (
        select(REFUND.c.payment_id, total(REFUND.c.amount).label("back"))
        .where(_of(REFUND.c.group_id, groups), REFUND.c.payment_id.is_not(None))
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


def _refresh_credits(connection: Connection, groups: Groups) -> None:
    used = (
        select(ALLOCATION.c.credit_note_id, total(ALLOCATION.c.amount).label("used"))
        .where(_of(ALLOCATION.c.group_id, groups), ALLOCATION.c.credit_note_id.is_not(None))
        .group_by(ALLOCATION.c.credit_note_id)
        .subquery()
    )
    back = (
        select(REFUND.c.credit_note_id, total(REFUND.c.amount).label("back"))
        .where(_of(REFUND.c.group_id, groups), REFUND.c.credit_note_id.is_not(None))
        .group_by(REFUND.c.credit_note_id)
        .subquery()
    )
    left = whole(CREDIT.c.total) - or_zero(used.c.used) - or_zero(back.c.back)
    now = (
        select(CREDIT.c.id, left.label("left"))
        .select_from(
            CREDIT.outerjoin(used, used.c.credit_note_id == CREDIT.c.id).outerjoin(
                back, back.c.credit_note_id == CREDIT.c.id
            )
        )
        .where(_of(CREDIT.c.group_id, groups), left != whole(CREDIT.c.open))
        .subquery()
    )
    connection.execute(update(CREDIT).where(CREDIT.c.id == now.c.id).values(open=now.c.left))


def _refresh_kept_balances(connection: Connection, groups: Groups) -> None:
    connection.execute(delete(CUSTOMER_BALANCE).where(_of(CUSTOMER_BALANCE.c.group_id, groups)))
    sums = (
        select(
            POSTING.c.group_id,
            POSTING.c.currency,
            total_where(POSTING.c.account == accounts.RECEIVABLE, POSTING.c.amount),
            -total_where(POSTING.c.account == accounts.ADVANCES, POSTING.c.amount),
            -total_where(POSTING.c.account == accounts.CREDITS, POSTING.c.amount),
            total_where(POSTING.c.account == accounts.RETAINED, POSTING.c.amount),
        )
        .where(_of(POSTING.c.group_id, groups), POSTING.c.group_id.is_not(None))
        .group_by(POSTING.c.group_id, POSTING.c.currency)
    )
    columns = ["group_id", "currency", "receivable", "unallocated", "credits", "retained"]
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
