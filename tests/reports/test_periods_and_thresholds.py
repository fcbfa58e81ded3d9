"""Periods that move with the calendar, thresholds as people type them, figures against earlier ones [125, M35]."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from babel import Locale

from admin_app.kernel.errors import Invalid
from reports.engine.periods import PERIODS, days_of, kept_query, with_days
from reports.engine.threshold import is_beyond, read_threshold, threshold_text, typed_back
from reports.metrics import Unit

BRITISH = Locale("en", "GB")
GERMAN = Locale("de")


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("month", date(2024, 2, 1), date(2024, 3, 1)),
        ("quarter", date(2024, 1, 1), date(2024, 3, 1)),
        ("year", date(2024, 1, 1), date(2024, 3, 1)),
        ("12months", date(2023, 3, 1), date(2024, 3, 1)),
        ("last_month", date(2024, 1, 1), date(2024, 2, 1)),
        ("last_quarter", date(2023, 10, 1), date(2024, 1, 1)),
        ("last_year", date(2023, 1, 1), date(2024, 1, 1)),
        ("7days", date(2024, 2, 23), date(2024, 3, 1)),
        ("365days", date(2023, 3, 1), date(2024, 3, 1)),
    ],
)
def test_a_period_by_its_name_on_a_leap_day(name, start, end):
    assert days_of(name, date(2024, 2, 29)) == (start, end)


@pytest.mark.parametrize("name", PERIODS)
def test_every_period_has_days_on_every_day_of_four_years(name):
    for number in range(4 * 366):
        start, end = days_of(name, date(2023, 1, 1) + timedelta(days=number))
        assert start < end


def test_days_that_are_given_win_and_a_stock_has_no_period():
    today = date(2026, 3, 17)

    assert with_days([("metric", "collected"), ("period", "last_month")], today)[1:] == [
        ("from", "2026-02-01"),
        ("to", "2026-03-01"),
    ]
    assert with_days([("metric", "collected"), ("period", "last_month"), ("from", "2026-01-05")], today)[
        1:
    ] == [("from", "2026-01-05")]
    assert with_days([("metric", "receivable"), ("period", "last_month")], today) == [
        ("metric", "receivable")
    ]
    with pytest.raises(Invalid, match="nearest: last_month"):
        with_days([("metric", "collected"), ("period", "lastmonth")], today)


def test_a_kept_address_asks_about_the_day_on_which_it_is_read():
    words = "metric=collected&by=month&period=month&brand=3&brand=4"

    march, april = (kept_query(words, date(2026, month, 17)) for month in (3, 4))

    assert (march.start, april.start) == (date(2026, 3, 1), date(2026, 4, 1))
    assert march.where == april.where == (("brand", "3"), ("brand", "4"))


@pytest.mark.parametrize(
    ("typed", "unit", "locale", "kept"),
    [
        ("1,000.50", Unit.MONEY, BRITISH, 1000_50),
        ("€1,000", Unit.MONEY, BRITISH, 1000_00),
        ("-5", Unit.MONEY, BRITISH, -5_00),
        ("1.000,50 €", Unit.MONEY, GERMAN, 1000_50),
        ("12.5 %", Unit.SHARE, BRITISH, 1250),
        ("12.5", Unit.HOURS, BRITISH, 750),
        ("45 days", Unit.DAYS, BRITISH, 45),
        ("17", Unit.COUNT, BRITISH, 17),
        ("  ", Unit.COUNT, BRITISH, None),
    ],
)
def test_a_threshold_is_kept_in_the_unit_of_the_figure_and_shown_again(typed, unit, locale, kept):
    assert read_threshold(typed, "over", unit, "EUR", locale) == kept
    if kept is not None:
        assert read_threshold(typed_back(kept, unit, "EUR"), "over", unit, "EUR", BRITISH) == kept


@pytest.mark.parametrize("typed", ["much", "1e5x", "--", "9" * 40])
def test_what_is_no_threshold_is_said_at_its_field(typed):
    with pytest.raises(Invalid) as refusal:
        read_threshold(typed, "over", Unit.MONEY, "EUR", BRITISH)

    assert set(refusal.value.fields) == {"over"}


@pytest.mark.parametrize(
    ("value", "unit", "beyond"),
    [
        (500_00, Unit.MONEY, False),
        (500_01, Unit.MONEY, True),
        (Decimal("50000.4"), Unit.MONEY, True),
        (99_99, Unit.MONEY, True),
        (100_00, Unit.MONEY, False),
        (None, Unit.MONEY, False),
        (Decimal("5.00001"), Unit.SHARE, True),
        (Decimal(5), Unit.SHARE, False),
    ],
)
def test_beyond_is_more_than_the_upper_or_less_than_the_lower_threshold(value, unit, beyond):
    assert is_beyond(value, unit, 500_00, 100_00) is beyond


def test_a_threshold_reads_as_figures_do():
    assert threshold_text(1250, Unit.SHARE, None, BRITISH) == "12.5 %"
    assert threshold_text(1000_50, Unit.MONEY, "EUR", BRITISH) == "€1,000.50"
    assert threshold_text(None, Unit.MONEY, "EUR", BRITISH) == ""
