"""Thresholds of a figure: typed as people write them, kept whole in the unit of the metric, compared exactly [125]."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel import Locale
from babel.numbers import NumberFormatError, get_decimal_symbol, get_group_symbol, parse_decimal

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from reports.engine.answer import spoken
from reports.metrics import Unit, Value

SHARES = 10_000
"""A share is kept in ten-thousandths."""
MINUTES = 60
MOST = 10**12
"""The largest number that is typed; kept, it fits a column of whole numbers."""


def read_threshold(text: str, name: str, unit: Unit, currency: str, locale: Locale) -> int | None:
    """A threshold as it is kept: minor units, minutes, ten-thousandths, whole days or a count; None for nothing typed.

    Shares are typed in percent, hours in hours.  Raises Invalid for what is no number.
    """
    typed = text.strip().rstrip("%").strip()
    for word in (currency, "€", "£", "$", "days", "h"):
        typed = typed.removesuffix(word).removeprefix(word).strip()
    if not typed:
        return None
    number = _number(typed, locale)
    if number is not None and abs(number) > MOST:
        raise Invalid("This threshold is larger than any figure", {name: "Write a smaller number"})
    if number is None:
        raise Invalid(
            f"“{text[:40]}” is no number; write a threshold as 1000 or 12.5", {name: "Write a number"}
        )
    match unit:
        case Unit.MONEY:
            kept = number * 10 ** Money.minor_units(currency)
        case Unit.SHARE:
            kept = number * SHARES / 100
        case Unit.HOURS:
            kept = number * MINUTES
        case _:
            kept = number
    return int(kept.quantize(Decimal(1), ROUND_HALF_UP))


def _number(typed: str, locale: Locale) -> Decimal | None:
    """The number in the locale's way of writing, or with a point."""
    point = get_decimal_symbol(locale)
    if "." in typed and point != "." and get_group_symbol(locale) != ".":
        typed = typed.replace(".", point)
    try:
        number = parse_decimal(typed, locale=locale)
    except (NumberFormatError, InvalidOperation):
        return None
    return number if number.is_finite() else None


def as_kept(value: Value, unit: Unit) -> Decimal | None:
    """A figure in the unit in which thresholds are kept, exact; None where there is none."""
    if value is None:
        return None
    return Decimal(value) * SHARES if unit is Unit.SHARE else Decimal(value)


def threshold_value(kept: int, unit: Unit) -> Value:
    """A kept threshold as a figure of that unit."""
    return Decimal(kept) / SHARES if unit is Unit.SHARE else kept


def threshold_text(kept: int | None, unit: Unit, currency: str | None, locale: Locale) -> str:
    """A kept threshold as figures are printed; nothing for none."""
    return "" if kept is None else spoken(threshold_value(kept, unit), unit, currency, locale)


def typed_back(kept: int | None, unit: Unit, currency: str) -> str:
    """A kept threshold as a form shows it: the number alone, with a point."""
    if kept is None:
        return ""
    match unit:
        case Unit.MONEY:
            return str(Money(kept, currency).decimal)
        case Unit.SHARE:
            return format(Decimal(kept) * 100 / SHARES, "f")
        case Unit.HOURS:
            return format((Decimal(kept) / MINUTES).quantize(Decimal("0.01")).normalize(), "f")
        case _:
            return str(kept)


def is_beyond(value: Value, unit: Unit, over: int | None, under: int | None) -> bool:
    """Whether a figure lies above the upper or below the lower threshold; no figure lies beyond neither."""
    figure = as_kept(value, unit)
    if figure is None:
        return False
    return (over is not None and figure > over) or (under is not None and figure < under)
