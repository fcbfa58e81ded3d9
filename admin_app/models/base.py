"""What every record has: an id, a public id, a version, and when it was made and changed."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import JSON, Boolean, Date, Enum, Float, ForeignKey, Integer, MetaData, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from admin_app.kernel.text import new_public_id
from admin_app.models.field import declare_links
from admin_app.models.types import (
    BIG,
    SORTED,
    Email,
    EmailText,
    Instant,
    Minor,
    MinorUnits,
    Percent,
    Phone,
    PhoneText,
    Quantity,
    Scaled,
    SortName,
)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraints have the same names on both databases, so that migrations and error sentences can speak of them."""


class Base(DeclarativeBase):
    """The registry of all tables; plain SQLAlchemy, so that worker, command line and notebooks need no Flask."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BIG,
        str: String(200),
        bool: Boolean(create_constraint=False),
        float: Float(),
        date: Date(),
        datetime: Instant(),
        Decimal: Scaled(),
        Minor: MinorUnits(),
        Quantity: Scaled(),
        Percent: Scaled(),
        Email: EmailText(),
        Phone: PhoneText(),
        SortName: String(240).with_variant(String(240, collation=SORTED), "postgresql"),
        dict[str, Any]: JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
        list[Any]: JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
        enum.Enum: Enum(
            enum.Enum,
            native_enum=False,
            create_constraint=True,
            length=24,
            values_callable=lambda members: [member.value for member in members],
        ),
    }

    def __init_subclass__(cls, **options: Any) -> None:
        """Give each declared link its foreign key before the mapper looks at the class."""
        declare_links(cls, _table_of)
        super().__init_subclass__(**options)


def _table_of(annotation: str) -> str:
    """The table that a link's annotation names: "Mapped[CustomerGroup | None]" → "customer_group"."""
    inner = re.sub(r"^Mapped\[|\]$", "", annotation).replace("| None", "").strip(" \"'")
    return _TABLES.get(inner, table_name(inner))


_TABLES: dict[str, str] = {}
"""Entities whose table is not called like the class ("user" is a reserved word)."""


def table_name(class_name: str) -> str:
    """The table of an entity: its class name in lower case words ("CustomerGroup" → "customer_group")."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()


class Row(Base):
    """A table row with a number; machinery and parts that no address names."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BIG, primary_key=True)

    def __init_subclass__(cls, **options: Any) -> None:
        """Name the table after the class."""
        if "__tablename__" not in vars(cls) and "__abstract__" not in vars(cls):
            cls.__tablename__ = table_name(cls.__name__)
        if "__abstract__" not in vars(cls):
            _TABLES[cls.__name__] = cls.__tablename__
        super().__init_subclass__(**options)


class Entity(Row):
    """A record of the office: audited, versioned, with a public id for addresses that clients see.

    `version` counts edits of declared form fields and links; caches do not raise it.  `import_run_id` names the
    import that made the row, in place of an audit entry each.
    """

    __abstract__ = True

    singular: ClassVar[str] = ""
    """The word for one of these in a sentence ("customer group")."""
    plural: ClassVar[str] = ""
    """The word for several."""
    group_path: ClassVar[str | None] = "group_id"
    """The attribute that names the customer group a record belongs to, for its timeline; None: no customer."""

    public_id: Mapped[str] = mapped_column(String(32), unique=True, default=new_public_id)
    external_id: Mapped[str | None] = mapped_column(String(120), default=None)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(Instant(), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Instant(), server_default=func.now())
    import_run_id: Mapped[int | None] = mapped_column(
        BIG, ForeignKey("import_run.id", ondelete="SET NULL"), default=None
    )

    def settle(self) -> None:
        """Fill what follows from the other fields (folded names, keys); called before each flush."""

    def __str__(self) -> str:
        """The name by which people know the record."""
        for key in ("name", "title", "number", "label"):
            value = getattr(self, key, None)
            if value:
                return str(value)
        return f"{self.singular or type(self).__name__} {self.id}"


FLUSHING: ContextVar[bool] = ContextVar("sawhorse_flushing", default=False)
"""Whether a session is writing its records now: statements outside a flush change many records unseen."""


class OfficeSession(Session):
    """The session of every door.

    `session.info` carries `actor` (kernel.actor.Actor), `clock` (kernel.clock.Clock) and `door` ("admin", "cli",
    "import" …); the history writer (`admin_app.records.history`) reads them, so that no change is without who, when and
    where.
    """

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what changed; the guard of bulk statements sees by the mark that these go through the history."""
        token = FLUSHING.set(True)
        try:
            super().flush(objects)
        finally:
            FLUSHING.reset(token)
