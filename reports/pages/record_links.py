"""Where the record stands that a row tells of: the page that the office shows of its kind [128]."""

from __future__ import annotations

from functools import cache

from admin_app.admin.cells import record_url
from admin_app.models import Entity
from admin_app.models.base import Base


@cache
def kind_at(about: str) -> type[Entity] | None:
    """The kind of record by its own word ("credit note"); None for a word that no kind has."""
    for mapper in Base.registry.mappers:
        kind = mapper.class_
        if issubclass(kind, Entity) and kind.singular == about:
            return kind
    return None


def record_address(kind: type[Entity] | None, record_id: int | None) -> str:
    """The page of a record; "" where its kind has none, or there is no record."""
    return record_url(kind, record_id) if record_id is not None else ""
