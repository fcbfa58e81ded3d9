"""What people call a dimension; those that a computation brings itself are told by their own names."""

from __future__ import annotations

from reports.charts.words import label_of as key_words
from reports.engine import Answer
from reports.metrics import Metric
from reports.sources import DIMENSIONS


def label_of(name: str) -> str:
    """The words of a dimension: "Way of paying"."""
    known = DIMENSIONS.get(name)
    return known.label if known else name.replace("_", " ").capitalize()


def offered(metric: Metric) -> list[tuple[str, str]]:
    """The dimensions that a figure has: name and words, in the order of the glossary."""
    return [(name, label_of(name)) for name in metric.dimensions]


def filtered_by(metric: Metric) -> list[tuple[str, str]]:
    """The dimensions by which a figure can be filtered: those that its rows have."""
    return [(name, words) for name, words in offered(metric) if name in DIMENSIONS]


def filter_words(answer: Answer) -> list[str]:
    """The filters of an answer as people read them: "Month Oct 2026", "Brand North"."""
    return [
        f"{label_of(name)}: {key_words(name, key, label, answer.locale)}"
        for name, key, label in answer.filters
    ]
