"""A figure as a page draws it: title, sentence, basis, plot, the table beneath, and the rows that prove it [L2, 128].

Every printed value is `Answer.text` or `Mark.text`; the plot is made of the same marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import current_app, url_for

from admin_app.policy import Permission, holds
from admin_app.web.access import access_of
from admin_app.web.company import actor, clock, office_session
from reports.charts import plotted
from reports.charts.dots import by_lower_bound
from reports.charts.words import is_time
from reports.engine import Answer, Desk
from reports.engine.answer import spoken
from reports.engine.compared import FEWEST_ROWS
from reports.pages.table import MOST_LINES, Table, of_movements, tabled
from reports.sources import DIMENSIONS

MOST_ROWS_PROVED = 100_000
"""Beyond so many rows the page does not add them up again; the page of the rows does."""

_DOWNLOADS = (
    ("Rows", "reports.rows"),
    ("CSV", "reports.figure_csv"),
    ("XLSX", "reports.figure_xlsx"),
    ("PNG", "reports.figure_png"),
    ("Open as notebook", "reports.open_notebook"),
)


@dataclass(frozen=True)
class Proof:
    """The rows of an answer, added up again: how many, their sum, and what differs from the figure."""

    rows: int
    total: str
    difference: str
    holds: bool


@dataclass(frozen=True)
class Part:
    """One answer of a figure with its proof, and the addresses at which it goes on."""

    answer: Answer
    label: str
    proof: Proof | None
    links: tuple[tuple[str, str], ...]
    rows_url: str | None


@dataclass(frozen=True)
class Figure:
    """Answers drawn as one: `plot` is JSON for plotly (None: nothing to draw), `said` stands where there is none."""

    title: str
    kind: str
    parts: tuple[Part, ...]
    plot: dict[str, Any] | None
    table: Table
    lead: str | None = None
    note: str | None = None
    said: str | None = None

    @property
    def answer(self) -> Answer:
        """The first answer, whose sentence and basis head the figure."""
        return self.parts[0].answer

    @property
    def shown(self) -> tuple[Part, ...]:
        """One part a word: of answers as of several days the latest stands for them."""
        return tuple({one.label: one for one in self.parts}.values())

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """What the figure is narrowed to: the dimension's label, and its keys as people read them."""
        named: dict[str, list[str]] = {}
        for name, _, label in self.answer.filters:
            word = DIMENSIONS[name].label if name in DIMENSIONS else name
            named.setdefault(word, []).append(label)
        return tuple((word, " or ".join(labels)) for word, labels in named.items())

    @property
    def behind(self) -> datetime | None:
        """The oldest moment up to which totals were kept; None where the figure is of now."""
        moments = [one.answer.behind for one in self.parts if one.answer.behind is not None]
        return min(moments) if moments else None


def drawn(
    answers: Answer | Sequence[Answer],
    kind: str | None = None,
    *,
    title: str | None = None,
    lead: str | None = None,
    labels: Sequence[str] = (),
    note: str | None = None,
    proved: bool = True,
    most: int = MOST_LINES,
    **options: Any,
) -> Figure:
    """Answers of the same split as one figure; `kind` names the chart, without one the split decides.

    `labels` are the words for several answers (default: those of the metrics); `lead` is what the figure says in a
    sentence; `most` keys of a split are shown; `proved` False leaves out the sum of the rows; `options` go to
    the chart.
    """
    given = tuple(trimmed(one, most) for one in ((answers,) if isinstance(answers, Answer) else answers))
    if kind == "dots":
        given = tuple(trimmed(one, most, [mark.keys[0] for mark in by_lower_bound(one)]) for one in given)
    words = tuple(labels) or tuple(one.metric.label for one in given)
    found, plot = plotted(kind, given, words, **options)
    whole = (answers,) if isinstance(answers, Answer) else tuple(answers)
    return Figure(
        title=title or " and ".join(words),
        kind=found,
        parts=tuple(_part(one, label, proved) for one, label in zip(whole, words, strict=True)),
        plot=addressed(plot, given),
        table=of_movements(given, words, rows_address)
        if found == "waterfall"
        else tabled(given, words, rows_address, left_out=_left_out(whole, given), wide=found == "heatmap"),
        lead=lead,
        note=note,
        said=_said(given, found) if plot is None else None,
    )


def trimmed(answer: Answer, most: int, first: Sequence[str] = ()) -> Answer:
    """The answer with the marks of at most so many keys of its first split; times are kept whole.

    The keys in `first` come first, in that order; then those of the answer in its own.
    """
    if not answer.query.by or is_time(answer.query.by[0]):
        return answer
    keys = list(dict.fromkeys((*first, *(mark.keys[0] for mark in answer.marks))))
    if len(keys) <= most and not first:
        return answer
    place = {key: number for number, key in enumerate(keys[:most])}
    kept = [mark for mark in answer.marks if mark.keys[0] in place]
    return replace(answer, marks=tuple(sorted(kept, key=lambda mark: place[mark.keys[0]])))


