"""How customers pay: invoices on the day on which nothing was left of them, and what was collected of what was owed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, and_, case, cast, func, literal, or_, select

from admin_app.models import Allocation, CreditNote, Invoice, WriteOff, WriteOffKind
from admin_app.money.ageing import Bucket
from reports.sources.base import Part, Source, part
from reports.sources.bills import BY_DOCUMENT, columns_of_invoice, credit_part, invoice_part, issued
from reports.sources.local_day import days_between
from reports.sources.receivables import open_invoices

WINDOW = 90
"""Days up to the as-of day in which money is expected to come in."""


def _uses(as_of: date) -> Subquery:
    """Of each invoice what was used for it by a day, when the last use that stands was, and how many are of money."""
    taken_back = select(Allocation.reverses_id).where(
        Allocation.reverses_id > 0,  # a range, which the index answers; few are taken back
        Allocation.effective_on <= as_of,
    )
    stands = and_(Allocation.amount > 0, Allocation.id.not_in(taken_back))
    return (
        select(
            Allocation.invoice_id.label("id"),
            Allocation.group_id.label("group_id"),
            cast(func.sum(Allocation.amount), BigInteger).label("used"),
            func.max(case((stands, Allocation.effective_on))).label("last_on"),
            func.sum(case((and_(stands, Allocation.payment_id.is_not(None)), 1), else_=0)).label("payments"),
        )
        .where(Allocation.effective_on <= as_of)
        .group_by(Allocation.invoice_id, Allocation.group_id)
        .subquery("uses")
    )


def _lost(as_of: date, *kinds: WriteOffKind) -> ColumnElement[Any]:
    """What was written off of an invoice in these ways and stood so at the end of a day (minor units)."""
    return (
        select(func.coalesce(func.sum(WriteOff.amount), 0))
        .where(
            WriteOff.invoice_id == Invoice.id,
            WriteOff.kind.in_(kinds),
            WriteOff.written_off_on <= as_of,
            or_(WriteOff.taken_back_on.is_(None), WriteOff.taken_back_on > as_of),
        )
        .correlate(Invoice)
        .scalar_subquery()
    )


def paid_invoices(as_of: date, count: bool = False) -> tuple[Part, ...]:
    """One row an invoice that money settled, on the day of the last use for it; days late, or 1 where they are counted.

    One that was lost in part never was paid; an allowance for paying early counts as paid.
    """
    uses = _uses(as_of)
    held = case((func.coalesce(Invoice.released_on, date.max) <= as_of, 0), else_=Invoice.retained)
    left = Invoice.total - Invoice.deducted - held - uses.c.used
    days = days_between(Invoice.due_on, uses.c.last_on)
    return (
        part(
            Invoice.__table__.join(uses, uses.c.id == Invoice.id),
            "invoice",
            Invoice.id,
            where=(
                *issued(as_of),
                Invoice.due_on.is_not(None),
                uses.c.payments > 0,
                left == _lost(as_of, WriteOffKind.ALLOWANCE),
                _lost(as_of, WriteOffKind.BAD_DEBT) == 0,
            ),
            day=uses.c.last_on,
            group_id=uses.c.group_id,  # that of the invoice; here a question about one customer reads its uses alone
            amount=1 if count else days,
            currency=None,
            title=Invoice.number,
            due_on=Invoice.due_on,
            issued_on=Invoice.issued_on,
            days=days,
            **columns_of_invoice(),
        ),
    )


def _as(name: str, sign: int, parts: Iterable[Part]) -> tuple[Part, ...]:
    """The same rows under keys of their own, so that one document may count at the beginning and at the end."""
    return tuple(
        replace(
            one,
            columns={
                **one.columns,
                "row": literal(f"{name} ") + one.columns["row"],
                "amount": sign * one.columns["amount"],
            },
        )
        for one in parts
    )


def _became_due(as_of: date, after: date) -> tuple[Part, ...]:
    """What invoices asked for from their issue or release on, less credit notes, on days after `after`."""
    asked = invoice_part(as_of, Invoice.total - Invoice.deducted - Invoice.retained)
    own: dict[str, Any] = {
        "day": Invoice.released_on,
        "amount": Invoice.retained,
        "row": literal("release of ") + asked.columns["row"],
    }
    released = replace(
        asked,
        columns={**asked.columns, **own},
        conditions=(*asked.conditions, Invoice.retained > 0, Invoice.released_on <= as_of),
    )
    parts = (asked, released, credit_part(as_of, -CreditNote.total))
    return tuple(replace(one, conditions=(*one.conditions, one.columns["day"] > after)) for one in parts)


def _was_owed(as_of: date) -> tuple[Part, ...]:
    """What was open at the beginning of the window, and what was billed in it."""
    before = as_of - timedelta(days=WINDOW)
    return (*_as("opening", 1, open_invoices(before)), *_as("billed", 1, _became_due(as_of, before)))


def _still_open(as_of: date) -> tuple[Part, ...]:
    return _as("closing", -1, open_invoices(as_of))


def _not_due(as_of: date) -> tuple[Part, ...]:
    return tuple(
        replace(one, conditions=(*one.conditions, one.columns["bucket"] == Bucket.CURRENT.value))
        for one in _still_open(as_of)
    )


DAYS_LATE = Source(
    "days_late",
    "Days from the due date of an invoice to the last payment or credit that settled it; early is negative.",
    (Invoice,),
    paid_invoices,
    BY_DOCUMENT | {"due_on", "issued_on", "days"},
    in_money=False,
)
INVOICES_PAID = Source(
    "invoices_paid",
    "Invoices that were settled with money, one each, on the day of the last use for them.",
    (Invoice,),
    lambda as_of: paid_invoices(as_of, count=True),
    BY_DOCUMENT | {"due_on", "issued_on", "days"},
    in_money=False,
)
CAME_IN = Source(
    "came_in",
    f"Open {WINDOW} days before, and what was billed since, less what is still open.",
    (Invoice, CreditNote),
    lambda as_of: (*_was_owed(as_of), *_still_open(as_of)),
    BY_DOCUMENT,
)
COULD_COME_IN = Source(
    "could_come_in",
    f"Open {WINDOW} days before, and what was billed since, less what is open and not due yet.",
    (Invoice, CreditNote),
    lambda as_of: (*_was_owed(as_of), *_not_due(as_of)),
    BY_DOCUMENT,
)
