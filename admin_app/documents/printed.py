"""How amounts, numbers and days are printed in a language: the same string on page and on paper [M8].

Pure functions of a value and a locale.  The number of decimals is the currency's own (ISO 4217), not the
habit of the locale: a dinar keeps its three.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberPattern, format_currency, format_decimal, parse_pattern

from admin_app.kernel.money import Money

BRITISH = Locale("en", "GB")
"""What is spoken where a language is not known."""


@lru_cache(maxsize=256)
def locale_of(language: str) -> Locale:
    """The locale of "de", "en_GB" or "en-GB"; British English where there is no such language."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return BRITISH


def print_money(amount: Money, locale: Locale) -> str:
    """The amount with its currency: "£1,234.50", "1.234,50 €"."""
    pattern = _currency_pattern(locale, Money.minor_units(amount.currency))
    return format_currency(
        amount.decimal, amount.currency, format=pattern, locale=locale, currency_digits=False
    )


def print_bare_money(amount: Money, locale: Locale) -> str:
    """The amount alone, for a column whose head names the currency: "1,234.50"."""
    return format_decimal(
        amount.decimal, format=_bare_pattern(Money.minor_units(amount.currency)), locale=locale
    )


def print_number(number: Decimal, locale: Locale, *, least_decimals: int = 0) -> str:
    """A quantity, price or rate with the decimals that it has, at least so many: "2.25", "64.00"."""
    plain = format(number.normalize(), "f")
    decimals = max(least_decimals, len(plain.partition(".")[2]))
    return format_decimal(number, format=_bare_pattern(decimals), locale=locale)


def print_day(day: date, locale: Locale) -> str:
    """A date as letters carry it: "3 Mar 2026", "03.03.2026"."""
    return format_date(day, "medium", locale=locale)


@lru_cache(maxsize=256)
def _currency_pattern(locale: Locale, decimals: int) -> NumberPattern:
    """The locale's own pattern with as many decimals as the currency has."""
    pattern: str = locale.currency_formats["standard"].pattern
    return parse_pattern(re.sub(r"0(\.0+)?(?=[^0]*(;|$))", "0" + _decimals(decimals), pattern))


@lru_cache(maxsize=16)
def _bare_pattern(decimals: int) -> NumberPattern:
    """Thousands in threes, and so many decimals."""
    return parse_pattern("#,##0" + _decimals(decimals))


def _decimals(count: int) -> str:
    """The end of a pattern."""
    return "." + "0" * count if count else ""
