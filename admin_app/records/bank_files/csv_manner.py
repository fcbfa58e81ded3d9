"""How a bank's CSV writes dates and amounts, found from its columns and shown before anything is taken in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from admin_app.kernel.dates import DateOrder, guess_date_order, parse_date
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import guess_decimal_mark
from admin_app.records.bank_files.csv_columns import BankColumns, is_english
from admin_app.records.bank_files.csv_table import BankTable

_SAMPLED = 5_000


@dataclass(frozen=True, slots=True)
class BankManner:
    """What stands first in a date and which mark starts the decimals; None: each cell must leave no doubt.

    `debits_negative`: a column of money out of its own writes it with a minus, so that one without is a reversal.
    """

    date_order: DateOrder | None = None
    decimal_mark: str | None = None
    debits_negative: bool = False
    date_example: str = ""
    amount_example: str = ""

    @property
    def dates(self) -> str:
        """How the dates are read, as a sentence for the preview."""
        match self.date_order:
            case DateOrder.DAY_FIRST:
                how = "The day comes first"
            case DateOrder.MONTH_FIRST:
                how = "The month comes first"
            case _:
                how = "Dates are read as each row writes them"
        return f"{how}, as in {self.date_example}" if self.date_example else how

    @property
    def amounts(self) -> str:
        """How the amounts are read, as a sentence for the preview."""
        match self.decimal_mark:
            case ",":
                how = "A comma starts the decimals"
            case ".":
                how = "A point starts the decimals"
            case _:
                how = "Amounts are read as each row writes them"
        return f"{how}, as in {self.amount_example}" if self.amount_example else how


def guess_manner(table: BankTable, columns: BankColumns) -> BankManner:
    """How the file writes dates and amounts, from its first thousands of rows."""
    dates = _cells(table, [columns.booked_on])
    amounts = _cells(table, [columns.amount, columns.debit, columns.credit])
    debits = [cell for cell in _cells(table, [columns.debit]) if cell.strip("0.,- ")]
    minus = sum(cell.startswith(("-", "−", "(")) or cell.endswith("-") for cell in debits)
    order = guess_date_order(dates) or _order_of_sequence(dates)
    if order is None and not is_english(columns):
        order = DateOrder.DAY_FIRST
    return BankManner(
        date_order=order,
        decimal_mark=guess_decimal_mark(amount.strip("SHCDR ") for amount in amounts),
        debits_negative=minus * 2 > len(debits),
        date_example=next(iter(dates), "")[:40],
        amount_example=max(amounts[:200], key=len, default="")[:40],
    )


def _cells(table: BankTable, titles: Iterable[str]) -> list[str]:
    places = [table.header.index(title) for title in titles if title in table.header]
    return [
        cells[place].strip()
        for _, (_, cells) in zip(range(_SAMPLED), table.rows(), strict=False)
        for place in places
        if place < len(cells) and cells[place].strip()
    ]


def _order_of_sequence(dates: list[str]) -> DateOrder | None:
    """The one order in which the days run forward, or backward, through the whole file as statements do."""
    running = []
    for order in DateOrder:
        days: list[date] = []
        for text in dates:
            try:
                days.append(parse_date(text, order))
            except Invalid:
                continue
        if len(set(days)) > 1 and days in (sorted(days), sorted(days, reverse=True)):
            running.append(order)
    return running[0] if len(running) == 1 else None
