"""The tables of a company as CSV files, and as rows read from them with `csv` alone."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

Row = dict[str, Any]
_WHOLE = re.compile(r"-?(0|[1-9]\d*)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_FLAGS = {"True": 1, "False": 0}
"""How PostgreSQL says yes and no; SQLite says 1 and 0."""


def dump(connection: Connection, folder: Path) -> Path:
    """Write every table to `<table>.csv` in `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in inspect(connection).get_table_names():
        rows = connection.execute(text(f'SELECT * FROM "{table}"'))
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(rows.keys())
            writer.writerows(["" if value is None else str(value) for value in row] for row in rows)
    return folder


class Tables:
    """Rows by the name of their table: whole numbers, days and words; empty is None."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows: dict[str, list[Row]] = {}
        self._by_id: dict[str, dict[int, Row]] = {}
        self.kept: dict[Any, Any] = {}
        """What a figure worked out once and needs again."""

    def __getitem__(self, table: str) -> list[Row]:
        if table not in self._rows:
            with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                self._rows[table] = [
                    {name: _read(value) for name, value in row.items()} for row in csv.DictReader(file)
                ]
        return self._rows[table]

    def by_id(self, table: str) -> dict[int, Row]:
        """The rows of a table by their id."""
        if table not in self._by_id:
            self._by_id[table] = {row["id"]: row for row in self[table]}
        return self._by_id[table]

    def by(self, table: str, column: str) -> dict[Any, list[Row]]:
        """The rows of a table by what stands in a column."""
        key = ("by", table, column)
        if key not in self.kept:
            found: dict[Any, list[Row]] = defaultdict(list)
            for row in self[table]:
                found[row[column]].append(row)
            self.kept[key] = dict(found)
        rows: dict[Any, list[Row]] = self.kept[key]
        return rows


@cache
def _read(value: str) -> Any:
    if value == "":
        return None
    if value in _FLAGS:
        return _FLAGS[value]
    if _WHOLE.fullmatch(value):
        return int(value)
    return date.fromisoformat(value) if _DAY.fullmatch(value) else value
