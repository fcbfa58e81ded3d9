"""What imported payments pay: their invoices up to what is open, the rest stays unallocated [M26, M27].

Invoice by invoice: first what came in, by day; then what went back, which reopens the invoice.  A file of ours says
itself what each payment was used for, and is taken at its word.  Rows stream through, so memory stays small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Table, exists, func, insert, literal, null, or_, select, text, union_all

from admin_app.kernel.text import new_public_id
from admin_app.models import Allocation, Invoice, InvoiceState, Payment
from admin_app.records.images import table_of
from admin_app.records.importing.stage import GOOD
from admin_app.records.importing.under_way import Import

_TOGETHER = 10_000
"""Rows that are written to the staging tables at a time."""

_STANDING, _CAME, _WENT_BACK = 0, 1, 2


@dataclass(slots=True)
class Use:
    """A part of a payment that stands on an invoice: the allocation's id, minor units, the day it counts from."""

    id: int
    payment_id: int
    amount: int
    on: date


@dataclass(slots=True)
class Settlement:
    """One invoice being settled: what is open, what stands on it, what was left over."""

    invoice_id: int
    group_id: int
    currency: str
    issued_on: date
    open: int
    uses: list[Use] = field(default_factory=list)
    left_over: list[list[int]] = field(default_factory=list)


class _Writer:
    """Numbers allocations and writes them and the payouts to the staging tables, many at a time."""

    def __init__(self, going: Import) -> None:
        self._going = going
        self._next = _first_free_id(going)
        self._moves: list[tuple[Any, ...]] = []
        self._payouts: list[tuple[Any, ...]] = []

    def move(
        self, of: Settlement, payment_id: int, amount: int, on: date, reverses: int | None = None
    ) -> Use:
        """One allocation, negative where it takes another one back."""
        use = Use(self._next, payment_id, amount, on)
        self._next += 1
        self._moves.append(
            (use.id, payment_id, of.invoice_id, of.group_id, amount, of.currency, on.isoformat(), reverses)
        )
        if len(self._moves) >= _TOGETHER:
            self.write()
        return use

    def payout(self, line: int, place: int, payment_id: int, amount: int) -> None:
        """Money that went back out of one payment."""
        self._payouts.append((line, place, payment_id, amount, new_public_id()))

    def write(self) -> None:
        """Hand over what has gathered."""
        connection = self._going.session.connection()
        self._going.stage.write(connection, "moves", self._moves)
        self._going.stage.write(connection, "payouts", self._payouts)
        self._moves, self._payouts = [], []


def settle_history(going: Import) -> None:
    """Work out allocations and refunds of the payments of this run, and add the allocations."""
    table = going.stage["payments"]
    going.stage.count_up(going.session.connection(), table.name)
    writer = _Writer(going)
    for _, events in groupby(_events(going, table), key=lambda event: event.invoice_id):
        _settle(writer, events)
    _take_at_their_word(going, table, writer)
    for row in _named_refunds(going, table):
        writer.payout(row.line, 0, row.payment_id, row.amount)
    writer.write()
    _insert_allocations(going)


def _first_free_id(going: Import) -> int:
    """The next id of an allocation; on PostgreSQL nobody else allocates until this transaction ends."""
    connection = going.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE allocation IN SHARE ROW EXCLUSIVE MODE"))
    return int(going.session.scalar(select(func.coalesce(func.max(Allocation.id), 0))) or 0) + 1


def _events(going: Import, table: Table) -> Iterator[Any]:
    """What happened to each invoice, invoice by invoice: what stood on it, what came in, what went back."""
    own = going.stage["allocated"]
    refunded = exists().where(
        table.c.invoice_id == Allocation.invoice_id,
        table.c.amount < 0,
        table.c.refund_of.is_(None),
        table.c.fate == GOOD,
        table.c.target_id.is_(None),
    )
    takes_back = Allocation.__table__.alias("takes_back")
    stands = ~exists().where(takes_back.c.reverses_id == Allocation.id)
    standing = select(
        Allocation.invoice_id,
        literal(_STANDING),
        Allocation.effective_on,
        Allocation.id,
        Allocation.payment_id,
        Allocation.amount,
    ).where(refunded, Allocation.amount > 0, stands)
    fresh = (table.c.fate == GOOD) & table.c.target_id.is_(None) & table.c.invoice_id.is_not(None)
    came = select(
        table.c.invoice_id,
        literal(_CAME),
        table.c.paid_on,
        table.c.line,
        table.c.payment_id,
        (table.c.amount - table.c.tip) // table.c.divisor,
    ).where(fresh, table.c.amount > table.c.tip, ~exists().where(own.c.line == table.c.line))
    went = select(
        table.c.invoice_id,
        literal(_WENT_BACK),
        table.c.paid_on,
        table.c.line,
        null(),
        -table.c.amount // table.c.divisor,
    ).where(fresh, table.c.amount < 0, table.c.refund_of.is_(None))
    happened = union_all(standing, came, went).subquery("happened")
    invoice_id, kind, on, line, payment_id, amount = happened.c
    query = (
        select(
            invoice_id.label("invoice_id"),
            kind.label("kind"),
            on.label("on"),
            line.label("line"),
            payment_id.label("payment_id"),
            amount.label("amount"),
            Invoice.group_id,
            Invoice.currency,
            Invoice.issued_on,
            Invoice.balance,
        )
        .join(Invoice, Invoice.id == invoice_id)
        .where(Invoice.state == InvoiceState.ISSUED)
        .order_by(invoice_id, kind, on, line)
    )
    return iter(going.session.execute(query.execution_options(yield_per=_TOGETHER)))


