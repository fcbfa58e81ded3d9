"""What is typed into the dialogues of billing, as values; what is wrong is told at its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_amount, parse_decimal


def amount_typed(typed: Mapping[str, str], name: str, currency: str) -> Money | None:
    """An amount as people write it, None for nothing; raises Invalid naming its field."""
    text = typed.get(name, "").strip()
    if not text:
        return None
    try:
        return parse_amount(text, currency)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {name: refusal.sentence}) from None


def price_typed(typed: Mapping[str, str], name: str) -> Decimal | None:
    """A price with up to four decimals, None for nothing; raises Invalid naming its field."""
    text = typed.get(name, "").strip()
    if not text:
        return None
    try:
        return parse_decimal(text)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {name: refusal.sentence}) from None


def day_typed(typed: Mapping[str, str], name: str) -> date | None:
    """A day as people write it, None for nothing; raises Invalid naming its field."""
    text = typed.get(name, "").strip()
    if not text:
        return None
    try:
        return parse_date(text)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {name: refusal.sentence}) from None


def number_typed(typed: Mapping[str, str], name: str) -> int | None:
    """The id that a choice names; None for nothing and for nonsense."""
    text = typed.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
