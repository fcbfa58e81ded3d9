"""Makes imported records findable: search texts in bulk, the index after the batch (performance.md section 7.4)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select

from admin_app.models import Entity
from admin_app.records.importing.stage import GOOD, driver_of
from admin_app.records.importing.under_way import Import
from admin_app.records.search_text import DOC, FTS, keys_of, rebuild, searched, text_of

_TOGETHER = 10_000
_AT_ONCE = 1_000
HEAD = 240
"""Characters of a search text that are kept apart for words of one or two letters."""


def last_id(going: Import, entity: type[Entity]) -> int:
    """The id of the newest record, before a step adds its own."""
    return int(going.session.scalar(select(func.coalesce(func.max(entity.id), 0))) or 0)


def make_findable(going: Import, entity: type[Entity], after: int, stage_name: str, changed: bool) -> None:
    """Write the search texts of the records that this step added (ids above `after`) and changed."""
    if not searched(entity):
        return
    if changed:
        _renew(going, entity, after, stage_name)
    connection, table = going.session.connection(), entity.__table__
    first = int(connection.scalar(select(func.coalesce(func.max(DOC.c.id), 0))) or 0)
    wanted = (
        select(table.c.id, *(table.c[key] for key in keys_of(entity)))
        .where(table.c.id > after, table.c.import_run_id == going.run_id)
        .order_by(table.c.id)
    )
    rows: list[tuple[Any, ...]] = []
    for record in connection.execute(wanted.execution_options(yield_per=_TOGETHER)):
        said = text_of(entity, dict(record._mapping))
        rows.append((entity.__name__, record.id, said[:HEAD], said))
        if len(rows) >= _TOGETHER:
            _write(going, rows)
            rows = []
    _write(going, rows)
    if going.stage.is_sqlite:
        added = select(DOC.c.id, DOC.c.txt).where(DOC.c.id > first)
        connection.execute(insert(FTS).from_select(["rowid", "txt"], added))


def _renew(going: Import, entity: type[Entity], after: int, stage_name: str) -> None:
    table = going.stage[stage_name]
    known = going.session.scalars(
        select(table.c.target_id).where(table.c.fate == GOOD, table.c.target_id <= after).distinct()
    ).all()
    for start in range(0, len(known), _AT_ONCE):
        rebuild(going.session.connection(), entity, known[start : start + _AT_ONCE])


def _write(going: Import, rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    connection = going.session.connection()
    columns = ("entity", "entity_id", "head", "txt")
    if going.stage.is_sqlite:
        statement = insert(DOC).values(dict.fromkeys(columns))
        driver_of(connection).executemany(str(statement.compile(dialect=connection.dialect)), rows)
    else:
        going.stage.copy(connection, DOC.name, columns, rows)
