"""Migrations make what the models declare, forth and back, on both databases, also where rows stand."""

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text

import admin_app.models
import admin_app.records
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import FixedClock
from admin_app.models import migrate
from admin_app.models.base import Base, OfficeSession
from admin_app.models.customer_group import CustomerGroup, GroupKind
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
    return {name: sorted(line.strip(" ,\t") for line in sql.splitlines()) for name, sql in rows if shown(name)}


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
