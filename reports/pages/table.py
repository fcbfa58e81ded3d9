"""The table under each plot: the same marks as text, each value a link to its rows [128]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reports.charts.words import empty_text, is_time, label_of, labels_of, lined_up
from reports.engine import Answer, Mark
from reports.sources import DIMENSIONS

MOST_LINES = 60
"""So many lines are printed; a download has them all."""
MOST_COLUMNS = 8
"""A second split becomes columns where it has at most so many keys."""

Addressed = Callable[[Answer, Sequence[str], str | None], str | None]
"""(answer, keys, currency) → the address of the rows behind a mark."""


@dataclass(frozen=True)
class Cell:
    """A value as printed, and where its rows are."""

    text: str
    url: str | None = None


@dataclass(frozen=True)
class Line:
    """One line: the words that name it and its values."""

    words: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Heads of the words and of the values, the lines, the line of the whole, and how many lines were left out."""

    words: tuple[str, ...]
    values: tuple[str, ...]
    lines: tuple[Line, ...]
    whole: tuple[Cell, ...] = ()
    left_out: int = 0


def tabled(answers: Sequence[Answer], labels: Sequence[str], addressed: Addressed) -> Table:
    """Answers of the same split as one table; a short second split is turned into columns."""
    by = answers[0].query.by
    if not any(one.marks for one in answers):
        return Table((), tuple(labels), ())
    if len(by) == 2 and len(answers) == 1:
        return _split_twice(answers[0], labels[0], addressed)
    return _split_once(answers, labels, addressed)


def _split_once(answers: Sequence[Answer], labels: Sequence[str], addressed: Addressed) -> Table:
    keys = lined_up(answers)
    times = bool(answers[0].query.by) and is_time(answers[0].query.by[0])
    lines = []
    for key in keys[-MOST_LINES:] if times else keys[:MOST_LINES]:
        found = [one.mark(*key) for one in answers]
        named = next(
            (labels_of(one, mark)[0] for one, mark in zip(answers, found, strict=True) if mark),
            _named(answers[0], key[0]),
        )
        lines.append(
            Line(
                (named,), tuple(_cell(one, mark, addressed) for one, mark in zip(answers, found, strict=True))
            )
        )
    whole = tuple(Cell(one.text, addressed(one, (), None)) for one in answers if one.query.by)
    return Table((_head(answers[0], 0),), tuple(labels), tuple(lines), whole, max(0, len(keys) - MOST_LINES))


def _split_twice(answer: Answer, label: str, addressed: Addressed) -> Table:
    second = list(dict.fromkeys(mark.keys[1] for mark in answer.marks))
    if len(second) > MOST_COLUMNS or len({mark.currency for mark in answer.marks}) > 1:
        lines = tuple(
            Line(labels_of(answer, mark), (_cell(answer, mark, addressed),))
            for mark in answer.marks[:MOST_LINES]
        )
        whole = (Cell(answer.text, addressed(answer, (), None)),)
        heads = (_head(answer, 0), _head(answer, 1))
        return Table(heads, (label,), lines, whole, max(0, len(answer.marks) - MOST_LINES))
    order = DIMENSIONS[answer.query.by[1]].order if answer.query.by[1] in DIMENSIONS else ()
    second.sort(key=lambda key: order.index(key) if key in order else len(order))
    named = {mark.keys[1]: labels_of(answer, mark)[1] for mark in answer.marks}
    first = {mark.keys[0]: labels_of(answer, mark)[0] for mark in answer.marks}
    keys = [key for (key,) in lined_up([answer])]
    lines = tuple(
        Line(
            (first.get(key, _named(answer, key)),),
            tuple(_cell(answer, answer.mark(key, other), addressed) for other in second),
        )
        for key in keys[:MOST_LINES]
    )
    return Table(
        (_head(answer, 0),), tuple(named[key] for key in second), lines, (), max(0, len(keys) - MOST_LINES)
    )


def _cell(answer: Answer, mark: Mark | None, addressed: Addressed) -> Cell:
    if mark is None:
        return Cell(empty_text(answer))
    return Cell(mark.text, addressed(answer, mark.keys, mark.currency))


def _head(answer: Answer, place: int) -> str:
    name = answer.query.by[place] if answer.query.by else "currency"
    return DIMENSIONS[name].label if name in DIMENSIONS else name.replace("_", " ").capitalize()


def _named(answer: Answer, key: str) -> str:
    return label_of(answer.query.by[0] if answer.query.by else "currency", key, key, answer.locale)
