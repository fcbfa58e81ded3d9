"""How a notebook speaks: named figures, tables and pictures, the same in any Jupyter and in a kept run [135, L13].

Each output carries plain text, a table for Jupyter, and under a type of ours what a page needs to draw it again.
Every printed value is `Answer.text` or `Mark.text`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Protocol

from reports.engine.answer import Answer, Mark, spoken
from reports.engine.book import Book
from reports.engine.compared import FEWEST_ROWS
from reports.sources import DIMENSIONS

TOLD = "application/vnd.sawhorse.told+json"
TABLE = "application/vnd.sawhorse.table+json"
FIGURE = "application/vnd.sawhorse.figure+json"
PLOTLY = "application/vnd.plotly.v1+json"
"""What Jupyter draws by itself where plotly is at hand."""

MOST_ROWS = 200
"""Rows of one table; the rest is counted in words."""

Cells = Sequence[str]


def tell(name: str, answer: Answer, sentence: str | None = None) -> None:
    """Say a figure under a name of its own, by which a later run finds it again [137].

    The question goes along, so that the figure can become a tile [136].
    """
    _put(
        TOLD,
        {
            "name": name,
            "label": answer.metric.label,
            "text": answer.text,
            "sentence": sentence or answer.metric.sentence,
            "note": answer.note,
            "basis": answer.metric.basis.value,
            "as_of": answer.as_of.isoformat(),
            "rows": answer.rows,
            "metric": answer.metric.name,
            "version": answer.metric.version,
            "query": answer.query.address,
        },
        plain=f"{answer.metric.label}: {answer.text}{f' ({answer.note})' if answer.note else ''}",
    )


def say(name: str, label: str, text: str, sentence: str = "", note: str | None = None) -> None:
    """Say under a name what is no metric: the outcome of a model, or the reason why there is none."""
    _put(
        TOLD,
        {"name": name, "label": label, "text": text, "sentence": sentence, "note": note, "query": None},
        plain=f"{label}: {text}{f' ({note})' if note else ''}",
    )


def show(answer: Answer, title: str | None = None, first: int = 30) -> None:
    """Show the marks of an answer as a table, at most `first` of them, with the figure beneath as their sum."""
    marks = answer.marks[: min(first, MOST_ROWS)]
    rest = len(answer.marks) - len(marks)
    notes = [answer.note, f"{rest:,} more are not shown" if rest else None]
    table(
        title or answer.metric.label,
        [*_heads(answer), answer.metric.label, "Rows"],
        [[*_labels(answer, one), one.text, f"{one.rows:,}"] for one in marks],
        numbers=2,
        foot=[*_foot(answer), answer.text, f"{answer.rows:,}"],
        note=". ".join(one for one in notes if one) or None,
        query=answer.query.address,
    )


def grid(answer: Answer, title: str | None = None, *, shares_of_rows: bool = False) -> None:
    """Show an answer of two dimensions with the second across: cohorts by months, brands by methods.

    `shares_of_rows`: each value is a share of its rows, and of few rows it is told as a number of them.
    """
    down = list(dict.fromkeys(one.keys[0] for one in answer.marks))
    across = list(dict.fromkeys(one.keys[1] for one in answer.marks))
    order = DIMENSIONS[answer.query.by[1]].order if answer.query.by[1] in DIMENSIONS else ()
    if order:
        across.sort(key=lambda key: order.index(key) if key in order else len(order))
    elif answer.query.by[1] not in DIMENSIONS or DIMENSIONS[answer.query.by[1]].sorted_by_key:
        across.sort(key=lambda key: (len(key), key) if key.isdigit() else (0, key))
    labels = [{one.keys[place]: _labels(answer, one)[place] for one in answer.marks} for place in (0, 1)]
    texts = {one.keys: _of_few(one) if shares_of_rows else one.text for one in answer.marks}
    table(
        title or answer.metric.label,
        [_heads(answer)[0], *(labels[1][key] for key in across)],
        [[labels[0][row], *(texts.get((row, key), "") for key in across)] for row in down],
        numbers=len(across),
        note=answer.note,
        query=answer.query.address,
    )


def _of_few(mark: Mark) -> str:
    """A share, or "1 of 8" where a percentage would say more than eight customers can."""
    if mark.value is None or mark.rows >= FEWEST_ROWS:
        return mark.text
    return f"{round(mark.value * mark.rows)} of {mark.rows}"


def rows(
    book: Book, answer: Answer, title: str, keys: Mapping[str, str] | None = None, first: int = 10
) -> None:
    """Show the latest rows behind an answer or one of its marks, with the number and sum of all of them [L2]."""
    page = book.desk.rows(answer.query, keys, limit=min(first, MOST_ROWS))
    unit, locale = answer.metric.unit, answer.locale
    table(
        title,
        ["Day", "Customer", "Record", "Amount"],
        [
            [
                one.day.isoformat() if one.day else "",
                one.customer or "",
                one.title,
                spoken(one.amount, unit, one.currency or book.desk.currency, locale),
            ]
            for one in page.rows
        ],
        numbers=1,
        foot=[
            f"All {page.count:,} rows",
            "",
            "",
            ", ".join(
                spoken(amount, unit, currency or book.desk.currency, locale)
                for currency, amount in page.sums.items()
            ),
        ],
        query=answer.query.narrowed(keys or {}).address,
    )


def table(
    title: str,
    heads: Cells,
    body: Sequence[Cells],
    *,
    numbers: int = 0,
    foot: Cells | None = None,
    note: str | None = None,
    query: str | None = None,
) -> None:
    """Show a table of words; the last `numbers` columns stand at the right."""
    told = {
        "title": title,
        "heads": list(heads),
        "rows": [list(row) for row in body[:MOST_ROWS]],
        "numbers": numbers,
        "foot": list(foot) if foot is not None else None,
        "note": note,
        "query": query,
    }
    lines = [title, *(" | ".join(row) for row in (heads, *body[:MOST_ROWS], *([foot] if foot else [])))]
    _put(TABLE, told, plain="\n".join([*lines, *([note] if note else [])]), html=_html(told))


def frame(title: str, found: Any, first: int = 60) -> None:
    """Show a pandas frame of words as a table, at most `first` rows of it."""
    shown = found.head(min(first, MOST_ROWS))
    rest = len(found) - len(shown)
    table(
        title,
        [str(name).capitalize() for name in found.columns],
        [[str(cell) for cell in row] for row in shown.itertuples(index=False)],
        note=f"{rest:,} more are not shown" if rest else None,
    )


class Picture(Protocol):
    """What `reports.charts.picture` made for plotly."""

    @property
    def plot(self) -> dict[str, Any] | None:
        """With colours as tokens, which a page paints by its theme."""

    @property
    def paper(self) -> dict[str, Any] | None:
        """With the colours themselves, for Jupyter."""

    @property
    def query(self) -> str:
        """The address of the question."""


def draw(title: str, picture: Picture) -> None:
    """Show a picture; where there is nothing to draw, say so."""
    if picture.plot is None:
        _put(TABLE, _said(title, ["There is nothing to draw"]), plain=f"{title}: there is nothing to draw")
        return
    told = {"title": title, "plot": picture.plot, "query": picture.query}
    _put(FIGURE, told, plain=title, also={PLOTLY: picture.paper})


def _said(title: str, heads: list[str]) -> dict[str, Any]:
    return {
        "title": title,
        "heads": heads,
        "rows": [],
        "numbers": 0,
        "foot": None,
        "note": None,
        "query": None,
    }


def _heads(answer: Answer) -> list[str]:
    names = answer.query.by or (("currency",) if answer.marks else ())
    return [
        DIMENSIONS[one].label if one in DIMENSIONS else one.replace("_", " ").capitalize() for one in names
    ]


def _labels(answer: Answer, mark: Mark) -> list[str]:
    """The labels of a mark, one for each dimension."""
    return list(mark.labels[: len(_heads(answer))])


def _foot(answer: Answer) -> list[str]:
    """What stands left of the sum: that it is one, or that it is the figure of the whole."""
    heads = _heads(answer)
    word = "Σ" if answer.metric.additive else "All"
    return [word, *([""] * (len(heads) - 1))] if heads else []


def _html(told: Mapping[str, Any]) -> str:
    """A table for a Jupyter that knows nothing of ours; every word is escaped."""

    def line(cells: Cells, tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    foot = f"<tfoot>{line(told['foot'], 'th')}</tfoot>" if told["foot"] else ""
    note = f"<p>{escape(told['note'])}</p>" if told["note"] else ""
    return (
        f"<table><caption>{escape(told['title'])}</caption><thead>{line(told['heads'], 'th')}</thead>"
        f"<tbody>{''.join(line(row, 'td') for row in told['rows'])}</tbody>{foot}</table>{note}"
    )


def _put(
    kind: str,
    told: Mapping[str, Any],
    *,
    plain: str,
    html: str | None = None,
    also: Mapping[str, Any] | None = None,
) -> None:
    """Hand an output to the notebook; where there is none, write it down as text."""
    bundle: dict[str, Any] = {kind: dict(told), "text/plain": plain, **(also or {})}
    if html is not None:
        bundle["text/html"] = html
    kernel = sys.modules.get("IPython")
    if kernel is None or kernel.get_ipython() is None:
        sys.stdout.write(plain + "\n")
        return
    from IPython.display import display

    display(bundle, raw=True)  # type: ignore[no-untyped-call]
