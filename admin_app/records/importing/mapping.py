"""Another program's file, read through a mapping of its columns: each row becomes rows of several of our files [39].

One row may carry a customer, a contact, an address, tags and an opening balance; a row that is refused in one of
them is refused in all.  One call::

    parts = map_source(source, {"Kunden-Nr": "groups.external_id", "Firma": "groups.name"}, manner)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import guess_decimal_mark
from admin_app.kernel.text import fold
from admin_app.records.importing.convert import Manner, scaled_amount
from admin_app.records.importing.rules import amount
from admin_app.records.importing.source import Numbered, Ragged, Remark, Source
from admin_app.records.importing.targets import SUBJECTS, targets

ColumnMapping = dict[str, str]
"""Header of the file → target ("groups.name"); "" for a column that is left out."""

_KINDS = {
    "business": "company firma business commercial gewerbe unternehmen organisation organization b2b entreprise",
    "household": "private residential privat person individual household haushalt b2c consumer homeowner particulier",
    "team": "team club verein association society",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_SAMPLED = 2_000

Cells = dict[str, str]
"""Target → the text of the row's cell."""
Make = Callable[[Cells], Iterator[list[str]]]


@dataclass(slots=True)
class MappedPart:
    """What one of our files gets out of the other program's file."""

    file: str
    name: str
    header: tuple[str, ...]
    whole: Source
    mapping: ColumnMapping
    begin: Callable[[], Make]
    """Gives what makes our rows out of each of theirs; asked anew for every reading, since it remembers what it saw."""
    says_ragged: bool = False
    plain: bool = False
    """Its amounts are written in our way already, whatever the file's is."""
    remarks: list[Remark] = field(default_factory=list)

    @property
    def estimated_rows(self) -> int:
        """About how many rows there are to read."""
        return self.whole.estimated_rows

    def rows(self) -> Iterator[Numbered]:
        """Our rows with the numbers of the rows that they come from."""
        width = len(self.whole.header)
        places = [
            (place, self.mapping[title])
            for place, title in enumerate(self.whole.header)
            if self.mapping.get(title)
        ]
        make = self.begin()
        for number, cells in self.whole.rows():
            if (len(cells) != width and any(cell.strip() for cell in cells[width:])) or len(cells) < width:
                if self.says_ragged:
                    yield number, Ragged(cells, width)
                continue
            row: Cells = {}
            for place, target in places:
                text = cells[place].strip()
                row[target] = f"{row[target]};{text}" if target in row and text else row.get(target) or text
            for made in make(row):
                yield number, made
        if self.says_ragged:
            self.remarks[:] = list(self.whole.remarks)

    def shown(self, column: str) -> str:
        """The header of the file that people have, for a column of ours."""
        wanted = f"{self.file.removesuffix('.csv')}.{column}"
        named = [title for title, target in self.mapping.items() if target == wanted]
        if not named and wanted.startswith("contacts.") and column.endswith("_name"):
            named = [title for title, target in self.mapping.items() if target == "contacts.name"]
        if not named and self.name.endswith("(opening balances)"):
            named = [title for title, target in self.mapping.items() if target == "opening.amount"]
        return named[0] if named else column


def map_source(
    source: Source, mapping: ColumnMapping, manner: Manner, *, cut_over: date | None = None
) -> list[MappedPart]:
    """The parts of a mapped file; raises Invalid for a mapping that names what is not there or says too little."""
    used = check_mapping(source, mapping)
    files = {target.partition(".")[0] for target in used}
    if files <= {"invoices"} or files <= {"payments"}:
        file = f"{files.pop()}.csv"
        columns = sorted(target.partition(".")[2] for target in used)
        return [
            MappedPart(
                file,
                source.name,
                tuple(columns),
                source,
                mapping,
                lambda: _straight(file, columns),
                says_ragged=True,
            )
        ]
    if "opening.amount" in used and cut_over is None:
        raise Invalid("Opening balances need the day on which they were open", {"cut_over": "Enter the day"})
    return list(_customer_parts(source, mapping, used, manner, cut_over))


