"""Checks every row of a file with functions compiled once for its columns; what is good comes out ready to be staged.

A row is refused as a whole: nothing of it is kept when one cell is wrong.  Speed comes from deciding everything that
does not depend on the row before the first one (performance.md section 7.11).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from types import FunctionType
from typing import Any

from sqlalchemy import inspect

from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import guess_date_order, guess_decimal_mark
from admin_app.kernel.text import new_public_id
from admin_app.models.field import Kind
from admin_app.records.importing.convert import Convert, Manner, converter
from admin_app.records.importing.report import Finding, Report, Severity
from admin_app.records.importing.rules import EXPANSIONS, RULES
from admin_app.records.importing.schema import Column, FileSpec
from admin_app.records.importing.source import Ragged, Source

BATCH = 10_000
"""Rows that are checked, then staged together."""
LINES_A_SOURCE = 10**9
"""A staged row is named source × this + its row number, so that rows of several files do not collide."""
_SAMPLED = 2_000


@dataclass(slots=True)
class Batch:
    """Checked rows: how many were read, and the tuples for each staging table."""

    read: int = 0
    staged: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)


def derived_columns(spec: FileSpec) -> tuple[str, ...]:
    """What the record's own `settle` fills in from its other fields: folded names, keys."""
    draft = _draft_class(spec)()
    given = {column.name: "" for column in spec.columns} | {"name": "x", "line1": "x", "email": None}
    draft.__dict__.update(given)
    spec.entity.settle(draft)
    stored = inspect(spec.entity).column_attrs.keys()
    return tuple(key for key in vars(draft) if key not in given and key in stored)


def _draft_class(spec: FileSpec) -> type[Any]:
    """A bare object on which the record's `settle` can work: its functions without its mapping."""
    own = {
        name: value
        for name, value in vars(spec.entity).items()
        if isinstance(value, FunctionType | staticmethod) and not name.startswith("__")
    }
    return type("Draft", (), own)


def stage_columns(spec: FileSpec) -> tuple[str, ...]:
    """The columns of the file's staging table that a checked row fills, in order."""
    return ("line", *(column.name for column in spec.columns), *derived_columns(spec), "public_id")


