"""Two runs of a notebook side by side, figure by figure, and why they may differ [137, L13]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin_app.models import NotebookRun

NOTHING = "–"
"""Stands where a run told no such figure."""


@dataclass(frozen=True)
class Line:
    """One figure of two runs, as both printed it."""

    name: str
    then: str
    now: str

    @property
    def same(self) -> bool:
        """Whether both printed the same string."""
        return self.then == self.now


@dataclass(frozen=True)
class Comparison:
    """The figures of two runs, and what else is not the same, in sentences."""

    lines: tuple[Line, ...]
    reasons: tuple[str, ...]

    @property
    def different(self) -> int:
        """How many figures are not the same."""
        return sum(not line.same for line in self.lines)


def compare(then: NotebookRun, now: NotebookRun) -> Comparison:
    """The figures of an earlier and a later run, in the order of the earlier one."""
    return Comparison(_lines(then.figures, now.figures), tuple(_reasons(then, now)))


def _lines(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Line, ...]:
    names = dict.fromkeys((*then, *now))
    return tuple(Line(name, then.get(name, NOTHING), now.get(name, NOTHING)) for name in names)


def _reasons(then: NotebookRun, now: NotebookRun) -> list[str]:
    found = []
    if then.data_hash != now.data_hash:
        found.append("The records changed in between")
    if then.code_hash != now.code_hash:
        found.append("The text of the notebook changed in between")
    for name in dict.fromkeys((*then.metric_versions, *now.metric_versions)):
        versions = then.metric_versions.get(name), now.metric_versions.get(name)
        if None not in versions and versions[0] != versions[1]:
            found.append(f"The definition of {name} changed from version {versions[0]} to {versions[1]}")
    return found
