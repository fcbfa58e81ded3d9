"""CDNOW's first customers in our folder format: each purchase is an invoice that is paid the same day.

The data stands in `tests/data/cdnow` with its source, for it is there for tests of the statistics only; 8 purchases of
0.00 are invoices of nothing without a payment.  One call::

    write_cdnow(Path("tests/data/cdnow"), folder)
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

BRAND = "cdnow"
CURRENCY = "USD"


def write_cdnow(data: Path, folder: Path) -> Path:
    """Write groups, contacts, invoices, lines and payments of `data` into `folder`, which is made; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (data / "transactions.csv").open(encoding="utf-8", newline="") as file:
        purchases = list(csv.DictReader(file))
    first: dict[str, str] = {}
    for row in purchases:
        first.setdefault(row["customer_id"], row["date"])
    groups = [(f"CD-{c}", f"Customer {c}", "household", day, BRAND) for c, day in first.items()]
    _write(folder, "groups", "external_id,name,kind,created_at,brand", groups)
    people = [(f"CD-{c}-1", "Customer", c, f"CD-{c}", 1) for c in first]
    _write(folder, "contacts", "external_id,first_name,last_name,groups,is_primary", people)
    invoices, lines, payments = [], [], []
    for place, row in enumerate(purchases, start=1):
        number, group, day, amount = f"CD-{place:05d}", f"CD-{row['customer_id']}", row["date"], row["amount"]
        invoices.append((number, group, day, day, CURRENCY, amount, "0.00", amount, "paid"))
        lines.append((number, 1, f"{row['cds']} CDs", 1, amount, amount))
        if Decimal(amount):
            payments.append((f"CDP-{place:05d}", group, number, day, amount, "card", ""))
    _write(folder, "invoices", "number,group,issued_on,due_on,currency,subtotal,tax,total,status", invoices)
    _write(folder, "invoice_lines", "number,position,description,quantity,unit_price,amount", lines)
    _write(folder, "payments", "external_id,group,invoice,paid_on,amount,method,reference", payments)
    return folder


def _write(folder: Path, name: str, header: str, rows: Sequence[tuple[object, ...]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
