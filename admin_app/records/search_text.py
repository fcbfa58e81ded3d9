"""The folded text by which a record is found, and its upkeep under the trigram index [37].

One line a record in `search_doc`: the words of its SEARCH fields without accents and capitals, and the digits of its
phone numbers.  PostgreSQL indexes the column itself; SQLite's `search_fts` holds no text of its own, so each change
tells it the old text first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, column, delete, insert, literal, select, table

from admin_app.kernel.text import digits, fold
from admin_app.models import Entity, SearchDoc
from admin_app.models.field import BoundField, Kind, Surface, fields_on
from admin_app.records.images import Ids, among, table_of

FTS = table("search_fts", column("rowid"), column("txt"), column("search_fts"))
"""SQLite's trigram index; its column of its own name takes commands."""

BATCH = 2_000
"""Records whose text is folded and written at a time."""

_TRUNK_ZERO = re.compile(r"\(0\)")
DOC = table_of(SearchDoc)


@cache
def searched(entity: type[Entity]) -> tuple[BoundField, ...]:
    """The fields whose words are a record's search text; none: the entity has no text of its own.

    A searched link is looked through by the list itself (`linked.found_by`), in the text of what it leads to.
    """
    return tuple(bound for bound in fields_on(entity, Surface.SEARCH) if bound.kind is not Kind.LINK)


@cache
def keys_of(entity: type[Entity]) -> tuple[str, ...]:
    """The attributes that the search text is made of; a file's own number counts where there is any text at all."""
    keys = tuple(bound.key for bound in searched(entity))
    return (*keys, "external_id") if keys else ()


def text_of(entity: type[Entity], values: Mapping[str, Any]) -> str:
    """The search text of one record from its values: folded words, then the digits of its phones."""
    words: list[str] = []
    for bound in searched(entity):
        value = values.get(bound.key)
        if value:
            words.append(fold(str(value)))
            if bound.kind is Kind.PHONE:
                words.extend(_digit_forms(str(value)))
    if values.get("external_id"):
        words.append(fold(str(values["external_id"])))
    return " ".join(word for word in words if word)


def _digit_forms(phone: str) -> list[str]:
    """The digits as typed, and without the "(0)" that people write into international numbers."""
    forms = [digits(phone)]
    if _TRUNK_ZERO.search(phone):
        forms.append(digits(_TRUNK_ZERO.sub("", phone)))
    return forms


def keep(connection: Connection, new: Collection[Entity], changed: Collection[Entity]) -> None:
    """Write the search texts of new records and renew those of changed ones: a few statements a kind of record."""
    rows: dict[type[Entity], list[dict[str, Any]]] = defaultdict(list)
    stale: dict[type[Entity], list[int]] = defaultdict(list)
    for record in changed:
        stale[type(record)].append(record.id)
    for record in (*new, *changed):
        entity = type(record)
        if searched(entity):
            rows[entity].append(
                _row(entity, record.id, {key: getattr(record, key) for key in keys_of(entity)})
            )
    for entity, ids in stale.items():
        forget(connection, entity, ids)
    for written in rows.values():
        for start in range(0, len(written), BATCH):
            _write(connection, written[start : start + BATCH])


def forget(connection: Connection, entity: type[Entity], ids: Ids | None = None) -> None:
    """Take the search texts of records away; of all records of the entity without `ids`."""
    if not searched(entity):
        return
    mine = DOC.c.entity == entity.__name__
    if ids is not None:
        mine = mine & among(DOC.c.entity_id, ids)
    if connection.dialect.name == "sqlite":
        old = select(literal("delete"), DOC.c.id, DOC.c.txt).where(mine)
        connection.execute(insert(FTS).from_select(["search_fts", "rowid", "txt"], old))
    connection.execute(delete(DOC).where(mine))


def rebuild(connection: Connection, entity: type[Entity], ids: Ids | None = None) -> int:
    """Make the search texts of some or all records anew, in batches; returns how many were written.

    For what changed past the session: imports, restores of a backup.
    """
    if not searched(entity):
        return 0
    forget(connection, entity, ids)
    source = entity.__table__
    wanted = select(source.c.id, *(source.c[key] for key in keys_of(entity))).order_by(source.c.id)
    if ids is not None:
        wanted = wanted.where(among(source.c.id, ids))
    written, after = 0, 0
    while rows := connection.execute(wanted.where(source.c.id > after).limit(BATCH)).mappings().all():
        _write(connection, [_row(entity, row["id"], row) for row in rows])
        written, after = written + len(rows), rows[-1]["id"]
    return written


def _row(entity: type[Entity], record_id: int, values: Mapping[Any, Any]) -> dict[str, Any]:
    txt = text_of(entity, values)
    return {"entity": entity.__name__, "entity_id": record_id, "head": txt[:240], "txt": txt}


def _write(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Add search texts, and tell SQLite's index."""
    connection.execute(insert(DOC), rows)
    if connection.dialect.name == "sqlite":
        names = [row["entity_id"] for row in rows]
        added = select(DOC.c.id, DOC.c.txt).where(
            DOC.c.entity == rows[0]["entity"], DOC.c.entity_id.in_(names)
        )
        connection.execute(insert(FTS).from_select(["rowid", "txt"], added))
