"""The tax of a month, per brand and rate, on two bases that are never mixed [M36].

**Issued**: the tax of invoices on their issue day, less the deposits that they deduct, less credit notes on theirs.
**Collected**: each use of money or credit for an invoice brings its share of the invoice's tax: round(tax × settled up
to the day ÷ payable), the month being the difference of two such sums, so that the cents of an invoice add up to its
tax when it is settled; a credit note takes its tax off as it is used or paid back.  What is written off is never
collected.  Every figure is the sum of its rows.  One call::

    rows = tax_rows(session, actor, Basis.ISSUED, date(2026, 3, 1), date(2026, 4, 1))
    for figure in by_rate(rows): ...
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.rounding import round_half_up
from admin_app.models import (
    Allocation,
    Brand,
    CreditNote,
    CreditNoteTax,
    DepositUse,
    Invoice,
    InvoiceState,
    InvoiceTax,
    Refund,
)
from admin_app.policy import Permission, demand


class Basis(enum.StrEnum):
    """Which day makes the tax due."""

    ISSUED = "issued"
    COLLECTED = "collected"


@dataclass(frozen=True, slots=True)
class TaxRow:
    """What one document brings to a month: minor units of `currency`; credits are negative."""

    brand: str
    tax: str
    rate: Decimal | None
    currency: str
    document: str
    document_id: int
    number: str
    on: date
    base: int
    amount: int


@dataclass(frozen=True, slots=True)
class TaxFigure:
    """The sum of the rows of one brand, tax and currency."""

    brand: str
    tax: str
    rate: Decimal | None
    currency: str
    base: int
    amount: int
    rows: int


def tax_rows(session: Session, actor: Actor, basis: Basis, start: date, end: date) -> list[TaxRow]:
    """The rows of the days from `start` up to, not with, `end` [M35]; raises NotAllowed."""
    demand(actor, Permission.MONEY_READ)
    brands: dict[int, str] = dict(_all(session, select(Brand.id, Brand.name)))
    read = _issued if basis is Basis.ISSUED else _collected
    return sorted(
        (row for row in read(session, brands, start, end) if row.base or row.amount),
        key=lambda row: (row.brand, row.currency, row.tax, row.on, row.document, row.document_id),
    )


def by_rate(rows: Iterable[TaxRow]) -> list[TaxFigure]:
    """A figure for each brand, currency and tax, in that order."""
    grouped: dict[tuple[str, str, str], list[TaxRow]] = defaultdict(list)
    for row in rows:
        grouped[row.brand, row.currency, row.tax].append(row)
    return [
        TaxFigure(
            brand,
            tax,
            own[0].rate,
            currency,
            sum(row.base for row in own),
            sum(row.amount for row in own),
            len(own),
        )
        for (brand, currency, tax), own in sorted(grouped.items())
    ]


@dataclass(frozen=True, slots=True)
class _Share:
    """The tax of one document by name: base and amount, after what its deposits carried."""

    tax: str
    rate: Decimal | None
    base: int
    amount: int


def _all(session: Session, query: Any) -> list[Any]:
    return list(session.execute(query))


def _issued(session: Session, brands: dict[int, str], start: date, end: date) -> Iterable[TaxRow]:
    invoices = _all(
        session,
        select(Invoice.id, Invoice.number, Invoice.issued_on, Invoice.brand_id, Invoice.currency).where(
            Invoice.state == InvoiceState.ISSUED, Invoice.issued_on >= start, Invoice.issued_on < end
        ),
    )
    shares = _invoice_shares(session, [row.id for row in invoices])
    for one in invoices:
        for share in shares[one.id]:
            yield TaxRow(
                brands.get(one.brand_id, ""), share.tax, share.rate, one.currency, "invoice", one.id,
                str(one.number), one.issued_on, share.base, share.amount,
            )  # fmt: skip
    credits = _all(
        session,
        select(
            CreditNote.id, CreditNote.number, CreditNote.issued_on, CreditNote.brand_id, CreditNote.currency
        ).where(CreditNote.issued_on >= start, CreditNote.issued_on < end),
    )
    credit_shares = _credit_shares(session, [row.id for row in credits])
    for one in credits:
        for share in credit_shares[one.id]:
            yield TaxRow(
                brands.get(one.brand_id, ""), share.tax, share.rate, one.currency, "credit note", one.id,
                str(one.number), one.issued_on, -share.base, -share.amount,
            )  # fmt: skip


def _collected(session: Session, brands: dict[int, str], start: date, end: date) -> Iterable[TaxRow]:
    settled = _settled(session, Allocation.invoice_id, start, end)
    shares = _invoice_shares(session, list(settled))
    for some in _parts(settled):
        invoices = select(
            Invoice.id, Invoice.number, Invoice.brand_id, Invoice.currency, (Invoice.total - Invoice.deducted)
        ).where(Invoice.id.in_(some), Invoice.state == InvoiceState.ISSUED)
        for key, number, brand_id, currency, payable in _all(session, invoices):
            moved = settled[key]
            for share in shares[key]:
                yield TaxRow(
                    brands.get(brand_id, ""), share.tax, share.rate, currency, "invoice", key, str(number),
                    moved.last_on, moved.part_of(share.base, payable), moved.part_of(share.amount, payable),
                )  # fmt: skip
    used = _settled(session, Allocation.credit_note_id, start, end)
    for key, moved in _paid_back(session, start, end).items():
        used[key] = used[key].and_also(moved) if key in used else moved
    credit_shares = _credit_shares(session, list(used))
    for some in _parts(used):
        credits = select(
            CreditNote.id, CreditNote.number, CreditNote.brand_id, CreditNote.currency, CreditNote.total
        ).where(CreditNote.id.in_(some))
        for key, number, brand_id, currency, total in _all(session, credits):
            moved = used[key]
            for share in credit_shares[key]:
                yield TaxRow(
                    brands.get(brand_id, ""), share.tax, share.rate, currency, "credit note", key, str(number),
                    moved.last_on, -moved.part_of(share.base, total), -moved.part_of(share.amount, total),
                )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Moved:
    """How much of a document was settled before the month and by its end, and the last day on which it moved."""

    before: int
    after: int
    last_on: date

    def part_of(self, whole: int, payable: int) -> int:
        """The share of the month: the difference of two rounded sums, so that all months add up."""
        if not payable:
            return 0
        return round_half_up(Fraction(whole * self.after, payable)) - round_half_up(
            Fraction(whole * self.before, payable)
        )

    def and_also(self, other: _Moved) -> _Moved:
        """Both together."""
        last = max(self.last_on, other.last_on)
        return _Moved(self.before + other.before, self.after + other.after, last)


def _settled(session: Session, column: Any, start: date, end: date) -> dict[int, _Moved]:
    """Documents with an allocation in the month → what was settled of them before and after."""
    moved = select(column).where(
        Allocation.effective_on >= start, Allocation.effective_on < end, column.is_not(None)
    )
    rows = _all(
        session,
        select(column, Allocation.amount, Allocation.effective_on).where(
            column.in_(moved), Allocation.effective_on < end
        ),
    )
    return _sums(rows, start)


def _paid_back(session: Session, start: date, end: date) -> dict[int, _Moved]:
    """Credit notes of which something was used or paid back by the month's end, as `_settled` tells it."""
    credit = Refund.credit_note_id
    moved = select(credit).where(Refund.refunded_on >= start, Refund.refunded_on < end, credit.is_not(None))
    also = select(Allocation.credit_note_id).where(
        Allocation.effective_on >= start,
        Allocation.effective_on < end,
        Allocation.credit_note_id.is_not(None),
    )
    rows = _all(
        session,
        select(credit, Refund.amount, Refund.refunded_on).where(
            credit.in_(moved.union(also)), Refund.refunded_on < end
        ),
    )
    found = _sums(rows, start)
    # Uses of such a credit before this month count into its share too.
    missing = set(found) - set(_settled(session, Allocation.credit_note_id, start, end))
    earlier = _all(
        session,
        select(Allocation.credit_note_id, func.sum(Allocation.amount))
        .where(Allocation.credit_note_id.in_(sorted(missing)), Allocation.effective_on < start)
        .group_by(Allocation.credit_note_id),
    )
    for key, amount in earlier:
        one = found[key]
        found[key] = _Moved(one.before + int(amount), one.after + int(amount), one.last_on)
    return found


