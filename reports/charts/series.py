"""Answers of one split lined up: for each answer a series, for each key a point, gaps of time filled [M35]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports.charts.plot import on_axis
from reports.charts.words import empty_text, is_time, label_of, labels_of, lined_up, partial
from reports.engine import Answer, Mark
from reports.sources import DIMENSIONS

NOWHERE = -1
"""A point without rows leads nowhere."""
WHOLE = 0
"""The place of the answer's own rows; its marks follow from 1."""


@dataclass(frozen=True)
class Point:
    """One mark of a plot: where it stands, how it is printed, and which mark of which answer it is."""

    key: str
    label: str
    y: float | None
    text: str
    rows: str
    answer: int
    mark: int
    partial: bool = False

    @property
    def carried(self) -> list[Any]:
        """What goes along for hover and click."""
        return [self.text, self.rows, self.answer, self.mark]


@dataclass(frozen=True)
class Series:
    """Points under one word; `of` is the answer they come from."""

    word: str
    of: Answer
    points: tuple[Point, ...]
    key: str = ""
    """The key of the second split, where the series is one of its keys."""


def rows_said(rows: int) -> str:
    """How many rows, in words."""
    return "1 row" if rows == 1 else f"{rows:,} rows"


def mixed(answers: Sequence[Answer]) -> bool:
    """Whether the marks are amounts of several currencies, which share no axis [M9]."""
    return len({mark.currency for one in answers for mark in one.marks if mark.currency}) > 1


def series_of(answers: Sequence[Answer], words: Sequence[str]) -> list[Series]:
    """A series for each answer of one split."""
    keys = [key for (key,) in lined_up(answers)]
    name = answers[0].query.by[0] if answers[0].query.by else "currency"
    labels = {mark.keys[0]: labels_of(one, mark)[0] for one in answers for mark in one.marks}
    found = []
    for place, (one, word) in enumerate(zip(answers, words, strict=True)):
        at = {mark.keys[0]: number for number, mark in enumerate(one.marks, 1)}
        found.append(
            Series(
                word,
                one,
                tuple(
                    _point(one, place, name, key, labels.get(key), at.get(key, NOWHERE), one.marks)
                    for key in keys
                ),
            )
        )
    return found


def series_of_two(answer: Answer) -> list[Series]:
    """A series for each key of the second split, in its order; the points are those of the first."""
    first, second = answer.query.by[:2]
    keys = [key for (key,) in lined_up([answer])]
    labels = {mark.keys[0]: labels_of(answer, mark)[0] for mark in answer.marks}
    words = {mark.keys[1]: labels_of(answer, mark)[1] for mark in answer.marks}
    at = {mark.keys: number for number, mark in enumerate(answer.marks, 1)}
    return [
        Series(
            words[other],
            answer,
            tuple(
                _point(answer, 0, first, key, labels.get(key), at.get((key, other), NOWHERE), answer.marks)
                for key in keys
            ),
            other,
        )
        for other in in_order(second, list(words))
    ]


def in_order(dimension: str, keys: list[str]) -> list[str]:
    """Keys as their dimension reads them; times by their day, others as they came."""
    one = DIMENSIONS.get(dimension)
    if one is not None and one.order:
        return sorted(keys, key=lambda key: one.order.index(key) if key in one.order else len(one.order))
    if all(key.isdigit() for key in keys) and (one is None or one.record is None) and not is_time(dimension):
        return sorted(keys, key=int)
    return sorted(keys) if is_time(dimension) else keys


def _point(
    answer: Answer, place: int, name: str, key: str, label: str | None, number: int, marks: Sequence[Mark]
) -> Point:
    label = label if label is not None else label_of(name, key, key, answer.locale)
    cut = partial(answer, name, key)
    if number == NOWHERE:
        nothing = 0.0 if answer.metric.additive else None
        return Point(key, label, nothing, empty_text(answer), "no rows", place, NOWHERE, cut)
    mark = marks[number - 1]
    cut = cut or mark.partial
    y = on_axis(mark.value, answer.metric.unit, mark.currency)
    return Point(key, label, y, mark.text, rows_said(mark.rows), place, number, cut)
