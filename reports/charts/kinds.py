"""Which chart an answer is drawn as: named by whoever asks, else told by its split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reports.charts.bars import bars
from reports.charts.dots import dots
from reports.charts.heatmap import heatmap
from reports.charts.lines import lines, stood
from reports.charts.plot import Plot
from reports.charts.series import mixed
from reports.charts.stacked import stacked
from reports.charts.waterfall import waterfall
from reports.charts.words import is_time
from reports.engine import Answer

KINDS: dict[str, Callable[..., Plot | None]] = {
    "bars": bars,
    "lines": lines,
    "stood": stood,
    "stacked": stacked,
    "heatmap": heatmap,
    "dots": dots,
    "waterfall": waterfall,
}
"""Name → chart; each takes answers of the same split and their words, and None says that there is nothing to draw."""


def kind_of(answer: Answer) -> str:
    """The chart that suits a split; a figure without one is a number."""
    by = answer.query.by
    if not answer.marks:
        return "number"
    if len(by) < 2:
        return "lines" if by and is_time(by[0]) and not answer.metric.additive else "bars"
    if is_time(by[0]):
        return "lines"
    return "stacked" if answer.metric.additive else "heatmap"


def plotted(
    kind: str | None, answers: Sequence[Answer], words: Sequence[str], **options: Any
) -> tuple[str, Plot | None]:
    """The kind of chart and its plot; amounts of several currencies share no axis and are not drawn [M9]."""
    name = kind or kind_of(answers[0])
    draw = KINDS.get(name)
    if draw is None or mixed(answers):
        return name, None
    return name, draw(tuple(answers), tuple(words), **options)
