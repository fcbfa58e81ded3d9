"""Words that people stick on customers to find them again [A21-A23]."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped

from admin_app.kernel.text import fold
from admin_app.models.base import Base, Entity
from admin_app.models.field import FOUND, HIDDEN, field
from admin_app.models.types import BIG


class Tag(Entity):
    """One word or short phrase; "VIP" and "vip" are the same tag."""

    singular, plural, group_path = "tag", "tags", None

    name: Mapped[str] = field(String(60), on=FOUND, short=True)
    folded: Mapped[str] = field(String(80), unique=True, on=HIDDEN, cache=True)

    def settle(self) -> None:
        """Keep the folded form under which tags are compared."""
        self.folded = fold(self.name)


group_tag = Table(
    "group_tag",
    Base.metadata,
    Column("group_id", BIG, ForeignKey("customer_group.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", BIG, ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_group_tag_tag_id_group_id", "tag_id", "group_id"),
)
"""Which group carries which tag; both directions are indexed."""
