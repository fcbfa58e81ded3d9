"""Which amounts add up to exactly this one: the fewest, then the oldest, and whether others fit as well [L8]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_AMOUNTS = 25
"""Two halves of 2¹² and 2¹³ sums are searched in milliseconds; each amount more would double that."""


@dataclass(frozen=True, slots=True)
class ExactSum:
    """`chosen`: positions of the amounts; `alone`: no other choice of as few amounts adds up to the same."""

    chosen: tuple[int, ...]
    alone: bool


def find_exact_sum(target: int, amounts: Sequence[int]) -> ExactSum | None:
    """The fewest of `amounts` (positive minor units, the oldest first) that add up to `target`, or None.

    Of several choices as few, the one with the older amounts.  Exact search by meeting in the middle; raises
    ValueError for more than MOST_AMOUNTS.
    """
    if len(amounts) > MOST_AMOUNTS:
        raise ValueError(f"at most {MOST_AMOUNTS} amounts are searched")
    middle = len(amounts) // 2
    older, newer = _sums(amounts[:middle]), _sums(amounts[middle:])
    fewest, choices, best = len(amounts) + 1, 0, 0
    for amount, (count, ways, mask) in newer.items():
        match = older.get(target - amount)
        if match is None:
            continue
        older_count, older_ways, older_mask = match
        together = (older_mask << (len(amounts) - middle)) | mask
        if count + older_count < fewest:
            fewest, choices, best = count + older_count, ways * older_ways, together
        elif count + older_count == fewest:
            choices, best = choices + ways * older_ways, max(best, together)
    if not choices or not best:
        return None
    chosen = tuple(at for at in range(len(amounts)) if best >> (len(amounts) - 1 - at) & 1)
    return ExactSum(chosen, alone=choices == 1)


def _sums(amounts: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """Every sum of some of the amounts → (fewest amounts, choices as few, the choice with the oldest).

    A choice is a number whose highest bit is the oldest amount: of two as few, the larger has the older ones.
    """
    found = {0: (0, 1, 0)}
    for at, amount in enumerate(amounts):
        bit = 1 << (len(amounts) - 1 - at)
        for total, (count, ways, mask) in list(found.items()):
            new = (count + 1, ways, mask | bit)
            known = found.get(total + amount)
            if known is None or new[0] < known[0]:
                found[total + amount] = new
            elif new[0] == known[0]:
                found[total + amount] = (known[0], known[1] + ways, max(known[2], new[2]))
    return found
