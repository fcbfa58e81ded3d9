"""A PostgreSQL database that one test gave back is what a new one is (tests/fixtures/used_database)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from seeds.builders import a_brand
from tests.admin.two_customers import world
from tests.fixtures.databases import Clones
from tests.fixtures.office import ANN
from tests.fixtures.used_database import UsedDatabase

SHAPES = """
    SELECT c.relname, c.relkind, a.attname, a.attnum, a.atttypid::regtype, a.attnotnull, a.attidentity,
      pg_get_expr(d.adbin, d.adrelid)
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 4"""
SIZES = """
    SELECT relname, relpages, reltuples, pg_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
    ORDER BY 1, 2, 3"""
TRIGGERS = "SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid, true) FROM pg_trigger"
FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE oid >= 16384 ORDER BY 1, 2"
STATISTICS = "SELECT count(*) FROM pg_statistic WHERE starelid >= 16384"


def portrait(clones: Clones, database: UsedDatabase) -> dict[str, Any]:
    """All that can be told of a database: shapes, rows, how far its sequences have counted."""
    with psycopg.connect(clones.server.conninfo(database.name)) as connection:
        looks: dict[str, Any] = {
            "shapes": connection.execute(SHAPES).fetchall(),
            "sizes": connection.execute(SIZES).fetchall(),
            "constraints": connection.execute(CONSTRAINTS).fetchall(),
            "triggers": sorted(connection.execute(TRIGGERS).fetchall()),
            "functions": connection.execute(FUNCTIONS).fetchall(),
            "statistics": connection.execute(STATISTICS).fetchall(),
        }
        kinds = {(name, kind) for name, kind, *_ in looks["shapes"]}
        for name, kind in sorted(kinds):
            if kind == "r":
                looks[name] = connection.execute(f'SELECT * FROM "{name}"').fetchall()
            elif kind == "S":
                state = f'SELECT last_value, is_called FROM "{name}"'
                looks[name] = connection.execute(state).fetchall()
    return looks


@pytest.fixture
def clone(postgres_clones: Clones) -> Iterator[UsedDatabase]:
    """A new clone, which no test before had; it goes when this one ends."""
    database = postgres_clones.new()
    yield database
    postgres_clones.drop(database)


@pytest.fixture
def another(postgres_clones: Clones) -> Iterator[UsedDatabase]:
    """A second one."""
    database = postgres_clones.new()
    yield database
    postgres_clones.drop(database)


def test_a_database_that_was_used_is_as_a_new_one(postgres_clones, clone, another, clock):
    engine = open_engine(postgres_clones.server.url(clone.name))

    @contextmanager
    def rows(keep: bool = True) -> Iterator[OfficeSession]:
        with OfficeSession(engine, info={"actor": ANN, "clock": clock, "door": "test"}) as session:
            yield session
            session.commit() if keep else session.rollback()

    world(rows, clock)
    with rows(keep=False) as session:
        a_brand(session, key="south")
        session.flush()
    left_open = OfficeSession(engine)
    left_open.execute(text("SELECT pg_advisory_lock(1), count(*) FROM company"))
    assert portrait(postgres_clones, clone) != portrait(postgres_clones, another)

    assert clone.is_fresh_again()

    assert portrait(postgres_clones, clone) == portrait(postgres_clones, another)
    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE note ADD COLUMN colour text",
        "ALTER TABLE note ALTER COLUMN body DROP NOT NULL",
        "ALTER TABLE note DISABLE TRIGGER ALL",
        "ALTER SEQUENCE note_id_seq INCREMENT 7",
        "ANALYZE alembic_version",
        "COMMENT ON TABLE note IS 'read'",
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE INDEX ON note (body)",
        "CREATE MATERIALIZED VIEW notes AS SELECT * FROM note",
        "CREATE SCHEMA other",
        "DROP TABLE note CASCADE",
        "GRANT SELECT ON note TO public",
        "SELECT lo_create(0)",
        "UPDATE alembic_version SET version_num = '0001'",
        "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 7', current_database()); END$$",
        "DO $$BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 7', current_database()); END$$",
    ],
)
def test_a_database_that_cannot_be_made_fresh_is_left(postgres_clones, clone, statement):
    with psycopg.connect(postgres_clones.server.conninfo(clone.name), autocommit=True) as connection:
        connection.execute(statement)

    assert not clone.is_fresh_again()
