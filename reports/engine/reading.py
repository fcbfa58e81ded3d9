"""How computed figures read sums and rows, and in which order marks are read."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from reports.engine.answer import Mark
from reports.engine.rows import frame_of_rows
from reports.engine.totals import Sums, add_up
from reports.metrics import Asked, Total
from reports.sources import DIMENSIONS, Source


class Reading:
    """What a figure that is worked out reads (`metrics.Reader`), with the labels of the keys that it met."""

    def __init__(self, session: Session) -> None:
        """No label met yet."""
        self._session = session
        self.labels: dict[tuple[str, str], str] = {}

    def frame(self, source: Source, asked: Asked, columns: tuple[str, ...]) -> Any:
        """The rows of a source as a pandas frame."""
        return frame_of_rows(self._session, source, asked, columns)

    def total(self, metric: Total, asked: Asked) -> Sums:
        """The sums of a total."""
        found = add_up(self._session, metric.source, asked)
        self.labels.update(found.labels)
        return found.sums


def as_read(marks: tuple[Mark, ...], by: tuple[str, ...]) -> tuple[Mark, ...]:
    """Marks of a computed figure in reading order, unless it splits by something of its own and knows better."""
    if not by or any(name not in DIMENSIONS for name in by):
        return marks
    return tuple(sorted(marks, key=reading_order(by)))


def in_order(key: str) -> tuple[int, str]:
    """Where a key stands among its like: numbers by what they are worth, then words."""
    return (int(key), "") if key.removeprefix("-").isdigit() else (10**9, key)


def reading_order(by: tuple[str, ...]) -> Any:
    """Marks as they are read: time and fixed orders by key, others by amount, the largest first."""

    def place(mark: Mark) -> tuple[Any, ...]:
        places: list[Any] = []
        for name, key in zip(by, mark.keys, strict=False):
            one = DIMENSIONS.get(name)
            if one is not None and one.order:
                places.append((one.order.index(key) if key in one.order else len(one.order), key))
            elif one is not None and one.sorted_by_key:
                places.append((0, *in_order(key)))
            else:
                places.append((-(mark.value if mark.value is not None else 0), mark.labels[:1]))
        return (*places, mark.currency or "")

    return place