def check_mapping(source: Source, mapping: ColumnMapping) -> list[str]:
    """The targets that are used; raises Invalid for columns and targets that do not exist, and for one given twice."""
    known = {target.key for subject in SUBJECTS for target in targets(subject)}
    used = [target for title, target in mapping.items() if target and title in source.header]
    lost = [title for title in mapping if title not in source.header]
    if lost:
        raise Invalid(f"{source.name} has no column “{lost[0][:60]}”")
    unknown = [target for target in used if target not in known]
    if unknown:
        raise Invalid(f"“{unknown[0][:60]}” is no field that a column can fill")
    twice = [
        target for target in used if used.count(target) > 1 and target not in ("tags.tag", "groups.notes")
    ]
    if twice:
        raise Invalid(f"Two columns are said to be {twice[0]}; one can be")
    if not used:
        raise Invalid(f"Say which columns of {source.name} are what")
    return used


def _straight(file: str, columns: list[str]) -> Make:
    stem = file.removesuffix(".csv")
    return lambda row: iter([[row.get(f"{stem}.{column}", "") for column in columns]])


def _customer_parts(
    source: Source, mapping: ColumnMapping, used: list[str], manner: Manner, cut_over: date | None
) -> Iterator[MappedPart]:
    """Customer, contact, address, tags and opening balance of each row."""
    has = {
        stem: [t.partition(".")[2] for t in used if t.startswith(f"{stem}.")]
        for stem in ("groups", "contacts", "addresses")
    }
    if not has["groups"] and not has["contacts"]:
        raise Invalid(f"Say which column of {source.name} names the customer or the contact")
    group_columns = sorted({*has["groups"], "external_id", "name", "kind"})
    yield MappedPart(
        "groups.csv",
        source.name,
        tuple(group_columns),
        source,
        mapping,
        lambda: _each_once(_group_key, lambda row: _group_row(row, group_columns)),
        says_ragged=True,
    )
    if has["contacts"]:
        people = sorted({*has["contacts"], "external_id", "first_name", "last_name"} - {"name"})
        yield MappedPart(
            "contacts.csv",
            f"{source.name} (contacts)",
            (*people, "groups"),
            source,
            mapping,
            lambda: _each_once(_contact_key, lambda row: _contact_row(row, people)),
        )
    if "line1" in has["addresses"]:
        places = sorted(has["addresses"])
        yield MappedPart(
            "addresses.csv",
            f"{source.name} (addresses)",
            (*places, "group"),
            source,
            mapping,
            lambda: lambda row: _address_row(row, places),
        )
    if "tags.tag" in used:
        yield MappedPart(
            "tags.csv", f"{source.name} (tags)", ("group", "tag"), source, mapping, lambda: _tag_rows
        )
    if cut_over is not None and "opening.amount" in used:
        yield from _opening_parts(source, mapping, manner, cut_over)


def _each_once(key_of: Callable[[Cells], str], make: Make) -> Make:
    """Rows with the same key are one record, the first one counts; a row without a key is left to be refused for it."""
    seen: set[str] = set()

    def made(row: Cells) -> Iterator[list[str]]:
        key = key_of(row)
        if not key or key not in seen:
            seen.add(key)
            yield from make(row)

    return made


def _group_key(row: Cells) -> str:
    """The customer's number in the other program; without one, a mark of who it is."""
    given = row.get("groups.external_id", "")
    if given:
        return given
    return _mark("G", _group_name(row), row.get("contacts.email", ""), row.get("addresses.postcode", ""))


def _mark(letter: str, *parts: str) -> str:
    text = "|".join(fold(part) for part in parts)
    return f"{letter}-{hashlib.sha256(text.encode()).hexdigest()[:16]}" if text.strip("|") else ""


def _group_name(row: Cells) -> str:
    return row.get("groups.name", "") or " ".join(filter(None, _person(row)))


