"""Two workers in the same night bill every period once [M40, 139]."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import func, select

from admin_app.jobs.bill_plans import bill_service_plans
from admin_app.jobs.shift import Shift
from admin_app.models import Invoice, OfficeSession, Subscription, SubscriptionPeriod
from admin_app.models.engine import open_engine
from seeds.builders import a_group
from seeds.work_builders import a_service_plan, a_subscription
from tests.services.desk import a_desk

WORKERS = 6
PLANS = 4


@pytest.fixture
def engine(database):
    engine = open_engine(database, pool_size=WORKERS)
    yield engine
    engine.dispose()


def test_workers_at_once_bill_every_period_once(engine, settings, ann, clock):
    """Four plans with two periods each, six workers: eight bills."""
    with OfficeSession(engine, info={"actor": ann, "clock": clock, "door": "test"}) as session:
        a_desk(session, ann, clock)
        plan = a_service_plan(session, months=1, price=Decimal(10))
        for number in range(PLANS):
            a_subscription(session, a_group(session, name=f"Customer {number}"), plan)
        session.commit()
    start = Barrier(WORKERS)

    def work(_: int) -> None:
        start.wait()
        bill_service_plans(Shift(settings, engine, clock))

    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(work, range(WORKERS)))

    with OfficeSession(engine) as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == PLANS * 2
        assert session.scalar(select(func.count()).select_from(SubscriptionPeriod)) == PLANS * 2
        assert set(session.scalars(select(Subscription.next_on))) == {date(2026, 3, 31)}