def _left_out(whole: Sequence[Answer], shown: Sequence[Answer]) -> int:
    """How many keys of the first split the table does not show."""
    every, kept = ({mark.keys[0] for one in answers for mark in one.marks} for answers in (whole, shown))
    return len(every - kept)


def addressed(plot: dict[str, Any] | None, answers: Sequence[Answer]) -> dict[str, Any] | None:
    """The plot with the address of the rows behind each mark that it draws ("0:3": the third of the first answer)."""
    if plot is None:
        return None
    urls = {}
    for place, number in sorted(set(_marks_in(plot["data"]))):
        one = answers[place]
        mark = one.marks[number - 1] if number else None
        urls[f"{place}:{number}"] = rows_address(one, mark.keys, mark.currency) if mark else rows_address(one)
    return plot | {"urls": {at: url for at, url in urls.items() if url}}


def _marks_in(data: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, int]]:
    """(answer, mark) of what the traces carry; a heat map carries them by row."""
    for trace in data:
        for one in trace.get("customdata", ()):
            for carried in one if one and isinstance(one[0], list) else [one]:
                if len(carried) == 4 and carried[3] >= 0:
                    yield carried[2], carried[3]


def _part(answer: Answer, label: str, proved: bool) -> Part:
    return Part(answer, label, proof_of(answer) if proved else None, links_of(answer), rows_address(answer))


def _said(answers: Sequence[Answer], kind: str) -> str | None:
    """Why nothing is drawn, in a sentence; None where the bare figure is all there is to show."""
    if kind == "dots" and any(one.marks for one in answers):
        return f"Each stands on fewer than {FEWEST_ROWS}, so no percentage is told"
    note = next((one.note for one in answers if one.note), None)
    if note:
        return note
    if all(not one.rows for one in answers):
        return "Nothing on this day" if answers[0].metric.stock else "Nothing in this period"
    return None


def proof_of(answer: Answer) -> Proof | None:
    """The rows behind a sum, added up again; None for a figure that is no sum or stands on too many rows."""
    if not answer.metric.additive or answer.rows > MOST_ROWS_PROVED:
        return None
    found = Desk(office_session(), actor(), clock()).rows(answer.query, limit=1)
    told = _sums_told(answer)
    apart = {one: told.get(one, 0) - found.sums.get(one, 0) for one in {**told, **found.sums}}
    unit, locale = answer.metric.unit, answer.locale

    def printed(sums: dict[str | None, int]) -> str:
        texts = [spoken(sums[one], unit, one or answer.currency, locale) for one in sorted(sums, key=str)]
        return " and ".join(texts) or spoken(0, unit, answer.currency, locale)

    wrong = {one: amount for one, amount in apart.items() if amount}
    return Proof(found.count, printed(found.sums), printed(wrong), not wrong)


def _sums_told(answer: Answer) -> dict[str | None, int]:
    """What the answer tells, by currency: its value, or its marks where several currencies have no sum."""
    if answer.value is not None:
        return {answer.currency: int(answer.value)} if answer.rows else {}
    sums: dict[str | None, int] = {}
    for mark in answer.marks:
        sums[mark.currency] = sums.get(mark.currency, 0) + int(mark.value or 0)
    return sums


def links_of(answer: Answer) -> tuple[tuple[str, str], ...]:
    """Word and address of what can be done with an answer, where the page for it exists and is open to the reader."""
    return tuple(
        (word, f"{url_for(endpoint)}?{answer.query.address}")
        for word, endpoint in _DOWNLOADS
        if may_open(endpoint)
    )


def rows_address(answer: Answer, keys: Sequence[str] = (), currency: str | None = None) -> str | None:
    """The address of the rows behind an answer or one of its marks; None until there is such a page.

    A mark in one of several currencies asks for its own.
    """
    if not may_open("reports.rows"):
        return None
    names = answer.query.by or (("currency",) if keys else ())
    pairs = list(zip(names, keys, strict=False))
    kept = tuple(
        pair for pair in answer.query.where if pair[0] not in dict(pairs)
    )  # the mark's key is one of them
    if any(name not in DIMENSIONS for name, _ in pairs):
        return None  # a key that only the computation knows has no rows of its own
    if currency and answer.currency is None and "currency" not in names:
        pairs.append(("currency", currency))
    return f"{url_for('reports.rows')}?{replace(answer.query, where=kept).narrowed(pairs).address}"


def may_open(endpoint: str) -> bool:
    """Whether a page exists and the reader's role opens it."""
    if endpoint not in current_app.view_functions:
        return False
    stated = access_of(current_app, endpoint)
    return isinstance(stated, Permission) and holds(actor(), stated)
