"""The staging tables: where checked rows wait until the database moves them in with a few statements a file.

They are nobody's records: on PostgreSQL temporary tables of the connection, filled by COPY; on SQLite a file of its
own beside the run, attached as `stage`, so that checking holds no lock on the office and memory stays small.
One call::

    with staging(connection, folder) as stage:
        stage.write(connection, "groups", rows)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg import sql
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Index,
    MetaData,
    SmallInteger,
    Table,
    Text,
    insert,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from admin_app.models.field import Kind
from admin_app.models.types import BIG, Instant
from admin_app.records.importing.check import derived_columns, stage_columns
from admin_app.records.importing.schema import FileSpec, specs

GOOD, REFUSED, SKIPPED = 0, 1, 2
"""The fate of a staged row."""

_TYPES: dict[Kind, Any] = {
    Kind.INTEGER: BigInteger,
    Kind.MONEY: BigInteger,
    Kind.DECIMAL: BigInteger,
    Kind.BOOLEAN: Boolean,
    Kind.DATE: Date,
    Kind.INSTANT: Instant,
    Kind.COORDINATE: Float,
}
"""The type of a staged value by the kind of its column; everything else is text."""

_EXTRA: dict[str, tuple[tuple[str, Any], ...]] = {
    "contacts": (("leads", BigInteger),),
    "addresses": (("group_id", BigInteger),),
    "tags": (("group_id", BigInteger), ("tag_id", BigInteger)),
    "invoices": (("group_id", BigInteger), ("divisor", BigInteger)),
    "invoice_lines": (("invoice_id", BigInteger), ("divisor", BigInteger)),
    "payments": (
        ("group_id", BigInteger),
        ("invoice_id", BigInteger),
        ("payment_id", BigInteger),
        ("money", Text),
        ("divisor", BigInteger),
        ("way", Text),
    ),
}
"""Columns that the database fills in later: what a row's names and numbers mean here."""

_PARTS: dict[str, tuple[tuple[str, Any], ...]] = {
    "memberships": (
        ("line", BigInteger),
        ("place", BigInteger),
        ("group", Text),
        ("role", Text),
        ("flagged", SmallInteger),
        ("group_id", BigInteger),
        ("contact_id", BigInteger),
        ("known", SmallInteger),
        ("chosen", SmallInteger),
    ),
    "allocated": (
        ("line", BigInteger),
        ("place", BigInteger),
        ("number", Text),
        ("amount", BigInteger),
        ("on", Date),
    ),
    "moves": (
        ("id", BigInteger),
        ("payment_id", BigInteger),
        ("invoice_id", BigInteger),
        ("group_id", BigInteger),
        ("amount", BigInteger),
        ("currency", Text),
        ("effective_on", Date),
        ("reverses", BigInteger),
    ),
    "payouts": (
        ("line", BigInteger),
        ("place", BigInteger),
        ("payment_id", BigInteger),
        ("amount", BigInteger),
        ("public_id", Text),
    ),
}
"""Rows that other rows carry along, and what the money files come to: allocations and refunds."""

_PART_COLUMNS = {
    "memberships": ("line", "place", "group", "role", "flagged"),
    "allocated": ("line", "place", "number", "amount", "on"),
    "moves": tuple(name for name, _ in _PARTS["moves"]),
    "payouts": tuple(name for name, _ in _PARTS["payouts"]),
    "tags": ("line", "group", "tag", "folded", "public_id"),
}

_INDEXES = {
    "groups": (("external_id",), ("target_id",)),
    "contacts": (("external_id",), ("email_key",), ("leads",), ("target_id",)),
    "memberships": (("line",), ("group",), ("group_id", "contact_id")),
    "addresses": (("group", "match_key"), ("target_id",)),
    "tags": (("group", "folded"), ("folded",)),
    "invoices": (("number",), ("group",), ("target_id",)),
    "invoice_lines": (("number", "position"),),
    "payments": (("external_id",), ("invoice",), ("target_id",)),
    "allocated": (("line",), ("number",)),
    "moves": (("id",),),
    "payouts": (("line",),),
}
"""Indexes that the statements of checking and applying ask."""


