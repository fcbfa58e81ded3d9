"""The one place that rounds: half away from zero, and shares that add up to the cent [M1, M4].

Both functions work on exact integers, so no digit is lost before the decision is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

ROUNDING_MODE = "ROUND_HALF_UP"
"""How the settings page and documents name the rule: a half goes away from zero (2.5 → 3, −2.5 → −3)."""


class TaxMode(StrEnum):
    """Where tax is rounded; stored on each document and never computed again under the other mode [M6]."""

    DOCUMENT = "document"
    """Once per rate on the sum of its bases (EN 16931, BR-CO-17)."""
    LINE = "line"
    """On each line, then added up."""


def round_half_up(value: Decimal | Fraction | int) -> int:
    """The nearest whole number; a half goes away from zero [M1].

    Banker's rounding would make 29.92 of 300.00 × 9.975 %, the tax office expects 29.93.
    """
    numerator, denominator = value.as_integer_ratio()
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def share_by_largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` (minor units) over `weights` so that the shares add up to it exactly [M4].

    Each share is the exact proportion rounded down; the units left over go to the largest remainders, ties
    in the order given.  10.00 over three equal lines is 3.34 + 3.33 + 3.33.  Negative weights (a line that
    gives money back) take a negative share.  Raises ValueError when the weights add up to nothing and there
    is something to share.
    """
    total = sum(weights)
    if amount == 0:
        return [0] * len(weights)
    if total == 0:
        raise ValueError("weights that add up to 0 cannot share an amount")
    if amount < 0:  # mirrored, so that taking a discount back returns every cent to where it came from
        return [-share for share in share_by_largest_remainder(-amount, weights)]
    sign = 1 if total > 0 else -1
    parts = [divmod(sign * amount * weight, sign * total) for weight in weights]
    shares = [whole for whole, _ in parts]
    left_over = amount - sum(shares)
    by_remainder = sorted(range(len(parts)), key=lambda line: -parts[line][1])
    for line in by_remainder[:left_over]:
        shares[line] += 1
    return shares
