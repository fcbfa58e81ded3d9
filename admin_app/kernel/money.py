"""Money: whole minor units in one currency [M1, M9].

Storage, code and pandas keep the integer; `Money.of` is the door through which text becomes money, and it
rounds half away from zero in one place.  Floats are turned away and unlike currencies never meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from admin_app.kernel.currency import minor_digits
from admin_app.kernel.errors import Invalid
from admin_app.kernel.rounding import round_half_up

LARGEST_MINOR = 10**15 - 1
"""The largest amount that may be typed, in minor units; sums of millions of such rows still fit 64 bits."""

# ASCII digits only: no exponent, no underscore, no digits of other scripts, at most 12 decimals.
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?")


class UnlikeCurrencies(TypeError):
    """Two amounts in different currencies were added or compared: a mistake in the program [M9]."""


def plain_decimal(text: str) -> Decimal:
    """Read a number written with a point and nothing else around it: "-12.345".

    Raises Invalid for exponents, NaN, infinity, thousands separators and absurd lengths.
    """
    bare = text.strip()
    if not _PLAIN_NUMBER.fullmatch(bare):
        raise Invalid(f"“{bare[:40]}” is not a number; write digits with a point, such as 1234.50")
    return Decimal(bare)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `minor` whole minor units (cents) of `currency` (ISO 4217)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse anything but whole minor units: a float here would be a lost cent later."""
        if type(self.minor) is not int:
            raise TypeError(f"Money is whole minor units, not {type(self.minor).__name__}")
        minor_digits(self.currency)

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Money:
        """The amount in major units ("12.345" → 12.35), rounded half away from zero [M1].

        Raises TypeError for a float or a bool, Invalid for what is no plain number or too large.
        """
        if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
            raise TypeError(f"Money is read from text, int or Decimal, not {type(amount).__name__}")
        number = plain_decimal(amount if isinstance(amount, str) else format(amount, "f"))
        minor = round_half_up(Fraction(number) * 10 ** minor_digits(currency))
        if abs(minor) > LARGEST_MINOR:
            raise Invalid(f"{number} {currency} is more than this office can book")
        return cls(minor, currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in that currency."""
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: str) -> Money:
        """The sum of `amounts`, all in `currency`; nothing at all is zero."""
        return sum(amounts, cls.zero(currency))

    @staticmethod
    def minor_units(currency: str) -> int:
        """How many decimals the currency has: EUR 2, JPY 0, TND 3."""
        return minor_digits(currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with the currency's number of decimals."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    def __str__(self) -> str:
        """Plain decimal text that `of` reads back: "12.30", "-0.05", "500" for yen."""
        return format(self.decimal, "f")

    def __bool__(self) -> bool:
        """Whether there is any money at all."""
        return self.minor != 0

    def __add__(self, other: object) -> Money:
        """Both amounts together; raises UnlikeCurrencies."""
        return Money(self.minor + self._like(other), self.currency)

    def __sub__(self, other: object) -> Money:
        """What is left; raises UnlikeCurrencies."""
        return Money(self.minor - self._like(other), self.currency)

    def __mul__(self, times: object) -> Money:
        """The amount a whole number of times; prices times quantities belong to the calculator."""
        if type(times) is not int:
            raise TypeError(f"Money is multiplied by an int, not {type(times).__name__}")
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        """The same amount the other way."""
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        """The amount without its sign."""
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: object) -> bool:
        """Whether this is less; raises UnlikeCurrencies."""
        return self.minor < self._like(other)

    def __le__(self, other: object) -> bool:
        """Whether this is at most the other; raises UnlikeCurrencies."""
        return self.minor <= self._like(other)

    def __gt__(self, other: object) -> bool:
        """Whether this is more; raises UnlikeCurrencies."""
        return self.minor > self._like(other)

    def __ge__(self, other: object) -> bool:
        """Whether this is at least the other; raises UnlikeCurrencies."""
        return self.minor >= self._like(other)

    def _like(self, other: object) -> int:
        """The minor units of `other`, which must be money of the same currency."""
        if not isinstance(other, Money):
            raise TypeError(f"Money meets only Money, not {type(other).__name__}")
        if other.currency != self.currency:
            raise UnlikeCurrencies(f"{self.currency} and {other.currency} do not mix")
        return other.minor
