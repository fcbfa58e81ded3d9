"""The figures of data sets whose sums are published: Chinook and CDNOW, to the cent [129; analytics section 2]."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import Clock
from admin_app.kernel.money import Money
from reports.engine import Desk, Query
from seeds.cdnow import write_cdnow
from seeds.chinook import write_chinook
from tests.services.moving import Mover

if TYPE_CHECKING:
    from tests.fixtures.office import Rows

CDNOW = Path(__file__).parents[2] / "data" / "cdnow"
ADA = Actor(ActorKind.STAFF, "Ada Brandt", id=None, role=Role.ANALYST)


@pytest.fixture
def move(database: str, tmp_path: Path) -> Mover:
    return Mover(database, tmp_path / "moving")


def dollars(text: str) -> int:
    return Money.of(text, "USD").minor


def test_the_sample_shop_billed_what_it_says(move: Mover, rows: Rows, clock: Clock, tmp_path: Path) -> None:
    """Chinook: 2,328.60 on 412 invoices and 2,240 lines, all of it still open."""
    assert not move(write_chinook(tmp_path / "chinook")).refused
    with rows() as session:
        desk = Desk(session, ADA, clock)
        billed = desk.ask(Query("invoiced", ("service",)))

        assert billed.value == dollars("2328.60")
        assert (sum(mark.rows for mark in billed.marks), billed.rows) == (2240, 2240)
        assert desk.ask(Query("invoices")).value == 412
        assert desk.ask(Query("receivable")).value == dollars("2328.60")
        assert desk.ask(Query("overdue")).value == dollars("2328.60")
        by_country_town = desk.ask(Query("invoiced", ("city",)))
        assert sum(int(mark.value or 0) for mark in by_country_town.marks) == dollars("2328.60")
        mark = by_country_town.mark("Prague")
        assert mark is not None and mark.value == dollars("90.24"), "its two customers spent 49.62 and 40.62"
        assert desk.ask(Query("days_late")).value is None


def test_cdnow_sold_and_was_paid_what_is_published(
    move: Mover, rows: Rows, clock: Clock, tmp_path: Path
) -> None:
    """CDNOW: 244,091.94 in all, 28,592.70 in January 1997, by 2,357 customers who paid on the day."""
    assert not move(write_cdnow(CDNOW, tmp_path / "cdnow")).refused
    with rows() as session:
        desk = Desk(session, ADA, clock)

        for metric in ("invoiced", "collected"):
            assert desk.ask(Query(metric)).value == dollars("244091.94")
            assert desk.ask(Query(metric, start=date(1997, 1, 1), end=date(1997, 2, 1))).value == dollars(
                "28592.70"
            )
            month = desk.ask(Query(metric, ("month",))).mark("1997-01")
            assert month is not None and month.value == dollars("28592.70")
        assert desk.ask(Query("receivable")).value == 0
        assert desk.ask(Query("receivable", as_of=date(1997, 6, 30))).value == 0
        days = desk.ask(Query("days_late_median"))
        assert (days.value, days.rows) == (0, 6911)
        assert len(desk.ask(Query("invoiced", ("customer",))).marks) == 2357
        cohorts = desk.ask(Query("invoiced", ("cohort",)))
        assert {one.keys[0] for one in cohorts.marks} >= {"1997-01", "1997-02", "1997-03"}
        assert sum(int(one.value or 0) for one in cohorts.marks) == dollars("244091.94")
