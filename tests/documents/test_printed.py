"""Amounts, numbers and days as people of a country write them; one string for page and paper [M8]."""

from datetime import date
from decimal import Decimal

import pytest
from babel import Locale

from admin_app.documents.printed import (
    BRITISH,
    locale_of,
    print_bare_money,
    print_day,
    print_money,
    print_number,
)
from admin_app.kernel.currency import CURRENCIES, minor_digits
from admin_app.kernel.money import Money
from admin_app.web import formats


@pytest.mark.parametrize("amount", ["0.00", "-0.05", "1234.50", "1234567.89"])
@pytest.mark.parametrize("currency", ["EUR", "GBP", "USD"])
def test_page_and_paper_print_the_same_string(amount, currency):
    money = Money.of(amount, currency)

    # Outside a request the page speaks British English.
    assert print_money(money, BRITISH) == formats.money(money)
    assert print_bare_money(money, BRITISH) == formats.bare_money(money)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "printed"),
    [
        ("1234.50", "EUR", "en_GB", "€1,234.50"),
        ("-1234.50", "EUR", "de", "-1.234,50\xa0€"),
        ("1234.50", "EUR", "fr", "1\u202f234,50\xa0€"),
        ("1234567", "JPY", "en_GB", "JP¥1,234,567"),
        ("1.234", "TND", "en_GB", "TND1.234"),
        ("0.01", "USD", "en_US", "$0.01"),
    ],
)
def test_an_amount_is_printed_as_its_language_does(amount, currency, language, printed):
    said = print_money(Money.of(amount, currency), locale_of(language))

    assert said.replace("TND\xa0", "TND") == printed


@pytest.mark.parametrize("currency", CURRENCIES)
def test_no_currency_loses_a_decimal(currency):
    # A habit of the locale would print 1.234 IQD as 1.
    money = Money(1234567, currency)

    digits = "".join(letter for letter in print_money(money, BRITISH) if letter.isdigit())

    assert digits == "1234567"
    assert print_bare_money(money, BRITISH).rpartition(".")[2] if minor_digits(currency) else True


def test_numbers_keep_the_decimals_that_they_have():
    assert print_number(Decimal("2.2500"), BRITISH) == "2.25"
    assert print_number(Decimal("64"), BRITISH, least_decimals=2) == "64.00"
    assert print_number(Decimal("64.2235"), Locale("de"), least_decimals=2) == "64,2235"
    assert print_number(Decimal("1E+3"), BRITISH) == "1,000"


def test_days_follow_the_language():
    day = date(2026, 3, 3)

    assert print_day(day, BRITISH) == "3 Mar 2026"
    assert print_day(day, locale_of("de-DE")) == "03.03.2026"


def test_a_language_that_nobody_knows_is_british():
    assert locale_of("tlh") == locale_of("nowhere") == locale_of("") == BRITISH
