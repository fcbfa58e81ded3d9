"""The lines of a bank statement as the office keeps them, whichever format the bank uses.

Amounts are signed `Money`: positive came in, negative went out.  Texts are cut to lengths that a table can hold; a
payment is never lost because somebody wrote a novel beside it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from admin_app.kernel.money import Money

PART = 5_000
"""Lines and errors of one `Statement`; a longer one comes in several parts."""
MOST_LINES = 1_000_000
"""Entries or rows of one file."""
MOST_BYTES = 1024**3

LONGEST_NAME = 200
LONGEST_ACCOUNT = 64
LONGEST_REFERENCE = 2_000
LONGEST_ID = 140


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One payment as the bank booked it, or a sum of several where the bank does not take it apart (`is_batch`).

    `place` is the row of the CSV or the number of the entry in the XML, `fingerprint` 64 hexadecimal digits: equal for
    the same line in two overlapping files, different for two equal payments of one day.
    """

    account: str
    booked_on: date
    valued_on: date | None
    amount: Money
    counterparty: str
    counterparty_account: str
    reference: str
    creditor_reference: str
    end_to_end_id: str
    bank_reference: str
    is_batch: bool
    is_reversal: bool
    place: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class LineError:
    """A row that could not be read: its number, the name of our field, and why, as a sentence."""

    place: int
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one account, or a part of it: `part` counts from 1, the last one says so.

    `pending` are entries that the bank has not booked yet, `empty` those over 0.00; both are left out.  `remarks` are
    sentences about the whole, such as balances that the lines do not explain.
    """

    identifier: str
    account: str
    currency: str
    from_on: date | None
    to_on: date | None
    opening: Money | None
    closing: Money | None
    lines: tuple[StatementLine, ...]
    errors: tuple[LineError, ...] = ()
    remarks: tuple[str, ...] = ()
    pending: int = 0
    empty: int = 0
    part: int = 1
    is_last: bool = True


def plain(text: str | None, longest: int) -> str:
    """A bank's text on one line: control characters and runs of blanks become one blank, the rest is cut."""
    if not text:
        return ""
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") else c for c in text)
    return " ".join(unicodedata.normalize("NFC", text).split())[:longest].strip()


def plain_account(text: str | None) -> str:
    """An IBAN or account number as it is compared: no blanks, capitals."""
    return "".join(plain(text, 200).split()).upper()[:LONGEST_ACCOUNT]
