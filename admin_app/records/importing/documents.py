"""Invoices and their lines: the sums that must agree, and the statements that move them in.

History is taken as it is: totals are stored as given once they add up, no tax rate is inferred, a foreign number stays
what it is, and an invoice that stands in the books is not changed by a file (design section 11).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, exists, func, insert, literal, null, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from admin_app.kernel.currency import MINOR_DIGITS
from admin_app.models import Invoice, InvoiceLine, InvoiceState
from admin_app.records.images import table_of
from admin_app.records.importing.customers import NO_SUCH_CUSTOMER, TWICE, earlier_twin
from admin_app.records.importing.links import resolve_links
from admin_app.records.importing.schema import spec_of
from admin_app.records.importing.stage import GOOD
from admin_app.records.importing.under_way import Import
from admin_app.records.importing.upsert import (
    declared_values,
    drawn_id,
    good_and_known,
    good_and_new,
    insert_new,
    update_changed,
)

_SCALED_DIGITS = 4
"""Amounts are staged in ten-thousandths."""

ISSUED = "this invoice stands in the books; correct it on its own page"


def divisor_of(currency: ColumnElement[Any] | InstrumentedAttribute[str]) -> ColumnElement[int]:
    """How many ten-thousandths make the smallest coin: 100 for euros, 10,000 for yen."""
    ways = []
    for digits in sorted(set(MINOR_DIGITS.values()) - {2}):
        codes = [code for code, places in MINOR_DIGITS.items() if places == digits]
        ways.append((currency.in_(codes), literal(10 ** (_SCALED_DIGITS - digits))))
    return case(*ways, else_=literal(100))


# --------------------------------------------------------------------------------------------- invoices


def check_invoices(going: Import) -> None:
    """Whose invoice, in which currency, and that its lines make its subtotal."""
    table = going.stage["invoices"]
    going.refuse("invoices", "number", earlier_twin(table, "number"), TWICE)
    going.refuse("invoices", "group", ~going.known_group(table.c.group), NO_SUCH_CUSTOMER)
    resolve_links(going, spec_of("invoices.csv"))
    going.fill(table, {"currency": func.coalesce(table.c.currency, going.reading.currency)})
    going.fill(table, {"divisor": divisor_of(table.c.currency)})
    for name in ("subtotal", "discount", "tax", "total"):
        odd = table.c[name] % table.c.divisor != 0
        going.refuse("invoices", name, odd, "This amount has more decimals than its currency")
    _check_sum_of_lines(going, table)
    going.resolve_target(
        "invoices", [(Invoice.number, table.c.number), (Invoice.external_id, table.c.number)]
    )
    going.resolve_groups("invoices")
    going.refuse("invoices", "number", _contradicts_the_books(table), f"{{}}: {ISSUED}")


def _check_sum_of_lines(going: Import, table: Table) -> None:
    if not going.has("invoice_lines"):
        return
    lines = going.stage["invoice_lines"]
    sums = select(lines.c.number, func.sum(lines.c.amount).label("sum")).group_by(lines.c.number).subquery()
    differs = exists().where(sums.c.number == table.c.number, sums.c.sum != table.c.subtotal)
    going.refuse("invoices", "subtotal", differs, "The lines of this invoice do not add up to its subtotal")


def _contradicts_the_books(table: Table) -> ColumnElement[bool]:
    """Whether the row would change an invoice of the office that is issued or void."""
    same = and_(
        Invoice.total * table.c.divisor == table.c.total,
        Invoice.tax * table.c.divisor == table.c.tax,
        Invoice.currency == table.c.currency,
        Invoice.issued_on == table.c.issued_on,
        Invoice.group_id == table.c.group_id,
        case(
            (Invoice.state == InvoiceState.VOID, table.c.status == "void"),
            else_=table.c.status.not_in(["void", "draft"]),
        ),
    )
    return exists().where(
        Invoice.id == table.c.target_id, Invoice.state != InvoiceState.DRAFT, func.coalesce(~same, True)
    )


def apply_invoices(going: Import) -> None:
    """Move the invoices in; the balance of an issued one is its total until payments come."""
    table = going.stage["invoices"]
    going.resolve_groups("invoices")
    going.resolve_target(
        "invoices", [(Invoice.number, table.c.number), (Invoice.external_id, table.c.number)]
    )
    values = declared_values(spec_of("invoices.csv"), table) | _figures(table)
    going.count("invoices", "created", good_and_new(table))
    insert_new(going, Invoice, table, values | {"external_id": _foreign_number(table)}, good_and_new(table))
    present = going.present("invoices")
    known = {key: value for key, value in values.items() if key.removesuffix("_id") in present}
    standing = aliased(Invoice)
    issued = select(1).where(standing.id == table.c.target_id, standing.state != InvoiceState.DRAFT)
    books = issued.correlate(table).exists()
    frozen = {"group_id", "issued_on", "currency", "subtotal", "discount", "tax", "total", "state", "balance"}
    soft = {key: value for key, value in known.items() if key not in frozen}
    update_changed(going, Invoice, table, soft, good_and_known(table) & books)
    # What a draft becomes belongs to this run, so that its books are written now.
    whole = known | _figures(table) | {"import_run_id": literal(going.run_id)}
    update_changed(going, Invoice, table, whole, good_and_known(table) & ~books)
    going.resolve_target(
        "invoices", [(Invoice.number, table.c.number), (Invoice.external_id, table.c.number)]
    )


def _is_draft(table: Table) -> ColumnElement[bool]:
    return table.c.status == "draft"


def _foreign_number(table: Table) -> ColumnElement[Any]:
    """A draft has no number here; the one it came with is kept as the foreign one."""
    return case((_is_draft(table), table.c.number), else_=null())


def _figures(table: Table) -> dict[str, Any]:
    """The attributes that the format's own columns make."""
    state = case(
        (_is_draft(table), literal(InvoiceState.DRAFT.value)),
        (table.c.status == "void", literal(InvoiceState.VOID.value)),
        else_=literal(InvoiceState.ISSUED.value),
    )
    whole = {name: table.c[name] // table.c.divisor for name in ("subtotal", "discount", "tax", "total")}
    open_part = case((state == InvoiceState.ISSUED.value, whole["total"]), else_=literal(0))
    return whole | {
        "number": case((_is_draft(table), null()), else_=table.c.number),
        "group_id": table.c.group_id,
        "issued_on": table.c.issued_on,
        "due_on": table.c.due_on,
        "currency": table.c.currency,
        "state": state,
        "balance": open_part,
        "imported": literal(True),
    }


# ------------------------------------------------------------------------------------------------ lines


def check_lines(going: Import) -> None:
    """Which invoice, each place once; the lines of an invoice in the books stay as they are."""
    table, invoices = going.stage["invoice_lines"], going.stage["invoices"]
    going.refuse(
        "invoice_lines",
        "position",
        earlier_twin(table, "number", "position"),
        "Another row has this number and position",
    )
    staged = exists().where(invoices.c.number == table.c.number, invoices.c.fate == GOOD)
    kept = or_(
        exists().where(Invoice.number == table.c.number),
        exists().where(Invoice.external_id == table.c.number),
    )
    said = "The invoice “{}” is neither in these files nor in the office, or it was refused"
    refused = exists().where(invoices.c.number == table.c.number, invoices.c.fate != GOOD)
    going.refuse("invoice_lines", "number", (~staged & ~kept) | refused, said)
    _fill_divisors(going, table, invoices)
    odd = table.c.amount % table.c.divisor != 0
    going.refuse(
        "invoice_lines", "amount", odd, "This amount has more decimals than the currency of its invoice"
    )
    _find_lines(going, table)
    changed = exists().where(
        InvoiceLine.id == table.c.target_id,
        Invoice.id == InvoiceLine.invoice_id,
        Invoice.state != InvoiceState.DRAFT,
        InvoiceLine.net * table.c.divisor != table.c.amount,
    )
    going.refuse(
        "invoice_lines", "amount", _closed(going, table) | changed, f"A line cannot change: {ISSUED}"
    )
    gross = table.c.quantity * table.c.unit_price - (table.c.discount + table.c.amount) * 10_000
    half = table.c.divisor * 10_000 / 2
    going.warn(
        "invoice_lines",
        "amount",
        func.abs(gross) > half,
        "Quantity times unit price is not this amount; it is kept as given",
    )


def _closed(going: Import, table: Table) -> ColumnElement[bool]:
    """Whether a new line would be added to an invoice that stood in the books before this run."""
    return and_(
        table.c.target_id.is_(None),
        exists().where(
            or_(Invoice.number == table.c.number, Invoice.external_id == table.c.number),
            Invoice.state != InvoiceState.DRAFT,
            func.coalesce(Invoice.import_run_id, 0) != going.run_id,
        ),
    )


def _find_lines(going: Import, table: Table) -> None:
    """Fill the invoice, and the line that stands at this place already."""
    for kept in (Invoice.number, Invoice.external_id):
        found = select(Invoice.id).where(kept == table.c.number).limit(1).scalar_subquery()
        going.fill(table, {"invoice_id": found}, table.c.invoice_id.is_(None))
    line = select(InvoiceLine.id).where(
        InvoiceLine.invoice_id == table.c.invoice_id, InvoiceLine.position == table.c.position
    )
    going.fill(table, {"target_id": line.scalar_subquery()}, table.c.invoice_id.is_not(None))


def _fill_divisors(going: Import, table: Table, invoices: Table) -> None:
    staged = select(invoices.c.divisor).where(invoices.c.number == table.c.number, invoices.c.fate == GOOD)
    going.fill(table, {"divisor": staged.scalar_subquery()})
    for kept in (Invoice.number, Invoice.external_id):
        known = select(divisor_of(Invoice.currency)).where(kept == table.c.number).limit(1).scalar_subquery()
        going.fill(table, {"divisor": known}, table.c.divisor.is_(None))


def apply_lines(going: Import) -> None:
    """Move the lines in; an invoice that came without any gets one of its subtotal."""
    table = going.stage["invoice_lines"]
    _find_lines(going, table)
    values = declared_values(spec_of("invoice_lines.csv"), table) | {
        "invoice_id": table.c.invoice_id,
        "position": table.c.position,
        "description": table.c.description,
        "quantity": table.c.quantity,
        "unit_price": table.c.unit_price,
        "discount": table.c.discount // table.c.divisor,
        "net": table.c.amount // table.c.divisor,
    }
    going.count("invoice_lines", "created", good_and_new(table))
    insert_new(going, InvoiceLine, table, values, good_and_new(table))
    update_changed(going, InvoiceLine, table, values, good_and_known(table))


def give_lines_to_bare_invoices(going: Import) -> None:
    """One line of the subtotal for each invoice of this run that has none, so that every invoice can be read."""
    bare = and_(
        Invoice.import_run_id == going.run_id,
        ~exists().where(InvoiceLine.invoice_id == Invoice.id),
    )
    lines = table_of(InvoiceLine)
    source = select(
        Invoice.id,
        literal(1),
        func.coalesce(Invoice.title, literal("As invoiced")),
        literal(10_000),
        Invoice.subtotal * divisor_of(Invoice.currency),
        literal(0),
        Invoice.subtotal,
        literal([], lines.c.tax_names.type),
        literal(going.run_id),
        drawn_id(going),
        literal(going.now, lines.c.created_at.type),
        literal(going.now, lines.c.updated_at.type),
    ).where(bare)
    names = [
        "invoice_id",
        "position",
        "description",
        "quantity",
        "unit_price",
        "discount",
        "net",
        "tax_names",
    ]
    names += ["import_run_id", "public_id", "created_at", "updated_at"]
    going.session.connection().execute(insert(lines).from_select(names, source, include_defaults=False))


def warn_of_other_states(going: Import) -> None:
    """Say where the file's word for an invoice is not what its payments make of it; the payments decide [D12]."""
    table, payments = going.stage["invoices"], going.stage["payments"]
    paid = (
        select(
            func.coalesce(
                func.sum(case((payments.c.amount > 0, payments.c.amount - payments.c.tip), else_=0)), 0
            )
        )
        .where(payments.c.invoice == table.c.number, payments.c.fate == GOOD)
        .scalar_subquery()
    )
    back = (
        select(func.coalesce(-func.sum(case((payments.c.amount < 0, payments.c.amount), else_=0)), 0))
        .where(payments.c.invoice == table.c.number, payments.c.fate == GOOD)
        .scalar_subquery()
    )
    left = table.c.total - case((paid > table.c.total, table.c.total), else_=paid) + back
    if "allocated" in going.present("payments"):  # our own export says itself what was used for what
        left = table.c.total - _used(going, table)
    word = case((left <= 0, "paid"), (left < table.c.total, "partial"), else_="open")
    told = case(
        (table.c.status.in_(["partial", "partly paid"]), "partial"),
        (table.c.status == "overdue", "open"),
        else_=table.c.status,
    )
    unlike = and_(table.c.status.in_(["paid", "partial", "partly paid", "open", "overdue"]), told != word)
    going.warn("invoices", "status", unlike, "The payments say otherwise than “{}”; they decide")


def _used(going: Import, table: Table) -> ColumnElement[int]:
    own, payments = going.stage["allocated"], going.stage["payments"]
    used = (
        select(func.coalesce(func.sum(own.c.amount), 0))
        .join(payments, payments.c.line == own.c.line)
        .where(own.c.number == table.c.number, payments.c.fate == GOOD)
    )
    return used.scalar_subquery()
