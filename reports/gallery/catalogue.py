"""The notebooks that are shipped: title, sentence, parameters, read off their text and never run for it [135]."""

from __future__ import annotations

import ast
import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl

from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import clean_text
from reports.engine.periods import with_days
from reports.engine.query import read_day, read_query

FOLDER = "notebooks"
FIRST = (
    "getting_started",
    "receivables",
    "funnel",
    "cohorts_and_value",
    "cash_forecast",
    "your_own_question",
)
"""The order of the gallery; others follow by name."""
OWN_QUESTION = "your_own_question"
"""The notebook that asks whatever it is given as an address."""
AS_OF = "as_of"
"""The parameter that names the day of a run; an empty one is the day on which it was asked for."""
PLACE = "url"
"""The parameter that says where the company is: a run knows, so nobody is asked."""
PARAMETERS_CELL = re.compile(r'^# %%.*tags=\["parameters"\].*$', re.MULTILINE)
LONGEST = 1000
"""Characters of a parameter."""
_CELL = re.compile(r"^# %%.*$", re.MULTILINE)
_COMMENT = re.compile(r"^(\w+) = .*?#\s*(\w+):\s*(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Parameter:
    """What a notebook can be asked with: its name, its kind ("day", "brand", "question", "text", "number"), its
    default and what it is for."""

    name: str
    kind: str
    default: str | int | None
    sentence: str

    @property
    def label(self) -> str:
        """The name as a form tells it."""
        return {"start": "From", "end": "To", "as_of": "As of"}.get(
            self.name, self.name.replace("_", " ").capitalize()
        )

    def read(self, text: str | None, today: date) -> str | int | None:
        """The value that was typed, the default for nothing; raises Invalid naming the parameter.

        What would mean another day tomorrow is settled: a run can be repeated [137].
        """
        typed = clean_text(text or "", LONGEST).strip() or str(self.default or "")
        if not typed:
            return today.isoformat() if self.name == AS_OF else self.default
        if self.kind == "number":
            if not re.fullmatch(r"-?\d{1,9}", typed):
                raise Invalid(
                    f"“{typed[:40]}” is no whole number", fields={self.name: "Write a whole number"}
                )
            return int(typed)
        if self.kind == "day":
            day = read_day(self.name, typed)
            return day.isoformat() if day else None
        if self.kind == "question":
            query = read_query(with_days(parse_qsl(typed.lstrip("?")), today))
            return replace(query, as_of=query.as_of or today).address
        return typed


@dataclass(frozen=True)
class Notebook:
    """A notebook as it lies in `notebooks/`: jupytext's percent format."""

    name: str
    title: str
    sentence: str
    parameters: tuple[Parameter, ...]
    text: str

    @property
    def code_hash(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def asked(self) -> tuple[Parameter, ...]:
        """The parameters that a form asks for."""
        return tuple(one for one in self.parameters if one.name != PLACE)

    def read(self, typed: Mapping[str, str], today: date) -> dict[str, Any]:
        """The parameters of a form as JSON keeps them; raises Invalid for one that cannot be read."""
        found: dict[str, Any] = {one.name: one.read(typed.get(one.name), today) for one in self.asked}
        if found.get("start") and found.get("end") and found["start"] >= found["end"]:
            raise Invalid("The period is empty; “To” is the first day outside it", fields={"end": "Later"})
        return found


def catalogue() -> tuple[Notebook, ...]:
    """Every notebook, in the order of the gallery."""
    found = [
        read_notebook(file.name.removesuffix(".py"), file.read_text(encoding="utf-8"))
        for file in files(FOLDER).iterdir()
        if file.name.endswith(".py") and not file.name.startswith("_")
    ]
    return tuple(
        sorted(found, key=lambda one: (FIRST.index(one.name) if one.name in FIRST else len(FIRST), one.name))
    )


def notebook(name: str) -> Notebook:
    """The notebook of that name; raises NotFound with the nearest names."""
    known = {one.name: one for one in catalogue()}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or list(known)
        raise NotFound(f"There is no notebook “{name[:60]}”; nearest: {', '.join(near)}")
    return known[name]


def read_notebook(name: str, text: str) -> Notebook:
    """A notebook from its text: the first heading, the paragraph below it, and the cell tagged `parameters`."""
    told = (ast.get_docstring(ast.parse(text)) or name).strip()
    heading, _, rest = told.partition("\n")
    paragraph = rest.strip().partition("\n\n")[0]
    return Notebook(name, heading.lstrip("# ").strip(), " ".join(paragraph.split()), _parameters(text), text)


def _parameters(text: str) -> tuple[Parameter, ...]:
    cell = parameters_cell(text)
    comments = {name: (kind, sentence) for name, kind, sentence in _COMMENT.findall(cell)}
    found = []
    for line in ast.parse(cell).body:
        assert isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name), (
            "only names are set here"
        )
        name = line.targets[0].id
        kind, sentence = comments[name]
        found.append(Parameter(name, kind, ast.literal_eval(line.value), sentence))
    return tuple(found)


def parameters_cell(text: str) -> str:
    """The lines of the cell that is tagged `parameters`."""
    mark = PARAMETERS_CELL.search(text)
    assert mark is not None, "a notebook has a cell that is tagged parameters"
    rest = text[mark.end() :]
    following = _CELL.search(rest)
    return rest[: following.start()] if following else rest
