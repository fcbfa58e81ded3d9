"""What the cells of a link column mean: the record that carries that key, name, number or address.

Brands are the one thing that a file may bring along: a company that moves in has none yet.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import func, inspect, select, union, update

from admin_app.kernel.text import fold
from admin_app.models import Brand
from admin_app.records.importing.schema import Column, FileSpec, specs
from admin_app.records.importing.stage import GOOD
from admin_app.records.importing.under_way import Import

_KEYS = ("key", "external_id", "public_id", "email", "number", "name", "title", "label")
"""By what a file may call a record, tried in this order."""

NEW_BRAND = "The brand “{}” was not known, so it is added; complete its address and terms under Settings"


def resolve_links(going: Import, spec: FileSpec) -> None:
    """Fill the ids of a file's links and refuse the rows whose link leads nowhere; new brands are only announced."""
    for column in spec.columns:
        if not column.is_link or column.name not in going.present(spec.stage):
            continue
        _find(going, spec, column)
        table = going.stage[spec.stage]
        lost = table.c[column.name].is_not(None) & table.c[f"{column.name}_id"].is_(None)
        target = _target(column)
        if target is Brand:
            continue
        going.refuse(spec.stage, column.name, lost, f"There is no {target.singular} “{{}}” here")


def _target(column: Column) -> type[Any]:
    assert column.bound is not None and column.bound.target is not None
    return column.bound.target


def _find(going: Import, spec: FileSpec, column: Column) -> None:
    target, table = _target(column), going.stage[spec.stage]
    known = inspect(target).column_attrs.keys()
    for key in _KEYS:
        if key not in known:
            continue
        stored = getattr(target, key)
        found = select(func.min(target.id)).where(stored == table.c[column.name]).scalar_subquery()
        going.session.execute(
            update(table)
            .where(table.c[f"{column.name}_id"].is_(None), table.c[column.name].is_not(None))
            .values({f"{column.name}_id": found})
        )


def unknown_brands(going: Import) -> list[str]:
    """The names of brands that good rows use and the office does not have, each once, in order."""
    columns = [
        (going.stage[spec.stage], column.name)
        for spec in specs()
        for column in spec.columns
        if column.is_link and _target(column) is Brand and column.name in going.present(spec.stage)
    ]
    if not columns:
        return []
    asked = union(
        *(
            select(table.c[name])
            .distinct()
            .where(table.c.fate == GOOD, table.c[name].is_not(None), table.c[f"{name}_id"].is_(None))
            for table, name in columns
        )
    )
    return sorted(going.session.scalars(asked))


def add_brands(going: Import) -> None:
    """Make the brands that the files use and the office does not have; they carry the run's number."""
    first = going.session.scalar(select(Brand.id).limit(1)) is None
    keys = set(going.session.scalars(select(Brand.key)))
    for name in unknown_brands(going):
        key = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:40] or "brand"
        while key in keys:
            key = f"{key[:37]}-{len(keys)}"
        keys.add(key)
        shown = name if name != name.lower() else name.capitalize()
        brand = Brand(name=shown[:120], key=name if name == fold(name)[:40] else key, is_default=first)
        brand.import_run_id = going.run_id
        going.session.add(brand)
        first = False
    going.session.flush()  # the rows that follow name them by id
    for spec in specs():
        if going.has(spec.stage):
            for column in spec.columns:
                if column.is_link and _target(column) is Brand and column.name in going.present(spec.stage):
                    _find(going, spec, column)
