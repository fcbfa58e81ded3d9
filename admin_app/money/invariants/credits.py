"""Invariants of credit notes and deposits: never more back than was billed, nothing used twice [I5, I7, I8, I14]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select

from admin_app.models import InvoiceKind, InvoiceState
from admin_app.money.invariants.check import (
    ALLOCATION,
    CREDIT,
    CREDIT_LINE,
    CREDIT_TAX,
    DEPOSIT_USE,
    INVOICE,
    LINE,
    REFUND,
    WRITE_OFF,
    Check,
    Invariant,
    as_text,
    crosses,
    or_zero,
    row,
    total,
    whole,
)


def _sum_by(key: Any, column: Any) -> Subquery:
    return select(key.label("key"), total(column).label("sum")).group_by(key).subquery()


def _label() -> ColumnElement[Any]:
    return func.coalesce(INVOICE.c.number, as_text(INVOICE.c.id))


# --- I5: the parts of a credit note ------------------------------------------------------------------------------


def _open_is_what_is_left() -> Select[Any]:
    used, back = (_sum_by(table.c.credit_note_id, table.c.amount) for table in (ALLOCATION, REFUND))
    left = whole(CREDIT.c.total) - or_zero(used.c.sum) - or_zero(back.c.sum)
    return (
        row(CREDIT.c.id, CREDIT.c.number, left, CREDIT.c.open, CREDIT.c.currency)
        .select_from(
            CREDIT.outerjoin(used, used.c.key == CREDIT.c.id).outerjoin(back, back.c.key == CREDIT.c.id)
        )
        .where(or_(left != whole(CREDIT.c.open), left < 0, or_zero(used.c.sum) < 0))
    )


CREDIT_PARTS = (
    Check("credit_note", "Credit note {name} shows {actual} open, {expected} is", _open_is_what_is_left),
)


# --- I8: never more credited than billed --------------------------------------------------------------------------


def _credit_is_net_plus_tax() -> Select[Any]:
    comes_to = whole(CREDIT.c.subtotal) + whole(CREDIT.c.tax)
    return row(CREDIT.c.id, CREDIT.c.number, comes_to, CREDIT.c.total, CREDIT.c.currency).where(
        comes_to != whole(CREDIT.c.total)
    )


def _lines_are_the_credit() -> Select[Any]:
    """Σ lines = net; where the invoice's prices include tax, so do the lines of its credit [M7]."""
    lines = _sum_by(CREDIT_LINE.c.credit_note_id, CREDIT_LINE.c.net)
    comes_to = case((INVOICE.c.prices_include_tax, whole(CREDIT.c.total)), else_=whole(CREDIT.c.subtotal))
    return (
        row(CREDIT.c.id, CREDIT.c.number, or_zero(lines.c.sum), comes_to, CREDIT.c.currency)
        .select_from(
            CREDIT.join(INVOICE, INVOICE.c.id == CREDIT.c.invoice_id).outerjoin(
                lines, lines.c.key == CREDIT.c.id
            )
        )
        .where(or_zero(lines.c.sum) != comes_to)
    )


def _tax_rows_are_the_credits_tax() -> Select[Any]:
    taxes = _sum_by(CREDIT_TAX.c.credit_note_id, CREDIT_TAX.c.amount)
    return (
        row(CREDIT.c.id, CREDIT.c.number, or_zero(taxes.c.sum), CREDIT.c.tax, CREDIT.c.currency)
        .select_from(CREDIT.outerjoin(taxes, taxes.c.key == CREDIT.c.id))
        .where(or_zero(taxes.c.sum) != whole(CREDIT.c.tax))
    )


def _no_line_is_credited_twice() -> Select[Any]:
    """Σ credits of a line lie between nothing and the line; a line that gives back is credited below zero."""
    credited = _sum_by(CREDIT_LINE.c.invoice_line_id, CREDIT_LINE.c.net)
    net = whole(LINE.c.net)
    beyond = or_(
        and_(net >= 0, or_(credited.c.sum > net, credited.c.sum < 0)),
        and_(net < 0, or_(credited.c.sum < net, credited.c.sum > 0)),
    )
    return (
        row(
            LINE.c.id,
            _label() + " line " + as_text(LINE.c.position),
            LINE.c.net,
            credited.c.sum,
            INVOICE.c.currency,
        )
        .select_from(
            LINE.join(credited, credited.c.key == LINE.c.id).join(INVOICE, INVOICE.c.id == LINE.c.invoice_id)
        )
        .where(beyond)
    )


