"""Writes text, amounts, numbers and days in the language and currency of one document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale

from admin_app.documents.glyphs import Glyphs
from admin_app.documents.printed import print_bare_money, print_day, print_money, print_number
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money, plain_decimal

_SHORT_UNIT = 8
"""Letters of a unit that stays on the line of its number."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes in the language and currency of one document."""

    locale: Locale
    currency: str
    glyphs: Glyphs
    words: Mapping[str, str]

    def word(self, key: str, **parts: str) -> str:
        """A word of the paper, completed."""
        return self.glyphs.said(self.words[key].format(**parts))

    def said(self, words: str | None) -> str | None:
        """One text, or None."""
        return self.glyphs.said(words) if words else None

    def lines(self, said: str | Sequence[str] | None) -> list[str]:
        """A text as its lines; a blank one stands for a paragraph's end."""
        parts = said.split("\n") if isinstance(said, str) else said or ()
        return [self.glyphs.said(part.strip()) for part in parts]

    def money(self, amount: str) -> str:
        """An amount with its currency."""
        return self._apart(print_money(self._exact(amount), self.locale))

    def bare(self, amount: str | None) -> str:
        """An amount in a column whose head names the currency; blank where there is none."""
        return self.glyphs.said(print_bare_money(self._exact(amount), self.locale)) if amount else ""

    def price(self, price: str | None) -> str:
        """A unit price with the decimals that were agreed."""
        if price is None:
            return ""
        return self._number(price, least_decimals=Money.minor_units(self.currency))

    def quantity(self, quantity: str | None, unit: str | None = None) -> str:
        """A quantity with its unit, kept on one line where it is short."""
        if quantity is None:
            return ""
        number = self._number(quantity)
        between = "\N{NO-BREAK SPACE}" if len(unit or "") <= _SHORT_UNIT else " "
        return f"{number}{between}{self.glyphs.said(unit)}" if unit else number

    def rate(self, rate: str) -> str:
        """A percentage."""
        return f"{self._number(rate)}\N{NO-BREAK SPACE}%"

    def day(self, day: date) -> str:
        """A date."""
        return self._apart(print_day(day, self.locale))

    def head(self, key: str) -> list[str]:
        """The head of a column of amounts: its word and the currency."""
        return [self.word(key), self.currency]

    def _number(self, number: str, *, least_decimals: int = 0) -> str:
        """A plain number."""
        found: Decimal = plain_decimal(number)
        return self.glyphs.said(print_number(found, self.locale, least_decimals=least_decimals))

    def _apart(self, printed: str) -> str:
        """What is written from right to left, kept together inside words that are not."""
        if self.locale.text_direction == "rtl":
            printed = f"\N{RIGHT-TO-LEFT ISOLATE}{printed}\N{POP DIRECTIONAL ISOLATE}"
        return self.glyphs.said(printed)

    def _exact(self, amount: str) -> Money:
        """The amount as money; raises Invalid where printing it would round it."""
        money = Money.of(amount, self.currency)
        if money.decimal != plain_decimal(amount):
            raise Invalid(f"{amount} has more decimals than {self.currency} knows")
        return money
