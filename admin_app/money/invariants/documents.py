"""Invariants of documents: totals, taxes, balances, payments, nothing across customers [I1-I5, I14]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select

from admin_app.kernel.currency import MINOR_DIGITS
from admin_app.kernel.rounding import TaxMode
from admin_app.models import InvoiceState, PaymentState
from admin_app.money.invariants.check import (
    ALLOCATION,
    INVOICE,
    LINE,
    PAYMENT,
    REFUND,
    TAX,
    Check,
    Invariant,
    as_text,
    asked_at_first,
    at_most,
    crosses,
    or_zero,
    row,
    settled_by_own_credits,
    standing_loss,
    total,
    whole,
)
from admin_app.money.invariants.credits import CREDIT_CROSSINGS, CREDIT_PARTS, CREDITS
from admin_app.money.invariants.numbers import NUMBERS

_ISSUED = INVOICE.c.state == InvoiceState.ISSUED
_NOT_DRAFT = INVOICE.c.state != InvoiceState.DRAFT
_OURS = and_(_NOT_DRAFT, INVOICE.c.imported.is_(False))


def _label() -> ColumnElement[Any]:
    return func.coalesce(INVOICE.c.number, "(no number)")


def _per_invoice(column: Any, invoice_id: Any) -> Subquery:
    return select(invoice_id.label("invoice_id"), total(column).label("sum")).group_by(invoice_id).subquery()


def _total_is_net_plus_tax() -> Select[Any]:
    """Where prices include tax, so do subtotal and discount [M7]."""
    on_top = case((INVOICE.c.prices_include_tax, 0), else_=whole(INVOICE.c.tax))
    comes_to = whole(INVOICE.c.subtotal) - whole(INVOICE.c.discount) + on_top
    return row(INVOICE.c.id, _label(), comes_to, INVOICE.c.total, INVOICE.c.currency).where(
        _NOT_DRAFT, comes_to != whole(INVOICE.c.total)
    )


def _lines_are_the_subtotal() -> Select[Any]:
    lines = _per_invoice(LINE.c.net, LINE.c.invoice_id)
    nets = or_zero(lines.c.sum)
    return (
        row(INVOICE.c.id, _label(), nets, INVOICE.c.subtotal, INVOICE.c.currency)
        .select_from(INVOICE.outerjoin(lines, lines.c.invoice_id == INVOICE.c.id))
        .where(_NOT_DRAFT, nets != whole(INVOICE.c.subtotal))
    )


def _tax_rows_are_the_tax() -> Select[Any]:
    taxes = _per_invoice(TAX.c.amount, TAX.c.invoice_id)
    return (
        row(INVOICE.c.id, _label(), or_zero(taxes.c.sum), INVOICE.c.tax, INVOICE.c.currency)
        .select_from(INVOICE.outerjoin(taxes, taxes.c.invoice_id == INVOICE.c.id))
        # Of an imported invoice the rates are often not known: then it has no rows.
        .where(_NOT_DRAFT, or_(taxes.c.sum.is_not(None), INVOICE.c.imported.is_(False)))
        .where(or_zero(taxes.c.sum) != whole(INVOICE.c.tax))
    )


def _lines_are_quantity_times_price() -> Select[Any]:
    """net = round(quantity × price) − discount [M3]; both are kept in ten-thousandths."""
    scale = case(
        *(
            (INVOICE.c.currency == code, 10 ** (8 - places))
            for code, places in MINOR_DIGITS.items()
            if places != 2
        ),
        else_=10**6,
    )
    product = whole(LINE.c.quantity) * whole(LINE.c.unit_price)
    rounded = (func.abs(product) + scale // 2) // scale
    net = case((product < 0, -rounded), else_=rounded) - whole(LINE.c.discount)
    # Larger factors would leave 64 bits; such a line is proved by the subtotal alone.
    fits = and_(func.abs(whole(LINE.c.quantity)) < 9 * 10**9, func.abs(whole(LINE.c.unit_price)) < 9 * 10**8)
    return (
        row(LINE.c.id, _label() + " line " + as_text(LINE.c.position), net, LINE.c.net, INVOICE.c.currency)
        .select_from(LINE.join(INVOICE, INVOICE.c.id == LINE.c.invoice_id))
        .where(_OURS, fits, net != whole(LINE.c.net))
    )


def _taxes_obey_the_mode() -> Select[Any]:
    """Per document: base × rate rounded once; per line: within half a cent a line. Rates are in ten-thousandths.

    The cents that earlier bills of a contract left over are named apart [M16].  Inside prices the base is what the
    rounded tax leaves, so base × rate comes within one cent a line [M7].
    """
    own = whole(TAX.c.amount) - whole(TAX.c.adjustment)
    exact = whole(TAX.c.base) * whole(TAX.c.rate)
    rounded = (func.abs(exact) + 500_000) // 1_000_000
    once = case((exact < 0, -rounded), else_=rounded)
    lines = select(func.count()).where(LINE.c.invoice_id == INVOICE.c.id).correlate(INVOICE).scalar_subquery()
    off = func.abs(2_000_000 * own - 2 * exact)
    inside = INVOICE.c.prices_include_tax
    return (
        row(TAX.c.id, _label() + " " + TAX.c.name, once, own, INVOICE.c.currency)
        .select_from(TAX.join(INVOICE, INVOICE.c.id == TAX.c.invoice_id))
        .where(_OURS, TAX.c.rate.is_not(None))
        .where(
            or_(
                and_(~inside, INVOICE.c.tax_mode == TaxMode.DOCUMENT, once != own),
                and_(~inside, INVOICE.c.tax_mode == TaxMode.LINE, off > 1_000_000 * lines),
                and_(inside, off > 2_000_000 * lines),
            )
        )
    )


def _settled() -> tuple[Any, Any, Any]:
    """The invoices with what was used for them and written off: (source, used, written off)."""
    used, lost = _per_invoice(ALLOCATION.c.amount, ALLOCATION.c.invoice_id), standing_loss()
    source = INVOICE.outerjoin(used, used.c.invoice_id == INVOICE.c.id).outerjoin(
        lost, lost.c.invoice_id == INVOICE.c.id
    )
    return source, or_zero(used.c.sum), or_zero(lost.c.sum)


def _balance_is_what_is_left() -> Select[Any]:
    source, used, lost = _settled()
    left = case((_ISSUED, asked_at_first() - used - lost), else_=0)
    return (
        row(INVOICE.c.id, _label(), left, INVOICE.c.balance, INVOICE.c.currency)
        .select_from(source)
        .where(left != whole(INVOICE.c.balance))
    )


def _never_over_settled() -> Select[Any]:
    source, used, lost = _settled()
    most = case((_ISSUED, asked_at_first()), else_=0)
    return (
        row(INVOICE.c.id, _label(), most, used + lost, INVOICE.c.currency)
        .select_from(source)
        .where(or_(used + lost > most, used < 0))
    )


def _written_off_is_the_losses() -> Select[Any]:
    source, _used, lost = _settled()
    return (
        row(INVOICE.c.id, _label(), lost, INVOICE.c.written_off, INVOICE.c.currency)
        .select_from(source)
        .where(lost != whole(INVOICE.c.written_off))
    )


def _credited_is_what_own_credits_settled() -> Select[Any]:
    own = settled_by_own_credits()
    return (
        row(INVOICE.c.id, _label(), or_zero(own.c.sum), INVOICE.c.credited, INVOICE.c.currency)
        .select_from(INVOICE.outerjoin(own, own.c.invoice_id == INVOICE.c.id))
        .where(or_zero(own.c.sum) != whole(INVOICE.c.credited))
    )


def _payment_parts() -> tuple[Any, Any, Any, Any]:
    """The payments with what is used and refunded of them: (source, used, refunded, payable)."""
    used = (
        select(ALLOCATION.c.payment_id, total(ALLOCATION.c.amount).label("sum"))
        .where(ALLOCATION.c.payment_id.is_not(None))
        .group_by(ALLOCATION.c.payment_id)
        .subquery()
    )
    back = (
        select(REFUND.c.payment_id, total(REFUND.c.amount).label("sum"))
        .where(REFUND.c.payment_id.is_not(None))
        .group_by(REFUND.c.payment_id)
        .subquery()
    )
    source = PAYMENT.outerjoin(used, used.c.payment_id == PAYMENT.c.id).outerjoin(
        back, back.c.payment_id == PAYMENT.c.id
    )
    return source, or_zero(used.c.sum), or_zero(back.c.sum), whole(PAYMENT.c.amount) - whole(PAYMENT.c.tip)


def _payment_label() -> ColumnElement[Any]:
    return func.coalesce(PAYMENT.c.reference, PAYMENT.c.external_id, as_text(PAYMENT.c.paid_on))


def _unallocated_is_what_is_left() -> Select[Any]:
    source, used, back, payable = _payment_parts()
    # The tip goes back last, so a refund reaches it only after everything else.
    left = case(
        (PAYMENT.c.state == PaymentState.RECEIVED, payable - used - at_most(back, payable)),
        else_=0,
    )
    return (
        row(PAYMENT.c.id, _payment_label(), left, PAYMENT.c.unallocated, PAYMENT.c.currency)
        .select_from(source)
        .where(left != whole(PAYMENT.c.unallocated))
    )


def _refunded_is_the_refunds() -> Select[Any]:
    source, _used, back, _payable = _payment_parts()
    return (
        row(PAYMENT.c.id, _payment_label(), back, PAYMENT.c.refunded, PAYMENT.c.currency)
        .select_from(source)
        .where(back != whole(PAYMENT.c.refunded))
    )


def _never_used_twice() -> Select[Any]:
    source, used, back, payable = _payment_parts()
    most = case((PAYMENT.c.state == PaymentState.RECEIVED, payable), else_=0)
    out = used + at_most(back, payable)
    return (
        row(PAYMENT.c.id, _payment_label(), most, out, PAYMENT.c.currency)
        .select_from(source)
        .where(or_(out > most, used < 0, back > whole(PAYMENT.c.amount)))
    )


def _allocation_crosses_payment() -> Select[Any]:
    return crosses(
        ALLOCATION.join(PAYMENT, PAYMENT.c.id == ALLOCATION.c.payment_id),
        ALLOCATION.c.id,
        (ALLOCATION.c.group_id, PAYMENT.c.group_id),
        (ALLOCATION.c.currency, PAYMENT.c.currency),
    )


def _allocation_crosses_invoice() -> Select[Any]:
    return crosses(
        ALLOCATION.join(INVOICE, INVOICE.c.id == ALLOCATION.c.invoice_id),
        ALLOCATION.c.id,
        (ALLOCATION.c.group_id, INVOICE.c.group_id),
        (ALLOCATION.c.currency, INVOICE.c.currency),
    )


def _refund_crosses_payment() -> Select[Any]:
    return crosses(
        REFUND.join(PAYMENT, PAYMENT.c.id == REFUND.c.payment_id),
        REFUND.c.id,
        (REFUND.c.group_id, PAYMENT.c.group_id),
        (REFUND.c.currency, PAYMENT.c.currency),
    )


DOCUMENTS: tuple[Invariant, ...] = (
    Invariant(
        "I1",
        "An invoice's total is its lines less discount plus tax",
        (
            Check(
                "invoice",
                "Invoice {name} says {actual}, its parts come to {expected}",
                _total_is_net_plus_tax,
            ),
            Check(
                "invoice",
                "Invoice {name} has a subtotal of {actual}, its lines {expected}",
                _lines_are_the_subtotal,
            ),
            Check("invoice", "Invoice {name} has {actual} tax, its rates {expected}", _tax_rows_are_the_tax),
            Check(
                "invoice_line",
                "Line {name} says {actual}, quantity × price less discount is {expected}",
                _lines_are_quantity_times_price,
            ),
        ),
    ),
    Invariant(
        "I3",
        "Each tax is rounded as its document says",
        (
            Check(
                "invoice_tax",
                "Tax {name} is {actual}, its base and rate give {expected}",
                _taxes_obey_the_mode,
            ),
        ),
    ),
    Invariant(
        "I4",
        "An invoice's balance is what it asked for less what was used and written off, and never below zero",
        (
            Check(
                "invoice",
                "Invoice {name} shows {actual} to pay, {expected} is open",
                _balance_is_what_is_left,
            ),
            Check(
                "invoice",
                "{actual} is used for or written off invoice {name}, which takes {expected}",
                _never_over_settled,
            ),
            Check(
                "invoice",
                "Invoice {name} shows {actual} written off, {expected} is",
                _written_off_is_the_losses,
            ),
            Check(
                "invoice",
                "Invoice {name} shows {actual} settled by its credits, {expected} is",
                _credited_is_what_own_credits_settled,
            ),
        ),
    ),
    Invariant(
        "I5",
        "A payment or credit note is what was used, refunded and left of it",
        (
            Check(
                "payment", "Payment {name} shows {actual} left, {expected} is", _unallocated_is_what_is_left
            ),
            Check(
                "payment", "Payment {name} shows {actual} refunded, {expected} was", _refunded_is_the_refunds
            ),
            Check("payment", "{actual} of payment {name} is used, which has {expected}", _never_used_twice),
            *CREDIT_PARTS,
        ),
    ),
    *CREDITS,
    NUMBERS,
    Invariant(
        "I14",
        "No money crosses customers or currencies",
        (
            Check(
                "allocation",
                "Allocation {name} belongs to another customer or currency than its payment",
                _allocation_crosses_payment,
            ),
            Check(
                "allocation",
                "Allocation {name} belongs to another customer or currency than its invoice",
                _allocation_crosses_invoice,
            ),
            Check(
                "refund",
                "Refund {name} belongs to another customer or currency than its payment",
                _refund_crosses_payment,
            ),
            *CREDIT_CROSSINGS,
        ),
    ),
)