def _settle(writer: _Writer, events: Iterator[Any]) -> None:
    """One invoice from its first payment to its last refund."""
    of: Settlement | None = None
    for event in events:
        if of is None:
            of = Settlement(event.invoice_id, event.group_id, event.currency, event.issued_on, event.balance)
        if event.kind == _STANDING:
            of.uses.append(Use(event.line, event.payment_id, event.amount, event.on))
        elif event.kind == _CAME:
            _receive(writer, of, event)
        else:
            _pay_back(writer, of, event)


def _receive(writer: _Writer, of: Settlement, event: Any) -> None:
    used = min(of.open, event.amount)
    if used:
        of.uses.append(writer.move(of, event.payment_id, used, max(event.on, of.issued_on)))
        of.open -= used
    if event.amount > used:
        of.left_over.append([event.payment_id, event.amount - used])


def _pay_back(writer: _Writer, of: Settlement, event: Any) -> None:
    """Take allocations back, the latest before the refund first; what is still missing comes from the rest."""
    missing, place = event.amount, 0
    for use in sorted(of.uses, key=lambda use: (use.on <= event.on, use.on, use.id), reverse=True):
        if not missing:
            return
        part = min(missing, use.amount)
        on = max(event.on, use.on)
        writer.move(of, use.payment_id, -use.amount, on, use.id)
        of.uses.remove(use)
        if use.amount > part:
            of.uses.append(writer.move(of, use.payment_id, use.amount - part, on))
        writer.payout(event.line, place, use.payment_id, part)
        of.open += part
        missing, place = missing - part, place + 1
    for spare in of.left_over:
        part = min(missing, spare[1])
        if part:
            writer.payout(event.line, place, spare[0], part)
            spare[1] -= part
            missing, place = missing - part, place + 1


def _take_at_their_word(going: Import, table: Table, writer: _Writer) -> None:
    """Allocations as an export of ours states them, each with its day; a negative one takes the last alike back."""
    own = going.stage["allocated"]
    query = (
        select(
            own.c.line,
            own.c.place,
            (own.c.amount // table.c.divisor).label("amount"),
            own.c.on,
            table.c.payment_id,
            table.c.paid_on,
            Invoice.id,
            Invoice.group_id,
            Invoice.currency,
            Invoice.issued_on,
        )
        .join(table, table.c.line == own.c.line)
        .join(Invoice, Invoice.number == own.c.number)
        .where(table.c.fate == GOOD, table.c.target_id.is_(None))
        .order_by(own.c.line, own.c.place)
    )
    rows = going.session.execute(query.execution_options(yield_per=_TOGETHER))
    for _, movements in groupby(rows, key=lambda row: row.line):
        standing: dict[tuple[int, int], list[Use]] = {}
        for row in movements:
            of = Settlement(row.id, row.group_id, row.currency, row.issued_on, 0)
            on = row.on or max(row.paid_on, row.issued_on)
            if row.amount > 0:
                use = writer.move(of, row.payment_id, row.amount, on)
                standing.setdefault((row.id, row.amount), []).append(use)
            else:
                taken = standing[row.id, -row.amount].pop()
                writer.move(of, row.payment_id, row.amount, on, taken.id)


def _named_refunds(going: Import, table: Table) -> list[Any]:
    """Refunds that name the payment they go back from."""
    paid = or_(Payment.external_id == table.c.refund_of, Payment.public_id == table.c.refund_of)
    query = (
        select(
            table.c.line, Payment.id.label("payment_id"), (-table.c.amount // table.c.divisor).label("amount")
        )
        .join(Payment, paid)
        .where(table.c.fate == GOOD, table.c.target_id.is_(None), table.c.amount < 0)
        .order_by(table.c.line)
    )
    return list(going.session.execute(query))


def _insert_allocations(going: Import) -> None:
    moves, kept = going.stage["moves"], table_of(Allocation)
    actor = going.session.info["actor"].name
    source = select(
        moves.c.id,
        moves.c.payment_id,
        moves.c.invoice_id,
        moves.c.group_id,
        moves.c.amount,
        moves.c.currency,
        moves.c.effective_on,
        literal(going.now, kept.c.recorded_at.type),
        literal(actor),
        moves.c.reverses,
        literal(going.run_id),
    ).order_by(moves.c.id)
    names = [
        "id",
        "payment_id",
        "invoice_id",
        "group_id",
        "amount",
        "currency",
        "effective_on",
        "recorded_at",
    ]
    names += ["actor", "reverses_id", "import_run_id"]
    connection = going.session.connection()
    connection.execute(insert(kept).from_select(names, source, include_defaults=False))
    if connection.dialect.name == "postgresql":
        # Ids were given by hand, so the sequence is told where to go on.
        connection.execute(
            text(
                "SELECT setval(pg_get_serial_sequence('allocation', 'id'), "
                "(SELECT coalesce(max(id), 1) FROM allocation))"
            )
        )
