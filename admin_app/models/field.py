"""A field is declared once: where it is shown, what it is called, what it means.

`field()` wraps a column, `link()` a reference to one other record, `links()` a set of others, `children()` the rows
that belong to this one.  Each puts a frozen :class:`Field` beside the attribute; list, form, filter, search, export,
import, audit and API read it through :func:`fields_of` and know nothing else.  One call::

    credit_limit: Mapped[Minor | None] = field(label="Credit limit")
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Date, Enum, Float, ForeignKey, Integer, String, Table, Text, inspect
from sqlalchemy.orm import MappedColumn, Relationship, RelationshipProperty, mapped_column, relationship
from sqlalchemy.types import JSON, TypeEngine

from admin_app.models.types import EmailText, Instant, MinorUnits, PhoneText, Scaled


class Surface(enum.Flag):
    """The places where a field can appear."""

    LIST = enum.auto()
    FORM = enum.auto()
    FILTER = enum.auto()
    SEARCH = enum.auto()
    EXPORT = enum.auto()
    IMPORT = enum.auto()
    API = enum.auto()
    PORTAL = enum.auto()
    """Clients see it: always opt-in."""


HIDDEN = Surface(0)
"""On no surface: machinery, and secrets."""
FORM_ONLY = Surface.FORM | Surface.EXPORT | Surface.IMPORT | Surface.API
"""Asked in the form and carried by files; too long or too rare for a list."""
SHOWN = Surface.LIST | Surface.FILTER | FORM_ONLY
"""The usual field."""
FOUND = SHOWN | Surface.SEARCH
"""The usual field, and the search box looks into it."""
DERIVED = Surface.LIST | Surface.FILTER | Surface.EXPORT | Surface.API
"""Kept by the program: shown and filtered, never typed."""
WRITTEN_ONCE = Surface.FORM
"""Typed into the form, shown nowhere again (a password, a provider token)."""


class Kind(enum.StrEnum):
    """What a field holds, as far as a door must know to ask for it and to print it."""

    TEXT = "text"
    LONG_TEXT = "long text"
    EMAIL = "email"
    PHONE = "phone"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    CHOICE = "choice"
    COORDINATE = "coordinate"
    STRUCTURE = "structure"
    LINK = "link"
    LINKS = "links"
    CHILDREN = "children"


@dataclass(frozen=True, slots=True)
class Field:
    """What is declared beside an attribute; `label` None means: the attribute's name in words."""

    label: str | None = None
    help: str = ""
    on: Surface = SHOWN
    secret: bool = False
    unit: str = ""
    short: bool = False
    """Asked in the short create form too [P21]."""
    chosen: bool = False
    """On the list only when somebody chooses the column."""
    cache: bool = False
    """Follows from other fields or rows: kept by the program without an edit, a version or a history."""


@dataclass(frozen=True, slots=True)
class Link:
    """A reference to one other record, before the mapper has seen it; see :func:`link`."""

    declared: Field
    ondelete: str
    back_populates: str | None
    index: bool


@dataclass(frozen=True, slots=True)
class BoundField:
    """A declared field with the attribute it stands on: what every surface reads."""

    entity: type[Any]
    key: str
    declared: Field
    kind: Kind
    required: bool
    column_type: TypeEngine[Any] | None
    target: type[Any] | None

    @property
    def label(self) -> str:
        """The words shown to people: "Credit limit"."""
        return self.declared.label or self.key.replace("_", " ").capitalize()

    @property
    def column_key(self) -> str:
        """The attribute that holds the stored value: the link `brand` is stored in `brand_id`."""
        return f"{self.key}_id" if self.kind is Kind.LINK else self.key

    @property
    def max_length(self) -> int | None:
        """Characters that fit, where the column says so."""
        return getattr(self.column_type, "length", None)

    @property
    def choices(self) -> type[enum.Enum] | None:
        """The enum behind a choice."""
        return getattr(self.column_type, "enum_class", None) if self.kind is Kind.CHOICE else None

    def is_on(self, surface: Surface) -> bool:
        """Whether the field appears there; a secret is typed into the form and shown nowhere."""
        if self.declared.secret and surface is not Surface.FORM:
            return False
        return bool(self.declared.on & surface)


def field(
    *args: Any,
    label: str | None = None,
    help: str = "",
    on: Surface = SHOWN,
    secret: bool = False,
    unit: str = "",
    short: bool = False,
    chosen: bool = False,
    cache: bool = False,
    **column: Any,
) -> MappedColumn[Any]:
    """Declare a column with what people see of it; `column` goes to SQLAlchemy's `mapped_column` unchanged."""
    declared = Field(label, help, on, secret, unit, short, chosen, cache)
    return mapped_column(*args, info={"field": declared}, **column)


def link(
    *,
    label: str | None = None,
    help: str = "",
    on: Surface = SHOWN,
    secret: bool = False,
    short: bool = False,
    chosen: bool = False,
    ondelete: str = "RESTRICT",
    back_populates: str | None = None,
    index: bool = True,
) -> Any:
    """Declare a reference to one other record; the foreign key column `<name>_id` comes with it.

    `ondelete` is the database's rule when the other record goes.  A bare annotation `<name>_id: Mapped[int]`
    beside it is welcome, so that type checkers know the column too.
    """
    return Link(Field(label, help, on, secret, "", short, chosen), ondelete, back_populates, index)


