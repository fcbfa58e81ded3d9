"""A question: metric, up to two dimensions, filter, period, as-of, comparison; its address is the question [L1].

What is not known is refused with the nearest names that are.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from admin_app.kernel.dates import EARLIEST_YEAR, LATEST_YEAR
from admin_app.kernel.errors import Invalid
from reports.metrics import METRICS, Metric
from reports.sources import DIMENSIONS

MOST_DIMENSIONS = 2
COMPARISONS = ("previous", "year")
"""With the period before, of the same length; with the same period a year before."""
_OWN = ("metric", "by", "from", "to", "as_of", "compare")
"""Parameters of an address that are no filter."""


@dataclass(frozen=True)
class Query:
    """What is asked.  `where` is pairs of a dimension and a key; several of one dimension mean any of them.

    The period is half-open: `end` is the first day that is not in it [M35].  Without `as_of` it is today's answer;
    a past one is answered as it stood at the end of that day.
    """

    metric: str
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    start: date | None = None
    end: date | None = None
    as_of: date | None = None
    compare: str | None = None

    def narrowed(self, keys: Mapping[str, str] | Iterable[tuple[str, str]]) -> Query:
        """The same question about some keys only, in place of filters by their dimensions: what a click asks."""
        pairs = tuple(keys.items() if isinstance(keys, Mapping) else keys)
        named = {name for name, _ in pairs}
        return replace(self, where=(*(one for one in self.where if one[0] not in named), *pairs))

    def args(self) -> list[tuple[str, str]]:
        """The question as pairs of an address, in a fixed order."""
        days = (("from", self.start), ("to", self.end), ("as_of", self.as_of))
        return [
            ("metric", self.metric),
            *(("by", name) for name in self.by),
            *((name, day.isoformat()) for name, day in days if day is not None),
            *([("compare", self.compare)] if self.compare else []),
            *self.where,
        ]

    @property
    def address(self) -> str:
        """The question as the part of an address behind the question mark."""
        return urlencode(self.args())

    @property
    def known(self) -> Metric:
        """The metric that is asked for; raises Invalid for one that does not exist."""
        return metric_of(self.metric)


def read_query(pairs: Iterable[tuple[str, str]], metric: str | None = None) -> Query:
    """A question from the pairs of an address; empty values are left out; raises Invalid naming what is wrong."""
    given = [(name, value.strip()) for name, value in pairs if value.strip()]
    first = dict(reversed(given))
    name = metric or first.get("metric", "")
    query = Query(
        metric=name,
        by=tuple(value for key, value in given if key == "by"),
        where=tuple((key, value) for key, value in given if key not in _OWN),
        start=read_day("from", first.get("from")),
        end=read_day("to", first.get("to")),
        as_of=read_day("as_of", first.get("as_of")),
        compare=first.get("compare"),
    )
    check(query)
    return query


def read_day(name: str, text: str | None) -> date | None:
    """A day as ISO 8601 writes it; raises Invalid for anything else."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise wrong(name, f"“{text[:40]}” is not a day; write {name} as 2026-03-31") from None
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise wrong(name, f"The year {day.year} is outside {EARLIEST_YEAR} to {LATEST_YEAR}")
    return day


def check(query: Query) -> None:
    """Raise Invalid for a metric, dimension, filter or period that cannot be answered, naming the nearest that can."""
    metric = query.known
    if len(query.by) > MOST_DIMENSIONS:
        raise Invalid(f"A figure is split by at most {MOST_DIMENSIONS} dimensions, not by {len(query.by)}")
    if len(set(query.by)) < len(query.by):
        raise Invalid(f"“{query.by[0]}” is asked for twice; name two different dimensions")
    for name in query.by:
        _check_dimension(metric, name, "split")
    for name, _ in query.where:
        _check_dimension(metric, name, "filtered")
    if metric.stock and (query.start or query.end):
        raise Invalid(
            f"{metric.label} is {metric.basis.value}: it has no period; give as_of instead of from and to"
        )
    if query.start and query.end and query.start >= query.end:
        raise wrong(
            "to", f"The period from {query.start} to {query.end} is empty; “to” is the first day outside it"
        )
    if query.compare is not None and query.compare not in COMPARISONS:
        raise wrong("compare", unknown("comparison", query.compare, COMPARISONS))


def _check_dimension(metric: Metric, name: str, done: str) -> None:
    if name in metric.dimensions:
        return
    if name in DIMENSIONS:
        raise wrong(
            name, f"{metric.label} cannot be {done} by {name}; it can by: {', '.join(metric.dimensions)}"
        )
    raise wrong(name[:40], unknown("dimension", name, metric.dimensions))


def metric_of(name: str) -> Metric:
    """The metric of that name; raises Invalid with the nearest names."""
    found = METRICS.get(name)
    if found is None:
        raise wrong("metric", unknown("metric", name, METRICS))
    return found


def wrong(field: str, sentence: str) -> Invalid:
    """A refusal of one part of a question."""
    return Invalid(sentence, fields={field: sentence})


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """The sentence for a name that nobody knows, with the nearest ones that somebody does."""
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.4) or sorted(known)[:6]
    return f"There is no {what} “{name[:60]}”; nearest: {', '.join(near)}"


def shifted(query: Query, as_of: date) -> Query:
    """The question for the period to compare with; a stock is asked for as of the earlier day.

    A period that is not bounded is compared as the year up to `as_of`.
    """
    if query.known.stock:
        day = query.as_of or as_of
        earlier = a_year_before(day) if query.compare == "year" else day - timedelta(days=30)
        return replace(query, as_of=earlier, compare=None)
    end = query.end or as_of + timedelta(days=1)
    start = query.start or a_year_before(end)
    if query.compare == "year":
        return replace(query, start=a_year_before(start), end=a_year_before(end), as_of=None, compare=None)
    return replace(query, start=start - (end - start), end=start, as_of=None, compare=None)


def a_year_before(day: date) -> date:
    """The same day of the year before; 29 February becomes the 28th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def plain_args(query: Query) -> dict[str, Any]:
    """The question as JSON keeps it."""
    return {"metric": query.metric, "query": query.address}
