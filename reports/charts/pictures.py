"""An answer as a PNG: drawn with Pillow from the marks that the page shows, no browser needed [125, 128].

800 × 420 pixels on white: title, figure, sentence, the plot from zero, and the line that says basis, day, zone and n.
One call::

    png = picture_of(desk.ask(Query("collected", by=("month",))), Words(zone="Europe/London"))
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw

from reports.charts.drawn_bars import draw_columns, draw_lying
from reports.charts.drawn_cells import draw_cells
from reports.charts.drawn_lines import draw_lines
from reports.charts.pen import HEIGHT, INK, MUTED, SURFACE, WIDTH, Box, Pen
from reports.charts.words import is_time, label_of, partial
from reports.engine import Answer
from reports.engine.compared import said_day
from reports.sources import DIMENSIONS

MARGIN = 24
PLOT = Box(MARGIN, 116, WIDTH - MARGIN, 376)
"""Where the plot stands."""
MOST_SAID = 13
"""A year of months and the one that runs."""


@dataclass(frozen=True)
class Words:
    """What the answer does not know: the company's zone, a title of its own, what it is compared with."""

    zone: str = "UTC"
    title: str = ""
    compared: str = ""


def picture_of(answer: Answer, words: Words) -> bytes:
    """The picture of an answer as a PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), SURFACE)
    pen = Pen(ImageDraw.Draw(image))
    _head(pen, answer, words)
    _plot(pen, answer)
    _foot(pen, answer, words)
    kept = BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def title_of(answer: Answer) -> str:
    """What the picture is called: "Collected by month and brand"."""
    by = " and ".join(
        (DIMENSIONS[name].label if name in DIMENSIONS else name.replace("_", " ")).lower()
        for name in answer.query.by
    )
    return f"{answer.metric.label} by {by}" if by else answer.metric.label


def said_of(answer: Answer) -> str:
    """What the picture shows, for those who do not see it: the figure and its marks, of many the last or largest."""
    by_time = bool(answer.query.by) and is_time(answer.query.by[0])
    told = answer.marks[-MOST_SAID:] if by_time else answer.marks[:MOST_SAID]
    marks = ", ".join(f"{' · '.join(_labels(answer, one.labels, one.keys))} {one.text}" for one in told)
    left = len(answer.marks) - len(told)
    more = f"; {left:,} {'earlier' if by_time else 'smaller'} ones are not listed" if left else ""
    return f"{title_of(answer)}: {answer.text}{f' ({marks}{more})' if marks else ''}"


def _labels(answer: Answer, labels: tuple[str, ...], keys: tuple[str, ...]) -> list[str]:
    names = answer.query.by or ("currency",)
    return [
        label_of(name, key, label, answer.locale)
        for name, key, label in zip(names, keys, labels, strict=False)
    ]


def _head(pen: Pen, answer: Answer, words: Words) -> None:
    figure = answer.text if answer.value is not None and answer.marks else ""
    width = pen.width(figure, 22, bold=True)
    pen.write((WIDTH - MARGIN, 18), figure, 22, bold=True, anchor="ra")
    title = words.title or title_of(answer)
    pen.write((MARGIN, 18), pen.cut(title, 20, WIDTH - 3 * MARGIN - width, bold=True), 20, bold=True)
    sentence = pen.wrapped(answer.metric.sentence, 13, WIDTH - 2 * MARGIN, lines=2)
    for place, line in enumerate([words.compared, *sentence] if words.compared else sentence):
        pen.write((MARGIN, 48 + 19 * place), line, 13, colour=MUTED)


def _plot(pen: Pen, answer: Answer) -> None:
    """The chart that suits the split; words where there is nothing to draw."""
    by = answer.query.by
    if not any(one.value is not None for one in answer.marks) or not (by or len(answer.marks) > 1):
        said = (answer.note or "") if answer.value is None else ""
        if not answer.marks and answer.value is None:
            said = said or "Nothing in this period"
        if answer.value is not None:
            pen.write((PLOT.left, PLOT.top + 70), answer.text, 56, bold=True)
        pen.write((PLOT.left, PLOT.top + 20), said, 15, colour=MUTED)
        return
    currencies = {one.currency for one in answer.marks}
    if len(currencies) > 1 and by:
        pen.write((PLOT.left, PLOT.top + 20), answer.note or "", 15, colour=MUTED)
    elif len(by) == 2:
        (draw_lines if is_time(by[0]) and not is_time(by[1]) else draw_cells)(pen, PLOT, answer)
    elif by and is_time(by[0]):
        (draw_columns if answer.metric.additive else draw_lines)(pen, PLOT, answer)
    else:
        draw_lying(pen, PLOT, answer)


def _foot(pen: Pen, answer: Answer, words: Words) -> None:
    said = [
        f"n = {answer.n:,} {'row' if answer.n == 1 else 'rows'}",
        f"by {answer.metric.basis.value}",
        f"as of {said_day(answer.as_of, answer.locale)} ({words.zone})",
        *(f"{name.replace('_', ' ')} {label}" for name, _, label in answer.filters),
    ]
    if answer.query.start or answer.query.end:
        start = said_day(answer.query.start, answer.locale) if answer.query.start else "the first row"
        said.insert(
            2,
            f"from {start}"
            + (f" to before {said_day(answer.query.end, answer.locale)}" if answer.query.end else ""),
        )
    if len(answer.query.by) == 1 and any(
        partial(answer, answer.query.by[0], one.keys[0]) for one in answer.marks
    ):
        said.append("hatched: not a whole period")
    for place, line in enumerate(pen.wrapped(" · ".join(said), 12, WIDTH - 2 * MARGIN, lines=2)):
        pen.write((MARGIN, 384 + 16 * place), line, 12, colour=MUTED)


__all__ = ["INK", "Words", "picture_of", "said_of", "title_of"]
