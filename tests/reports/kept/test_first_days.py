"""The day on which a customer first bought: from what is kept, from the documents of those who are behind, the same."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from admin_app.models import CustomerStat, RollupDirty, RollupState
from reports.engine.keep_totals import flush, rebuild
from reports.sources.customers_first import first_days
from tests.reports.kept.walking import FiguresWalk

DAYS = (date(2025, 3, 1), date(2026, 1, 5), date(2026, 2, 1), date(2026, 3, 17))


def firsts(session: Session, as_of: date) -> dict[int, date]:
    """Customer → the day of the first purchase up to a day."""
    session.flush()
    days = first_days(as_of)
    return dict(map(tuple, session.execute(select(days.c.group_id, days.c.first_on)).all()))


@pytest.mark.parametrize("seed", range(30, 33))
def test_kept_and_found_first_days_are_the_same(desk, seed):
    walk = FiguresWalk(desk, seed)
    rebuild(desk.session, desk.clock)
    for _ in range(25):
        walk.step()

    partly = [firsts(desk.session, day) for day in DAYS]
    flush(desk.session, desk.clock)
    kept = [firsts(desk.session, day) for day in DAYS]
    desk.session.execute(delete(RollupState))
    found = [firsts(desk.session, day) for day in DAYS]

    assert partly == kept == found
    assert found[-1]


def test_clean_customers_are_read_from_what_is_kept(desk):
    """Which is what makes it quick: documents of customers that nobody touched are not read."""
    desk.invoice("100", issued_on=date(2026, 1, 5))
    rebuild(desk.session, desk.clock)
    desk.session.execute(update(CustomerStat).values(first_on=date(2026, 1, 1)))
    assert firsts(desk.session, DAYS[-1]) == {desk.group.id: date(2026, 1, 1)}

    desk.session.add(RollupDirty(day=None, group_id=desk.group.id, at=desk.clock.now()))
    assert firsts(desk.session, DAYS[-1]) == {desk.group.id: date(2026, 1, 5)}
