"""What the templates of the generated pages ask for amounts and numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from admin_app.kernel.money import Money
from admin_app.web.company import currency
from admin_app.web.formats import bare_money, bare_price


def amount_of(minor: int | None, code: str | None = None) -> str:
    """Minor units as an amount without its currency."""
    return bare_money(None if minor is None else Money(minor, code or currency()))


def plain_decimal(number: Decimal | int) -> str:
    """A quantity or a rate with the decimals that it has."""
    return format(Decimal(number).normalize(), "f")


def amount_text(text: str, code: str | None = None) -> str:
    """Decimal text, as the calculator's explanations carry it, as an amount without its currency."""
    return bare_money(Money.of(text, code or currency()))


def unit_price(price: Decimal, code: str | None = None) -> str:
    """A price a unit with the decimals that were agreed, at least those of its currency: 80.00, 0.0425."""
    return bare_price(price, code or currency())


WORDS: dict[str, Any] = {
    "amount_of": amount_of,
    "amount_text": amount_text,
    "plain_decimal": plain_decimal,
    "unit_price": unit_price,
}
