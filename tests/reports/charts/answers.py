"""Answers made by hand, so that a chart is tested on marks that everybody can see."""

from __future__ import annotations

from datetime import date
from functools import partial

from reports.engine import Answer, Mark, Query
from reports.engine.answer import spoken
from reports.metrics import METRICS, Value

TODAY = date(2026, 3, 17)


def an_answer(
    metric: str, by: tuple[str, ...], *marks: tuple[str | tuple[str, ...], Value, int], **more: object
) -> Answer:
    """An answer with marks (keys, value in the unit of the metric, number of rows)."""
    known = METRICS[metric]
    money = "EUR" if known.unit.value == "money" else None
    query = Query(metric, by)
    drawn = tuple(
        Mark(
            keys if isinstance(keys, tuple) else (keys,),
            keys if isinstance(keys, tuple) else (keys,),
            value,
            rows,
            money,
            partial(spoken, value, known.unit, money, Answer.locale),
        )
        for keys, value, rows in marks
    )
    total = sum(int(value or 0) for _, value, _ in marks) if known.additive else None
    return Answer(
        known, query, TODAY, total, sum(rows for _, _, rows in marks), money,
        spoken(total, known.unit, money, Answer.locale), drawn, **more,  # type: ignore[arg-type]
    )  # fmt: skip
