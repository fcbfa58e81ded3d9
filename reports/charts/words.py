"""Keys as axis and table tell them: "2026-03" is "Mar 2026"; and the times that no row fell on [M35]."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from babel import Locale
from babel.dates import format_date

from reports.engine import Answer, Mark
from reports.engine.answer import spoken
from reports.sources import DIMENSIONS
from reports.sources.dimensions import NONE, quarter_of, week_of

MOST_TIMES = 2_000
"""So many marks are drawn at most; a spine of time is not filled beyond."""


def label_of(dimension: str, key: str, label: str, locale: Locale) -> str:
    """The label of a key as people read it."""
    if key == NONE and label == "None" and dimension in DIMENSIONS:
        return f"No {DIMENSIONS[dimension].label.lower()}"
    if dimension in ("month", "cohort") and key != NONE:
        first, _ = period_of("month", key)
        return str(format_date(first, "MMM y", locale=locale))
    if dimension == "day" and key != NONE:
        first, _ = period_of("day", key)
        return str(format_date(first, "d MMM y", locale=locale))
    if dimension == "quarter" and key != NONE:
        return f"{key[-2:]} {key[:4]}"
    if dimension == "week" and key != NONE:
        return f"week {int(key[-2:])}, {key[:4]}"
    return label.replace("_", " ") if DIMENSIONS.get(dimension) and label == key else label


def period_of(dimension: str, key: str) -> tuple[date, date]:
    """The half-open days of a key of time."""
    period = DIMENSIONS[dimension].period
    assert period is not None
    return period(key)


def is_time(dimension: str) -> bool:
    """Whether the keys are periods."""
    one = DIMENSIONS.get(dimension)
    return one is not None and one.period is not None


def spine(dimension: str, keys: Iterable[str]) -> list[str]:
    """The keys of time from the first to the last, those without a row included."""
    known = sorted({key for key in keys if key != NONE})
    if not known:
        return []
    found = [known[0]]
    while found[-1] < known[-1]:
        if len(found) >= MOST_TIMES:
            return known
        found.append(_key_at(dimension, period_of(dimension, found[-1])[1]))
    return found


def _key_at(dimension: str, day: date) -> str:
    iso = day.isoformat()
    ways = {
        "day": iso,
        "month": iso[:7],
        "year": iso[:4],
        "quarter": quarter_of(iso[:7]),
        "week": week_of(iso),
    }
    return ways[dimension]


def lined_up(answers: Iterable[Answer]) -> list[tuple[str]]:
    """The keys of the first split over all answers, in reading order; times without gaps."""
    given = [one for one in answers if one.marks]
    if not given:
        return []
    name = given[0].query.by[0] if given[0].query.by else "currency"
    seen = list(dict.fromkeys(mark.keys[0] for one in given for mark in one.marks))
    if not is_time(name):
        return [(key,) for key in seen]
    return [(key,) for key in spine(name, seen)] + ([(NONE,)] if NONE in seen else [])


def not_yet(answer: Answer, keys: tuple[str, ...]) -> bool:
    """Whether a month since the first purchase has not come: its cell is empty and not zero."""
    if answer.query.by != ("cohort", "months_since") or NONE in keys:
        return False
    cohort, since = keys
    months = answer.as_of.year * 12 + answer.as_of.month - int(cohort[:4]) * 12 - int(cohort[5:7])
    return int(since) > months


def empty_text(answer: Answer) -> str:
    """What is printed where no row fell: zero of a sum, a dash of anything else."""
    return spoken(0 if answer.metric.additive else None, answer.metric.unit, answer.currency, answer.locale)


def labels_of(answer: Answer, mark: Mark) -> tuple[str, ...]:
    """The labels of a mark as people read them."""
    names = answer.query.by or ("currency",)
    return tuple(
        label_of(name, key, label, answer.locale)
        for name, key, label in zip(names, mark.keys, mark.labels, strict=False)
    )


def partial(answer: Answer, dimension: str, key: str) -> bool:
    """Whether a period had not ended, or was cut by the period asked for: it cannot be held against a whole one."""
    if not is_time(dimension) or key == NONE:
        return False
    first, end = period_of(dimension, key)
    starts_late = answer.query.start is not None and answer.query.start > first
    ends_early = answer.query.end is not None and answer.query.end < end
    still_runs = first <= answer.as_of and (end - answer.as_of).days > 1
    return starts_late or ends_early or still_runs