def _no_invoice_is_credited_twice() -> Select[Any]:
    credited = _sum_by(CREDIT.c.invoice_id, CREDIT.c.total)
    tax = _sum_by(CREDIT.c.invoice_id, CREDIT.c.tax)
    most = case((INVOICE.c.state == InvoiceState.ISSUED, whole(INVOICE.c.total)), else_=0)
    return (
        row(INVOICE.c.id, _label(), most, credited.c.sum, INVOICE.c.currency)
        .select_from(
            INVOICE.join(credited, credited.c.key == INVOICE.c.id).join(tax, tax.c.key == INVOICE.c.id)
        )
        .where(or_(credited.c.sum > most, tax.c.sum > whole(INVOICE.c.tax)))
    )


def _credit_lines_are_of_their_invoice() -> Select[Any]:
    return (
        row(CREDIT_LINE.c.id, CREDIT.c.number, CREDIT.c.invoice_id, LINE.c.invoice_id)
        .select_from(
            CREDIT_LINE.join(CREDIT, CREDIT.c.id == CREDIT_LINE.c.credit_note_id).join(
                LINE, LINE.c.id == CREDIT_LINE.c.invoice_line_id
            )
        )
        .where(LINE.c.invoice_id != CREDIT.c.invoice_id)
    )


# --- I7: deposits -------------------------------------------------------------------------------------------------


def _used_deposits() -> Subquery:
    """What issued bills deduct of each deposit invoice; a void bill has given its deposits back [M24]."""
    return (
        select(
            DEPOSIT_USE.c.deposit_id.label("key"),
            *(total(DEPOSIT_USE.c[part]).label(part) for part in ("gross", "net", "tax")),
        )
        .join(INVOICE, INVOICE.c.id == DEPOSIT_USE.c.invoice_id)
        .where(INVOICE.c.state == InvoiceState.ISSUED)
        .group_by(DEPOSIT_USE.c.deposit_id)
        .subquery()
    )


def _no_deposit_is_used_twice() -> Select[Any]:
    """Of a deposit invoice at most what was billed and not credited is deducted, in net, tax and together."""
    used = _used_deposits()
    back = (
        select(
            CREDIT.c.invoice_id.label("key"),
            *(total(CREDIT.c[part]).label(part) for part in ("total", "subtotal", "tax")),
        )
        .group_by(CREDIT.c.invoice_id)
        .subquery()
    )
    gross = whole(INVOICE.c.total) - or_zero(back.c.total)
    tax = whole(INVOICE.c.tax) - or_zero(back.c.tax)
    is_deposit = and_(INVOICE.c.kind == InvoiceKind.DEPOSIT, INVOICE.c.state == InvoiceState.ISSUED)
    return (
        row(INVOICE.c.id, _label(), gross, used.c.gross, INVOICE.c.currency)
        .select_from(
            INVOICE.join(used, used.c.key == INVOICE.c.id).outerjoin(back, back.c.key == INVOICE.c.id)
        )
        .where(or_(~is_deposit, used.c.gross > gross, used.c.tax > tax, used.c.net > gross - tax))
    )


def _deducted_is_the_deposits() -> Select[Any]:
    used = _sum_by(DEPOSIT_USE.c.invoice_id, DEPOSIT_USE.c.gross)
    return (
        row(INVOICE.c.id, _label(), or_zero(used.c.sum), INVOICE.c.deducted, INVOICE.c.currency)
        .select_from(INVOICE.outerjoin(used, used.c.key == INVOICE.c.id))
        .where(INVOICE.c.state == InvoiceState.ISSUED, or_zero(used.c.sum) != whole(INVOICE.c.deducted))
    )


