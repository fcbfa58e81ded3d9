"""A notebook's text as the file that Jupyter opens, with the given parameters in its first cell [136, L13]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from admin_app.kernel.errors import Unmet
from reports.gallery.catalogue import OWN_QUESTION, Notebook, notebook
from reports.metrics import METRICS

HOW_TO_INSTALL = "Notebooks cannot be run here: install them with pip install 'sawhorse[notebooks]'"


def why_not_here() -> str | None:
    """Why notebooks cannot be run or downloaded on this machine; None where they can."""
    try:
        import ipykernel  # noqa: F401
        import jupytext  # type: ignore[import-untyped]  # noqa: F401
        import nbclient  # noqa: F401
    except ImportError:
        return HOW_TO_INSTALL
    return None


def cells_of(one: Notebook) -> Any:
    """The notebook as nbformat has it, without outputs; raises Unmet where jupytext is missing."""
    refusal = why_not_here()
    if refusal is not None:
        raise Unmet(refusal)
    import jupytext

    read = jupytext.reads(one.text, fmt="py:percent")
    read.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "sawhorse": {"notebook": one.name, "code_hash": one.code_hash},
    }
    return read


def as_file(one: Notebook, parameters: Mapping[str, Any] | None = None) -> str:
    """The notebook as an .ipynb; its parameters are written as literals, never as what they say.

    Raises Unmet where jupytext is missing.
    """
    read = cells_of(one)
    given = {**{known.name: known.default for known in one.parameters}, **(parameters or {})}
    cell = next(cell for cell in read.cells if "parameters" in cell.metadata.get("tags", ()))
    sentences = {known.name: known.sentence for known in one.parameters}
    cell.source = "\n".join(
        f"{name} = {_literal(value)}  # {sentences[name]}"
        for name, value in given.items()
        if name in sentences
    )
    import nbformat

    return cast(str, nbformat.writes(read))  # type: ignore[no-untyped-call]


def question_as_file(address: str) -> str:
    """The .ipynb that asks the question of this address: what “open as notebook” gives at every figure [136]."""
    return as_file(notebook(OWN_QUESTION), {"question": address})


def _literal(value: str | int | None) -> str:
    """A value as Python writes it; a string cannot leave its quotes."""
    assert value is None or isinstance(value, str | int), f"{type(value).__name__} is no parameter"
    return repr(value)


def versions(names: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Metric → (version then, version now) of those whose definition has changed since [137]."""
    now = {name: METRICS[name].version for name in names if name in METRICS}
    return {name: (int(names[name]), now[name]) for name in now if now[name] != int(names[name])}
