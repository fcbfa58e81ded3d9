"""The invariant of contracts: no more is billed of them than was agreed, line by line and in all [I6, M15, M17]."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select, union_all

from admin_app.models import InvoiceKind, InvoiceState
from admin_app.money.invariants.check import (
    CREDIT,
    CREDIT_LINE,
    CREDIT_TAX,
    ESTIMATE,
    ESTIMATE_LINE,
    INVOICE,
    LINE,
    TAX,
    Check,
    Invariant,
    or_zero,
    row,
    total,
    whole,
)

_FIRST = func.coalesce(ESTIMATE.c.base_id, ESTIMATE.c.id)
_BILLS = and_(
    INVOICE.c.estimate_id.is_not(None),
    INVOICE.c.state == InvoiceState.ISSUED,
    # A deposit bills nothing of the contract: it is deducted from what does [M21].
    INVOICE.c.kind != InvoiceKind.DEPOSIT,
)


def _agreed() -> Subquery:
    """The estimates and change orders that count: of each the latest revision that was confirmed."""
    latest = (
        select(_FIRST.label("first_id"), func.max(ESTIMATE.c.revision).label("revision"))
        .where(ESTIMATE.c.confirmed_on.is_not(None))
        .group_by(_FIRST)
        .subquery()
    )
    return (
        select(
            ESTIMATE.c.id,
            func.coalesce(ESTIMATE.c.change_of_id, _FIRST).label("contract_id"),
            (whole(ESTIMATE.c.subtotal) - whole(ESTIMATE.c.discount)).label("value"),
            whole(ESTIMATE.c.tax).label("tax"),
        )
        .join(latest, and_(latest.c.first_id == _FIRST, latest.c.revision == ESTIMATE.c.revision))
        .subquery()
    )


def _billed(line_amounts: bool) -> Subquery:
    """What stands billed of each contract and line (or tax), credits taken off: columns contract_id, key, sum."""
    if line_amounts:
        billed, credited = (LINE, LINE.c.line_key, LINE.c.net), (CREDIT_LINE.c.net, LINE.c.line_key)
        back_from = CREDIT_LINE.join(LINE, LINE.c.id == CREDIT_LINE.c.invoice_line_id).join(
            INVOICE, INVOICE.c.id == LINE.c.invoice_id
        )
    else:
        billed, credited = (TAX, TAX.c.name, TAX.c.amount), (CREDIT_TAX.c.amount, CREDIT_TAX.c.name)
        back_from = CREDIT_TAX.join(CREDIT, CREDIT.c.id == CREDIT_TAX.c.credit_note_id).join(
            INVOICE, INVOICE.c.id == CREDIT.c.invoice_id
        )
    table, key, amount = billed
    both = union_all(
        select(INVOICE.c.estimate_id.label("contract_id"), key.label("key"), whole(amount).label("amount"))
        .select_from(table.join(INVOICE, INVOICE.c.id == table.c.invoice_id))
        .where(_BILLS, key.is_not(None)),
        select(INVOICE.c.estimate_id, credited[1], -whole(credited[0]))
        .select_from(back_from)
        .where(_BILLS, credited[1].is_not(None)),
    ).subquery()
    return (
        select(both.c.contract_id, both.c.key, total(both.c.amount).label("sum"))
        .group_by(both.c.contract_id, both.c.key)
        .subquery()
    )


def _number() -> ColumnElement[Any]:
    return func.coalesce(ESTIMATE.c.number, ESTIMATE.c.title)


def _no_line_is_billed_beyond_itself() -> Select[Any]:
    agreed, billed = _agreed(), _billed(line_amounts=True)
    lines = (
        select(agreed.c.contract_id, ESTIMATE_LINE.c.key, whole(ESTIMATE_LINE.c.net).label("net"))
        .join(ESTIMATE_LINE, ESTIMATE_LINE.c.estimate_id == agreed.c.id)
        .where(or_(ESTIMATE_LINE.c.chosen, ~ESTIMATE_LINE.c.optional))
        .subquery()
    )
    net = or_zero(lines.c.net)
    beyond = or_(
        and_(net >= 0, or_(billed.c.sum > net, billed.c.sum < 0)),
        and_(net < 0, or_(billed.c.sum < net, billed.c.sum > 0)),
    )
    mine = and_(lines.c.contract_id == billed.c.contract_id, lines.c.key == billed.c.key)
    return (
        row(ESTIMATE.c.id, _number(), net, billed.c.sum, ESTIMATE.c.currency)
        .select_from(billed.join(ESTIMATE, ESTIMATE.c.id == billed.c.contract_id).outerjoin(lines, mine))
        .where(beyond)
    )


def _in_all(part: str) -> Select[Any]:
    """Contracts of which more is billed in all than `part` ("value", "tax") says."""
    agreed, billed = _agreed(), _billed(line_amounts=part == "value")
    most = (
        select(agreed.c.contract_id, total(agreed.c[part]).label("sum"))
        .group_by(agreed.c.contract_id)
        .subquery()
    )
    asked = (
        select(billed.c.contract_id, total(billed.c.sum).label("sum"))
        .group_by(billed.c.contract_id)
        .subquery()
    )
    return (
        row(ESTIMATE.c.id, _number(), or_zero(most.c.sum), asked.c.sum, ESTIMATE.c.currency)
        .select_from(
            asked.join(ESTIMATE, ESTIMATE.c.id == asked.c.contract_id).outerjoin(
                most, most.c.contract_id == asked.c.contract_id
            )
        )
        .where(asked.c.sum > or_zero(most.c.sum))
    )


def _no_contract_is_billed_beyond_its_value() -> Select[Any]:
    return _in_all("value")


def _no_contract_is_billed_beyond_its_tax() -> Select[Any]:
    return _in_all("tax")


CONTRACTS = Invariant(
    "I6",
    "Of a contract no more is billed than was agreed, line by line, in value and in tax",
    (
        Check(
            "invoice_line",
            "A line of {name} is billed with {actual}, {expected} is agreed",
            _no_line_is_billed_beyond_itself,
        ),
        Check(
            "invoice",
            "{actual} is billed of {name}, {expected} is agreed",
            _no_contract_is_billed_beyond_its_value,
        ),
        Check(
            "invoice_tax",
            "{actual} tax is billed of {name}, {expected} is agreed",
            _no_contract_is_billed_beyond_its_tax,
        ),
    ),
)
