"""The text by which records are found: one folded line a record, kept by the write path."""

from __future__ import annotations

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped

from admin_app.models.base import Row
from admin_app.models.field import HIDDEN, field
from admin_app.models.types import SortName


class SearchDoc(Row):
    """Folded words and phone digits of one record's SEARCH fields (performance.md section 7.3).

    PostgreSQL indexes `txt` by trigrams; SQLite has an FTS5 trigram table over it with this row's id as rowid.
    Trigrams need three characters; `head`, the beginning of the text, answers one or two.
    """

    __table_args__ = (
        Index("uq_search_doc_entity_entity_id", "entity", "entity_id", unique=True),
        Index("ix_search_doc_entity_head", "entity", "head", "entity_id"),
    )

    entity: Mapped[str] = field(String(32), on=HIDDEN)
    entity_id: Mapped[int] = field(on=HIDDEN)
    head: Mapped[SortName] = field(on=HIDDEN)
    txt: Mapped[str] = field(Text, on=HIDDEN)
