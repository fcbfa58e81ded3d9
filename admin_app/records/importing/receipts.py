"""Payments and refunds: whose money it was, in which currency, and the statements that move it in (design section 11).

What a payment pays is worked out by `settlement`; the books are written by `money.history`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from admin_app.models import (
    Allocation,
    CustomerGroup,
    Invoice,
    InvoiceState,
    Payment,
    PaymentState,
    PaymentWay,
    Refund,
)
from admin_app.records.images import table_of
from admin_app.records.importing.customers import NO_SUCH_CUSTOMER, TWICE, earlier_twin
from admin_app.records.importing.documents import divisor_of
from admin_app.records.importing.links import resolve_links
from admin_app.records.importing.schema import spec_of
from admin_app.records.importing.settlement import settle_history
from admin_app.records.importing.stage import GOOD
from admin_app.records.importing.under_way import Import
from admin_app.records.importing.upsert import (
    declared_values,
    good_and_known,
    good_and_new,
    insert_new,
    update_changed,
)

_WAYS = [way.value for way in PaymentWay]
NO_SUCH_INVOICE = "The invoice “{}” is neither in these files nor in the office, or it was refused"


def check_payments(going: Import) -> None:
    """Whose payment, for which invoice, in which currency; refunds never more than came in."""
    table, invoices = going.stage["payments"], going.stage["invoices"]
    going.refuse("payments", "external_id", earlier_twin(table, "external_id"), TWICE)
    going.resolve_target("payments", [(Payment.external_id, table.c.external_id)])
    going.resolve_target("payments", [(Refund.external_id, table.c.external_id)])
    _check_invoice(going, table, invoices)
    _check_customer(going, table, invoices)
    resolve_links(going, spec_of("payments.csv"))
    _find_currency(going, table, invoices)
    for name in ("amount", "tip"):
        odd = table.c[name] % table.c.divisor != 0
        going.refuse("payments", name, odd, "This amount has more decimals than its currency")
    _check_ways(going, table)
    going.warn("payments", "amount", table.c.amount == 0, "A payment of 0.00 is left out")
    going.skip("payments", "amount", table.c.amount == 0, "A payment of 0.00 is left out")
    going.refuse(
        "payments",
        "external_id",
        _contradicts_the_books(table),
        "“{}” stands in the books; correct it on its own page",
    )
    _check_refunds(going, table)
    _check_own_allocations(going, table, invoices)
    closed = or_(
        exists().where(invoices.c.number == table.c.invoice, invoices.c.status.in_(["void", "draft"])),
        exists().where(Invoice.number == table.c.invoice, Invoice.state != InvoiceState.ISSUED),
        exists().where(Invoice.external_id == table.c.invoice, Invoice.state != InvoiceState.ISSUED),
    )
    said = "The invoice “{}” is void or a draft, so the payment is kept as unallocated money"
    going.warn("payments", "invoice", closed & (table.c.amount > 0), said)
    going.refuse(
        "payments",
        "invoice",
        closed & (table.c.amount < 0),
        "The invoice “{}” is void or a draft; nothing was paid on it",
    )


def _kept_invoice(column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    return [Invoice.number == column, Invoice.external_id == column]


def _check_invoice(going: Import, table: Table, invoices: Table) -> None:
    staged = exists().where(invoices.c.number == table.c.invoice, invoices.c.fate == GOOD)
    refused = exists().where(invoices.c.number == table.c.invoice, invoices.c.fate != GOOD)
    kept = or_(*(exists().where(same) for same in _kept_invoice(table.c.invoice)))
    lost = table.c.invoice.is_not(None) & ((~staged & ~kept) | refused)
    going.refuse("payments", "invoice", lost, NO_SUCH_INVOICE)


def _check_customer(going: Import, table: Table, invoices: Table) -> None:
    """The customer is the invoice's; a row that names another one is refused."""
    going.refuse(
        "payments", "group", table.c.group.is_not(None) & ~going.known_group(table.c.group), NO_SUCH_CUSTOMER
    )
    staged = select(invoices.c.group).where(invoices.c.number == table.c.invoice, invoices.c.fate == GOOD)
    kept = [
        select(func.coalesce(CustomerGroup.external_id, CustomerGroup.public_id))
        .join(Invoice, Invoice.group_id == CustomerGroup.id)
        .where(same)
        for same in _kept_invoice(table.c.invoice)
    ]
    owner = func.coalesce(*(found.limit(1).scalar_subquery() for found in (staged, *kept)))
    other = table.c.group.is_not(None) & table.c.invoice.is_not(None) & (owner != table.c.group)
    public = exists().where(
        CustomerGroup.public_id == table.c.group,
        CustomerGroup.id == Invoice.group_id,
        or_(*_kept_invoice(table.c.invoice)),
    )
    going.refuse("payments", "group", other & ~public, "The invoice belongs to another customer than “{}”")
    going.fill(table, {"group": owner}, table.c.group.is_(None) & (table.c.fate == GOOD))


