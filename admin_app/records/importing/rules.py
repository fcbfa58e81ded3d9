"""What the rows of a file must satisfy beyond each cell, and the rows of other tables that they carry along.

A rule gets the row's staged values by name, may complete them, and answers (column, sentence) for what is wrong.
An expansion names further rows: the groups of a contact, the tags of a group, the allocations of a payment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text
from admin_app.kernel.rounding import round_half_up
from admin_app.kernel.text import fold
from admin_app.models import MembershipRole

Row = dict[str, Any]
Wrong = list[tuple[str, str]]
Extra = tuple[str, tuple[Any, ...]]

_UNIT = 10_000
_MOVED = re.compile(r"(?P<number>.+)=(?P<amount>-?[0-9]{1,13}(?:\.[0-9]{1,4})?)(?:@(?P<on>[0-9-]{10}))?")
STATUSES = frozenset({"", "draft", "void", "paid", "partial", "partly paid", "open", "overdue"})
"""What `status` may say; all but draft and void are derived here and only compared."""


def split_list(text: str | None) -> list[str]:
    """The parts of a cell that names several things with ";" between them, each once, in order."""
    return list(dict.fromkeys(part.strip() for part in (text or "").split(";") if part.strip()))


def _named(row: Row) -> Wrong:
    """A contact is called something."""
    if not row["first_name"] and not row["last_name"]:
        return [("last_name", "A contact needs a first or a last name")]
    return []


def _adds_up(row: Row) -> Wrong:
    """subtotal − discount + tax = total; what one figure leaves open is completed by the others."""
    status = (row["status"] or "").strip().lower()
    row["status"] = status
    if status not in STATUSES:
        return [("status", f"“{status}” is no status; it is draft, open, partial, paid or void")]
    if row["issued_on"] is None and status != "draft":
        return [("issued_on", "An invoice that is not a draft needs the day of its issue")]
    discount, tax = row["discount"] or 0, row["tax"] or 0
    subtotal, total = row["subtotal"], row["total"]
    if subtotal is None and total is None:
        return [("total", "An invoice needs its total")]
    if subtotal is None:
        subtotal = total - tax + discount
    if total is None:
        total = subtotal - discount + tax
    row.update(subtotal=subtotal, discount=discount, tax=tax, total=total)
    if subtotal - discount + tax != total:
        less = f" less a discount of {amount(discount)}" if discount else ""
        return [("total", f"{amount(subtotal)}{less} and tax of {amount(tax)} do not make {amount(total)}")]
    if total < 0:
        return [
            (
                "total",
                "An invoice is never less than nothing; money given back is a refund among the payments",
            )
        ]
    return []


def _counted(row: Row) -> Wrong:
    """A line stands at a place from one on; its quantity and unit price are completed where they are missing."""
    if row["position"] < 1:
        return [("position", "Lines are counted from 1")]
    row["discount"] = row["discount"] or 0
    if row["quantity"] is None:
        row["quantity"] = _UNIT
    if row["unit_price"] is None:
        gross = row["amount"] + row["discount"]
        row["unit_price"] = round_half_up(Fraction(gross * _UNIT, row["quantity"] or _UNIT))
    row["description"] = row["description"] or ""
    return []


def _paid(row: Row) -> Wrong:
    """A tip is part of the money that came; money that goes back names whose it was."""
    row["tip"] = row["tip"] or 0
    if row["tip"] < 0 or (row["tip"] > 0 and row["tip"] > row["amount"]):
        return [("tip", "A tip is part of the amount")]
    if row["amount"] < 0 and not row["invoice"] and not row["refund_of"]:
        return [("invoice", "Money paid back needs the invoice whose payment it returns")]
    if not row["group"] and not row["invoice"]:
        return [("group", "A payment needs its customer or its invoice")]
    return []


def _word(row: Row) -> Wrong:
    """A tag's word is its name."""
    row["name"] = row["tag"] or ""
    return []


RULES: dict[str, Callable[[Row], Wrong]] = {
    "tags.csv": _word,
    "contacts.csv": _named,
    "invoices.csv": _adds_up,
    "invoice_lines.csv": _counted,
    "payments.csv": _paid,
}
"""The rule of each file that has one."""


def amount(scaled: int) -> str:
    """Ten-thousandths as a person reads them: 12.50."""
    sign, whole = ("-" if scaled < 0 else ""), abs(scaled)
    decimals = f"{whole % _UNIT:04d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole // _UNIT}.{decimals}"


def _tags_of_group(row: Row) -> Iterator[Extra]:
    """Tags may stand in a column of the groups themselves."""
    if not row["tags"]:
        return
    for tag in split_list(row["tags"].replace(",", ";")):
        try:
            name = clean_text(tag, 60)
        except Invalid as refusal:
            raise Invalid(refusal.sentence, fields={"tags": refusal.sentence}) from None
        yield "tags", (row["line"], row["external_id"], name, fold(name), None)


_ROLES = frozenset(role.value for role in MembershipRole)


def _groups_of_contact(row: Row) -> Iterator[Extra]:
    """One row a group that the contact belongs to; `is_primary` speaks of the first."""
    groups = split_list(row["groups"])
    roles = [part.strip() for part in (row["roles"] or "").split(";")]
    primary_of = frozenset(split_list(row["primary_of"]))
    for place, group in enumerate(groups):
        if len(group) > 120:
            said = "A customer's number has at most 120 characters"
            raise Invalid(said, fields={"groups": said})
        role = roles[place] if place < len(roles) and roles[place] else MembershipRole.GENERAL.value
        if role not in _ROLES:
            said = f"“{role[:40]}” is no role; they are {', '.join(sorted(_ROLES))}"
            raise Invalid(said, fields={"roles": said})
        flagged = group in primary_of or (place == 0 and bool(row["is_primary"]))
        yield "memberships", (row["line"], place, group, role, int(flagged))


def _allocations_of_payment(row: Row) -> Iterator[Extra]:
    """What the payment was used for, where the file says so itself: "INV-1=50.00@2026-01-31;…"."""
    standing: dict[tuple[str, int], int] = {}
    for place, part in enumerate(part.strip() for part in (row["allocated"] or "").split(";")):
        if not part:
            continue
        found = _MOVED.fullmatch(part)
        try:
            on = date.fromisoformat(found["on"]).isoformat() if found and found["on"] else None
        except ValueError:
            found = None
        if found is None:
            said = f"“{part[:60]}” is not read; write INV-1=50.00, with @2026-01-31 for another day"
            raise Invalid(said, fields={"allocated": said})
        whole, _, decimals = found["amount"].lstrip("-").partition(".")
        scaled = int(whole) * _UNIT + int(decimals.ljust(4, "0") or 0)
        signed = -scaled if found["amount"].startswith("-") else scaled
        _follow(standing, found["number"], signed, part)
        yield "allocated", (row["line"], place, found["number"], signed, on)


def _follow(standing: dict[tuple[str, int], int], number: str, signed: int, part: str) -> None:
    """A negative amount takes an earlier one of the same size back from the same invoice."""
    key = (number, abs(signed))
    left = standing.get(key, 0) + (1 if signed > 0 else -1)
    if signed == 0 or left < 0:
        said = f"“{part[:60]}” takes nothing back that stands before it"
        raise Invalid(said, fields={"allocated": said})
    standing[key] = left


EXPANSIONS: dict[str, Callable[[Row], Iterator[Extra]]] = {
    "groups.csv": _tags_of_group,
    "contacts.csv": _groups_of_contact,
    "payments.csv": _allocations_of_payment,
}
"""The further rows that the rows of a file carry along."""
