"""Two splits as cells in a picture: each cell its printed value, the darker the larger [128]."""

from __future__ import annotations

from reports.charts.palette import LIGHT
from reports.charts.pen import INK, MUTED, Box, Pen
from reports.charts.words import label_of
from reports.engine import Answer

MOST_ROWS, MOST_COLUMNS = 9, 7


def draw_cells(pen: Pen, box: Box, answer: Answer) -> None:
    """A table of the first keys of both splits, shaded from nothing to the largest."""
    rows = list(dict.fromkeys(mark.keys[0] for mark in answer.marks))
    columns = list(dict.fromkeys(mark.keys[1] for mark in answer.marks))
    named = {(place, mark.keys[place]): mark.labels[place] for mark in answer.marks for place in (0, 1)}

    def name(place: int, key: str) -> str:
        return label_of(answer.query.by[place], key, named[place, key], answer.locale)

    shown = rows[:MOST_ROWS], columns[:MOST_COLUMNS]
    left = box.left + min(200, max(pen.width(name(0, key), 12) for key in shown[0])) + 10
    top = box.top + 20
    width = min((box.right - left) / len(shown[1]), 190)
    height = min((box.bottom - top - 16) / len(shown[0]), 34)
    most = max((abs(float(mark.value or 0)) for mark in answer.marks), default=0) or 1
    for place, key in enumerate(shown[1]):
        middle = left + width * (place + 0.5)
        pen.write((middle, box.top), pen.cut(name(1, key), 12, width - 6), 12, colour=MUTED, anchor="ma")
    for line, row in enumerate(shown[0]):
        level = top + height * line
        pen.write(
            (left - 10, level + height / 2), pen.cut(name(0, row), 12, 200), 12, colour=INK, anchor="rm"
        )
        for place, column in enumerate(shown[1]):
            mark = answer.mark(row, column)
            if mark is None:
                continue
            share = abs(float(mark.value or 0)) / most
            cell = Box(
                left + width * place + 1, level + 1, left + width * (place + 1) - 1, level + height - 1
            )
            pen.bar(cell, _shade(share))
            size = next((size for size in (13, 12, 11, 10) if pen.width(mark.text, size) <= width - 6), 10)
            pen.write(
                ((cell.left + cell.right) / 2, (cell.top + cell.bottom) / 2),
                pen.cut(mark.text, size, width - 4),
                size,
                colour="#ffffff" if share > 0.55 else INK,
                anchor="mm",
            )
    more = len(rows) - len(shown[0]), len(columns) - len(shown[1])
    if any(more):
        said = " and ".join(
            f"{count:,} more {word}" for count, word in zip(more, ("lines", "columns"), strict=True) if count
        )
        pen.write((box.left, box.bottom - 12), said, 12, colour=MUTED)


def _shade(share: float) -> str:
    """From the palest to the darkest blue."""
    low, high = LIGHT["@low"], LIGHT["@high"]
    parts = [
        round(int(low[at : at + 2], 16) + (int(high[at : at + 2], 16) - int(low[at : at + 2], 16)) * share)
        for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)
