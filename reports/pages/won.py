"""Which estimator wins, and how sure that is: dots with their interval, sorted by the lower bound [130]."""

from __future__ import annotations

from reports.charts.dots import bounds, by_lower_bound, number_of
from reports.charts.words import labels_of
from reports.engine import Answer
from reports.pages.bar import PageBar
from reports.pages.figure import Figure, drawn
from reports.pages.frame import desk


def win_rates(bar: PageBar) -> Figure:
    """The win rate of each estimator with its interval, and whether the first is surely ahead."""
    answer = desk().ask(bar.ask("win_rate", "estimator"))
    return drawn(
        answer,
        "dots",
        title="Which estimator wins, and how sure that is",
        lead=surest(answer),
        note="Sorted by the lower end of the range. Under 20 estimates no percentage is told.",
    )


def surest(answer: Answer) -> str | None:
    """Who wins surest, in a sentence; where the ranges meet, that it may be chance."""
    shown = by_lower_bound(answer)
    if not shown:
        return None
    first, *others = shown
    span = bounds(answer, first)
    if span is None:
        return None
    low, high = (f"{100 * end:.1f} %" for end in span)
    number = number_of(answer, first)
    said = f"{labels_of(answer, first)[0]} wins {first.text}, surely between {low} and {high} (n = {number})."
    meets = [one for one in others if (bounds(answer, one) or (0.0, 0.0))[1] >= span[0]]
    if meets:
        said += " The ranges meet, so the order may be chance."
    return said