class Stage:
    """The staging tables of one run on one connection."""

    def __init__(self, dialect: str) -> None:
        """Describe the tables for a database ("sqlite" or "postgresql")."""
        self.is_sqlite = dialect == "sqlite"
        self._metadata = MetaData(schema="stage" if self.is_sqlite else None)
        self._filled = {spec.stage: stage_columns(spec) for spec in specs()} | _PART_COLUMNS
        self._filled["tags"] = _PART_COLUMNS["tags"]
        self.tables: dict[str, Table] = {spec.stage: self._table_of(spec) for spec in specs()}
        for name, columns in _PARTS.items():
            self.tables[name] = self._table(name, [Column(key, kind) for key, kind in columns])

    def __getitem__(self, name: str) -> Table:
        """One staging table by its name ("groups")."""
        return self.tables[name]

    def _table(self, name: str, columns: list[Column[Any]]) -> Table:
        prefixes = [] if self.is_sqlite else ["TEMPORARY"]
        return Table(f"stage_{name}", self._metadata, *columns, prefixes=prefixes)

    def _table_of(self, spec: FileSpec) -> Table:
        # Tags may come several to a row, everything else is one record a row.
        one_a_row = spec.stage != "tags"
        columns: list[Column[Any]] = [Column("line", BIG, primary_key=one_a_row, autoincrement=False)]
        for column in spec.columns:
            columns.append(Column(column.name, _TYPES.get(column.kind, Text)))
            if column.is_link:
                columns.append(Column(f"{column.name}_id", BigInteger))
        columns += [Column(name, Text) for name in derived_columns(spec)]
        columns += [Column("public_id", Text), Column("target_id", BigInteger)]
        columns += [Column(name, kind) for name, kind in _EXTRA.get(spec.stage, ())]
        columns.append(Column("fate", SmallInteger, nullable=False, server_default="0"))
        return self._table(spec.stage, columns)

    def create(self, connection: Connection) -> None:
        """Make the tables, empty."""
        for table in self.tables.values():
            connection.execute(CreateTable(table))

    def index(self, connection: Connection) -> None:
        """Index what was written, once it is all there: cheaper than row by row."""
        for name, groups in _INDEXES.items():
            table = self.tables[name]
            for place, keys in enumerate(groups):
                connection.execute(
                    CreateIndex(Index(f"ix_stage_{name}_{place}", *(table.c[key] for key in keys)))
                )
        for table in self.tables.values():
            self.count_up(connection, table.name)

    def count_up(self, connection: Connection, table: str) -> None:
        """Let PostgreSQL look at a table that was filled, so that it plans well.

        SQLite plans well by the indexes alone; figures taken before a column is filled would mislead it.
        """
        if not self.is_sqlite:
            driver_of(connection).execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))

    def write(self, connection: Connection, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add checked rows to a table: COPY on PostgreSQL, one prepared statement on SQLite."""
        if not rows:
            return
        table, columns = self.tables[name], self._filled[name]
        if self.is_sqlite:
            statement = insert(table).values(dict.fromkeys(columns))
            driver_of(connection).executemany(str(statement.compile(dialect=connection.dialect)), rows)
            return
        self.copy(connection, table.name, columns, rows)

    def copy(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
    ) -> None:
        """COPY rows into a table of PostgreSQL."""
        copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with driver_of(connection).cursor() as cursor, cursor.copy(copy) as stream:
            for row in rows:
                stream.write_row(row)

    def tuples(self, name: str, rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
        """Rows given by name, in the order in which `write` takes them."""
        columns = self._filled[name]
        return [tuple(row.get(key) for key in columns) for row in rows]


def driver_of(connection: Connection) -> Any:
    """The driver's own connection: staging speaks to it without a detour."""
    return connection.connection.driver_connection


@contextmanager
def staging(connection: Connection, folder: Path) -> Iterator[Stage]:
    """The staging tables of a run, empty, gone afterwards; `connection` must not be in a transaction yet."""
    stage = Stage(connection.dialect.name)
    file = folder / "stage.db"
    if stage.is_sqlite:
        file.unlink(missing_ok=True)
        driver = driver_of(connection)
        driver.execute("ATTACH DATABASE ? AS stage", (str(file),))
        # Nothing here survives a crash, and nothing here needs to: the files are read again.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
            driver.execute(f"PRAGMA stage.{pragma}")
    try:
        yield stage
    finally:
        if stage.is_sqlite:
            driver_of(connection).execute("DETACH DATABASE stage")
            file.unlink(missing_ok=True)
