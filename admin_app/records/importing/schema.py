"""The columns of the folder format: what each of the seven files may hold (design section 11).

A file's own columns stand in the tables below; every further field that its record declares for import is a column
under its attribute's name, so that a new field travels without a line here.  One call::

    spec_of("contacts.csv").column("email").kind
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from admin_app.models import Address, Contact, CustomerGroup, Invoice, InvoiceLine, Payment, Tag
from admin_app.models.field import BoundField, Kind, Surface, fields_on

ORDER = (
    "groups.csv",
    "contacts.csv",
    "addresses.csv",
    "tags.csv",
    "invoices.csv",
    "invoice_lines.csv",
    "payments.csv",
)
"""The files in the order in which they are applied, so that what is referred to is there."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its header, what its cells hold, and the declared field it feeds, where there is one.

    `scaled`: an amount whose currency another row decides; it is staged in ten-thousandths.
    """

    name: str
    kind: Kind
    label: str = ""
    required: bool = False
    max_length: int | None = None
    bound: BoundField | None = None
    scaled: bool = False

    @property
    def is_link(self) -> bool:
        """Whether the cell names another record."""
        return self.kind is Kind.LINK


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One file: the record that its rows become, its columns, and the columns without which it is not that file."""

    name: str
    entity: type[Any]
    columns: tuple[Column, ...]
    needs: tuple[str, ...]

    @property
    def stage(self) -> str:
        """The name of its staging table."""
        return self.name.removesuffix(".csv")

    def column(self, name: str) -> Column:
        """A column by its header; raises KeyError for one that the file does not know."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")

    @property
    def derived(self) -> frozenset[str]:
        """What an export of ours also tells and an import works out again: balances, states."""
        told = {bound.key for bound in fields_on(self.entity, Surface.EXPORT)}
        return frozenset(told) - self.names - _NOT_FROM_FILES.get(self.entity, set())

    @property
    def names(self) -> frozenset[str]:
        """Every header that the file knows."""
        return frozenset(column.name for column in self.columns)


def _text(name: str, label: str = "", length: int = 120, required: bool = False) -> Column:
    return Column(name, Kind.TEXT, label, required, length)


_GROUP = _text("group", "Customer", required=True)

_OWN: dict[str, tuple[type[Any], tuple[Column, ...], tuple[str, ...]]] = {
    "groups.csv": (
        CustomerGroup,
        (
            _text("external_id", "Customer number", required=True),
            Column("created_at", Kind.INSTANT, "Customer since"),
            Column("archived_at", Kind.INSTANT, "Archived"),
            _text("tags", "Tags", 2000),
        ),
        ("external_id", "name"),
    ),
    "contacts.csv": (
        Contact,
        (
            _text("external_id", "Contact number", required=True),
            _text("groups", "Customers", 4000),
            Column("is_primary", Kind.BOOLEAN, "Primary contact"),
            _text("roles", "Roles", 4000),
            _text("primary_of", "Primary contact of", 4000),
            Column("created_at", Kind.INSTANT, "Contact since"),
            Column("archived_at", Kind.INSTANT, "Archived"),
        ),
        ("external_id", "groups"),
    ),
    "addresses.csv": (Address, (_GROUP,), ("group", "line1")),
    "tags.csv": (Tag, (_GROUP, _text("tag", "Tag", 60, required=True)), ("group", "tag")),
    "invoices.csv": (
        Invoice,
        (
            _text("number", "Number", 60, required=True),
            _GROUP,
            Column("issued_on", Kind.DATE, "Issued on"),
            Column("due_on", Kind.DATE, "Due on"),
            _text("currency", "Currency", 3),
            Column("subtotal", Kind.MONEY, "Subtotal", scaled=True),
            Column("discount", Kind.MONEY, "Discount", scaled=True),
            Column("tax", Kind.MONEY, "Tax", scaled=True),
            Column("total", Kind.MONEY, "Total", scaled=True),
            _text("status", "Status", 24),
        ),
        ("number", "group", "issued_on"),
    ),
    "invoice_lines.csv": (
        InvoiceLine,
        (
            _text("number", "Number", 60, required=True),
            Column("position", Kind.INTEGER, "Position", required=True),
            _text("description", "Description", 500),
            Column("quantity", Kind.DECIMAL, "Quantity"),
            Column("unit_price", Kind.DECIMAL, "Unit price"),
            Column("discount", Kind.MONEY, "Discount", scaled=True),
            Column("amount", Kind.MONEY, "Amount", scaled=True, required=True),
        ),
        ("number", "position", "amount"),
    ),
    "payments.csv": (
        Payment,
        (
            _text("external_id", "Payment number", required=True),
            _text("group", "Customer"),
            _text("invoice", "Invoice", 60),
            Column("paid_on", Kind.DATE, "Paid on", required=True),
            Column("amount", Kind.MONEY, "Amount", scaled=True, required=True),
            Column("tip", Kind.MONEY, "Tip", scaled=True),
            _text("currency", "Currency", 3),
            _text("method", "Method", 60),
            _text("allocated", "Allocated", 20_000),
            _text("refund_of", "Refund of"),
            _text("reason", "Reason", 400),
        ),
        ("external_id", "paid_on", "amount"),
    ),
}
"""Record, the columns that are the format's own, and the columns by which the file is recognised."""

_NOT_FROM_FILES = {
    InvoiceLine: {"invoice", "net"},
    Tag: {"name"},
}
"""Declared fields that these files say by a column of their own."""

_MAY_BE_EMPTY = {Contact: {"first_name", "last_name"}}
"""Texts that the record needs, but not all of them: a contact has a first or a last name."""


def _column_of(bound: BoundField) -> Column:
    required = bound.required and bound.key not in _MAY_BE_EMPTY.get(bound.entity, ())
    return Column(bound.key, bound.kind, bound.label, required, bound.max_length, bound)


@cache
def spec_of(name: str) -> FileSpec:
    """The columns of one of the seven files; raises KeyError for another name."""
    entity, own, needs = _OWN[name]
    taken = {column.name for column in own} | _NOT_FROM_FILES.get(entity, set())
    declared = tuple(
        _column_of(bound)
        for bound in fields_on(entity, Surface.IMPORT)
        if bound.key not in taken and bound.kind not in (Kind.LINKS, Kind.CHILDREN)
    )
    return FileSpec(name, entity, own[:1] + declared + own[1:], needs)


def specs() -> tuple[FileSpec, ...]:
    """Every file of the format, in the order in which they are applied."""
    return tuple(spec_of(name) for name in ORDER)


def recognise(header: tuple[str, ...]) -> FileSpec | None:
    """The file whose needed columns all stand in this header: the one that knows most of it; else None."""
    present = {name.strip().lower() for name in header}
    fitting = [spec for spec in specs() if present.issuperset(spec.needs)]
    known = [spec for spec in fitting if present <= spec.names | spec.derived]
    return max(known or fitting, key=lambda spec: len(present & spec.names), default=None)
