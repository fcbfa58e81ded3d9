"""Hours of the wall clock over the days on which it is changed [M35]."""

from datetime import UTC, date, datetime, time, timedelta

from admin_app.kernel.wall_hours import bounds_of, days_touched, hour_of, instant_at, moved_by

LONDON = "Europe/London"


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_a_job_keeps_its_hours_when_it_is_moved_into_summer_time():
    """Friday 27 March at eight is 08:00 UTC, Monday 30 March at eight is 07:00 UTC."""
    assert moved_by(at(3, 27, 8), at(3, 27, 16), 3, LONDON) == (at(3, 30, 7), at(3, 30, 15))


def test_a_job_keeps_its_hours_when_it_is_moved_back_into_winter_time():
    assert moved_by(at(10, 23, 7), None, 3, LONDON) == (at(10, 26, 8), None)


def test_days_have_23_and_25_hours():
    hours = [
        (ends - starts) / timedelta(hours=1)
        for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25))
        for starts, ends in [bounds_of(day, 1, LONDON)]
    ]

    assert hours == [24, 23, 25]


def test_an_hour_that_is_left_out_is_the_one_after_it():
    assert instant_at(date(2026, 3, 29), time(1, 30), LONDON) == at(3, 29, 1, 30)
    assert moved_by(at(3, 28, 0, 45), at(3, 28, 1, 15), 1, LONDON) == (at(3, 29, 0, 45), at(3, 29, 1, 15))


def test_what_would_end_before_it_starts_keeps_its_length():
    """In the night in which the clocks go back, 01:50 (the second) until 02:10 moved from a later day."""
    starts, ends = moved_by(at(10, 25, 1, 50), at(10, 25, 2, 10), 0, LONDON)

    assert starts is not None and ends is not None and ends >= starts


def test_what_ends_at_midnight_does_not_touch_the_day_after():
    assert days_touched(at(1, 5, 8), at(1, 7, 0), LONDON) == (date(2026, 1, 5), date(2026, 1, 6))
    assert days_touched(at(1, 5, 8), None, LONDON) == (date(2026, 1, 5), date(2026, 1, 5))
    assert days_touched(at(1, 5, 8), at(1, 5, 8), LONDON) == (date(2026, 1, 5), date(2026, 1, 5))


def test_an_hour_is_read_from_the_settings():
    assert hour_of("07:30") == time(7, 30)
    assert hour_of("25:00") == hour_of("early") == time(8)
