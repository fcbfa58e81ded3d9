"""A DATEV batch of postings (EXTF, header 700, format 21 version 13): Windows-1252, semicolons, decimal commas.

Every row moves an amount from one account to another, so an entry of several debits and credits becomes several rows,
always the same ones.  The tax key stays empty: our entries carry their tax as postings of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from admin_app.kernel.currency import minor_digits
from admin_app.kernel.errors import Invalid
from admin_app.models import EntryKind
from admin_app.records.journal_export.accounts import AccountMapping
from admin_app.records.journal_export.cp1252 import Transcriber
from admin_app.records.journal_export.datev_columns import (
    ACCOUNT,
    AMOUNT,
    COLUMNS,
    CONTRA_ACCOUNT,
    CURRENCY,
    DAY,
    DOCUMENT,
    EMPTY_ROW,
    FINAL,
    SIDE,
    TEXT,
)
from admin_app.records.journal_export.entries import BookEntry, Entries, JournalFile, Survey, survey

LARGEST_MINOR = 10**12 - 1
"""DATEV takes ten digits before the comma and two behind it."""
MOST_ROWS = 99_999
"""Postings of one batch, says DATEV (https://developer.datev.de/portal/en/dtvf/formate)."""
_LONGEST_DOCUMENT, _LONGEST_TEXT, _LONGEST_TITLE = 36, 60, 30
_NOT_IN_A_DOCUMENT_NUMBER = re.compile(r"[^A-Za-z0-9$%/-]+")
_PART = 1_000
GERMAN: dict[str, str] = {
    EntryKind.INVOICE: "Rechnung",
    EntryKind.PAYMENT: "Zahlung",
    EntryKind.ALLOCATION: "Verrechnung",
    EntryKind.REFUND: "Erstattung",
    EntryKind.REVERSAL: "Storno",
    EntryKind.CREDIT_NOTE: "Gutschrift",
    EntryKind.WRITE_OFF: "Ausbuchung",
    EntryKind.RETAINAGE: "Einbehalt",
    EntryKind.PAYOUT: "Auszahlung",
}
"""Our kinds of entries in the words of the bookkeeper who reads the batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the tax adviser tells once, and the period; `created_at` is the local time that the header shows.

    `chart` is "03", "04" or "" where neither is meant; `is_final` asks DATEV to lock the postings on arrival.
    """

    consultant: int
    client: int
    fiscal_year_begin: date
    from_on: date
    to_on: date
    created_at: datetime
    title: str = "Sawhorse"
    currency: str = "EUR"
    account_length: int = 4
    chart: str = ""
    is_final: bool = False


def datev_batch(read: Entries, mapping: AccountMapping, batch: Batch) -> JournalFile:
    """The file; raises Invalid for what a batch cannot express, and what `survey` raises.

    Characters that Windows-1252 does not have are replaced by their likes and counted in a remark.
    """
    _check_batch(batch)
    found = survey(read, mapping)
    _check_books(found, batch)
    _check_codes(found, mapping, batch)
    replaced = Transcriber()
    _header(batch, replaced)
    rows = sum(1 for entry in read() for _ in _rows(entry, mapping, batch, replaced))
    if rows > MOST_ROWS:
        raise Invalid(
            f"A DATEV batch takes {MOST_ROWS:,} rows and this one has {rows:,}; export shorter periods"
        )
    return JournalFile(
        f"EXTF_Buchungsstapel_{batch.from_on:%Y%m%d}_{batch.to_on:%Y%m%d}.csv",
        "text/csv; charset=windows-1252",
        _parts(read(), mapping, batch),
        found.entries,
        found.postings,
        replaced.remarks(),
    )


def _check_batch(batch: Batch) -> None:
    wrong: dict[str, str] = {}
    if not 1001 <= batch.consultant <= 9_999_999:
        wrong["consultant"] = "The consultant number lies between 1001 and 9999999"
    if not 1 <= batch.client <= 99_999:
        wrong["client"] = "The client number lies between 1 and 99999"
    if not 4 <= batch.account_length <= 8:
        wrong["account_length"] = "Accounts have four to eight digits"
    if batch.chart not in ("", "03", "04"):
        wrong["chart"] = "The chart is 03, 04 or left empty"
    if minor_digits(batch.currency) != 2:
        wrong["currency"] = f"DATEV amounts have two decimals; {batch.currency} has not"
    if batch.from_on > batch.to_on:
        wrong["to_on"] = "The period ends before it begins"
    # The rows give day and month only; the year comes from the fiscal year.
    elif not batch.fiscal_year_begin <= batch.from_on or batch.to_on >= _a_year_later(
        batch.fiscal_year_begin
    ):
        wrong["fiscal_year_begin"] = "A batch lies within one fiscal year; export each year by itself"
    if wrong:
        raise Invalid("The DATEV batch cannot be made", wrong)


def _a_year_later(day: date) -> date:
    return date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


def _check_books(found: Survey, batch: Batch) -> None:
    foreign = sorted(set(found.currencies) - {batch.currency})
    if foreign:
        count = sum(found.currencies[currency] for currency in foreign)
        raise Invalid(
            f"A DATEV batch in {batch.currency} needs an exchange rate for each foreign amount, "
            f"and these books have none: {count:,} postings in {', '.join(foreign)}; export them as CSV or beancount"
        )
    for day in (found.first_on, found.last_on):
        if day is not None and not batch.from_on <= day <= batch.to_on:
            raise Invalid(f"An entry of {day} lies outside the period {batch.from_on} to {batch.to_on}")


def _check_codes(found: Survey, mapping: AccountMapping, batch: Batch) -> None:
    """Customers' accounts have one digit more than the others; zero is no account."""
    wrong = {
        account: f"“{mapping[account].code[:20]}” is no DATEV account; write up to {batch.account_length + 1} digits"
        for account in sorted(found.opened_on)
        if not re.fullmatch(rf"(?!0+$)[0-9]{{1,{batch.account_length + 1}}}", mapping[account].code.strip())
    }
    if wrong:
        raise Invalid(
            f"DATEV accounts are numbers; these are not: {', '.join(f'“{a}”' for a in wrong)}", wrong
        )


def _parts(entries: Iterable[BookEntry], mapping: AccountMapping, batch: Batch) -> Iterator[bytes]:
    transcriber = Transcriber()
    lines = [_header(batch, transcriber), ";".join(COLUMNS)]
    for entry in entries:
        lines += _rows(entry, mapping, batch, transcriber)
        if len(lines) >= _PART:
            yield _encoded(lines)
            lines = []
    yield _encoded(lines)


def _encoded(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252")


def _header(batch: Batch, transcriber: Transcriber) -> str:
    """The first line, 31 fields: https://developer.datev.de/datev/platform/en/dtvf/formate/header."""
    created = f"{batch.created_at:%Y%m%d%H%M%S}{batch.created_at.microsecond // 1000:03}"
    title = transcriber.write(batch.title, _LONGEST_TITLE)
    fields = [
        '"EXTF"', "700", "21", '"Buchungsstapel"', "13", created, "", '"RE"', '""', '""',
        str(batch.consultant), str(batch.client), f"{batch.fiscal_year_begin:%Y%m%d}", str(batch.account_length),
        f"{batch.from_on:%Y%m%d}", f"{batch.to_on:%Y%m%d}", _quoted(title), '""', "1", "0",
        "1" if batch.is_final else "0", _quoted(batch.currency), "", '""', "", "",
        _quoted(batch.chart), "", "", '""', '""',
    ]  # fmt: skip
    return ";".join(fields)


def _rows(entry: BookEntry, mapping: AccountMapping, batch: Batch, transcriber: Transcriber) -> Iterator[str]:
    document = _document_number(entry.document_number, transcriber)
    text = transcriber.write(f"{GERMAN.get(entry.kind, entry.kind)} {entry.counterparty}", _LONGEST_TEXT)
    for debit, credit, amount in pairs(entry, mapping):
        if amount > LARGEST_MINOR:
            raise Invalid(f"Entry {entry.id} moves more than DATEV can take in one row: 9,999,999,999.99")
        cells = list(EMPTY_ROW)
        cells[AMOUNT] = f"{amount // 100},{amount % 100:02}"
        cells[SIDE] = '"S"'
        cells[CURRENCY] = _quoted(batch.currency)
        cells[ACCOUNT], cells[CONTRA_ACCOUNT] = debit, credit
        cells[DAY] = f"{entry.effective_on:%d%m}"
        cells[DOCUMENT] = _quoted(document)
        cells[TEXT] = _quoted(text)
        cells[FINAL] = "1" if batch.is_final else "0"
        yield ";".join(cells)


def pairs(entry: BookEntry, mapping: AccountMapping) -> Iterator[tuple[str, str, int]]:
    """An entry as (debit account, credit account, minor units > 0): n debits and m credits make at most n + m - 1.

    Accounts that are one in the other program are added up first; what cancels there moves nothing.
    """
    sums: dict[str, int] = {}
    for posting in entry.postings:
        code = mapping[posting.account].code.strip()
        sums[code] = sums.get(code, 0) + posting.amount
    debits = [(code, amount) for code, amount in sums.items() if amount > 0]
    credits = [(code, -amount) for code, amount in sums.items() if amount < 0]
    while debits and credits:
        (debit, owed), (credit, paid) = debits[0], credits[0]
        amount = min(owed, paid)
        yield debit, credit, amount
        debits[:1] = [(debit, owed - amount)] if owed > amount else []
        credits[:1] = [(credit, paid - amount)] if paid > amount else []


def _document_number(number: str, transcriber: Transcriber) -> str:
    """Letters, digits and $ % / -; of a number that is too long its end, in which numbers differ."""
    plain = transcriber.write(number, 200, ascii_only=True)
    written = _NOT_IN_A_DOCUMENT_NUMBER.sub("-", plain)[-_LONGEST_DOCUMENT:].strip("-")
    transcriber.numbers += written != number
    return written


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