def links(
    through: Table, *, label: str | None = None, help: str = "", on: Surface = SHOWN, **options: Any
) -> Relationship[Any]:
    """Declare a set of other records, kept in the link table `through` (tags of a group)."""
    options.setdefault("passive_deletes", True)
    return relationship(secondary=through, info={"field": Field(label, help, on)}, **options)


def children(*, label: str | None = None, on: Surface = HIDDEN, **options: Any) -> Relationship[Any]:
    """Declare the rows that belong to this one and go with it; the database cascades, not the mapper."""
    options.setdefault("passive_deletes", "all")
    options.setdefault("cascade", "save-update, merge")
    return relationship(info={"field": Field(label, on=on)}, **options)


_KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (MinorUnits, Kind.MONEY),
    (Scaled, Kind.DECIMAL),
    (Instant, Kind.INSTANT),
    (EmailText, Kind.EMAIL),
    (PhoneText, Kind.PHONE),
    (Enum, Kind.CHOICE),
    (Boolean, Kind.BOOLEAN),
    (Date, Kind.DATE),
    (Float, Kind.COORDINATE),
    (JSON, Kind.STRUCTURE),
    (Text, Kind.LONG_TEXT),
    (String, Kind.TEXT),
    (Integer, Kind.INTEGER),
)


def kind_of(column_type: TypeEngine[Any]) -> Kind:
    """The kind of field that a column type holds; raises TypeError for a type no surface knows."""
    for known, kind in _KINDS:
        if isinstance(column_type, known):
            return kind
    raise TypeError(f"No kind of field is known for the column type {column_type!r}")


_FIELDS: dict[type[Any], tuple[BoundField, ...]] = {}


def fields_of(entity: type[Any]) -> tuple[BoundField, ...]:
    """Every declared field of an entity in the order of its class body; undeclared columns are machinery."""
    if entity not in _FIELDS:
        _FIELDS[entity] = _read_fields(entity)
    return _FIELDS[entity]


def _read_fields(entity: type[Any]) -> tuple[BoundField, ...]:
    found: dict[str, BoundField] = {}
    for attribute in inspect(entity).attrs:
        declared = attribute.info.get("field")
        if declared is None and hasattr(attribute, "columns"):
            declared = attribute.columns[0].info.get("field")
        if isinstance(declared, Field):
            found[attribute.key] = _bind(entity, attribute, declared)
    order = {name: place for place, name in enumerate(_body_order(entity))}
    return tuple(sorted(found.values(), key=lambda bound: order.get(bound.key, len(order))))


def field_named(entity: type[Any], key: str) -> BoundField:
    """One declared field by its attribute name; raises KeyError for a name that is not declared."""
    for bound in fields_of(entity):
        if bound.key == key:
            return bound
    raise KeyError(f"{entity.__name__} declares no field {key!r}")


def fields_on(entity: type[Any], surface: Surface) -> tuple[BoundField, ...]:
    """The declared fields of an entity that appear on one surface, in order."""
    return tuple(bound for bound in fields_of(entity) if bound.is_on(surface))


def _bind(entity: type[Any], attribute: Any, declared: Field) -> BoundField:
    if isinstance(attribute, RelationshipProperty):
        return _bind_relationship(entity, attribute, declared)
    column = attribute.columns[0]
    kind = kind_of(column.type)
    has_default = column.default is not None or column.server_default is not None
    required = not column.nullable and not has_default and kind is not Kind.BOOLEAN
    return BoundField(entity, attribute.key, declared, kind, required, column.type, None)


def _bind_relationship(
    entity: type[Any], attribute: RelationshipProperty[Any], declared: Field
) -> BoundField:
    kind, required = Kind.CHILDREN, False
    if attribute.secondary is not None:
        kind = Kind.LINKS
    elif not attribute.uselist and any(column.foreign_keys for column in attribute.local_columns):
        kind = Kind.LINK
        required = not any(column.nullable for column in attribute.local_columns)
    return BoundField(entity, attribute.key, declared, kind, required, None, attribute.mapper.class_)


def _body_order(entity: type[Any]) -> list[str]:
    names: list[str] = []
    for cls in reversed(entity.__mro__):
        names.extend(name for name in vars(cls).get("__annotations__", {}) if name not in names)
    return names


def declare_links(entity: type[Any], table_of: Callable[[str], str]) -> None:
    """Turn the :class:`Link` markers of a class body into a foreign key column and a relationship each.

    Called by the base class before the mapper looks; `table_of` maps an annotation to the target's table.
    """
    for name, marker in list(vars(entity).items()):
        if not isinstance(marker, Link):
            continue
        annotation = str(vars(entity)["__annotations__"][name])
        column: MappedColumn[Any] = mapped_column(
            ForeignKey(f"{table_of(annotation)}.id", ondelete=marker.ondelete),
            nullable="None" in annotation,
            index=marker.index,
        )
        setattr(entity, f"{name}_id", column)
        setattr(
            entity,
            name,
            relationship(
                foreign_keys=[column], back_populates=marker.back_populates, info={"field": marker.declared}
            ),
        )
