"""PostgreSQL table by table through COPY, in one snapshot, without programs of the server.

Table and constraint names come from the database's own catalogue and are quoted by psycopg.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, inspect

from admin_app.kernel.errors import Unmet
from admin_app.services.backups.archive import ArchiveReader, ArchiveWriter

# The revision stands in the manifest, and restoring migrates to it.
NOT_COPIED = ("alembic_version",)


def dump_tables(connection: Connection, archive: ArchiveWriter) -> None:
    """Add every table as a part; `connection` is in a repeatable-read transaction, so all are of one instant."""
    driver = _driver(connection)
    with driver.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for table in _tables(connection):
            columns = _columns(connection, table)  # asked before COPY, which keeps the connection to itself
            statement = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), _listed(columns))
            with archive.part(f"tables/{table}.copy") as part, cursor.copy(statement) as rows:
                # The head names the columns, so that a reader need not trust their order.
                part.write("\t".join(columns).encode() + b"\n")
                for chunk in rows:
                    part.write(chunk)
        archive.manifest.sequences.update(_sequences(cursor))


def load_tables(connection: Connection, archive: ArchiveReader) -> None:
    """Fill the empty tables of `connection` from the parts; foreign keys are checked when all rows are there.

    Raises Unmet when the backup names tables that this database does not have.
    """
    tables = archive.manifest.tables()
    if unknown := sorted(set(tables) - set(_tables(connection))):
        raise Unmet(f"This backup has tables that this release does not know: {', '.join(unknown)}")
    driver = _driver(connection)
    with driver.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        foreign_keys = _foreign_keys(cursor)
        for table, name, _ in foreign_keys:
            cursor.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
            )
        if tables:
            cursor.execute(sql.SQL("TRUNCATE {}").format(_listed(tables)))
        for table in tables:
            _load_table(cursor, table, archive.chunks(f"tables/{table}.copy"))
        for table, name, definition in foreign_keys:
            cursor.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                    sql.Identifier(table),
                    sql.Identifier(name),
                    sql.SQL(definition),  # text of the catalogue itself
                )
            )
        for table, last in archive.manifest.sequences.items():
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, %s)", (table, max(last, 1), last > 0)
            )


def _load_table(cursor: psycopg.Cursor[Any], table: str, chunks: Iterator[bytes]) -> None:
    head = next(chunks, b"")
    while b"\n" not in head:
        more = next(chunks, None)
        if more is None:
            raise Unmet(f"This backup is damaged: table {table} has no head")
        head += more
    names, _, rest = head.partition(b"\n")
    columns = _listed(names.decode().split("\t"))
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)) as rows:
        rows.write(rest)
        for chunk in chunks:
            rows.write(chunk)


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _tables(connection: Connection) -> list[str]:
    return sorted(set(inspect(connection).get_table_names()) - set(NOT_COPIED))


def _columns(connection: Connection, table: str) -> list[str]:
    return [column["name"] for column in inspect(connection).get_columns(table) if not column.get("computed")]


def _listed(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _foreign_keys(cursor: psycopg.Cursor[Any]) -> list[tuple[str, str, str]]:
    """Table, name and definition of every foreign key of the schema."""
    cursor.execute(
        "SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k"
        " JOIN pg_class c ON c.oid = k.conrelid"
        " WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace"
    )
    return cursor.fetchall()


def _sequences(cursor: psycopg.Cursor[Any]) -> dict[str, int]:
    """Table → the last number given out for its `id`, 0 for none yet."""
    cursor.execute(
        "SELECT t.relname, coalesce(s.last_value, 0) FROM pg_sequences s"
        " JOIN pg_class q ON q.relname = s.sequencename AND q.relnamespace = s.schemaname::regnamespace"
        " JOIN pg_depend d ON d.objid = q.oid AND d.classid = 'pg_class'::regclass"
        " AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')"
        " JOIN pg_class t ON t.oid = d.refobjid WHERE s.schemaname = current_schema()"
    )
    return dict(cursor.fetchall())
