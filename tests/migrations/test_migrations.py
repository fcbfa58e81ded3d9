"""Migrations make what the models declare, forth and back, on both databases, also where rows stand."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import Literal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, String, inspect, select, text

import admin_app.models
import admin_app.records
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Unmet
from admin_app.models import migrate
from admin_app.models.base import Base, OfficeSession
from admin_app.models.customer_group import CustomerGroup, GroupKind
from admin_app.models.desk import Note
from admin_app.models.engine import open_engine

assert admin_app.models.__all__  # every table is declared
assert admin_app.records.history  # and every change written down

WHO = {"actor": SYSTEM, "clock": FixedClock(datetime(2026, 3, 17, tzinfo=UTC)), "door": "test"}
MADE_BY_HAND = ("search_fts", "ix_search_doc_txt_trgm", "alembic_version")


def declared(_thing, name, _kind, _reflected, _other):
    return not (name or "").startswith(MADE_BY_HAND)


def dump(connection: Connection) -> dict[str, object]:
    """Everything the database itself says about its tables, apart from what migrations make by hand."""
    reads = {
        "sqlite": ["SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"],
        "postgresql": [
            "SELECT table_name || '.' || column_name, concat_ws(' ', data_type, character_maximum_length,"
            " collation_name, is_nullable, column_default) FROM information_schema.columns"
            " WHERE table_schema = 'public'",
            "SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace",
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        ],
    }
    rows = [row for read in reads[connection.dialect.name] for row in connection.execute(text(read))]
    return {name: said_in_sql(sql) for name, sql in rows if shown(name)}


def said_in_sql(sql: str) -> list[str]:
    """What a statement says, whether SQLite wrote it down in one go or column by column as the table changed."""
    plain = sql.replace("(CURRENT_TIMESTAMP)", "CURRENT_TIMESTAMP").replace('"', "")
    lines = re.sub(r"(?<=[A-Z)]), (?=[a-z_]+ [A-Z])", "\n", plain.strip().removesuffix(")")).splitlines()
    return sorted(said for line in lines if (said := line.strip(" ,\t")))


def shown(name: str) -> bool:
    return not name.startswith(MADE_BY_HAND)


def test_the_migrations_leave_nothing_to_generate(database):
    engine = open_engine(database)
    with engine.connect() as connection:
        options = {"include_object": declared, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)

        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def test_a_migrated_database_has_the_schema_that_the_models_would_make(database, request):
    kind = "empty_sqlite" if database.startswith("sqlite") else "empty_postgres"
    made = open_engine(request.getfixturevalue(kind))
    Base.metadata.create_all(made)
    migrated = open_engine(database)

    with made.connect() as by_models, migrated.connect() as by_migrations:
        expected, found = dump(by_models), dump(by_migrations)
    made.dispose()
    migrated.dispose()

    assert len(found) > 100
    assert found == expected


def test_the_search_index_is_there(database):
    engine = open_engine(database)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            kinds = connection.scalars(text("SELECT sql FROM sqlite_master WHERE name = 'search_fts'")).all()
        else:
            kinds = connection.scalars(
                text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_search_doc_txt_trgm'")
            ).all()
    engine.dispose()

    assert len(kinds) == 1
    assert "trigram" in kinds[0] or "gin_trgm_ops" in kinds[0]


def test_a_database_with_rows_goes_down_and_up_again(empty_database):
    migrate.upgrade(empty_database)
    engine = open_engine(empty_database)
    with OfficeSession(engine, info=WHO) as session:
        session.add(CustomerGroup(name="Łukasz & Söhne", kind=GroupKind.BUSINESS))
        session.commit()

    migrate.downgrade(empty_database, "0002")
    migrate.upgrade(empty_database)

    assert migrate.is_current(empty_database)
    with OfficeSession(engine, info=WHO) as session:
        assert session.scalars(select(CustomerGroup.name)).all() == ["Łukasz & Söhne"]
        if session.get_bind().dialect.name == "sqlite":
            found = session.scalars(text("SELECT rowid FROM search_fts WHERE txt MATCH 'luka'")).all()
            assert len(found) == 1, "rows that stood before the index are in it"
    migrate.downgrade(empty_database, "base")
    with engine.connect() as connection:
        left = set(inspect(connection).get_table_names())
    engine.dispose()
    assert left == {"alembic_version"}

    migrate.upgrade(empty_database)
    assert migrate.is_current(empty_database)


def test_upgrading_what_is_current_changes_nothing(database):
    migrate.upgrade(database)

    assert migrate.current(database) == migrate.head()


def test_a_database_that_saw_no_migration_says_so(empty_database):
    assert migrate.current(empty_database) is None
    assert not migrate.is_current(empty_database)


def test_a_run_that_fails_leaves_the_database_as_it_was(empty_database):
    migrate.upgrade(empty_database, "0001")
    engine = open_engine(empty_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE search_doc (id INTEGER)"))  # 0002 will stumble over it

    with pytest.raises(Exception, match="search_doc"):
        migrate.upgrade(empty_database)

    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
    engine.dispose()
    assert tables == {"alembic_version", "search_doc"}
    assert migrate.current(empty_database) == "0001"


def test_a_table_that_is_copied_keeps_the_rows_that_stand_on_it(database):
    # SQLite changes a column by dropping the old table: with foreign keys on, its children would go with it.
    engine = open_engine(database)
    with OfficeSession(engine, info=WHO) as session:
        group = CustomerGroup(name="The Hardings")
        session.add(group)
        session.flush()
        session.add(Note(group_id=group.id, body="Ring twice"))
        session.commit()

    with migrate.opened_for_migration(database) as connection:
        operations = Operations(MigrationContext.configure(connection))
        copied: Literal["always", "auto"] = "always" if connection.dialect.name == "sqlite" else "auto"
        with operations.batch_alter_table("customer_group", recreate=copied) as table:
            table.add_column(Column("shoe_size", String(4)))

    with OfficeSession(engine) as session:
        assert session.scalars(select(Note.body)).all() == ["Ring twice"]
        assert session.scalars(text("SELECT shoe_size FROM customer_group")).all() == [None]
    engine.dispose()


def test_a_migration_that_leaves_a_row_without_its_parent_is_refused(sqlite_database):
    engine = open_engine(sqlite_database)
    with OfficeSession(engine, info=WHO) as session:
        group = CustomerGroup(name="The Hardings")
        session.add(group)
        session.flush()
        session.add(Note(group_id=group.id, body="Ring twice"))
        session.commit()

    refused = pytest.raises(Unmet, match="a row of customer_group that is not there")
    with refused, migrate.opened_for_migration(sqlite_database) as connection:
        connection.exec_driver_sql("DELETE FROM customer_group")

    with OfficeSession(engine) as session:
        assert session.scalars(select(CustomerGroup.name)).all() == ["The Hardings"]
    engine.dispose()


def type_in(copy, *words, database=None):
    """Type `sawhorse …` in a copy of the house."""
    told = {"SAWHORSE_HOME": str(copy / "var"), "PYTHONPATH": str(copy), "SAWHORSE_PUBLIC_URL": ""}
    told["SAWHORSE_DATABASE_URL"] = database or ""
    answer = subprocess.run(
        [sys.executable, "-m", "admin_app.cli", *words],
        cwd=copy,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_a_new_field_is_one_line_and_a_migration_that_is_written_for_it(tmp_path, database):
    shutil.copytree(
        migrate.MIGRATIONS.parent, tmp_path / "admin_app", ignore=shutil.ignore_patterns("__pycache__", "static")
    )
    shutil.copytree(migrate.MIGRATIONS.parents[1] / "seeds", tmp_path / "seeds")
    tag = tmp_path / "admin_app" / "models" / "tag.py"
    line = "    folded: Mapped[str]"
    tag.write_text(tag.read_text().replace(line, f"    colour: Mapped[str | None] = field(String(20))\n{line}", 1))

    said = type_in(tmp_path, "migrate", "--write", "tags have a colour")
    again = type_in(tmp_path, "migrate", "--write", "tags have a colour")
    moved = type_in(tmp_path, "migrate", database=database)

    following = f"{int(migrate.head()) + 1:04}"
    written = tmp_path / "admin_app" / "migrations" / "versions" / f"{following}_tags_have_a_colour.py"
    assert said.endswith(f"Wrote {written}; read it.\n")
    assert again.endswith("The models say nothing new; nothing was written.\n")
    assert moved == f"The database was at {migrate.head()} and is now at {following}.\n"
    engine = open_engine(database)
    with engine.connect() as connection:
        assert "colour" in {column["name"] for column in inspect(connection).get_columns("tag")}
    engine.dispose()