CREDITS: tuple[Invariant, ...] = (
    Invariant(
        "I7",
        "Of a deposit invoice no more is deducted than it billed and was not credited",
        (
            Check(
                "deposit_use",
                "{actual} of deposit invoice {name} is deducted, {expected} can be",
                _no_deposit_is_used_twice,
            ),
            Check(
                "invoice",
                "Invoice {name} deducts {actual}, its deposits are {expected}",
                _deducted_is_the_deposits,
            ),
        ),
    ),
    Invariant(
        "I8",
        "A credit note adds up, and no line or invoice is credited beyond itself",
        (
            Check(
                "credit_note",
                "Credit note {name} says {actual}, net and tax are {expected}",
                _credit_is_net_plus_tax,
            ),
            Check(
                "credit_note",
                "Credit note {name} comes to {actual}, its lines to {expected}",
                _lines_are_the_credit,
            ),
            Check(
                "credit_note",
                "Credit note {name} has {actual} tax, its rates {expected}",
                _tax_rows_are_the_credits_tax,
            ),
            Check(
                "credit_note_line",
                "{actual} is credited of {name}, which is {expected}",
                _no_line_is_credited_twice,
            ),
            Check(
                "credit_note",
                "{actual} is credited of invoice {name}, which is {expected}",
                _no_invoice_is_credited_twice,
            ),
            Check(
                "credit_note_line",
                "Credit note {name} credits a line of another invoice",
                _credit_lines_are_of_their_invoice,
            ),
        ),
    ),
)


# --- I14: nothing crosses customers or currencies -----------------------------------------------------------------


def _allocation_crosses_credit() -> Select[Any]:
    return crosses(
        ALLOCATION.join(CREDIT, CREDIT.c.id == ALLOCATION.c.credit_note_id),
        ALLOCATION.c.id,
        (ALLOCATION.c.group_id, CREDIT.c.group_id),
        (ALLOCATION.c.currency, CREDIT.c.currency),
    )


def _refund_crosses_credit() -> Select[Any]:
    return crosses(
        REFUND.join(CREDIT, CREDIT.c.id == REFUND.c.credit_note_id),
        REFUND.c.id,
        (REFUND.c.group_id, CREDIT.c.group_id),
        (REFUND.c.currency, CREDIT.c.currency),
    )


def _credit_crosses_invoice() -> Select[Any]:
    return crosses(
        CREDIT.join(INVOICE, INVOICE.c.id == CREDIT.c.invoice_id),
        CREDIT.c.id,
        (CREDIT.c.group_id, INVOICE.c.group_id),
        (CREDIT.c.currency, INVOICE.c.currency),
    )


def _write_off_crosses_invoice() -> Select[Any]:
    return crosses(
        WRITE_OFF.join(INVOICE, INVOICE.c.id == WRITE_OFF.c.invoice_id),
        WRITE_OFF.c.id,
        (WRITE_OFF.c.group_id, INVOICE.c.group_id),
        (WRITE_OFF.c.currency, INVOICE.c.currency),
    )


def _deposit_crosses_bill() -> Select[Any]:
    deposit = INVOICE.alias("deposit")
    return crosses(
        DEPOSIT_USE.join(INVOICE, INVOICE.c.id == DEPOSIT_USE.c.invoice_id).join(
            deposit, deposit.c.id == DEPOSIT_USE.c.deposit_id
        ),
        DEPOSIT_USE.c.id,
        (INVOICE.c.group_id, deposit.c.group_id),
        (INVOICE.c.currency, deposit.c.currency),
    )


CREDIT_CROSSINGS = tuple(
    Check(table, f"{what} {{name}} belongs to another customer or currency than its {other}", offences)
    for table, what, other, offences in (
        ("allocation", "Allocation", "credit note", _allocation_crosses_credit),
        ("refund", "Refund", "credit note", _refund_crosses_credit),
        ("credit_note", "Credit note", "invoice", _credit_crosses_invoice),
        ("write_off", "Write-off", "invoice", _write_off_crosses_invoice),
        ("deposit_use", "Deduction", "deposit invoice", _deposit_crosses_bill),
    )
)
