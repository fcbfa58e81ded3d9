"""What leaves for the tax adviser: the mapping of our accounts, and each entry exported once."""

from __future__ import annotations

import enum
from datetime import date

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity, Row
from admin_app.models.field import DERIVED, FOUND, HIDDEN, field, link


class AccountMapping(Entity):
    """The adviser's account for one of ours."""

    singular, plural, group_path = "account mapping", "account mappings", None

    account: Mapped[str] = field(
        String(60), unique=True, on=FOUND, help="Our account: receivable, tax:VAT 20 %"
    )
    code: Mapped[str] = field(String(20), on=FOUND, help="The adviser's number: 1200")
    label: Mapped[str | None] = field(String(120), on=FOUND, label="Name there")


class ExportFormat(enum.StrEnum):
    """The formats in which the journal leaves."""

    CSV = "csv"
    BEANCOUNT = "beancount"
    DATEV = "datev"


class JournalExport(Entity):
    """A file of entries that went to the adviser."""

    singular, plural, group_path = "journal export", "journal exports", None

    format: Mapped[ExportFormat] = field(on=DERIVED)
    starts_on: Mapped[date] = field(on=DERIVED, label="From")
    ends_on: Mapped[date] = field(on=DERIVED, label="To")
    entries: Mapped[int] = field(Integer, on=DERIVED, default=0)
    made_by: Mapped[str] = field(String(120), on=DERIVED, default="")
    store_key: Mapped[str | None] = field(String(80), unique=True, on=HIDDEN)
    """The store's key of the file."""


class ExportedEntry(Row):
    """An entry of the journal that has left; none leaves twice."""

    export_id: Mapped[int]
    export: Mapped[JournalExport] = link(on=HIDDEN, ondelete="RESTRICT")
    entry_id: Mapped[int] = field(ForeignKey("journal_entry.id", ondelete="RESTRICT"), unique=True, on=HIDDEN)