def _person(row: Cells) -> tuple[str, str]:
    """First and last name: of their own columns, or out of a full name ("Rossi, Anna", "Anna Rossi")."""
    first, last = row.get("contacts.first_name", ""), row.get("contacts.last_name", "")
    full = row.get("contacts.name", "")
    if not first and not last and full:
        if "," in full:
            last, _, first = (part.strip() for part in full.partition(","))
        else:
            first, _, last = (part.strip() for part in full.rpartition(" "))
    return first, last


def _group_row(row: Cells, columns: list[str]) -> Iterator[list[str]]:
    cells = {column: row.get(f"groups.{column}", "") for column in columns}
    cells["external_id"], cells["name"] = _group_key(row), _group_name(row)
    kind = cells["kind"]
    cells["kind"] = _KIND_OF.get(re.sub(r"[^a-z]", "", fold(kind)), kind)
    if not kind:
        cells["kind"] = "business" if row.get("groups.name") and any(_person(row)) else "household"
    yield [cells[column] for column in columns]


def _contact_key(row: Cells) -> str:
    first, last = _person(row)
    if not (first or last) and row.get("contacts.email"):
        return _mark("C", _group_key(row), row["contacts.email"])
    return (
        row.get("contacts.external_id", "") or _mark("C", _group_key(row), first, last)
        if first or last
        else ""
    )


def _contact_row(row: Cells, columns: list[str]) -> Iterator[list[str]]:
    first, last = _person(row)
    email = row.get("contacts.email", "")
    if not (first or last) and not email:
        return
    cells = {column: row.get(f"contacts.{column}", "") for column in columns}
    cells["first_name"], cells["last_name"] = first, last or ("" if first else email.partition("@")[0])
    cells["external_id"] = cells["external_id"] or _contact_key(row)
    yield [*(cells[column] for column in columns), _group_key(row)]


def _address_row(row: Cells, columns: list[str]) -> Iterator[list[str]]:
    if row.get("addresses.line1"):
        yield [*(row.get(f"addresses.{column}", "") for column in columns), _group_key(row)]


def _tag_rows(row: Cells) -> Iterator[list[str]]:
    for tag in dict.fromkeys(part.strip() for part in re.split(r"[;,|]", row.get("tags.tag", ""))):
        if tag:
            yield [_group_key(row), tag]


def _opening_parts(
    source: Source, mapping: ColumnMapping, manner: Manner, cut_over: date
) -> Iterator[MappedPart]:
    """What a customer owed on the cut-over day is an invoice of that day; what they had left is a payment."""
    title = next(title for title, target in mapping.items() if target == "opening.amount")
    place = source.header.index(title)
    samples = [
        cells[place]
        for _, (_, cells) in zip(range(_SAMPLED), source.rows(), strict=False)
        if place < len(cells)
    ]
    mark = manner.decimal_mark or guess_decimal_mark(filter(None, samples))
    read = scaled_amount(Manner(manner.reading, manner.date_order, mark, True))
    day = cut_over.isoformat()

    def scaled(row: Cells) -> int | None:
        try:
            return read(row["opening.amount"]) if row.get("opening.amount") else 0
        except Invalid:
            return None

    def owed(row: Cells) -> Iterator[list[str]]:
        value, key = scaled(row), _group_key(row)
        if value is None:  # said as an error by the check of this cell
            yield [f"OPEN-{key}", key, day, day, row["opening.amount"], "Opening balance"]
        elif value > 0:
            yield [f"OPEN-{key}", key, day, day, amount(value), "Opening balance"]

    def left(row: Cells) -> Iterator[list[str]]:
        value, key = scaled(row), _group_key(row)
        if value is not None and value < 0:
            yield [f"OPEN-{key}", key, day, amount(-value), "other", "Opening balance"]

    name = f"{source.name} (opening balances)"
    header = ("number", "group", "issued_on", "due_on", "total", "title")
    yield MappedPart(
        "invoices.csv", name, header, source, mapping, lambda: _each_once(_group_key, owed), plain=True
    )
    yield MappedPart(
        "payments.csv",
        f"{source.name} (opening credit)",
        ("external_id", "group", "paid_on", "amount", "method", "reference"),
        source,
        mapping,
        lambda: _each_once(_group_key, left),
        plain=True,
    )