class Checker:
    """Checks the rows of one file; `source_index` tells rows of several files apart."""

    def __init__(
        self, spec: FileSpec, source: Source, manner: Manner, report: Report, source_index: int = 0
    ) -> None:
        """Compile the checks for this header; raises Invalid when a needed column is missing."""
        self.spec, self.source, self.report = spec, source, report
        self._offset = source_index * LINES_A_SOURCE
        self._tally = report.tally(source.name)
        self.present, places = self._match_header()
        manner = _settled_manner(spec, source, manner, places)
        self._plan: list[tuple[str, int, Convert, bool]] = [
            (column.name, place, converter(column, manner), column.required) for column, place in places
        ]
        self._empty = {column.name: _when_empty(column) for column in spec.columns}
        self._draft = _draft_class(spec)
        self._settle: Callable[[Any], None] = spec.entity.settle
        self._pick = itemgetter(*stage_columns(spec))
        self._rule = RULES.get(spec.name)
        self._expand = EXPANSIONS.get(spec.name)

    def _match_header(self) -> tuple[frozenset[str], list[tuple[Column, int]]]:
        """Which column stands where; what is unknown is said, what is needed and missing refused."""
        by_name = {
            name.strip().lower(): place for place, name in reversed(list(enumerate(self.source.header)))
        }
        places = [(column, by_name[column.name]) for column in self.spec.columns if column.name in by_name]
        present = frozenset(column.name for column, _ in places)
        missing = [name for name in self.spec.needs if name not in present]
        if missing:
            raise Invalid(f"{self.source.name} lacks the column {' and '.join(missing)}")
        for name in self.source.header:
            if name.strip().lower() not in self.spec.names | self.spec.derived:
                self._say_unknown(name)
        return present, places

    def _say_unknown(self, name: str) -> None:
        sentence = f"No field is called “{name}”, so this column was left out"
        self.report.add(Finding(self.source.name, 1, name, "", sentence, Severity.WARNING))

    def batches(self) -> Iterator[Batch]:
        """The rows, checked, a few thousand at a time; errors go to the report."""
        rows = self.source.rows()
        while chunk := list(itertools.islice(rows, BATCH)):
            batch = Batch(len(chunk), {self.spec.stage: []})
            for number, cells in chunk:
                self._check(number, cells, batch)
            self._tally.rows += len(chunk)
            yield batch
        for remark in self.source.remarks:
            self.report.add(Finding(self.source.name, remark.row, "", "", remark.sentence, Severity.WARNING))

    def _check(self, number: int, cells: list[str], batch: Batch) -> None:
        if len(cells) != len(self.source.header) or isinstance(cells, Ragged):
            cells = self._evened(number, cells)
            if not cells:
                return
        draft = self._draft()
        row = draft.__dict__
        row.update(self._empty)
        wrong: list[tuple[str, str, str]] = []
        for name, place, convert, required in self._plan:
            cell = cells[place].strip()
            if not cell:
                if required:
                    wrong.append((name, "", "This cell must not be empty"))
                continue
            try:
                row[name] = convert(cell)
            except Invalid as refusal:
                wrong.append((name, cell, refusal.sentence))
        if not wrong and self._rule is not None:
            wrong = [(name, _shown(cells, self._plan, name), said) for name, said in self._rule(row)]
        if wrong:
            self._refuse(number, wrong)
            return
        row["line"] = self._offset + number
        row["public_id"] = new_public_id()
        self._settle(draft)
        if self._expand is not None:
            try:
                for stage, values in self._expand(row):
                    batch.staged.setdefault(stage, []).append(values)
            except Invalid as refusal:
                self._refuse(
                    number, [(name, row.get(name) or "", said) for name, said in refusal.fields.items()]
                )
                return
        batch.staged[self.spec.stage].append(self._pick(row))

    def _evened(self, number: int, cells: list[str]) -> list[str]:
        """The cells without empty ones beyond the header; a row that does not fit is refused: nothing is left."""
        width = cells.width if isinstance(cells, Ragged) else len(self.source.header)
        if (
            not isinstance(cells, Ragged)
            and len(cells) > width
            and not any(cell.strip() for cell in cells[width:])
        ):
            return cells[:width]
        said = f"This row has {len(cells)} cells where the header has {width}"
        self._refuse(number, [("", "", said)])
        return []

    def _refuse(self, number: int, wrong: list[tuple[str, str, str]]) -> None:
        for name, value, sentence in wrong:
            column = self.source.shown(name) if name else ""
            self.report.add(Finding(self.source.name, number, column, str(value), sentence))


def _shown(cells: list[str], plan: list[tuple[str, int, Convert, bool]], name: str) -> str:
    return next((cells[place] for column, place, _, _ in plan if column == name), "")


def _when_empty(column: Column) -> Any:
    """What an empty or missing cell is staged as: nothing, or empty text where the record needs a text."""
    bound = column.bound
    if bound is not None and bound.kind is Kind.TEXT and bound.required and not column.required:
        return ""
    return None


def _settled_manner(
    spec: FileSpec, source: Source, manner: Manner, places: list[tuple[Column, int]]
) -> Manner:
    """The manner with what the first rows leave no doubt about: the order of dates, the mark of decimals."""
    dated = [place for column, place in places if column.kind in (Kind.DATE, Kind.INSTANT)]
    counted = [place for column, place in places if column.kind in (Kind.MONEY, Kind.DECIMAL)]
    if not dated and not counted:
        return manner
    days, amounts = [], []
    for _, cells in itertools.islice(source.rows(), _SAMPLED):
        days += [cells[place] for place in dated if place < len(cells)]
        amounts += [cells[place] for place in counted if place < len(cells)]
    order = manner.date_order or guess_date_order(filter(None, days))
    mark = manner.decimal_mark or guess_decimal_mark(filter(None, amounts))
    return Manner(manner.reading, order, mark, manner.mapped)
