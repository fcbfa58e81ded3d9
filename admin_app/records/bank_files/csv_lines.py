"""A bank's CSV, read through a mapping of its columns into statement lines; bad rows are named, good ones are kept.

One call::

    table = open_bank_csv(path)
    columns = remembered.get(mapping_signature(table.header)) or propose_columns(table.header, table.sample())
    for statement in read_csv_lines(table, columns, currency="EUR"): ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from admin_app.kernel.currency import MINOR_DIGITS
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_amount, parse_date
from admin_app.kernel.text import fold
from admin_app.records.bank_files.csv_columns import NAMES, BankColumns, check_columns
from admin_app.records.bank_files.csv_manner import BankManner, guess_manner
from admin_app.records.bank_files.csv_table import BankTable
from admin_app.records.bank_files.csv_words import CAME, WENT, title_currency
from admin_app.records.bank_files.fingerprint import Fingerprints
from admin_app.records.bank_files.statement import (
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_REFERENCE,
    PART,
    LineError,
    Statement,
    StatementLine,
    plain,
    plain_account,
)
from admin_app.records.spreadsheet import unguarded

_NOT_BOOKED = (
    "pending", "vorgemerkt", "en attente", "pendiente", "in behandeling", "declined", "failed", "reverted", "rejected",
    "cancelled", "canceled", "abgelehnt", "refuse", "rechazad", "geweigerd", "erwartet", "authorised", "authorized",
)  # fmt: skip
"""Beginnings and parts of the words by which a bank marks what it has not booked."""
_WITH_LETTER = re.compile(r"(.*[0-9])\s*(S|H|CR|DR|C|D)\.?", re.IGNORECASE)
_FORMULA = re.compile(r'="(.*)"')
_MOST_ACCOUNTS = 100


class _Bad(Exception):
    """A cell that cannot be read: our field, and why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(slots=True)
class _Going:
    """What was read of one account in one currency and not given yet."""

    lines: list[StatementLine] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    pending: int = 0
    empty: int = 0
    part: int = 0

    @property
    def has_news(self) -> bool:
        """Whether anything was read since the last part."""
        return bool(self.lines or self.errors or self.pending or self.empty)


def read_csv_lines(
    table: BankTable,
    columns: BankColumns,
    manner: BankManner | None = None,
    *,
    currency: str,
    account: str = "",
) -> Iterator[Statement]:
    """Statements of at most some thousand lines, one account and currency each; raises Invalid for a wrong mapping.

    `account` and `currency` are meant where the file names none: it may name them in a column, the account as an IBAN
    above the header, the currency in the header of the amount.
    `from_on` and `to_on` are the days of the lines given.  Rows in which neither date nor amount can be read are
    remarks of the bank (carried forward, totals); the last remark of the last statement names them.
    """
    check_columns(columns, table.header)
    return _Reader(
        table, columns, manner or guess_manner(table, columns), account or table.own_account, currency
    ).read()


