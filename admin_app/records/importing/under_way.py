"""An import under way: the session, the staging tables and the report that its checks and its statements share.

The statements here are few and large; a row's fate is a column of its staging table, so that what one check refuses the
next ones pass over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, func, or_, select, update

from admin_app.models import CustomerGroup, OfficeSession
from admin_app.records.importing.check import LINES_A_SOURCE
from admin_app.records.importing.choices import Doubles
from admin_app.records.importing.report import Finding, Report, Severity, Tally
from admin_app.records.importing.schema import FileSpec
from admin_app.records.importing.source import Source
from admin_app.records.importing.stage import GOOD, REFUSED, SKIPPED, Stage
from admin_app.records.values import Reading


@dataclass(frozen=True, slots=True)
class Input:
    """One file with the format's file that it is read as; its place in the list is its number in staged rows."""

    source: Source
    spec: FileSpec
    present: frozenset[str]
    keeps_empty: bool = False
    """Empty cells leave what is there (a mapped file); in our own format they empty the field."""
    family: str | None = None
    """The other program's file that this is a part of: what is refused in one part is refused in all."""


@dataclass(slots=True)
class Import:
    """What checks and statements need; `session` changes with each transaction."""

    stage: Stage
    report: Report
    inputs: list[Input]
    run_id: int
    reading: Reading
    now: datetime
    dry: bool = False
    doubles: Doubles = Doubles.SKIP
    changed: int = 0
    """Records that the step under way changed."""
    session: OfficeSession = field(init=False)

    def has(self, stage_name: str) -> bool:
        """Whether any file feeds this table."""
        return any(given.spec.stage == stage_name for given in self.inputs)

    def present(self, stage_name: str) -> frozenset[str]:
        """The columns that the files of this table have."""
        return frozenset().union(*(given.present for given in self.inputs if given.spec.stage == stage_name))

    def keeps_empty(self, stage_name: str) -> bool:
        """Whether empty cells leave what is there."""
        return any(given.keeps_empty for given in self.inputs if given.spec.stage == stage_name)

    def tally_of(self, number: int) -> Tally:
        """The counts of the file with this number."""
        return self.report.tally(self.inputs[number].source.name)

    # ---- what checks say

    def refuse(self, name: str, column: str, condition: ColumnElement[bool], sentence: str) -> int:
        """Refuse the good rows of a table that meet the condition, each with its row and value; says how many."""
        return self._judge(name, column, condition, sentence, Severity.ERROR, REFUSED)

    def skip(self, name: str, column: str, condition: ColumnElement[bool], sentence: str) -> int:
        """Leave rows out that say nothing new, and say so."""
        return self._judge(name, column, condition, sentence, Severity.SKIPPED, SKIPPED)

    def warn(self, name: str, column: str, condition: ColumnElement[bool], sentence: str) -> int:
        """Say something about rows that are taken all the same."""
        return self._judge(name, column, condition, sentence, Severity.WARNING, None)

    def _judge(
        self,
        name: str,
        column: str,
        condition: ColumnElement[bool],
        sentence: str,
        severity: Severity,
        fate: int | None,
    ) -> int:
        table = self.stage[name]
        good = table.c.fate == GOOD
        found = select(table.c.line, table.c[column]).where(good, condition).order_by(table.c.line)
        count = 0
        for line, value in self.session.execute(found.execution_options(yield_per=2000)):
            self.say(line, column, "" if value is None else str(value), sentence, severity)
            count += 1
        if count and fate is not None:
            self.session.execute(update(table).where(good, condition).values(fate=fate))
        return count

    def say(self, line: int, column: str, value: str, sentence: str, severity: Severity) -> None:
        """One finding about a staged row; `{}` in the sentence stands for the value."""
        number, row = divmod(line, LINES_A_SOURCE)
        source = self.inputs[number].source
        said = sentence.replace("{}", value[:60])
        self.report.add(Finding(source.name, row, source.shown(column), value, said, severity))

    def warn_of_file(self, stage_name: str, sentence: str) -> None:
        """Say something about a file as a whole."""
        for given in self.inputs:
            if given.spec.stage == stage_name:
                self.report.add(Finding(given.source.name, None, "", "", sentence, Severity.WARNING))

    def refuse_with_their_family(self) -> None:
        """A row of a mapped file that was refused in one part is refused in all: nothing partial is kept."""
        families: dict[str, set[int]] = {}
        for given in self.inputs:
            if given.family is not None:
                families.setdefault(given.family, set()).update(self.report.refused_rows(given.source.name))
        for number, given in enumerate(self.inputs):
            rows = sorted(families.get(given.family or "", ()))
            table = self.stage[given.spec.stage]
            for start in range(0, len(rows), 500):
                lines = [number * LINES_A_SOURCE + row for row in rows[start : start + 500]]
                self.fill(table, {"fate": REFUSED}, table.c.line.in_(lines) & (table.c.fate == GOOD))

    # ---- what is counted

    def count(self, name: str, what: str, condition: ColumnElement[bool]) -> int:
        """Add the rows that meet the condition to one count ("created") of the files they stand in."""
        table = self.stage[name]
        number = table.c.line // LINES_A_SOURCE
        counted = select(number, func.count()).select_from(table).where(condition).group_by(number)
        total = 0
        for file, count in self.session.execute(counted).all():
            if self.inputs[file].spec.stage == name:
                tally = self.tally_of(file)
                setattr(tally, what, getattr(tally, what) + count)
                total += count
        return total

    # ---- what statements share

    def known_group(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a customer's number is one of a good row of this run or of the office."""
        groups = self.stage["groups"]
        staged = select(1).where(groups.c.external_id == column, groups.c.fate == GOOD).exists()
        return or_(staged, *(select(1).where(kept == column).exists() for kept in GROUP_KEYS))

    def resolve_groups(self, name: str) -> None:
        """Fill `group_id` of a table from the customers' numbers, once the customers are in."""
        table = self.stage[name]
        for kept in GROUP_KEYS:
            found = select(CustomerGroup.id).where(kept == table.c.group).scalar_subquery()
            self.session.execute(update(table).where(table.c.group_id.is_(None)).values(group_id=found))

    def resolve_target(self, name: str, keys: Sequence[tuple[Any, Any]]) -> None:
        """Fill `target_id` with the record that a row speaks of: the first of (stored column, staged column) found."""
        table = self.stage[name]
        for stored, staged in keys:
            found = select(stored.class_.id).where(stored == staged).limit(1).scalar_subquery()
            self.session.execute(
                update(table).where(table.c.target_id.is_(None), staged.is_not(None)).values(target_id=found)
            )

    def fill(self, table: Table, values: Mapping[str, Any], where: ColumnElement[bool] | None = None) -> None:
        """Set columns of a staging table."""
        statement = update(table).values(**values)
        self.session.execute(statement if where is None else statement.where(where))


GROUP_KEYS = (CustomerGroup.external_id, CustomerGroup.public_id)
"""What a file may call a customer by: the number it came with, or the one that its export gave it."""