def _find_currency(going: Import, table: Table, invoices: Table) -> None:
    """Its invoice's, else the one that is given, else the customer's only one, else the company's [M9]."""
    staged = select(invoices.c.currency).where(invoices.c.number == table.c.invoice, invoices.c.fate == GOOD)
    kept = [select(Invoice.currency).where(same) for same in _kept_invoice(table.c.invoice)]
    of_invoice = func.coalesce(*(found.limit(1).scalar_subquery() for found in (staged, *kept)))
    going.fill(table, {"money": of_invoice}, table.c.invoice.is_not(None))
    unlike = table.c.currency.is_not(None) & (table.c.currency != table.c.money)
    going.refuse("payments", "currency", unlike, "The invoice is in another currency than “{}”")
    going.fill(table, {"money": table.c.currency}, table.c.money.is_(None))
    of_files = select(
        case((func.min(invoices.c.currency) == func.max(invoices.c.currency), func.min(invoices.c.currency)))
    ).where(invoices.c.group == table.c.group, invoices.c.fate == GOOD)
    known = aliased(CustomerGroup)
    of_office = (
        select(case((func.min(Invoice.currency) == func.max(Invoice.currency), func.min(Invoice.currency))))
        .join(known, known.id == Invoice.group_id)
        .where(known.external_id == table.c.group)
    )
    both = func.coalesce(of_files.scalar_subquery(), of_office.scalar_subquery(), going.reading.currency)
    going.fill(table, {"money": both}, table.c.money.is_(None))
    going.fill(table, {"divisor": divisor_of(table.c.money)})


def _check_ways(going: Import, table: Table) -> None:
    way = func.lower(table.c.method)
    unknown = table.c.method.is_not(None) & way.not_in(_WAYS)
    going.warn("payments", "method", unknown, f"“{{}}” is none of {', '.join(_WAYS)}; it is kept as other")
    going.fill(
        table,
        {
            "way": case(
                (table.c.method.is_(None), literal(PaymentWay.TRANSFER.value)),
                (way.in_(_WAYS), way),
                else_=literal(PaymentWay.OTHER.value),
            )
        },
    )


def _contradicts_the_books(table: Table) -> ColumnElement[bool]:
    """Whether the row would change money that is booked: its amount or its day."""
    return or_(
        and_(
            table.c.amount > 0,
            exists().where(
                Payment.id == table.c.target_id,
                or_(Payment.amount * table.c.divisor != table.c.amount, Payment.paid_on != table.c.paid_on),
            ),
        ),
        and_(
            table.c.amount < 0,
            exists().where(
                Refund.id == table.c.target_id,
                Refund.refunded_on != table.c.paid_on,
            ),
        ),
    )


def _check_refunds(going: Import, table: Table) -> None:
    """Money that goes back came in before, for that invoice or as that payment [M28]."""
    came = table.alias("came")
    in_files = (
        select(func.coalesce(func.sum(came.c.amount - came.c.tip), 0))
        .where(
            came.c.invoice == table.c.invoice,
            came.c.amount > 0,
            came.c.fate == GOOD,
            came.c.target_id.is_(None),
        )
        .scalar_subquery()
    )
    in_books = (
        select(func.coalesce(func.sum(Allocation.amount), 0) * table.c.divisor)
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .where(or_(*_kept_invoice(table.c.invoice)))
        .correlate(table)
        .scalar_subquery()
    )
    before = table.alias("before")
    gone = (
        select(func.coalesce(-func.sum(before.c.amount), 0))
        .where(
            before.c.invoice == table.c.invoice,
            before.c.amount < 0,
            before.c.refund_of.is_(None),
            before.c.fate == GOOD,
            before.c.target_id.is_(None),
            before.c.line <= table.c.line,
        )
        .scalar_subquery()
    )
    new = and_(table.c.amount < 0, table.c.target_id.is_(None))
    by_invoice = new & table.c.refund_of.is_(None)
    said = "More would go back than was received for this invoice"
    going.refuse("payments", "amount", by_invoice & (gone > in_files + in_books), said)
    whole = select(came.c.amount).where(
        came.c.external_id == table.c.refund_of, came.c.amount > 0, came.c.fate == GOOD
    )
    kept = select(Payment.amount * table.c.divisor).where(
        or_(Payment.external_id == table.c.refund_of, Payment.public_id == table.c.refund_of)
    )
    received = func.coalesce(
        whole.limit(1).scalar_subquery(), kept.correlate(table).limit(1).scalar_subquery(), literal(0)
    )
    by_payment = new & table.c.refund_of.is_not(None)
    going.refuse(
        "payments",
        "refund_of",
        by_payment & (received + table.c.amount < 0),
        "More would go back than the payment “{}” brought",
    )


