"""The schedule as a table: what lasts several days or half hours spans columns, what overlaps gets a line of its own.

Pure geometry, for templates/admin/schedule/: a cell says how many columns it covers, so that no style is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from admin_app.kernel.wall_hours import bounds_of, hour_of, instant_at, on_the_wall
from admin_app.records.schedule import Row, Thing

HALF_HOUR = timedelta(minutes=30)


@dataclass(slots=True)
class Cell:
    """Some columns of a line, from `column` on: nothing, or one thing that spans them."""

    column: int
    span: int = 1
    things: list[Thing] = field(default_factory=list)
    begins_before: bool = False
    goes_on: bool = False
    is_first: bool = False
    """Whether nothing of this row stands in an earlier line of the same column."""


Line = list[Cell]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row of the schedule with its lines."""

    row: Row
    lines: list[Line]


def draw_week(row: Row, days: Sequence[date]) -> Drawn:
    """Each thing across its days, what comes later on a day below; a free day has an empty cell in every line."""
    last = len(days) - 1

    def columns(thing: Thing) -> tuple[int, int]:
        return max((thing.first - days[0]).days, 0), min((thing.last - days[0]).days, last)

    lines = [_by_day(line) for line in _lines(row.things, columns, len(days)) or [[Cell(0, len(days))]]]
    named: set[int] = set()
    for line in lines:
        for cell in line:
            for thing in cell.things:
                cell.begins_before, cell.goes_on = thing.first < days[0], thing.last > days[-1]
                cell.is_first = cell.column not in named
                named.add(cell.column)
    return Drawn(row, lines)


def _by_day(line: Line) -> Line:
    """Empty stretches as one cell a day, so that each day can be dropped on and keeps its look."""
    return [
        one
        for cell in line
        for one in ([cell] if cell.things else [Cell(cell.column + number) for number in range(cell.span)])
    ]


@dataclass(frozen=True, slots=True)
class Hours:
    """The half hours of a day that are drawn: their instants, and the words above each full hour with its width."""

    marks: tuple[datetime, ...]
    heads: tuple[tuple[str, int], ...]


def hours_of_day(day: date, things: Sequence[Thing], opens: str, closes: str, zone: str) -> Hours:
    """The working day, widened to what lies outside of it; a day of 23 or 25 hours has that many."""
    end = bounds_of(day, 1, zone)[1]
    since, until = instant_at(day, hour_of(opens), zone), instant_at(day, hour_of(closes, time(17)), zone)
    for thing in things:
        if thing.first == day:
            since = min(since, thing.starts_at)
        if thing.last == day:
            until = max(until, min(thing.ends_at or thing.starts_at + HALF_HOUR, end))
    since -= timedelta(minutes=on_the_wall(since, zone).minute)
    marks = []
    while since < until:
        marks += [since, since + HALF_HOUR]
        since += 2 * HALF_HOUR
    heads = tuple((f"{on_the_wall(mark, zone):%H:%M}", 2) for mark in marks[::2])
    return Hours(tuple(marks), heads)


def draw_day(row: Row, hours: Hours) -> Drawn:
    """Each thing across its half hours, what overlaps below; a short one has one half hour."""
    marks = hours.marks
    end = marks[-1] + HALF_HOUR

    def columns(thing: Thing) -> tuple[int, int]:
        ends = min(thing.ends_at or thing.starts_at + HALF_HOUR, end)
        first = max(int((thing.starts_at - marks[0]) / HALF_HOUR), 0)
        last = max(-int(-((ends - marks[0]) / HALF_HOUR) // 1) - 1, first)
        return min(first, len(marks) - 1), min(last, len(marks) - 1)

    lines = _lines(row.things, columns, len(marks)) or [_filled([], len(marks))]
    for line in lines:
        for cell in line:
            for thing in cell.things:
                cell.begins_before = thing.starts_at < marks[0]
                cell.goes_on = thing.ends_at is not None and thing.ends_at > end
    return Drawn(row, lines)


def _lines(things: Sequence[Thing], columns: Callable[[Thing], tuple[int, int]], width: int) -> list[Line]:
    """Things on as few lines as keep them apart, empty cells between them."""
    placed: list[list[tuple[int, int, Thing]]] = []
    for first, last, thing in sorted(
        ((*columns(thing), thing) for thing in things),
        key=lambda one: (one[0], -one[1], one[2].starts_at, one[2].key),
    ):
        free = next((line for line in placed if line[-1][1] < first), None)
        if free is None:
            free = []
            placed.append(free)
        free.append((first, last, thing))
    return [_filled(line, width) for line in placed]


def _filled(line: Sequence[tuple[int, int, Thing]], width: int) -> Line:
    cells, here = [], 0
    for first, last, thing in line:
        if first > here:
            cells.append(Cell(here, first - here))
        cells.append(Cell(first, last - first + 1, [thing]))
        here = last + 1
    if here < width:
        cells.append(Cell(here, width - here))
    return cells
