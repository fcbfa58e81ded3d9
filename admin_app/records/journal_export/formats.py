"""The three formats in which the books leave the office, behind one door."""

from __future__ import annotations

import enum

from admin_app.kernel.errors import Invalid
from admin_app.records.journal_export.accounts import AccountMapping
from admin_app.records.journal_export.beancount import beancount_text
from admin_app.records.journal_export.datev import Batch, datev_batch
from admin_app.records.journal_export.entries import Entries, JournalFile
from admin_app.records.journal_export.generic_csv import generic_csv


class JournalFormat(enum.StrEnum):
    """What the bookkeeper's program reads."""

    CSV = "csv"
    BEANCOUNT = "beancount"
    DATEV = "datev"


def journal_file(
    wanted: JournalFormat, read: Entries, mapping: AccountMapping, *, title: str, batch: Batch | None = None
) -> JournalFile:
    """The books in that format, checked and ready to stream; `batch` is what DATEV alone needs.

    Raises Invalid for unmapped accounts and for what the format cannot express, Unmet for an entry out of balance.
    """
    match wanted:
        case JournalFormat.CSV:
            return generic_csv(read, mapping)
        case JournalFormat.BEANCOUNT:
            return beancount_text(read, mapping, title=title)
        case JournalFormat.DATEV:
            if batch is None:
                raise Invalid("A DATEV batch needs the consultant and client numbers and the fiscal year")
            return datev_batch(read, mapping, batch)
