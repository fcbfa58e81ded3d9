"""A bank's CSV as a table: encoding and delimiter found, the lines before the header left out.

Banks write the account, the period and greetings above the header; some write no header at all.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from admin_app.kernel.errors import Invalid
from admin_app.records.bank_files.csv_columns import is_amount, is_day
from admin_app.records.bank_files.csv_words import known_fields
from admin_app.records.bank_files.kinds import BankFileKind, kind_of
from admin_app.records.bank_files.statement import MOST_LINES
from admin_app.records.importing.files import DELIMITERS, ENCODINGS, find_encoding
from admin_app.records.importing.source import LONGEST_CELL, MOST_COLUMNS, Numbered, tidy_header

_SAMPLE = 256 * 1024
_LOOKED_AT = 120
"""Rows at the start among which the header is looked for."""
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{2,4}){3,8}\b")


@dataclass(slots=True)
class BankTable:
    """An open CSV of a bank; `header_row` is 0 where it has no header and the columns are numbered."""

    path: Path
    name: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_row: int
    first_row: int
    preamble: tuple[str, ...] = ()
    remarks: list[str] = field(default_factory=list)

    @property
    def own_account(self) -> str:
        """The one IBAN that stands above the header, if there is one."""
        found = {match.replace(" ", "") for line in self.preamble for match in _IBAN.findall(line)}
        return found.pop() if len(found) == 1 else ""

    def rows(self) -> Iterator[Numbered]:
        """The rows below the header with the numbers a spreadsheet shows; raises Invalid beyond the limits."""
        with self.path.open("r", encoding=self.encoding, errors="replace", newline="") as text:
            for number, cells in numbered(text, self.delimiter, self.name):
                if number < self.first_row or not any(cell.strip() for cell in cells):
                    continue
                if number > MOST_LINES:
                    raise Invalid(f"{self.name} has more than {MOST_LINES:,} rows; ask for shorter periods")
                yield number, cells

    def sample(self, most: int = 200) -> list[list[str]]:
        """The first rows, for a preview and for guesses."""
        return [cells for _, (_, cells) in zip(range(most), self.rows(), strict=False)]


def numbered(text: io.TextIOBase, delimiter: str, name: str) -> Iterator[Numbered]:
    """Every row with its number; raises Invalid where a quote is opened and never closed."""
    csv.field_size_limit(LONGEST_CELL)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(text, delimiter=delimiter), start=1):
            yield number, cells
    except csv.Error:
        raise Invalid(f"A quote in {name} is opened below row {number} and never closed") from None


def open_bank_csv(
    path: Path, *, name: str | None = None, encoding: str | None = None, delimiter: str | None = None
) -> BankTable:
    """Open a bank's CSV; encoding, delimiter and header are found unless told.  Raises Invalid for what is no table."""
    shown = name or path.name
    if kind_of(path, name=shown) is not BankFileKind.CSV:
        raise Invalid(f"{shown} is no CSV")
    found = encoding or find_encoding(path)
    if found not in ENCODINGS:
        raise Invalid(f"“{found[:20]}” is no encoding that is read here")
    with path.open("r", encoding=found, errors="replace", newline="") as text:
        sample = text.read(_SAMPLE)
    start = _best([_start(sample, mark) for mark in ([delimiter] if delimiter else DELIMITERS)])
    if start is None:
        raise Invalid(f"{shown} holds no table with dates and amounts")
    if start.header_row:
        header, doubles = tidy_header(list(start.rows[start.header_row - 1]), shown)
    else:
        header, doubles = tuple(f"Column {place}" for place in range(1, start.width + 1)), []
    first_row = start.header_row + 1 if start.header_row else start.first_row
    table = BankTable(path, shown, found, start.delimiter, header, start.header_row, first_row)
    table.preamble = tuple(
        " ".join(filter(None, (cell.strip() for cell in cells))) for cells in start.rows[: first_row - 1]
    )[: max(0, (start.header_row or start.first_row) - 1)]
    table.remarks += [remark.sentence for remark in doubles]
    if found in ("cp1252", "latin-1"):
        table.remarks.append(f"The file is not UTF-8; it was read as {ENCODINGS[found]}")
    if not start.header_row:
        table.remarks.append("The file has no header; its columns are numbered")
    return table


@dataclass(frozen=True, slots=True)
class _Start:
    """The start of the file cut by one delimiter, and what was found in it."""

    delimiter: str
    rows: list[list[str]]
    width: int
    header_row: int
    first_row: int
    worth: tuple[int, int]


def _best(starts: list[_Start | None]) -> _Start | None:
    found = [start for start in starts if start is not None]
    return max(found, key=lambda start: start.worth, default=None)


def _start(sample: str, delimiter: str) -> _Start | None:
    """The header among the first rows: by its words, else by the dates that begin below it, else none."""
    rows: list[list[str]] = []
    try:
        for _, cells in numbered(io.StringIO(sample, newline=""), delimiter, "the file"):
            rows.append(cells)
            if len(rows) >= _LOOKED_AT:
                break
    except Invalid:
        pass  # said again, with its row, by whoever reads the rows
    named = [(len(known_fields(cells)), -number, number) for number, cells in enumerate(rows, 1)]
    for words, _, number in sorted(named, reverse=True)[:1]:
        known = known_fields(rows[number - 1])
        if (
            "booked_on" in known
            and known & {"amount", "debit", "credit"}
            and len(rows[number - 1]) <= MOST_COLUMNS
        ):
            return _Start(delimiter, rows, len(rows[number - 1]), number, number + 1, (2, words))
    data = [
        number
        for number, cells in enumerate(rows, 1)
        if any(map(is_day, cells)) and any(map(is_amount, cells))
    ]
    if not data:
        return None
    width = Counter(len(rows[number - 1]) for number in data).most_common(1)[0][0]
    first = next(number for number in data if len(rows[number - 1]) == width)
    above = rows[first - 2] if first > 1 else []
    titles = [cell for cell in above if cell.strip()]
    if len(above) == width and len(titles) * 2 > width and not any(is_day(t) or is_amount(t) for t in titles):
        return _Start(delimiter, rows, width, first - 1, first, (1, width))
    return _Start(delimiter, rows, width, 0, first, (0, width))
