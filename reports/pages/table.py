"""The table under each plot: the same marks as text, each value a link to its rows [128]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reports.charts.dots import bounds, number_of, numbered
from reports.charts.series import in_order, mixed
from reports.charts.words import empty_text, is_time, label_of, labels_of, lined_up, not_yet
from reports.engine import Answer, Mark
from reports.engine.compared import FEWEST_ROWS
from reports.metrics import Unit
from reports.sources import DIMENSIONS

MOST_LINES = 60
"""So many lines are printed; a download has them all."""
MOST_WIDE = 60
"""Beside a heat map it may have so many; the table scrolls."""
MOST_COLUMNS = 8
"""A second split becomes columns where it has at most so many keys."""

Addressed = Callable[[Answer, Sequence[str], str | None], str | None]
"""(answer, keys, currency) → the address of the rows behind a mark."""


@dataclass(frozen=True)
class Cell:
    """A value as printed, and where its rows are."""

    text: str
    url: str | None = None
    empty: bool = False
    """Whether no row fell here."""


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


def tabled(
    answers: Sequence[Answer],
    labels: Sequence[str],
    addressed: Addressed,
    *,
    left_out: int = 0,
    wide: bool = False,
) -> Table:
    """Answers of the same split as one table; a short second split is turned into columns.

    `left_out` keys were left out of the answers before; `wide` lets the second split have many columns.
    """
    made = _tabled(answers, labels, addressed, MOST_WIDE if wide else MOST_COLUMNS)
    return replace(made, left_out=made.left_out + left_out)


def _tabled(answers: Sequence[Answer], labels: Sequence[str], addressed: Addressed, columns: int) -> Table:
    by = answers[0].query.by
    if not any(one.marks for one in answers):
        return _as_stood(answers, labels, addressed)
    if mixed(answers):
        return _listed(answers, labels, addressed)
    if len(by) == 2 and len(answers) == 1:
        return _split_twice(answers[0], labels[0], addressed, columns)
    return _split_once(answers, labels, addressed)


def of_movements(answers: Sequence[Answer], labels: Sequence[str], addressed: Addressed) -> Table:
    """Where a figure stood, what moved it, where it stands: one column that adds up."""
    before, moved, after = answers
    if not before.rows and not moved.rows and not after.rows:
        return Table((), (), ())
    lines = [
        Line((labels[0],), (Cell(before.text, addressed(before, (), None)),)),
        *(Line((labels_of(moved, mark)[0],), (_cell(moved, mark, addressed),)) for mark in moved.marks),
    ]
    return Table(
        ("Movement",), (after.metric.label,), tuple(lines), (Cell(after.text, addressed(after, (), None)),)
    )


def _as_stood(answers: Sequence[Answer], labels: Sequence[str], addressed: Addressed) -> Table:
    """Answers without a split as of several days: a line a day, a column a word."""
    words, days = list(dict.fromkeys(labels)), list(dict.fromkeys(one.as_of for one in answers))
    if len(days) < 2:
        return Table((), tuple(labels), ())
    at = {(one.as_of, label): one for one, label in zip(answers, labels, strict=True)}
    lines = []
    for day in days:
        given = [at.get((day, word)) for word in words]
        cells = tuple(Cell(one.text, addressed(one, (), None)) if one else Cell("") for one in given)
        lines.append(Line((label_of("day", day.isoformat(), "", answers[0].locale),), cells))
    return Table(("As of",), tuple(words), tuple(lines))


def _listed(answers: Sequence[Answer], labels: Sequence[str], addressed: Addressed) -> Table:
    """Marks in several currencies: a line each, for they share no column and no sum [M9]."""
    heads = tuple(_head(answers[0], place) for place in range(max(1, len(answers[0].query.by))))
    several = len(answers) > 1
    lines = [
        Line(
            (*((label,) if several else ()), *labels_of(one, mark)),
            (_cell(one, mark, addressed),),
        )
        for one, label in zip(answers, labels, strict=True)
        for mark in one.marks
    ]
    return Table(
        (*(("Figure",) if several else ()), *heads),
        ("Amount",),
        tuple(lines[:MOST_LINES]),
        (),
        max(0, len(lines) - MOST_LINES),
    )


def _split_once(answers: Sequence[Answer], labels: Sequence[str], addressed: Addressed) -> Table:
    keys = lined_up(answers)
    times = bool(answers[0].query.by) and is_time(answers[0].query.by[0])
    at = [{mark.keys: mark for mark in one.marks} for one in answers]
    lines = []
    sure = answers[0] if len(answers) == 1 and numbered(answers[0]) else None
    spans = sure is not None and any(bounds(sure, mark) for mark in sure.marks)
    for key in keys[-MOST_LINES:] if times else keys[:MOST_LINES]:
        found = [marks.get(key) for marks in at]
        named = next(
            (labels_of(one, mark)[0] for one, mark in zip(answers, found, strict=True) if mark),
            _named(answers[0], key[0]),
        )
        cells = [_cell(one, mark, addressed) for one, mark in zip(answers, found, strict=True)]
        lines.append(Line((named,), (*cells, *(_how_sure(sure, found[0], spans) if sure else ()))))
    labels = (*labels, *(("95 % interval",) if spans else ()), "n") if sure else labels
    whole = tuple(Cell(one.text, addressed(one, (), None)) for one in answers if one.query.by)
    if sure is not None and whole:
        whole = (*whole, *((Cell(""),) if spans else ()), Cell(f"{sure.n:,}"))
    return Table((_head(answers[0], 0),), tuple(labels), tuple(lines), whole, max(0, len(keys) - MOST_LINES))


def _how_sure(answer: Answer, mark: Mark | None, spans: bool) -> tuple[Cell, ...]:
    """The interval, where the figure has any, and on how many rows it stands; under 20 the number alone."""
    span = bounds(answer, mark) if mark is not None and number_of(answer, mark) >= FEWEST_ROWS else None
    said = f"{100 * span[0]:.1f} % to {100 * span[1]:.1f} %" if span else ""
    number = Cell(f"{number_of(answer, mark):,}") if mark is not None else Cell("0", empty=True)
    return (Cell(said), number) if spans else (number,)


def _split_twice(answer: Answer, label: str, addressed: Addressed, columns: int) -> Table:
    second = list(dict.fromkeys(mark.keys[1] for mark in answer.marks))
    if len(second) > columns:
        lines = tuple(
            Line(labels_of(answer, mark), (_cell(answer, mark, addressed),))
            for mark in answer.marks[:MOST_LINES]
        )
        whole = (Cell(answer.text, addressed(answer, (), None)),)
        heads = (_head(answer, 0), _head(answer, 1))
        return Table(heads, (label,), lines, whole, max(0, len(answer.marks) - MOST_LINES))
    second = in_order(answer.query.by[1], second)
    named = {mark.keys[1]: labels_of(answer, mark)[1] for mark in answer.marks}
    first = {mark.keys[0]: labels_of(answer, mark)[0] for mark in answer.marks}
    keys = [key for (key,) in lined_up([answer])]
    at = {mark.keys: mark for mark in answer.marks}
    lines = tuple(
        Line(
            (first.get(key, _named(answer, key)),),
            tuple(
                Cell("", empty=True)
                if not_yet(answer, (key, other))
                else _cell(answer, at.get((key, other)), addressed)
                for other in second
            ),
        )
        for key in keys[:MOST_LINES]
    )
    return Table(
        (_head(answer, 0),), tuple(named[key] for key in second), lines, (), max(0, len(keys) - MOST_LINES)
    )


def _cell(answer: Answer, mark: Mark | None, addressed: Addressed) -> Cell:
    """A mark as printed; a share of fewer than 20 is not told in percent."""
    if mark is None:
        return Cell(empty_text(answer), empty=True)
    text = mark.text
    if answer.metric.unit is Unit.SHARE and number_of(answer, mark) < FEWEST_ROWS:
        text = counted(answer, mark)
    return Cell(text, addressed(answer, mark.keys, mark.currency))


def counted(answer: Answer, mark: Mark) -> str:
    """A share of few as counts: "1 of 8" where the rows are the whole of which it is a part, else their number."""
    if answer.metric.name == "retention" and mark.value is not None:
        return f"{round(mark.value * mark.rows)} of {mark.rows}"
    return f"n = {number_of(answer, mark)}"


def _head(answer: Answer, place: int) -> str:
    name = answer.query.by[place] if answer.query.by else "currency"
    return DIMENSIONS[name].label if name in DIMENSIONS else name.replace("_", " ").capitalize()


def _named(answer: Answer, key: str) -> str:
    return label_of(answer.query.by[0] if answer.query.by else "currency", key, key, answer.locale)
