"""The outputs of a run as a page shows them: text, figures, tables, pictures, one after the other [135].

Nothing here is markup: what a cell displayed as HTML or script is left out, and text stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from reports.gallery.evidence import EVIDENCE
from reports.gallery.show import FIGURE, TABLE, TOLD

OURS = "sawhorse_run"
"""The key in the metadata of cells that the run added; they are no part of the story."""
LONGEST_TEXT = 20_000
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def pieces(cells: Iterable[Any]) -> list[dict[str, Any]]:
    """What a page shows of executed cells; each piece has a `kind`.  Behind the cell that failed there is nothing."""
    found: list[dict[str, Any]] = []
    for cell in cells:
        found += _of_cell(cell)
        if cell.cell_type == "code" and cell.source.strip() and _stopped(cell):
            break
    return found


def figures(found: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Name → printed string of what was told."""
    return {piece["name"]: piece["text"] for piece in found if piece["kind"] == "told"}


def evidence_of(cells: Iterable[Any]) -> dict[str, Any]:
    """What the run said about itself; empty where it did not come so far."""
    for cell in cells:
        for output in cell.get("outputs", ()):
            if EVIDENCE in output.get("data", {}):
                return dict(output["data"][EVIDENCE])
    return {}


def _of_cell(cell: Any) -> Iterator[dict[str, Any]]:
    if cell.metadata.get(OURS):
        return
    if cell.cell_type == "markdown":
        yield {"kind": "text", "markdown": cell.source}
    if cell.cell_type != "code" or not cell.source.strip():
        return
    yield {"kind": "code", "code": cell.source}
    for output in cell.outputs:
        yield from _of_output(output)


def _stopped(cell: Any) -> bool:
    """Whether the run ended here: the cell raised, or never came to an end."""
    raised = any(output.output_type == "error" for output in cell.outputs)
    return raised or cell.execution_count is None


def _of_output(output: Any) -> Iterator[dict[str, Any]]:
    if output.output_type == "stream":
        if output.name == "stdout":  # warnings of libraries are for the log
            yield {"kind": "plain", "text": _plain(output.text)}
    elif output.output_type in ("display_data", "execute_result"):
        data = output.data
        for kind, name in ((TOLD, "told"), (TABLE, "table"), (FIGURE, "figure")):
            if kind in data:
                yield {**data[kind], "kind": name}
                return
        if "text/plain" in data:
            yield {"kind": "plain", "text": _plain(data["text/plain"])}


def _plain(text: str) -> str:
    return _COLOURS.sub("", text)[:LONGEST_TEXT]
