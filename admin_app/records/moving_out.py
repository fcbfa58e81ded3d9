"""Moving out: the whole company as the seven files that our import reads back to an equal one [43].

Each file has the columns of the folder format and every further field that its record declares for export; other
records (notes, tasks, events and the like) come along as files of their own.  Rows stream; memory stays small.
One call::

    counts = write_company(session, Path("everything"))
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session, aliased, joinedload

from admin_app.kernel.money import Money
from admin_app.models import (
    Address,
    Allocation,
    Brand,
    Contact,
    CustomerGroup,
    Entity,
    Event,
    Invoice,
    InvoiceLine,
    InvoiceState,
    Membership,
    Note,
    Payment,
    PaymentState,
    Refund,
    SiteAsset,
    Tag,
    Task,
    TaxRate,
    group_tag,
)
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.records.importing.schema import Column, spec_of
from admin_app.records.record_name import name_of
from admin_app.records.spreadsheet import guarded
from admin_app.records.values import Reading, office_reading, plain

_TOGETHER = 5_000
_NUMBERS = (Kind.MONEY, Kind.DECIMAL, Kind.INTEGER, Kind.COORDINATE)
"""Kinds whose cells are numbers: a minus before them is no formula."""
BESIDES: tuple[type[Entity], ...] = (Brand, TaxRate, SiteAsset, Task, Event, Note)
"""Records that go out for whoever leaves; the folder format has no file for them to come back by."""

Cells = dict[str, str]


def write_company(session: Session, folder: Path) -> dict[str, int]:
    """Write every file into `folder`, which is made; returns how many rows each one has."""
    folder.mkdir(parents=True, exist_ok=True)
    reading = office_reading(session)
    counts = {name: _write_file(session, folder, name, rows, reading) for name, rows in _FILES.items()}
    for entity in BESIDES:
        name = f"{entity.plural.replace(' ', '_')}.csv"
        counts[name] = _write_besides(session, folder / name, entity, reading)
    return counts


def _header(name: str) -> tuple[list[Column], list[BoundField], list[str]]:
    """The columns of a file: those of the format, then the fields that only go out."""
    spec = spec_of(name)
    derived = [
        bound
        for bound in fields_on(spec.entity, Surface.EXPORT)
        if bound.key in spec.derived and bound.kind not in (Kind.LINKS, Kind.CHILDREN, Kind.LINK)
    ]
    return list(spec.columns), derived, [*(c.name for c in spec.columns), *(b.key for b in derived)]


def _write_file(
    session: Session,
    folder: Path,
    name: str,
    rows: Callable[[Session, _Told], Iterator[Cells]],
    reading: Reading,
) -> int:
    columns, derived, header = _header(name)
    return _write_csv(folder / name, header, rows(session, _Told(columns, derived, reading)))


def _write_csv(path: Path, header: list[str], rows: Iterable[Cells]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for cells in rows:
            writer.writerow([cells.get(key, "") for key in header])
            count += 1
    return count


class _Told:
    """Tells the declared fields of a record as cells."""

    def __init__(self, columns: list[Column], derived: list[BoundField], reading: Reading) -> None:
        self.reading = reading
        self._fields = [column.bound for column in columns if column.bound is not None] + derived
        self._own = {column.name for column in columns if column.bound is None}

    def with_links(self, query: Any) -> Any:
        """The query, loading along what the links of its records name."""
        linked = [bound for bound in self._fields if bound.kind is Kind.LINK]
        return query.options(*(joinedload(getattr(bound.entity, bound.key)) for bound in linked))

    def of(self, record: Any, currency: str | None = None) -> Cells:
        """The cells of one record, amounts in `currency`."""
        return {
            bound.key: _cell(bound, getattr(record, bound.key), currency or self.reading.currency)
            for bound in self._fields
            if bound.key not in self._own
        }


def _cell(bound: BoundField, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if bound.kind is Kind.LINK:
        return guarded(
            str(getattr(value, "key", None) or getattr(value, "external_id", None) or value.public_id)
        )
    text = plain(bound, value, currency)
    return text if bound.kind in _NUMBERS else guarded(text)


def _instant(moment: Any) -> str:
    return "" if moment is None else str(moment.isoformat(timespec="seconds"))


def number_of(record: Any) -> str:
    """What files call a record: the number that it came with, else its public one."""
    return str(record.external_id or record.public_id)


def _stream(session: Session, query: Any) -> Iterator[Any]:
    return iter(session.execute(query.execution_options(yield_per=_TOGETHER)))


_GROUP_NUMBER = func.coalesce(CustomerGroup.external_id, CustomerGroup.public_id)


def _groups(session: Session, told: _Told) -> Iterator[Cells]:
    for (group,) in _stream(session, told.with_links(select(CustomerGroup).order_by(CustomerGroup.id))):
        yield told.of(group) | {
            "external_id": guarded(number_of(group)),
            "created_at": _instant(group.created_at),
            "archived_at": _instant(group.archived_at),
        }
        session.expunge(group)


def _contacts(session: Session, told: _Told) -> Iterator[Cells]:
    """Contacts with the groups they belong to; those whose primary contact they are stand first."""
    query = (
        select(Contact, Membership.role, Membership.is_primary, _GROUP_NUMBER.label("number"))
        .outerjoin(Membership, Membership.contact_id == Contact.id)
        .outerjoin(CustomerGroup, CustomerGroup.id == Membership.group_id)
        .order_by(Contact.id, Membership.id)
    )
    for contact, rows in groupby(_stream(session, told.with_links(query)), key=lambda row: row[0]):
        places = [row for row in rows if row.number is not None]
        first = bool(places) and places[0].is_primary
        yield told.of(contact) | {
            "external_id": guarded(number_of(contact)),
            "groups": ";".join(row.number for row in places),
            "is_primary": "1" if first else "0",
            "roles": ";".join(row.role.value for row in places),
            "primary_of": ";".join(row.number for row in places[1:] if row.is_primary),
            "created_at": _instant(contact.created_at),
            "archived_at": _instant(contact.archived_at),
        }
        session.expunge(contact)


def _addresses(session: Session, told: _Told) -> Iterator[Cells]:
    query = select(Address, _GROUP_NUMBER).join(CustomerGroup, CustomerGroup.id == Address.group_id)
    for address, group in _stream(session, told.with_links(query.order_by(Address.group_id, Address.id))):
        yield told.of(address) | {"group": guarded(group)}
        session.expunge(address)


def _tags(session: Session, told: _Told) -> Iterator[Cells]:
    query = (
        select(_GROUP_NUMBER, Tag.name)
        .join(group_tag, group_tag.c.group_id == CustomerGroup.id)
        .join(Tag, Tag.id == group_tag.c.tag_id)
        .order_by(CustomerGroup.id, Tag.folded)
    )
    for group, tag in _stream(session, query):
        yield {"group": guarded(group), "tag": guarded(tag)}


_INVOICE_NUMBER = func.coalesce(Invoice.number, Invoice.external_id, Invoice.public_id)


def _invoices(session: Session, told: _Told) -> Iterator[Cells]:
    query = select(Invoice, _GROUP_NUMBER).join(CustomerGroup, CustomerGroup.id == Invoice.group_id)
    for invoice, group in _stream(session, told.with_links(query.order_by(Invoice.id))):
        money = {
            name: str(Money(getattr(invoice, name), invoice.currency))
            for name in ("subtotal", "discount", "tax", "total")
        }
        yield (
            told.of(invoice, invoice.currency)
            | money
            | {
                "number": guarded(invoice.number or number_of(invoice)),
                "group": guarded(group),
                "issued_on": _day(invoice.issued_on),
                "due_on": _day(invoice.due_on),
                "currency": invoice.currency,
                "status": _status(invoice),
            }
        )
        session.expunge(invoice)


def _day(day: Any) -> str:
    return "" if day is None else str(day.isoformat())


def _status(invoice: Invoice) -> str:
    """The word of the folder format for how it stands."""
    if invoice.state is not InvoiceState.ISSUED:
        return invoice.state.value
    if invoice.balance == 0:
        return "paid"
    return "partial" if invoice.balance < invoice.total else "open"


def _lines(session: Session, told: _Told) -> Iterator[Cells]:
    query = select(InvoiceLine, _INVOICE_NUMBER, Invoice.currency).join(
        Invoice, Invoice.id == InvoiceLine.invoice_id
    )
    for line, number, currency in _stream(
        session, query.order_by(InvoiceLine.invoice_id, InvoiceLine.position)
    ):
        yield told.of(line, currency) | {
            "number": guarded(number),
            "position": str(line.position),
            "description": guarded(line.description),
            "quantity": format(line.quantity, "f"),
            "unit_price": format(line.unit_price, "f"),
            "discount": str(Money(line.discount, currency)),
            "amount": str(Money(line.net, currency)),
        }
        session.expunge(line)


def _payments(session: Session, told: _Told) -> Iterator[Cells]:
    """Money in, then money back; what was reversed was a mistake and stays behind."""
    received = Payment.state == PaymentState.RECEIVED
    query = (
        select(
            Payment,
            _GROUP_NUMBER,
            Allocation.amount,
            Allocation.effective_on,
            _INVOICE_NUMBER.label("number"),
        )
        .join(CustomerGroup, CustomerGroup.id == Payment.group_id)
        .outerjoin(Allocation, Allocation.payment_id == Payment.id)
        .outerjoin(Invoice, Invoice.id == Allocation.invoice_id)
        .where(received)
        .order_by(Payment.id, Allocation.id)
    )
    for payment, rows in groupby(_stream(session, told.with_links(query)), key=lambda row: row[0]):
        uses = list(rows)
        used = [row for row in uses if row.amount is not None]
        yield told.of(payment, payment.currency) | {
            "external_id": guarded(number_of(payment)),
            "group": guarded(uses[0][1]),
            "invoice": guarded(used[0].number) if used else "",
            "paid_on": _day(payment.paid_on),
            "amount": str(Money(payment.amount, payment.currency)),
            "tip": str(Money(payment.tip, payment.currency)) if payment.tip else "",
            "currency": payment.currency,
            "method": payment.method.value,
            "allocated": ";".join(
                f"{row.number}={Money(row.amount, payment.currency)}@{row.effective_on.isoformat()}"
                for row in used
            ),
        }
        session.expunge(payment)
    yield from _refunds(session, told)


def _refunds(session: Session, told: _Told) -> Iterator[Cells]:
    source = aliased(Payment)
    query = (
        select(Refund, _GROUP_NUMBER, func.coalesce(source.external_id, source.public_id).label("source"))
        .join(CustomerGroup, CustomerGroup.id == Refund.group_id)
        .join(source, source.id == Refund.payment_id)
        .where(source.state == PaymentState.RECEIVED)
        .order_by(Refund.id)
    )
    for refund, group, paid in _stream(session, query):
        yield {
            "external_id": guarded(number_of(refund)),
            "group": guarded(group),
            "paid_on": _day(refund.refunded_on),
            "amount": str(Money(-refund.amount, refund.currency)),
            "currency": refund.currency,
            "method": refund.method.value,
            "refund_of": guarded(paid),
            "reason": guarded(refund.reason or ""),
        }
        session.expunge(refund)


_FILES: dict[str, Callable[[Session, _Told], Iterator[Cells]]] = {
    "groups.csv": _groups,
    "contacts.csv": _contacts,
    "addresses.csv": _addresses,
    "tags.csv": _tags,
    "invoices.csv": _invoices,
    "invoice_lines.csv": _lines,
    "payments.csv": _payments,
}


def _write_besides(session: Session, path: Path, entity: type[Entity], reading: Reading) -> int:
    """A file of any other record: its numbers and every declared field; links by the name of the other."""
    fields = [b for b in fields_on(entity, Surface.EXPORT) if b.kind not in (Kind.LINKS, Kind.CHILDREN)]
    names: list[Any] = []
    query = select(entity)
    for bound in fields:
        if bound.kind is Kind.LINK:
            assert bound.target is not None
            other = aliased(bound.target)
            told = name_of(bound.target, inspect(other).selectable)
            if bound.target is CustomerGroup:
                told = func.coalesce(other.external_id, other.public_id)
            names.append(told.label(f"of_{bound.key}"))
            query = query.outerjoin(other, other.id == getattr(entity, bound.column_key))
    rows = _stream(session, query.add_columns(*names).order_by(entity.id))

    def cells() -> Iterator[Cells]:
        for row in rows:
            record = row[0]
            told = {"external_id": guarded(number_of(record)), "created_at": _instant(record.created_at)}
            for bound in fields:
                linked = bound.kind is Kind.LINK
                told[bound.key] = (
                    guarded(str(getattr(row, f"of_{bound.key}") or ""))
                    if linked
                    else _cell(bound, getattr(record, bound.key), reading.currency)
                )
            yield told
            session.expunge(record)

    return _write_csv(path, ["external_id", *(bound.key for bound in fields), "created_at"], cells())