class _Reader:
    """Reads one file once."""

    def __init__(
        self, table: BankTable, columns: BankColumns, manner: BankManner, account: str, currency: str
    ) -> None:
        self._table, self._columns, self._manner = table, columns, manner
        self._account = plain_account(account)
        self._currency = title_currency(columns.amount or columns.credit or columns.debit) or currency
        self._place = {title: place for place, title in enumerate(table.header)}
        self._fingerprints = Fingerprints()
        self._going: dict[tuple[str, str], _Going] = {}
        self._no_lines: list[int] = []

    def read(self) -> Iterator[Statement]:
        """Every part; at least one, so that a file without lines says so."""
        held = 0
        for number, cells in self._table.rows():
            self._take(number, cells)
            held += 1
            if held >= PART:
                held = 0
                for key in [key for key, going in self._going.items() if going.has_news]:
                    yield self._given(key, is_last=False)
        keys = list(self._going) or [(self._account, self._currency)]
        for key in keys:
            yield self._given(key, is_last=True, remarks=self._remarks() if key == keys[-1] else ())

    def _remarks(self) -> tuple[str, ...]:
        if not self._no_lines:
            return tuple(self._table.remarks)
        which = ", ".join(str(number) for number in self._no_lines[:5])
        more = " …" if len(self._no_lines) > 5 else ""
        said = f"Left out, because they hold neither a date nor an amount: rows {which}{more}"
        return (*self._table.remarks, said)

    def _given(self, key: tuple[str, str], *, is_last: bool, remarks: tuple[str, ...] = ()) -> Statement:
        going = self._going.setdefault(key, _Going())
        days = [line.booked_on for line in going.lines]
        given = Statement(
            "", *key, min(days, default=None), max(days, default=None), None, None, tuple(going.lines),
            tuple(going.errors), remarks, going.pending, going.empty, going.part + 1, is_last,
        )  # fmt: skip
        self._going[key] = _Going(part=going.part + 1)
        return given

    def _of(self, account: str, currency: str) -> _Going:
        key = account, currency
        if key not in self._going and len(self._going) >= _MOST_ACCOUNTS:
            raise Invalid(
                f"{self._table.name} names more than {_MOST_ACCOUNTS} accounts; look at its columns again"
            )
        return self._going.setdefault(key, _Going())

    def _take(self, number: int, cells: list[str]) -> None:
        """One row: a line, an error, or something the bank has not booked."""
        account = plain_account(self._cell(cells, self._columns.account)) or self._account
        currency = self._cell(cells, self._columns.currency).upper() or self._currency
        try:
            if any(cell.strip() for cell in cells[len(self._table.header) :]):
                raise _Bad("row", f"The row has {len(cells)} cells and the header {len(self._table.header)}")
            if currency not in MINOR_DIGITS:
                raise _Bad("currency", f"“{plain(currency, 20)}” is not a currency")
            if any(word in fold(self._cell(cells, self._columns.state)) for word in _NOT_BOOKED):
                self._of(account, currency).pending += 1
                return
            booked_on, amount = self._date_and_amount(cells, currency)
            if booked_on is None or amount is None:
                self._no_lines.append(number)
            elif amount.minor == 0:
                self._of(account, currency).empty += 1
            else:
                self._of(account, currency).lines.append(
                    self._line(number, cells, account, booked_on, amount)
                )
        except _Bad as bad:
            title = self._title(bad.field)
            sentence = f"Row {number}, {title}: {bad.sentence}" if title else f"Row {number}: {bad.sentence}"
            known = currency if currency in MINOR_DIGITS else self._currency
            self._of(account, known).errors.append(LineError(number, bad.field, sentence))

    def _date_and_amount(self, cells: list[str], currency: str) -> tuple[date | None, Money | None]:
        """Both, or neither for a remark of the bank; raises _Bad where one is there and the other cannot be read."""
        problems = []
        booked_on = amount = None
        try:
            booked_on = self._day(cells, "booked_on")
        except _Bad as bad:
            problems.append(bad)
        try:
            amount = self._amount(cells, currency)
        except _Bad as bad:
            problems.append(bad)
        if len(problems) == 2 and not self._looks_like_a_line(cells):
            return None, None
        if problems:
            raise problems[0]
        return booked_on, amount

    def _looks_like_a_line(self, cells: list[str]) -> bool:
        """Whether a row without date and amount has something in both places: then it is an error, not a remark."""
        spots = [self._columns.amount, self._columns.debit, self._columns.credit]
        return bool(self._cell(cells, self._columns.booked_on)) and any(
            self._cell(cells, spot) for spot in spots
        )

    def _line(
        self, number: int, cells: list[str], account: str, booked_on: date, amount: Money
    ) -> StatementLine:
        columns = self._columns
        by_side = columns.payer if amount.minor > 0 else columns.payee
        name = plain(self._cell(cells, columns.counterparty) or self._cell(cells, by_side), LONGEST_NAME)
        other_account = plain_account(self._cell(cells, columns.counterparty_account))
        told = dict.fromkeys(filter(None, (self._cell(cells, title) for title in columns.text)))
        reference = plain(" ".join(told), LONGEST_REFERENCE)
        end_to_end_id = plain(self._cell(cells, columns.end_to_end_id), LONGEST_ID)
        end_to_end_id = "" if end_to_end_id.upper().replace(" ", "") == "NOTPROVIDED" else end_to_end_id
        bank_reference = plain(self._cell(cells, columns.bank_reference), LONGEST_ID)
        valued = self._cell(cells, columns.valued_on)
        return StatementLine(
            account=account,
            booked_on=booked_on,
            valued_on=self._day(cells, "valued_on") if valued else None,
            amount=amount,
            counterparty=name,
            counterparty_account=other_account,
            reference=reference,
            creditor_reference="",
            end_to_end_id=end_to_end_id,
            bank_reference=bank_reference,
            is_batch=False,
            is_reversal=False,
            place=number,
            fingerprint=self._fingerprints.next(
                account, booked_on, amount, name, other_account, reference, end_to_end_id, bank_reference
            ),
        )

    def _cell(self, cells: list[str], title: str) -> str:
        """The text of a cell without what protects it from a spreadsheet; "" where there is none."""
        place = self._place.get(title) if title else None
        if place is None or place >= len(cells):
            return ""
        text = cells[place].strip()
        wrapped = _FORMULA.fullmatch(text)
        return (wrapped[1] if wrapped else unguarded(text)).strip()

    def _day(self, cells: list[str], field: str) -> date:
        text = self._cell(cells, getattr(self._columns, field))
        if not text:
            raise _Bad(field, "The date is missing")
        try:
            return parse_date(text, self._manner.date_order)
        except Invalid as refused:
            raise _Bad(field, refused.sentence) from None

    def _amount(self, cells: list[str], currency: str) -> Money:
        columns = self._columns
        if columns.amount:
            amount = self._money(cells, "amount", currency)
            said = fold(self._cell(cells, columns.direction)).rstrip(".")
            if not columns.direction or (not said and amount.minor < 0):
                return amount
            if said in CAME or said in WENT:
                return abs(amount) if said in CAME else -abs(amount)
            raise _Bad("direction", f"“{plain(said, 40)}” does not say whether money came or went")
        came, went = (self._money(cells, side, currency, missing=True) for side in ("credit", "debit"))
        if came.minor and went.minor:
            raise _Bad("amount", "The row has both money in and money out")
        if not self._cell(cells, columns.credit) and not self._cell(cells, columns.debit):
            raise _Bad("amount", "The amount is missing")
        # A minus in a column of money in, or none where money out always has one, is a reversal.
        return came + (went if self._manner.debits_negative else -went)

    def _money(self, cells: list[str], field: str, currency: str, *, missing: bool = False) -> Money:
        text = self._cell(cells, getattr(self._columns, field))
        if not text:
            if missing:
                return Money.zero(currency)
            raise _Bad(field, "The amount is missing")
        lettered = _WITH_LETTER.fullmatch(text)
        try:
            amount = parse_amount(lettered[1] if lettered else text, currency, self._manner.decimal_mark)
        except Invalid as refused:
            raise _Bad(field, refused.sentence) from None
        if lettered:
            return -abs(amount) if fold(lettered[2]) in WENT else abs(amount)
        return amount

    def _title(self, field: str) -> str:
        """The header of a field as people see it in their file, with what it is where the header does not tell."""
        title = getattr(self._columns, field, "") if field != "row" else ""
        return f"“{title}”" if title else NAMES.get(field, "")
