"""Which column of a bank's CSV is what: proposed from the words banks use, remembered for the bank's next file.

Proposed columns are checked against what their cells hold; a person has the last word.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from admin_app.kernel.currency import MINOR_DIGITS
from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import parse_amount
from admin_app.kernel.text import fold
from admin_app.records.bank_files.csv_words import CAME, ENGLISH_DATE_TITLES, FIELDS_OF, WENT, title_words


@dataclass(frozen=True, slots=True)
class BankColumns:
    """The header of the column for each thing a line has; "" where the file has none.

    An amount stands in one column with its sign (`amount`), in one with a word or letter beside it (`direction`), or in
    two (`debit`, `credit`).  The other party is in one column (`counterparty`) or in two, by who pays whom.
    """

    booked_on: str = ""
    valued_on: str = ""
    amount: str = ""
    debit: str = ""
    credit: str = ""
    direction: str = ""
    counterparty: str = ""
    payer: str = ""
    payee: str = ""
    counterparty_account: str = ""
    text: tuple[str, ...] = ()
    end_to_end_id: str = ""
    bank_reference: str = ""
    currency: str = ""
    account: str = ""
    state: str = ""

    def named(self) -> list[str]:
        """Every header that is used, the columns of the text among them."""
        single = [getattr(self, one.name) for one in fields(self) if one.name != "text"]
        return [title for title in (*single, *self.text) if title]

    def remembered(self) -> dict[str, str | list[str]]:
        """The mapping as JSON that can be kept beside `mapping_signature`."""
        kept = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in kept.items() if value
        }

    @classmethod
    def recalled(cls, kept: Mapping[str, object]) -> BankColumns:
        """What `remembered` gave; names that are not known any more are left out."""
        known = {one.name for one in fields(cls)}
        told = {name: value for name, value in kept.items() if name in known}
        text = told.pop("text", [])
        titles = tuple(str(title) for title in text) if isinstance(text, list | tuple) else ()
        return cls(text=titles, **{name: str(value) for name, value in told.items()})


NAMES = {
    "booked_on": "booking date",
    "valued_on": "value date",
    "amount": "amount",
    "debit": "money out",
    "credit": "money in",
    "direction": "money in or out",
    "counterparty": "name of the other party",
    "payer": "name of the payer",
    "payee": "name of the payee",
    "counterparty_account": "account of the other party",
    "text": "text",
    "end_to_end_id": "payer's reference",
    "bank_reference": "bank's reference",
    "currency": "currency",
    "account": "own account",
    "state": "state",
}
"""What a person calls each of the columns."""

_SAMPLED = 200


def mapping_signature(headers: Sequence[str]) -> str:
    """By what a bank's file is known again: 64 hexadecimal digits of its headers in their order."""
    titles = [" ".join(fold(header).split()) for header in headers]
    while titles and not titles[-1]:
        titles.pop()
    return hashlib.sha256("\x1f".join(titles).encode()).hexdigest()


def is_english(columns: BankColumns) -> bool:
    """Whether the date is called by an English word; all other languages put the day before the month."""
    return title_words(columns.booked_on) in ENGLISH_DATE_TITLES


def propose_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> BankColumns:
    """A mapping from the words of the header; where they say nothing of date or amount, from what the cells are."""
    cells = {
        title: [row[place].strip() for row in rows[:_SAMPLED] if place < len(row) and row[place].strip()]
        for place, title in enumerate(header)
    }
    taken: dict[str, str] = {}
    texts: list[str] = []
    for title in header:
        for field in FIELDS_OF.get(title_words(title), []):
            if field == "text":
                texts.append(title)
            elif field not in taken and _fits(field, cells[title]):
                taken[field] = title
            else:
                continue
            break
    _settle_amounts(taken, cells)
    if "counterparty" not in taken and len(sides := taken.keys() & {"payer", "payee"}) == 1:
        taken["counterparty"] = taken.pop(sides.pop())  # the only name there is
    free = [title for title in header if title not in taken.values() and title not in texts]
    guesses = [("booked_on", is_day, free), ("amount", is_amount, free), ("currency", _is_currency, free)]
    if taken.keys() & {"debit", "credit"}:
        del guesses[1]
    for field, check, titles in guesses:
        if field not in taken and (found := [title for title in titles if _all(check, cells[title])]):
            taken[field] = found[0]
            free.remove(found[0])
    if (
        "amount" in taken
        and "direction" not in taken
        and not any("-" in cell for cell in cells[taken["amount"]])
    ):
        # All amounts without a sign, and beside them only words such as "credit" and "debit": those are the signs.
        said = [title for title in (*free, *texts) if _all(_is_direction, cells[title])]
        taken |= {"direction": said[0]} if said else {}
        texts = [title for title in texts if title not in said]
    return BankColumns(text=tuple(texts), **taken)


def _settle_amounts(taken: dict[str, str], cells: Mapping[str, list[str]]) -> None:
    """One column with sign or two without; a column of letters between them tells the direction."""
    if "amount" in taken:
        for field in ("debit", "credit"):
            title = taken.pop(field, "")
            if title and "direction" not in taken and not _all(is_amount, cells[title]):
                taken["direction"] = title
    elif "direction" in taken and {"debit", "credit"} <= taken.keys():
        del taken["direction"]


def _fits(field: str, cells: list[str]) -> bool:
    """Whether the cells can be what the header's word means; "Valuta" is a day in German and a currency in Dutch."""
    match field:
        case "booked_on" | "valued_on":
            return not cells or any(map(is_day, cells))
        case "currency":
            return not cells or any(map(_is_currency, cells))
        case "account" | "counterparty_account":
            return not cells or any(any(c.isdigit() for c in cell) for cell in cells)
        case "amount":
            return not cells or any(map(is_amount, cells))
    return True


def _all(check: Callable[[str], bool], cells: list[str]) -> bool:
    return bool(cells) and all(check(cell) for cell in cells)


def is_day(cell: str) -> bool:
    """Whether a cell holds a day in one way or other."""
    try:
        parse_date(cell, "dmy")
    except Invalid:
        try:
            parse_date(cell, "mdy")
        except Invalid:
            return False
    return True


def is_amount(cell: str) -> bool:
    """Whether a cell holds an amount with decimals, which numbers of accounts and days do not have."""
    if not re.search(r"[.,][0-9]{1,3}\b", cell) or is_day(cell):
        return False
    try:
        parse_amount(
            re.sub(r"[^0-9.,\s'+()-]+", "", cell), "TND", "," if cell.rfind(",") > cell.rfind(".") else "."
        )
    except Invalid:
        return False
    return True


def _is_direction(cell: str) -> bool:
    return fold(cell).rstrip(".") in CAME | WENT


def _is_currency(cell: str) -> bool:
    return cell.upper() in MINOR_DIGITS


def check_columns(columns: BankColumns, header: Sequence[str]) -> None:
    """Raise Invalid for a mapping that names what is not there or from which no line can be made."""
    lost = [title for title in columns.named() if title not in header]
    if lost:
        raise Invalid(f"The file has no column “{lost[0][:60]}”")
    wrong: dict[str, str] = {}
    if not columns.booked_on:
        wrong["booked_on"] = "Say which column is the booking date"
    if not columns.amount and not (columns.debit or columns.credit):
        wrong["amount"] = "Say which column is the amount, or which are money in and money out"
    if columns.amount and (columns.debit or columns.credit):
        wrong["amount"] = "An amount stands in one column or in two, not in both ways"
    if wrong:
        raise Invalid("Bank lines need a date and an amount", wrong)
