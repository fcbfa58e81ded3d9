"""The Chinook sample shop in our folder format: 59 customers, 412 invoices, 2,240 lines, all due on issue and open.

Where the data comes from and its licence: `seeds/data/chinook/SOURCE.md`.  One call::

    write_chinook(folder)
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from admin_app.records.importing.countries import country_code

DATA = Path(__file__).parent / "data" / "chinook"
BRAND = "chinook"
CURRENCY = "USD"
TOTAL = Decimal("2328.60")
"""The sum of all invoices, counted by whoever made the data set."""

Row = dict[str, str]


def write_chinook(folder: Path) -> Path:
    """Write groups, contacts, addresses, tags, invoices and lines into `folder`, which is made; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    customers, invoices, lines = _read("customers"), _read("invoices"), _read("invoice_lines")
    first_seen: dict[str, str] = {}
    for invoice in invoices:
        first_seen.setdefault(invoice["customer_id"], invoice["date"])
    _write(
        folder,
        "groups",
        ("external_id", "name", "kind", "notes", "created_at", "brand"),
        _groups(customers, first_seen),
    )
    people = ("external_id", "first_name", "last_name", "email", "phone", "groups", "is_primary")
    _write(folder, "contacts", people, _contacts(customers))
    places = ("group", "line1", "city", "region", "postcode", "country", "is_billing", "is_site")
    _write(folder, "addresses", places, _addresses(customers))
    _write(folder, "tags", ("group", "tag"), _tags(customers))
    heads = ("number", "group", "issued_on", "due_on", "currency", "subtotal", "tax", "total", "status")
    _write(folder, "invoices", heads, _invoices(invoices))
    parts = ("number", "position", "description", "quantity", "unit_price", "amount")
    _write(folder, "invoice_lines", parts, _lines(lines))
    return folder


def _read(name: str) -> list[Row]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(folder: Path, name: str, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _group(customer_id: str) -> str:
    return f"CH-{int(customer_id):03d}"


def _number(invoice_id: str) -> str:
    return f"CH-{int(invoice_id):05d}"


def _groups(customers: list[Row], first_seen: dict[str, str]) -> Iterator[tuple[object, ...]]:
    for row in customers:
        kind = "business" if row["company"] else "household"
        name = row["company"] or f"{row['first_name']} {row['last_name']}"
        notes = f"Fax {row['fax']}" if row["fax"] else ""
        yield _group(row["customer_id"]), name, kind, notes, first_seen.get(row["customer_id"], ""), BRAND


def _contacts(customers: list[Row]) -> Iterator[tuple[object, ...]]:
    for row in customers:
        group = _group(row["customer_id"])
        yield f"{group}-1", row["first_name"], row["last_name"], row["email"], row["phone"], group, 1


def _addresses(customers: list[Row]) -> Iterator[tuple[object, ...]]:
    for row in customers:
        country = country_code(row["country"])
        yield (
            _group(row["customer_id"]),
            row["address"],
            row["city"],
            row["state"],
            row["postal_code"],
            country,
            1,
            1,
        )


def _tags(customers: list[Row]) -> Iterator[tuple[object, ...]]:
    """Who looks after the customer is a tag, the only thing that the shop's staff would filter by."""
    agents = {row["employee_id"]: f"{row['first_name']} {row['last_name']}" for row in _read("employees")}
    for row in customers:
        yield _group(row["customer_id"]), agents[row["support_rep_id"]]


def _invoices(invoices: list[Row]) -> Iterator[tuple[object, ...]]:
    for row in invoices:
        day, total = row["date"], row["amount"]
        yield (
            _number(row["invoice_id"]),
            _group(row["customer_id"]),
            day,
            day,
            CURRENCY,
            total,
            "0.00",
            total,
            "open",
        )


def _lines(lines: list[Row]) -> Iterator[tuple[object, ...]]:
    position: dict[str, int] = defaultdict(int)
    for row in lines:
        position[row["invoice_id"]] += 1
        amount = Decimal(row["unit_price"]) * int(row["quantity"])
        number = _number(row["invoice_id"])
        yield (
            number,
            position[row["invoice_id"]],
            row["track"],
            row["quantity"],
            row["unit_price"],
            f"{amount:.2f}",
        )