def _sums(rows: Iterable[Any], start: date) -> dict[int, _Moved]:
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    last: dict[int, date] = {}
    for key, amount, on in rows:
        sums[key][1] += int(amount)
        if on < start:
            sums[key][0] += int(amount)
        last[key] = max(last.get(key, on), on)
    return {key: _Moved(before, after, last[key]) for key, (before, after) in sums.items()}


def _parts(keys: Iterable[int]) -> Iterable[list[int]]:
    """The keys in parts that a statement can name."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), 900):
        yield ordered[start : start + 900]


def _invoice_shares(session: Session, ids: list[int]) -> dict[int, list[_Share]]:
    """The taxes of invoices, less the part that their deducted deposits carried on their own day [M21]."""
    shares: dict[int, dict[str, _Share]] = defaultdict(dict)
    for some in _parts(ids):
        query = select(
            InvoiceTax.invoice_id, InvoiceTax.name, InvoiceTax.rate, InvoiceTax.base, InvoiceTax.amount
        )
        for key, name, rate, base, amount in _all(session, query.where(InvoiceTax.invoice_id.in_(some))):
            shares[key][name] = _Share(name, rate, int(base), int(amount))
        uses = _all(
            session,
            select(DepositUse.invoice_id, InvoiceTax.name, InvoiceTax.rate, InvoiceTax.base, InvoiceTax.amount,
                   DepositUse.net, DepositUse.taxes)
            .join(InvoiceTax, InvoiceTax.invoice_id == DepositUse.deposit_id)
            .where(DepositUse.invoice_id.in_(some)),
        )  # fmt: skip
        for key, name, rate, base, amount, net, taxes in uses:
            part = int(taxes.get(name, 0))
            taken = round_half_up(Fraction(int(base) * part, int(amount))) if amount else int(net)
            had = shares[key].get(name, _Share(name, rate, 0, 0))
            shares[key][name] = _Share(name, had.rate, had.base - taken, had.amount - part)
    return defaultdict(list, {key: list(named.values()) for key, named in shares.items()})


def _credit_shares(session: Session, ids: list[int]) -> dict[int, list[_Share]]:
    shares: dict[int, list[_Share]] = defaultdict(list)
    for some in _parts(ids):
        query = select(
            CreditNoteTax.credit_note_id,
            CreditNoteTax.name,
            CreditNoteTax.rate,
            CreditNoteTax.base,
            CreditNoteTax.amount,
        ).where(CreditNoteTax.credit_note_id.in_(some))
        for key, name, rate, base, amount in _all(session, query):
            shares[key].append(_Share(name, rate, int(base), int(amount)))
    return shares
