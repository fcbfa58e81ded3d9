"""The company's day of an instant, on both databases, where clocks change and where days end [M35]."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import bindparam, literal, select

from admin_app.models import Lead
from reports.sources import company
from reports.sources.local_day import before_end_of, clock_changes, day_of, days_between, end_of, local_day
from seeds.builders import a_company, a_group
from seeds.work_builders import a_lead, a_project

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")


def edges(zone):
    """A second before and after every clock change of this decade, and the ends of some days."""
    changes = [one for one in clock_changes(zone)[0] if 2019 < one.year < 2030]
    around = [one + timedelta(seconds=by) for one in changes for by in (-1, 0, 1)]
    ends = [end_of(date(2026, month, 28), zone) for month in range(1, 13)]
    near = [one + timedelta(microseconds=by) for one in ends for by in (-1, 0, 1)]
    return [*around, *near, datetime(2026, 7, 1, 23, 30, tzinfo=UTC)]


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_of_an_instant_is_the_one_on_the_wall(session, zone):
    a_company(session)
    project = a_project(session, a_group(session))
    instants = edges(zone)
    leads = {a_lead(session, project, state_since=instant).id: instant for instant in instants}

    found = dict(session.execute(select(Lead.id, local_day(Lead.state_since, zone))).all())

    assert found == {id_: at.astimezone(ZoneInfo(zone)).date() for id_, at in leads.items()}


@pytest.mark.parametrize("zone", ZONES)
def test_before_the_end_of_a_day_is_that_day_or_an_earlier_one(session, zone):
    a_company(session)
    project = a_project(session, a_group(session))
    day = date(2026, 3, 28)
    for instant in edges(zone):
        a_lead(session, project, state_since=instant)

    by_day = select(Lead.id).where(local_day(Lead.state_since, zone) <= day)
    by_instant = select(Lead.id).where(before_end_of(Lead.state_since, day, zone))

    assert set(session.scalars(by_instant)) == set(session.scalars(by_day)) != set()


def test_it_is_the_zone_of_the_company_unless_another_is_named(session):
    a_company(session)
    lead = a_lead(
        session, a_project(session, a_group(session)), state_since=datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    )

    company.at_company("Europe/London", "GBP")
    there = session.scalar(select(local_day(Lead.state_since)).where(Lead.id == lead.id))
    company.at_company("America/New_York", "USD")
    overseas = session.scalar(select(local_day(Lead.state_since)).where(Lead.id == lead.id))

    assert (there, overseas) == (date(2026, 7, 2), date(2026, 7, 1))


def test_a_lead_counts_on_no_day_where_there_is_no_instant(session):
    a_company(session)
    a_lead(session, a_project(session, a_group(session)))

    assert session.scalar(select(local_day(Lead.call_requested_at))) is None


def test_days_between_two_days_are_whole_and_have_a_sign(session):
    first, last = literal(date(2026, 3, 28)), literal(date(2026, 3, 30))

    assert session.execute(select(days_between(first, last), days_between(last, first))).one() == (2, -2)


def test_a_day_kept_as_text_is_that_day(session):
    kept: Any = bindparam("kept", "2026-03-31")

    assert session.scalar(select(day_of(kept))) == date(2026, 3, 31)


def test_clock_changes_alternate_between_their_offsets():
    changes, offsets = clock_changes("Europe/London")

    assert len(offsets) == len(changes) + 1
    assert datetime(2026, 3, 29, 1, tzinfo=UTC) in changes
    assert all(one != other for one, other in pairwise(offsets))
