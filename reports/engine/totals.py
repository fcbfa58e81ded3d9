"""Sums in the database: the signed rows of a source, narrowed and split, added up where they lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, String, cast, func, select, union_all
from sqlalchemy.orm import Session

from reports.engine.kept import kept_parts
from reports.metrics import Asked
from reports.sources import DIMENSIONS, Source
from reports.sources.base import Condition, Part
from reports.sources.dimensions import NONE, Dimension, in_periods

Keys = tuple[str, ...]
Sums = dict[tuple[Keys, str | None], tuple[int, int]]
"""(keys, currency) → (sum, number of rows)."""


class Summed:
    """What was added up: the sums, the labels of the keys, and up to which moment kept totals were used."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.sums: Sums = {}
        self.labels: dict[tuple[str, str], str] = {}
        self.behind: datetime | None = None


def add_up(session: Session, source: Source, asked: Asked) -> Summed:
    """The sums of a source's rows, split by the dimensions asked for; in one statement."""
    source = grained(source, asked)
    dimensions = [DIMENSIONS[name] for name in asked.by]
    narrowed = conditions(asked)
    needed = {"amount", "currency", *(one.needs for one in dimensions)}
    needed.update(*(one.also_needs for one in dimensions))
    filtered = {DIMENSIONS[name].needs for name, _ in asked.where} | {"day"}
    kept = kept_parts(session, source, asked, needed | filtered)
    found = Summed()
    parts = source.rows(asked.as_of) if kept is None else kept.parts
    found.behind = None if kept is None else kept.behind
    columns = sorted(needed if kept is None else needed | {"n"})
    rows = stacked(parts, columns, narrowed).subquery("r")
    for *pairs, currency, amount, count in session.execute(_grouped(rows, dimensions, asked.as_of)):
        keys = []
        for one, key, label in zip(dimensions, pairs[::2], pairs[1::2], strict=True):
            folded = _folded(one, key)
            keys.append(folded)
            found.labels[one.name, folded] = _label(one, folded, label)
        at = (tuple(keys), currency)
        before = found.sums.get(at, (0, 0))
        found.sums[at] = (before[0] + int(amount or 0), before[1] + int(count or 0))
    return found


def grained(source: Source, asked: Asked) -> Source:
    """The source, cut as fine as the dimensions of the question need it."""
    names = (*asked.by, *(name for name, _ in asked.where))
    return source.with_columns(DIMENSIONS[name].needs for name in names if name in DIMENSIONS)


def conditions(asked: Asked) -> list[Condition]:
    """The period and the filters of a question, as conditions on the columns of a row."""
    narrowed: list[Condition] = []
    if asked.start is not None:
        start = asked.start
        narrowed.append(lambda columns: columns["day"] >= start)
    if asked.end is not None:
        end = asked.end
        narrowed.append(lambda columns: columns["day"] < end)
    for name, keys in asked.where:
        narrowed.append(_filter(DIMENSIONS[name], keys, asked.as_of))
    return narrowed


def _filter(dimension: Dimension, keys: Keys, as_of: date) -> Condition:
    if dimension.period is not None:
        return in_periods([dimension.period(key) for key in keys])
    if dimension.where_on is not None:
        where_on = dimension.where_on
        return lambda columns: where_on(columns, keys, as_of)
    assert dimension.where is not None, f"{dimension.name} cannot be filtered"
    where = dimension.where
    return lambda columns: where(columns, keys)


def stacked(parts: Iterable[Part], columns: Iterable[str], narrowed: list[Condition]) -> Any:
    """The rows of all parts under each other."""
    picked = [one.pick(columns, narrowed) for one in parts]
    return picked[0] if len(picked) == 1 else union_all(*picked)


def keyed(rows: Any, dimensions: list[Dimension], as_of: date) -> tuple[FromClause, list[ColumnElement[Any]]]:
    """The rows joined with what tells the keys, and key and label of each dimension in turn."""
    so_far: FromClause = rows
    pairs: list[ColumnElement[Any]] = []
    for place, one in enumerate(dimensions):
        so_far, key, label = one.keyed(so_far, rows.c, as_of)
        pairs += [cast(key, String).label(f"k{place}"), cast(label, String).label(f"l{place}")]
    return so_far, pairs


def _grouped(rows: Any, dimensions: list[Dimension], as_of: date) -> Select[Any]:
    counted = "n" in rows.c
    if not dimensions:
        number = func.sum(rows.c.n) if counted else func.count()
        return select(rows.c.currency, func.sum(rows.c.amount), number).group_by(rows.c.currency)
    so_far, pairs = keyed(rows, dimensions, as_of)
    also = [rows.c.n] if counted else []
    split = select(*pairs, rows.c.currency, rows.c.amount, *also).select_from(so_far).subquery("s")
    keys = [column for column in split.c if column.name not in ("amount", "n")]
    number = func.sum(split.c.n) if counted else func.count()
    return select(*keys, func.sum(split.c.amount), number).group_by(*keys)


def _folded(dimension: Dimension, key: str | None) -> str:
    if key is None or key == "":
        return NONE
    return dimension.fold(key) if dimension.fold else str(key)


def _label(dimension: Dimension, key: str, label: str | None) -> str:
    if key == NONE:
        return dimension.none_label
    return key if dimension.fold or label is None else str(label)


def by_currency(sums: Sums) -> dict[str | None, tuple[int, int]]:
    """The sums of each currency over all keys; only where the dimensions do not overlap."""
    found: dict[str | None, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (_, currency), (amount, rows) in sums.items():
        before = found[currency]
        found[currency] = (before[0] + amount, before[1] + rows)
    return dict(found)
