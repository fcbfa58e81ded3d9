"""Other tools read the figures' rows as views of the database: their sum is the figure [L1, 135]."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import inspect, text

from admin_app.kernel.clock import FixedClock, SystemClock
from admin_app.models import migrate
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from reports.engine.desk import Desk as FiguresDesk
from reports.engine.query import Query
from reports.engine.views import columns_of, keep_views, sources, views_in
from reports.metrics import METRICS, Total
from tests.money.books import busy_books


@pytest.fixture
def engine(database):
    engine = open_engine(database)
    yield engine
    engine.dispose()


def test_the_sum_of_each_view_is_its_figure_as_of_today(engine, database, ann):
    """Books of every kind, written in the past; figures of today, like the views."""
    clock = FixedClock(datetime(2026, 3, 17, 9, 30, tzinfo=UTC))
    with OfficeSession(engine, info={"actor": ann, "clock": clock, "door": "test"}) as session:
        busy_books(session, ann, clock)
        session.commit()
    names = keep_views(database)
    assert names == [f"reporting_{name}" for name in sources()]

    told = 0
    with OfficeSession(engine) as session:
        desk = FiguresDesk(session, ann, SystemClock("UTC"))
        for metric in METRICS.values():
            if not isinstance(metric, Total):
                continue
            rows = session.execute(
                text(f"SELECT currency, sum(amount) FROM reporting_{metric.source.name} GROUP BY currency")
            ).all()
            if "currency" in metric.dimensions:
                marks = desk.ask(Query(metric.name, by=("currency",))).marks
                assert {mark.currency: mark.value for mark in marks} == dict(map(tuple, rows)), metric.name
            else:
                assert desk.ask(Query(metric.name)).value == sum(amount for _, amount in rows), metric.name
            told += bool(rows)
    assert told > 10, "views of nothing prove nothing"


def test_a_view_has_the_columns_that_its_source_declares(engine, database):
    keep_views(database)

    with engine.connect() as connection:
        for name, source in sources().items():
            found = [column["name"] for column in inspect(connection).get_columns(f"reporting_{name}")]
            assert tuple(found) == columns_of(source)


def test_buckets_of_a_view_are_those_of_today(engine, database, ann):
    """The day as of which rows are bucketed moves with the database's own today."""
    today = SystemClock("UTC")
    with OfficeSession(engine, info={"actor": ann, "clock": today, "door": "test"}) as session:
        from tests.services.desk import a_desk

        a_desk(session, ann, today).invoice("100", issued_on=date(2026, 1, 5))
        session.commit()
    keep_views(database)

    with OfficeSession(engine) as session:
        desk = FiguresDesk(session, ann, today)
        figure = {mark.keys[0]: mark.value for mark in desk.ask(Query("ageing", by=("bucket",))).marks}
        rows = session.execute(text("SELECT bucket, sum(amount) FROM reporting_ageing GROUP BY bucket")).all()
    assert dict(tuple(row) for row in rows) == figure


def test_views_give_way_to_a_change_of_their_tables_and_come_back(engine, database):
    """PostgreSQL changes no column below a view, SQLite no table; a downgrade and an upgrade pass all the same."""
    keep_views(database)
    keep_views(database)  # a second time harms nothing

    migrate.downgrade(database, "0006")
    with engine.connect() as connection:
        assert views_in(connection) == []
    engine.dispose()
    migrate.upgrade(database)
    assert keep_views(database)


def test_an_upgrade_with_nothing_to_do_leaves_the_views(engine, database):
    names = keep_views(database)

    migrate.upgrade(database)

    with engine.connect() as connection:
        assert views_in(connection) == sorted(names)
