"""The invariant of numbers: those given here follow each other without gaps, and so do their days [I9, M10]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    or_,
    select,
)

from admin_app.models import AuditEntry, DocumentKind, InvoiceState
from admin_app.money.invariants.check import CREDIT, INVOICE, REFUND, SERIES, Check, Invariant, row

DATED_EARLIER = "Dated before the number that precedes it: "
"""How the history begins the reason for a number out of the order of days; such a number is no offence [M10]."""


def _numbered() -> Subquery:
    """Documents issued here with their series and the number inside it; foreign numbers stand outside."""
    invoices = (
        select(
            INVOICE.c.id.label("id"),
            INVOICE.c.number.label("number"),
            INVOICE.c.issued_on.label("on"),
            SERIES.c.id.label("series_id"),
            SERIES.c.document.label("document"),
            _inside(INVOICE.c.number).label("inside"),
        )
        .join(
            SERIES, and_(SERIES.c.document == DocumentKind.INVOICE, SERIES.c.brand_id == INVOICE.c.brand_id)
        )
        .where(
            INVOICE.c.state != InvoiceState.DRAFT,
            INVOICE.c.imported.is_(False),
            _in_series(INVOICE.c.number, INVOICE.c.issued_on),
        )
    )
    refunds = (
        select(
            REFUND.c.id,
            REFUND.c.number,
            REFUND.c.refunded_on,
            SERIES.c.id,
            SERIES.c.document,
            _inside(REFUND.c.number),
        )
        .join(SERIES, SERIES.c.document == DocumentKind.REFUND)
        .where(_in_series(REFUND.c.number, REFUND.c.refunded_on))
    )
    credits = (
        select(
            CREDIT.c.id,
            CREDIT.c.number,
            CREDIT.c.issued_on,
            SERIES.c.id,
            SERIES.c.document,
            _inside(CREDIT.c.number),
        )
        .join(
            SERIES,
            and_(SERIES.c.document == DocumentKind.CREDIT_NOTE, SERIES.c.brand_id == CREDIT.c.brand_id),
        )
        .where(_in_series(CREDIT.c.number, CREDIT.c.issued_on))
    )
    all_of_them = invoices.union_all(refunds, credits).subquery()
    series, inside = all_of_them.c.series_id, all_of_them.c.inside
    return select(
        *all_of_them.c,
        func.lag(inside).over(partition_by=series, order_by=inside).label("before"),
        func.max(all_of_them.c.on)
        .over(partition_by=series, order_by=inside, rows=(None, -1))
        .label("last_on"),
    ).subquery()


def _inside(number: Any) -> ColumnElement[int]:
    """The count that follows the prefix of the series."""
    return cast(case((_is_digits(number), _after_prefix(number)), else_="0"), Integer)


def _after_prefix(number: Any) -> ColumnElement[str]:
    return func.substr(number, func.length(SERIES.c.prefix) + 1)


def _is_digits(number: Any) -> ColumnElement[bool]:
    rest = _after_prefix(number)
    return and_(func.ltrim(rest, "0123456789") == "", func.length(rest).between(1, 9))


def _in_series(number: Any, on: Any) -> ColumnElement[bool]:
    """Whether a number carries the prefix of the series and belongs to its year."""
    return and_(
        func.substr(number, 1, func.length(SERIES.c.prefix)) == SERIES.c.prefix,
        _is_digits(number),
        or_(SERIES.c.year == 0, SERIES.c.year == extract("year", on)),
    )


def _no_gap() -> Select[Any]:
    seen = _numbered()
    return row(seen.c.id, seen.c.number, seen.c.before + 1, seen.c.inside).where(
        seen.c.inside != seen.c.before + 1
    )


def _no_step_back_in_time() -> Select[Any]:
    """Numbers dated before an earlier number of their series, unless somebody said why when it was issued."""
    seen = _numbered()
    told = exists().where(
        AuditEntry.entity == "Invoice",
        AuditEntry.entity_id == seen.c.id,
        AuditEntry.reason.startswith(DATED_EARLIER, autoescape=True),
    )
    return row(seen.c.id, seen.c.number, seen.c.before, seen.c.inside).where(
        seen.c.on < seen.c.last_on, or_(seen.c.document != DocumentKind.INVOICE, ~told)
    )


def _counter_stands_after_the_last() -> Select[Any]:
    seen = _numbered()
    last = (
        select(seen.c.series_id, func.max(seen.c.inside).label("last")).group_by(seen.c.series_id).subquery()
    )
    return (
        row(SERIES.c.id, SERIES.c.prefix, last.c.last + 1, SERIES.c.next_number)
        .join(last, last.c.series_id == SERIES.c.id)
        .where(SERIES.c.next_number != last.c.last + 1)
    )


NUMBERS = Invariant(
    "I9",
    "Numbers issued here follow each other without gaps, and so do their days",
    (
        Check("invoice", "Number {name} follows a gap: {expected} is missing before {actual}", _no_gap),
        Check("invoice", "Number {name} is dated before the number that precedes it", _no_step_back_in_time),
        Check(
            "number_series",
            "The series {name} would go on with {actual}, after its last number comes {expected}",
            _counter_stands_after_the_last,
        ),
    ),
)
