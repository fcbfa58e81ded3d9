"""What a person chooses for an import, and which file is what: our own format, or another one through its mapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from admin_app.kernel.dates import DateOrder
from admin_app.kernel.errors import Invalid
from admin_app.records.importing.choices import Doubles
from admin_app.records.importing.convert import Manner
from admin_app.records.importing.files import open_csv
from admin_app.records.importing.mapping import ColumnMapping, map_source
from admin_app.records.importing.schema import ORDER, FileSpec, recognise, spec_of
from admin_app.records.importing.source import Source
from admin_app.records.importing.workbook import open_workbook
from admin_app.records.values import Reading

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
TABLES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of a run; `mappings` is by file name (or worksheet), for files that are not in our format."""

    dry_run: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    date_order: DateOrder | None = None
    decimal_mark: str | None = None
    doubles: Doubles = Doubles.SKIP
    cut_over: date | None = None
    mappings: dict[str, ColumnMapping] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As the run keeps them."""
        return {
            "dry_run": self.dry_run,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "date_order": self.date_order,
            "decimal_mark": self.decimal_mark,
            "doubles": self.doubles,
            "cut_over": self.cut_over.isoformat() if self.cut_over else None,
            "mappings": {name: dict(mapping) for name, mapping in self.mappings.items()},
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Choices:
        """What a run kept."""
        return cls(
            bool(kept.get("dry_run")),
            kept.get("encoding"),
            kept.get("delimiter"),
            DateOrder(kept["date_order"]) if kept.get("date_order") else None,
            kept.get("decimal_mark"),
            Doubles(kept.get("doubles", Doubles.SKIP)),
            date.fromisoformat(kept["cut_over"]) if kept.get("cut_over") else None,
            {name: dict(mapping) for name, mapping in kept.get("mappings", {}).items()},
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is open, with what it is read as."""

    source: Source
    spec: FileSpec
    manner: Manner
    family: str | None = None
    """The name of the other program's file that it is a part of."""


def gather(paths: Sequence[Path]) -> list[Path]:
    """The files that are meant: those named, and of a folder those of our format; raises Invalid if one is missing."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = [path / name for name in ORDER if (path / name).is_file()]
            if not found:
                raise Invalid(f"{path} holds none of the files {', '.join(ORDER)}")
            files += found
        elif path.is_file():
            files.append(path)
        else:
            raise Invalid(f"There is no file {path}")
    return files


def open_tables(files: Sequence[Path], choices: Choices) -> list[Source]:
    """Each file, each worksheet of a workbook, as a table."""
    tables: list[Source] = []
    for file in files:
        if file.suffix.lower() in SHEETS:
            tables += open_workbook(file)
        elif file.suffix.lower() in TABLES:
            tables.append(open_csv(file, encoding=choices.encoding, delimiter=choices.delimiter))
        else:
            raise Invalid(f"{file.name} is neither CSV nor a spreadsheet; save it as .csv or .xlsx")
    return tables


def own_format(source: Source) -> FileSpec | None:
    """The file of our format that this is, by its name or by its header; None for another program's file."""
    name = source.name.lower()
    if name in ORDER or f"{name}.csv" in ORDER:
        named = spec_of(name if name in ORDER else f"{name}.csv")
        header = {title.strip().lower() for title in source.header}
        return named if header.issuperset(named.needs) else None
    spec = recognise(source.header)
    known = (
        spec is not None and {title.strip().lower() for title in source.header} <= spec.names | spec.derived
    )
    return spec if known else None


def open_files(files: Sequence[Path], choices: Choices, reading: Reading) -> list[Opened]:
    """Every file with what it is read as, in the order of application.

    Raises Invalid for a file that is neither in our format nor mapped.
    """
    opened: list[Opened] = []
    ours = Manner(reading, choices.date_order, choices.decimal_mark or ".")
    theirs = Manner(reading, choices.date_order, choices.decimal_mark, mapped=True)
    for source in open_tables(files, choices):
        mapping = choices.mappings.get(source.name)
        spec = own_format(source) if mapping is None else None
        if spec is not None:
            opened.append(Opened(source, spec, ours))
        elif mapping is not None:
            for part in map_source(source, mapping, theirs, cut_over=choices.cut_over):
                manner = replace(theirs, decimal_mark=".") if part.plain else theirs
                opened.append(Opened(part, spec_of(part.file), manner, source.name))
        else:
            raise Invalid(_not_ours(source))
    return sorted(opened, key=lambda file: ORDER.index(file.spec.name))


def _not_ours(source: Source) -> str:
    name = source.name.lower()
    if name in ORDER:
        missing = [
            column
            for column in spec_of(name).needs
            if column not in {h.strip().lower() for h in source.header}
        ]
        return f"{source.name} lacks the column {' and '.join(missing)}"
    return f"{source.name} is not in our own format; say which column is what (the import page, or --mapping)"
