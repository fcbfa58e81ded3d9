"""What the commands of figures share: the words typed after one, and tables for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from admin_app.kernel.errors import Invalid

OWN = ("metric", "by", "from", "to", "as_of", "compare")
"""Names that are options of their own and no filter."""


def filter_of(written: str) -> tuple[str, str]:
    """A filter as it is typed, `brand=North`; raises Invalid for anything else."""
    name, sign, key = written.partition("=")
    if not sign or not name.strip() or not key.strip():
        raise Invalid(f"“{written[:60]}” is not a filter; write one as brand=North")
    if name.strip() in OWN:
        raise Invalid(f"“{name.strip()}” is no filter; write --{name.strip().replace('_', '-')} {key}")
    return name.strip(), key.strip()


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: int) -> list[str]:
    """The lines of a table; columns from `right` on stand at the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(_width(line[place]) for line in lines) for place in range(len(head))]
    drawn = []
    for line in lines:
        cells = []
        for place, cell in enumerate(line):
            gap = " " * (widths[place] - _width(cell))
            cells.append(gap + cell if place >= right else cell + gap)
        drawn.append("  ".join(cells).rstrip())
    return [drawn[0], "  ".join("-" * width for width in widths), *drawn[1:]]


def _width(text: str) -> int:
    """Columns of a terminal: wide letters take two, marks above letters none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )
