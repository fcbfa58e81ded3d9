"""Which documents a payer's text names, however a bank or a scanner mangled their numbers [L8].

"N-00012" is found in "inv n 12", "N00012/2", "RF18N00012" and "N-000 12".  Digits alone must be at least six
(a postal code has five), so that "12" in a text never points at an invoice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from admin_app.kernel.text import fold

FEWEST_BARE_DIGITS = 6
"""So many digits must stand together before they mean a document without its letters."""
LONGEST_TEXT = 2000
"""Characters of a text that are read; statements carry a few hundred."""

_RUNS = re.compile(r"[a-z]+|[0-9]+")
_NOT_IN_NUMBERS = re.compile(r"[^a-z0-9]+")
_BEFORE, _AFTER = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_BETWEEN = r"[^a-z0-9]{0,3}"
# ISO 11649: a creditor reference starts with RF and two check digits, then comes ours.
_CREDITOR_REFERENCE = re.compile(r"\brf[0-9]{2}(?=[ a-z0-9])")


class _Match(NamedTuple):
    """Where a document is named; the lower `doubt`, the surer."""

    start: int
    end: int
    doubt: int
    key: str


def named_in(text: str, names: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The keys of `names` (key → its numbers) of which a number stands in `text`.

    Where two readings of the same characters differ, the surer one counts: as written, then without leading
    zeros, then the digits alone, then with blanks that a scanner put inside.
    """
    folded = _CREDITOR_REFERENCE.sub("     ", fold(text)[:LONGEST_TEXT])
    if not folded:
        return set()
    joined = _NOT_IN_NUMBERS.sub("", folded)
    matches = [
        _Match(found.start(), found.end(), doubt, key)
        for key, numbers in names.items()
        for number in numbers
        if _last_figures(number) in joined  # a quick no for nearly all of thousands of open documents
        for doubt, pattern in enumerate(_readings(number))
        if pattern
        for found in re.finditer(pattern, folded)
    ]
    return {
        match.key
        for match in matches
        if not any(
            other.doubt < match.doubt and other.start < match.end and match.start < other.end
            for other in matches
        )
    }


def _last_figures(number: str) -> str:
    """The end of a number, which every reading of it has."""
    figures = [run for run in _RUNS.findall(fold(number)) if run.isdigit()]
    return figures[-1].lstrip("0") if figures else ""


def _readings(number: str) -> tuple[str, ...]:
    """The patterns by which a number may be written, the surest first; "" where a reading is too vague."""
    runs = _RUNS.findall(fold(number))
    figures = [run for run in runs if run.isdigit()]
    if not figures:
        return ()
    lettered = len(figures) < len(runs)
    long_enough = len("".join(figures)) >= FEWEST_BARE_DIGITS
    if not lettered and not long_enough:
        return ()
    written = _BETWEEN.join(runs)
    bare = _BETWEEN.join(figures) if long_enough else ""
    without_zeros = _BETWEEN.join(_zeros_free(run) for run in runs) if lettered else ""
    scanned = _BETWEEN.join(_blanks_inside(run, zeros_free=lettered) for run in runs)
    return (
        f"{_BEFORE}{written}{_AFTER}",
        without_zeros and f"{_BEFORE}{without_zeros}{_AFTER}",
        bare and f"{_BEFORE}{bare}{_AFTER}",
        f"{_BEFORE}{scanned}{_AFTER}",
    )


def _zeros_free(run: str) -> str:
    """A run of digits with any number of leading zeros; letters as they are."""
    return f"0*{run.lstrip('0') or '0'}" if run.isdigit() else run


def _blanks_inside(run: str, *, zeros_free: bool) -> str:
    """A run into which a scanner may have put blanks."""
    if run.isdigit() and zeros_free:
        return "(?:0 ?)*" + " ?".join(run.lstrip("0") or "0")
    return " ?".join(run)
