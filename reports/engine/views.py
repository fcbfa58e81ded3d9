"""The rows of every source as views of the database, for the tools of analysts: reporting_invoiced, reporting_ageing …

A view holds the select that the figures themselves stand on, as of today, so that the sum of its column `amount` is
the figure.  They are made anew with each release; nothing depends on them.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Dialect, inspect, union_all
from sqlalchemy.schema import DDL

from admin_app.models.engine import open_engine, writing
from admin_app.models.migrate import VIEWS, drop_views
from reports.metrics import METRICS
from reports.sources import CORE, Source

TODAY = date(4000, 6, 15)
"""Stands for today while a view is written; dates around it are so many days away from today.

Instants around it stay: what has happened happened before then.
"""
_AROUND = re.compile(r"'((?:39|40)\d\d-\d\d-\d\d)'")
_DAYS = {
    "sqlite": "date('now', '{:+} days')",
    "postgresql": "(CURRENT_DATE + {})",
}
"""How a database says a day so many days from today; its own today, in UTC."""


def keep_views(url: str) -> list[str]:
    """Make the views of this release in the database at `url`; gives back their names."""
    engine = open_engine(url)
    try:
        with writing(), engine.begin() as connection:
            return make_views(connection)
    finally:
        engine.dispose()


def make_views(connection: Connection) -> list[str]:
    """Make every view anew, in the caller's transaction."""
    drop_views(connection)
    names = []
    for source in sources().values():
        name = VIEWS + source.name
        connection.execute(_create(name, view_of(source, connection.dialect)))
        names.append(name)
    return names


def sources() -> dict[str, Source]:
    """Every source that a metric stands on, by name, the finer rows behind it too."""
    found: dict[str, Source] = {}
    for metric in METRICS.values():
        for source in metric.sources:
            one: Source | None = source
            while one is not None:
                found.setdefault(one.name, one)
                one = one.finer
    return found


def columns_of(source: Source) -> tuple[str, ...]:
    """The columns of its view, in their order: those of every row, then its own."""
    return *CORE, *sorted(source.extras)


def view_of(source: Source, dialect: Dialect) -> str:
    """The select of a view, values written out and days told from today."""
    picked = [one.pick(columns_of(source)) for one in source.rows(TODAY)]
    rows: Any = picked[0] if len(picked) == 1 else union_all(*picked)
    written = str(rows.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    return _AROUND.sub(lambda found: _from_today(found[1], dialect.name), written)


def views_in(connection: Connection) -> list[str]:
    """The views of figures that a database has."""
    return sorted(name for name in inspect(connection).get_view_names() if name.startswith(VIEWS))


def _from_today(day: str, dialect: str) -> str:
    away = (date.fromisoformat(day) - TODAY) // timedelta(days=1)
    return _DAYS[dialect].format(away)


def _create(name: str, select: str) -> DDL:
    """The statement that makes a view; every part of it is written by ourselves."""
    # DDL fills in percent signs; those of LIKE are doubled.
    return DDL(  # type: ignore[no-untyped-call]
        "CREATE VIEW %(name)s AS " + select.replace("%", "%%"), context={"name": name}
    )
