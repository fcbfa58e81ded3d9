"""A company of any size in the folder format of `sawhorse import` (design section 11): for measuring, not for looking.

The same number of groups and the same seed give the same bytes on every machine.  Shape: households, businesses and
teams; 1.6 contacts, 1.3 addresses and two tags a group; invoices follow a lognormal rate, so that a few customers have
hundreds and many have one or none; payments are full, partial, too much, none, or given back.  One call::

    rows = write_company(1_000, Path("thousand"))
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

FIRST_DAY = date(2022, 1, 1)
DAYS = 1461
RARE = "Quillfeather"
"""A last name that three contacts have, whatever the size: what a search for a rare name looks for."""
COMMON = "Walker"
"""A last name that many have."""
TAGS = ("VIP", "repeat", "referral", "school", "landlord", "slow payer", "newsletter", "warranty", "rural", "urban")

_FIRST = "Ada Béla Chloë David Élise Fatima George Håkon Iris Jürgen Kamila Łukasz María Noah Olga Pål Renée".split()
_LAST = "Abbott Baker Carter Dvořák Evans Fischer García Hughes Ivanov Jensen Kowalski Lindqvist Müller Nowak".split()
_TRADES = "Bakery Catering Clinic Dental Estates Foods Gallery Hotels Logistics Media Nursery Press Studio".split()
_CITIES = (("Barnsford", "BF1"), ("Castle Mere", "CM4"), ("Dunholme", "DH7"), ("Easter Quay", "EQ2"), ("Fallow", "FW9"))
_STREETS = ("Quay Street", "Mill Lane", "Chapel Road", "Station Road", "Orchard Rise", "Harbour View")
_WORK = ("Labour", "Site visit", "Materials", "Call-out fee", "Disposal", "Équipement hire")
_METHODS = ("card", "transfer", "cash", "cheque")
_HEADERS = {
    "groups.csv": "external_id,name,kind,notes,created_at",
    "contacts.csv": "external_id,first_name,last_name,email,phone,groups,is_primary",
    "addresses.csv": "group,line1,city,postcode,country,is_billing,is_site",
    "tags.csv": "group,tag",
    "invoices.csv": "number,group,issued_on,due_on,currency,subtotal,tax,total,status",
    "invoice_lines.csv": "number,position,description,quantity,unit_price,amount",
    "payments.csv": "external_id,group,invoice,paid_on,amount,method,reference",
}


@dataclass
class _Files:
    """The seven files being written, and how many rows each has."""

    writers: dict[str, Any]
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_HEADERS, 0))

    def add(self, name: str, *cells: object) -> None:
        self.writers[name].writerow(cells)
        self.rows[name] += 1


def write_company(groups: int, folder: Path, seed: int = 7) -> dict[str, int]:
    """Write the seven files of a company with so many groups; gives back file → rows."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = Random(seed * 1_000_003 + groups)  # noqa: S311  a shape to measure, no secret
    rare = {groups // 4, groups // 2, groups * 3 // 4}
    with _opened(folder) as files:
        for number in range(groups):
            _write_group(files, draw, number, RARE if number in rare else None)
        return files.rows


@contextmanager
def _opened(folder: Path) -> Iterator[_Files]:
    with ExitStack() as stack:
        writers = {}
        for name, header in _HEADERS.items():
            file = stack.enter_context((folder / name).open("w", encoding="utf-8", newline=""))
            writers[name] = csv.writer(file, lineterminator="\n")
            writers[name].writerow(header.split(","))
        yield _Files(writers)


def _write_group(files: _Files, draw: Random, number: int, rare: str | None) -> None:
    group = f"G{number + 1:07}"
    kind = draw.choices(("household", "business", "team"), (62, 28, 10))[0]
    family = rare or (COMMON if draw.random() < 0.03 else draw.choice(_LAST))
    born = int((DAYS - 1) * draw.random() ** 0.7)  # more arrive as the company grows
    name = {"household": f"The {family}s", "business": f"{family} {draw.choice(_TRADES)}", "team": f"{family} Rovers"}
    since = FIRST_DAY + timedelta(days=born)
    notes = "Ring twice" if draw.random() < 0.2 else ""
    files.add("groups.csv", group, f"{name[kind]} {number + 1}", kind, notes, f"{since}T09:00:00Z")
    _write_contacts(files, draw, number, group, family, rare is not None)
    for place in range(draw.choices((1, 2, 3), (76, 20, 4))[0]):
        city, post = draw.choice(_CITIES)
        street = f"{draw.randint(1, 300)} {draw.choice(_STREETS)}"
        files.add("addresses.csv", group, street, city, f"{post} {place + 1}AA", "GB", int(place == 0), 1)
    for tag in sorted(draw.sample(TAGS, draw.choices((0, 1, 2, 3, 5), (10, 25, 30, 20, 15))[0])):
        files.add("tags.csv", group, tag)
    # Purchases while alive: a rate of its own for each customer, over what is left of the four years.
    rate = min(draw.lognormvariate(-5.9, 1.3) * (2 if kind == "business" else 1), 0.5)
    for order in range(min(int(rate * (DAYS - born) + draw.random()), 1500)):
        day = since + timedelta(days=draw.randint(0, DAYS - 1 - born))
        _write_invoice(files, draw, f"INV-{number + 1:07}-{order + 1}", group, day)


def _write_contacts(
    files: _Files, draw: Random, number: int, group: str, family: str, alone: bool
) -> None:
    for place in range(1 if alone else draw.choices((1, 2, 3, 4), (60, 26, 9, 5))[0]):
        first = draw.choice(_FIRST)
        contact = f"C{number + 1:07}-{place + 1}"
        email = f"contact{number + 1}.{place + 1}@mail.example" if draw.random() < 0.92 else ""
        phone = f"+44 117 {draw.randint(4_000_000, 9_999_999)}" if draw.random() < 0.88 else ""
        second = f";G{draw.randint(1, number):07}" if number and draw.random() < 0.05 else ""
        files.add("contacts.csv", contact, first, family, email, phone, group + second, int(place == 0))


def _write_invoice(files: _Files, draw: Random, number: str, group: str, day: date) -> None:
    lines = [
        (draw.choice(_WORK), draw.choice((1, 1, 1, 2, 3, 5)), max(100, round(draw.lognormvariate(8.6, 1))))
        for _ in range(draw.choices((1, 2, 3, 6), (50, 27, 15, 8))[0])
    ]
    subtotal = sum(quantity * price for _, quantity, price in lines)
    tax = (subtotal * 20 + 50) // 100
    fate = draw.choices(("paid", "partial", "over", "refunded", "open", "draft", "void"), (84, 4, 1, 2, 6, 1, 2))[0]
    status = {"over": "paid", "refunded": "paid"}.get(fate, fate)
    due = day + timedelta(days=draw.choice((0, 14, 30)))
    money = (_plain(subtotal), _plain(tax), _plain(subtotal + tax))
    files.add("invoices.csv", number, group, day, due, "EUR", *money, status)
    for position, (work, quantity, price) in enumerate(lines, start=1):
        amount = _plain(quantity * price)
        files.add("invoice_lines.csv", number, position, work, quantity, _plain(price), amount)
    total = subtotal + tax
    paid = {"paid": total, "partial": total * 2 // 5, "over": total + 500, "refunded": total}.get(fate, 0)
    if paid:
        when = day + timedelta(days=int(draw.expovariate(1 / 12)))
        method = draw.choice(_METHODS)
        note = f"R{draw.randint(1, 10**8)}"
        files.add("payments.csv", f"P-{number}", group, number, when, _plain(paid), method, note)
        if fate == "refunded":
            back = when + timedelta(days=20)
            files.add("payments.csv", f"R-{number}", group, number, back, _plain(-(total // 2)), method, "")


def _plain(cents: int) -> str:
    """Cents as decimal text."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"
