"""Periods of service plans: anchored, half-open, without gap or overlap; what is unused by days of the month [M40]."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from admin_app.money.plan_periods import (
    Period,
    first_start_from,
    months_later,
    period_from,
    periods_until,
    unused_share,
)

DAYS = st.dates(date(1999, 1, 1), date(2060, 12, 31))
MONTHS = st.integers(1, 60)


def test_the_31st_becomes_the_last_day_and_comes_back():
    """[M40]: ERPNext#46080 and #53308 lost the day, or the month."""
    starts = [p.starts_on for p in islice(periods_until(date(2026, 1, 31), 31, 1, date(2027, 1, 1)), 6)]

    assert starts == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 31),
        date(2026, 6, 30),
    ]


def test_a_leap_day_comes_back_every_four_years():
    starts = [p.starts_on for p in islice(periods_until(date(2024, 2, 29), 29, 12, date(2029, 1, 1)), 5)]

    assert starts == [date(2024, 2, 29), *(date(y, 2, 28) for y in (2025, 2026, 2027)), date(2028, 2, 29)]


def test_a_period_is_named_by_its_days():
    assert str(period_from(date(2026, 1, 31), 31, 1)) == "31 January 2026 to 27 February 2026"


@given(DAYS, MONTHS, st.integers(1, 12))
def test_periods_follow_one_another_without_gap_or_overlap(start, months, count):
    """[M35, M40]: each ends where the next begins, none is empty, and none has drifted from the anchor."""
    periods = list(islice(periods_until(start, start.day, months, date.max), count))

    assert all(one.ends_on == other.starts_on for one, other in pairwise(periods))
    assert all(one.starts_on < one.ends_on for one in periods)
    for number, one in enumerate(periods):
        assert one.starts_on == months_later(start, number * months, start.day)
        is_last_of_month = (one.starts_on + timedelta(days=1)).month != one.starts_on.month
        assert one.starts_on.day == start.day or (one.starts_on.day < start.day and is_last_of_month)


@given(DAYS, MONTHS, st.integers(-400, 4000))
def test_after_a_rest_the_next_start_is_a_regular_one_and_not_before_the_day(start, months, days):
    day = start + timedelta(days=days)

    found = first_start_from(start, start.day, months, day)

    assert found >= day
    regular = [p.starts_on for p in periods_until(start, start.day, months, found)]
    assert regular[-1] == found
    assert all(one < day for one in regular[:-1])


@given(DAYS, MONTHS, st.integers(-50, 2200))
def test_what_is_unused_lies_between_nothing_and_all_and_never_grows(start, months, days):
    period = period_from(start, start.day, months)
    day = start + timedelta(days=days)

    share = unused_share(period, start.day, months, day)
    later = unused_share(period, start.day, months, day + timedelta(days=1))

    assert 0 <= later <= share <= 1
    assert unused_share(period, start.day, months, period.starts_on) == 1
    assert unused_share(period, start.day, months, period.ends_on) == 0


def test_the_days_of_that_month_count():
    """[M40]: of a quarter that begins on 1 January, 14 of 28 days and a whole month are left on 15 February."""
    quarter = Period(date(2026, 1, 1), date(2026, 4, 1))

    share = unused_share(quarter, 1, 3, date(2026, 2, 15))

    assert share == Fraction(14, 28) / 3 + Fraction(1, 3)
