"""Which chart an answer is drawn as: named by whoever asks, else told by its split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reports.charts.bars import bars
from reports.charts.plot import Plot
from reports.charts.words import is_time
from reports.engine import Answer

KINDS: dict[str, Callable[..., Plot | None]] = {"bars": bars}
"""Name → chart; each takes answers of the same split and their words, and None says that there is nothing to draw."""


def kind_of(answer: Answer) -> str:
    """The chart that suits a split; a figure without one is a number."""
    by = answer.query.by
    if not answer.marks:
        return "number"
    if len(by) < 2:
        return "lines" if by and is_time(by[0]) and not answer.metric.additive else "bars"
    return "lines" if is_time(by[0]) else "stacked"


def plotted(
    kind: str | None, answers: Sequence[Answer], words: Sequence[str], **options: Any
) -> tuple[str, Plot | None]:
    """The kind of chart and its plot."""
    name = kind or kind_of(answers[0])
    draw = KINDS.get(name)
    return name, draw(tuple(answers), tuple(words), **options) if draw else None