def _check_own_allocations(going: Import, table: Table, invoices: Table) -> None:
    """Allocations that the file states itself go to invoices that are known and large enough."""
    own = going.stage["allocated"]
    staged = exists().where(invoices.c.number == own.c.number, invoices.c.fate == GOOD)
    kept = exists().where(Invoice.number == own.c.number)
    lost = exists().where(own.c.line == table.c.line, ~staged, ~kept)
    going.refuse(
        "payments", "allocated", lost, "An invoice in “{}” is neither in these files nor in the office"
    )
    used = select(own.c.number, func.sum(own.c.amount).label("used")).group_by(own.c.number).subquery()
    too_much = exists().where(
        own.c.line == table.c.line,
        used.c.number == own.c.number,
        invoices.c.number == own.c.number,
        invoices.c.fate == GOOD,
        used.c.used > invoices.c.total,
    )
    going.refuse("payments", "allocated", too_much, "More is used for an invoice in “{}” than its total")


def apply_payments(going: Import) -> None:
    """Move payments in, settle the invoices with them, move refunds in."""
    table = going.stage["payments"]
    going.resolve_groups("payments")
    for kept in (Invoice.number, Invoice.external_id):
        found = select(Invoice.id).where(kept == table.c.invoice).limit(1).scalar_subquery()
        going.fill(table, {"invoice_id": found}, table.c.invoice_id.is_(None) & table.c.invoice.is_not(None))
    came = table.c.amount > 0
    values = declared_values(spec_of("payments.csv"), table)
    minor = {name: table.c[name] // table.c.divisor for name in ("amount", "tip")}
    new = (
        values
        | minor
        | {
            "external_id": table.c.external_id,
            "group_id": table.c.group_id,
            "paid_on": table.c.paid_on,
            "method": table.c.way,
            "currency": table.c.money,
            "state": literal(PaymentState.RECEIVED.value),
            "unallocated": minor["amount"] - minor["tip"],
        }
    )
    going.count("payments", "created", good_and_new(table))
    fresh = good_and_new(table)
    insert_new(going, Payment, table, new, fresh & came)
    present = going.present("payments")
    known = {key: value for key, value in values.items() if key.removesuffix("_id") in present}
    update_changed(going, Payment, table, known, good_and_known(table) & came)
    if going.dry:
        return
    payment = select(Payment.id).where(Payment.external_id == table.c.external_id).scalar_subquery()
    going.fill(table, {"payment_id": payment}, came & (table.c.fate == GOOD))
    settle_history(going)
    _insert_refunds(going, table)


def _insert_refunds(going: Import, table: Table) -> None:
    """One refund a payment that money went back from; the second of one row gets its number with a mark."""
    payouts, kept = going.stage["payouts"], table_of(Refund)
    number = case(
        (payouts.c.place == 0, table.c.external_id),
        else_=table.c.external_id + literal("#") + cast(payouts.c.place + 1, Text),
    )
    why = func.coalesce(table.c.reason, table.c.note) if "note" in table.c else table.c.reason
    source = (
        select(
            number,
            payouts.c.public_id,
            payouts.c.payment_id,
            table.c.group_id,
            payouts.c.amount,
            table.c.money,
            table.c.paid_on,
            table.c.way,
            why,
            null(),
            literal(going.run_id),
            literal(going.now, kept.c.created_at.type),
            literal(going.now, kept.c.updated_at.type),
        )
        .join(table, table.c.line == payouts.c.line)
        .order_by(payouts.c.line, payouts.c.place)
    )
    names = [
        "external_id",
        "public_id",
        "payment_id",
        "group_id",
        "amount",
        "currency",
        "refunded_on",
        "method",
    ]
    names += ["reason", "number", "import_run_id", "created_at", "updated_at"]
    going.session.connection().execute(insert(kept).from_select(names, source, include_defaults=False))
