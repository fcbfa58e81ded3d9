"""What people type is read without guessing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.kernel.dates import DateOrder, guess_date_order, parse_date
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import LARGEST_MINOR, Money
from admin_app.kernel.parsing import (
    clean_text,
    guess_decimal_mark,
    parse_amount,
    parse_boolean,
    parse_decimal,
    parse_integer,
)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.5", 123450),
        ("1.234,50", 123450),
        ("1,234.50", 123450),
        ("1 234,50", 123450),
        ("1\u00a0234,50", 123450),
        ("1\u202f234,50 €", 123450),
        ("1'234.50", 123450),
        ("1’234.50", 123450),
        ("€1,234.50", 123450),
        ("EUR 12", 1200),
        ("12 eur", 1200),
        ("12,5", 1250),
        ("1.234.567", 123456700),
        ("12,34,567.80", 123456780),
        ("0.125,00", None),
        ("(12.00)", -1200),
        ("(€12.00)", -1200),
        ("12.00-", -1200),
        ("-12.00", -1200),
        ("−12,00", -1200),
        ("€ -12", -1200),
        ("- 12", -1200),
        ("+12", 1200),
        ("12,-", 1200),
        ("12.–", 1200),
        (".5", 50),
        ("12.", 1200),
        ("1234.567", None),
        ("10.5000", 1050),
        ("0.123", None),
        ("1.234", None),
        ("1,234", None),
        ("$5", None),
        ("5 USD", None),
        ("5 €€ x", None),
        ("five", None),
        ("", None),
        ("  ", None),
        ("-", None),
        ("€", None),
        ("1e5", None),
        ("NaN", None),
        ("1.2.3", None),
        ("1,23.45", None),
        ("12.34.567,8,9", None),
        ("--5", None),
        ("(-5)", None),
        ("1 23", None),
        ("1\x00", None),
        ("9" * 61, None),
        ("9" * 17, None),
        ("٣", None),
        ("½", None),
    ],
)
def test_amounts_in_the_styles_of_several_countries(text, minor):
    if minor is None:
        with pytest.raises(Invalid):
            parse_amount(text, "EUR")
    else:
        assert parse_amount(text, "EUR") == Money(minor, "EUR")


def test_a_number_that_means_two_things_is_decided_by_the_mark_of_the_file():
    with pytest.raises(Invalid, match="two ways"):
        parse_amount("1.234", "EUR")

    assert parse_amount("1.234", "EUR", decimal_mark=",").minor == 123400
    assert parse_amount("1.234", "TND", decimal_mark=".").minor == 1234
    assert parse_amount("1,234", "EUR", decimal_mark=".").minor == 123400
    with pytest.raises(Invalid, match="more decimals"):
        parse_amount("1.234", "EUR", decimal_mark=".")
    assert parse_amount("1.235", "EUR", decimal_mark=".", round_extra=True).minor == 124
    with pytest.raises(Invalid):
        parse_amount("12,50", "EUR", decimal_mark=".")
    with pytest.raises(ValueError, match="decimal_mark"):
        parse_amount("1", "EUR", decimal_mark=";")


def test_signs_of_other_money_are_refused():
    assert parse_amount("$5", "CAD").minor == 500
    assert parse_amount("5 kr", "SEK").minor == 500
    assert parse_amount("5 zł", "PLN").minor == 500
    assert parse_amount("Rs. 5", "INR").minor == 500
    assert parse_amount("Rs.500", "INR").minor == 50000
    assert parse_amount("$.50", "USD").minor == 50
    with pytest.raises(Invalid, match="not in CAD"):
        parse_amount("US$5", "CAD")


def test_the_mark_of_a_column_is_found_from_its_plain_rows():
    assert guess_decimal_mark(["1.234", "5,50", "x"]) == ","
    assert guess_decimal_mark(["1,234.00", "1,234"]) == "."
    assert guess_decimal_mark(["1.234", "1,234", "12", ""]) is None
    assert guess_decimal_mark(["5,50", "5.50"]) is None


@given(st.integers(-LARGEST_MINOR, LARGEST_MINOR))
def test_every_printed_amount_is_read_back(minor):
    money = Money(minor, "EUR")
    german = f"{money.decimal:,}".translate(str.maketrans(",.", ".,"))

    assert parse_amount(str(money), "EUR") == money
    assert parse_amount(german, "EUR") == money


@given(st.text(max_size=80))
def test_no_text_makes_parsing_stumble(text):
    for read in (lambda t: parse_amount(t, "EUR"), parse_date, parse_boolean, parse_integer, parse_decimal):
        try:
            read(text)
        except Invalid as refusal:
            assert refusal.sentence.isprintable()


def test_quantities_have_at_most_four_decimals():
    assert parse_decimal("2,25") == Decimal("2.25")
    assert parse_decimal("-0.1250") == Decimal("-0.125")
    assert parse_decimal("9.975 %") == Decimal("9.975")
    for text in ("1.00001", "€ 5", "x"):
        with pytest.raises(Invalid):
            parse_decimal(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-04", date(2025, 3, 4)),
        ("2025/3/4", date(2025, 3, 4)),
        ("20250304", date(2025, 3, 4)),
        ("2025-03-04 13:05", date(2025, 3, 4)),
        ("2025-03-04T13:05:09.123", date(2025, 3, 4)),
        ("2025-03-04T00:00:00Z", date(2025, 3, 4)),
        ("2025-03-04T23:30:00Z", None),
        ("4.3.2025", date(2025, 3, 4)),
        ("04. 03. 2025", date(2025, 3, 4)),
        ("25/03/2025", date(2025, 3, 25)),
        ("03/25/2025", date(2025, 3, 25)),
        ("05/05/2025", date(2025, 5, 5)),
        ("31-12-99", date(1999, 12, 31)),
        ("31-12-24", date(2024, 12, 31)),
        ("3 Mar 2025", date(2025, 3, 3)),
        ("3-Mar-25", date(2025, 3, 3)),
        ("3rd March 2025", date(2025, 3, 3)),
        ("Mar 3, 2025", date(2025, 3, 3)),
        ("March 3 2025", date(2025, 3, 3)),
        ("3. März 2025", date(2025, 3, 3)),
        ("1 août 2025", date(2025, 8, 1)),
        ("1 juin 2025", date(2025, 6, 1)),
        ("1 juil. 2025", date(2025, 7, 1)),
        ("3 de octubre de 2025", date(2025, 10, 3)),
        ("1 jui 2025", None),
        ("3 Foo 2025", None),
        ("03/04/2025", None),
        ("30.02.2025", None),
        ("29/02/2025", None),
        ("2025-13-01", None),
        ("0000-01-01", None),
        ("1899-12-31", None),
        ("2201-01-01", None),
        ("45000", None),
        ("", None),
        ("yesterday", None),
        ("٢٠٢٥-03-04", None),
    ],
)
def test_dates_in_many_styles(text, expected):
    if expected is None:
        with pytest.raises(Invalid):
            parse_date(text)
    else:
        assert parse_date(text) == expected


def test_the_order_of_the_file_decides_what_a_row_cannot():
    assert parse_date("03/04/2025", DateOrder.DAY_FIRST) == date(2025, 4, 3)
    assert parse_date("03/04/2025", "mdy") == date(2025, 3, 4)
    assert parse_date("03.04.2025", "mdy") == date(2025, 4, 3)
    with pytest.raises(Invalid):
        parse_date("25/03/2025", "mdy")  # the file cannot follow both orders


def test_the_order_is_guessed_from_rows_that_leave_no_doubt():
    assert guess_date_order(["03/04/2025", "25/04/2025"]) is DateOrder.DAY_FIRST
    assert guess_date_order(["03/04/2025", "04/25/2025", "x"]) is DateOrder.MONTH_FIRST
    assert guess_date_order(["03/04/2025", "31.12.2025", "2025-01-31"]) is None
    assert guess_date_order(["25/04/2025", "04/25/2025"]) is None


def test_yes_and_no_in_several_languages():
    assert all(parse_boolean(word) for word in ("Yes", " TRUE ", "1", "x", "ja", "Oui", "sí", "✓"))
    assert not any(parse_boolean(word) for word in ("no", "FALSE", "0", "Nein", "off"))
    for word in ("", "maybe", "2"):
        with pytest.raises(Invalid):
            parse_boolean(word)


def test_whole_numbers_keep_their_bounds():
    assert parse_integer(" -12 ") == -12
    for text in ("1.0", "", "1e3", "1" * 19, "٣", "1_0"):
        with pytest.raises(Invalid):
            parse_integer(text)
    with pytest.raises(Invalid, match="the least is 0"):
        parse_integer("-1", minimum=0)
    with pytest.raises(Invalid, match="the most is 5"):
        parse_integer("6", maximum=5)


def test_text_is_cleaned_and_control_characters_are_refused():
    assert clean_text("  Zoe\u0308\tB \r\n", 20) == "Zoë B"
    assert clean_text("a\r\nb\rc", 20, multiline=True) == "a\nb\nc"
    for text in ("a\x00b", "a\x1bb", "a\x7f", "\ud800"):
        with pytest.raises(Invalid):
            clean_text(text, 20)
    with pytest.raises(Invalid, match="at most 3"):
        clean_text("abcd", 3)
