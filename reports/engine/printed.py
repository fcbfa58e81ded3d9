"""A figure as scripts read it: the one JSON of `sawhorse metric` and of /api/v1/metrics (design section 11) [L1, 129].

Amounts are decimal text in major units; `text` is the same figure as the pages print it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from reports.engine.answer import Answer, Mark, plain
from reports.engine.rows import RowPage, SignedRow
from reports.metrics import METRICS, Metric, Ratio, Special, Unit

Printed = dict[str, Any]


def figure(answer: Answer, compared: Answer | None = None) -> Printed:
    """An answer: value, rows, and `by` with one entry a mark.

    `key` is text where the figure is split by one dimension and a pair where it is split by two; amounts of several
    currencies are not added up: `value` is null then and `by` has an entry a currency.
    """
    metric, query = answer.metric, answer.query
    told: Printed = {
        "metric": metric.name,
        "unit": metric.unit.value,
        "currency": answer.currency,
        "definition": metric.sentence,
        "basis": metric.basis.value,
        "additive": metric.additive,
        "as_of": answer.as_of.isoformat(),
        "filters": _filters(answer),
        "value": plain(answer.value, metric.unit, answer.currency),
        "rows": answer.rows,
        "by": [_mark(metric, mark) for mark in answer.marks],
        "label": metric.label,
        "text": answer.text,
        "note": answer.note,
        "version": metric.version,
        "dimensions": list(query.by),
        "from": query.start.isoformat() if query.start else None,
        "to": query.end.isoformat() if query.end else None,
        "behind": answer.behind.isoformat() if answer.behind else None,
    }
    if compared is not None:
        told["compared"] = figure(compared)
    return told


def _filters(answer: Answer) -> Printed:
    """Dimension → its key, or its keys where several were asked for."""
    found: dict[str, list[str]] = {}
    for name, key, _ in answer.filters:
        found.setdefault(name, []).append(key)
    return {name: keys[0] if len(keys) == 1 else keys for name, keys in found.items()}


def _mark(metric: Metric, mark: Mark) -> Printed:
    return {
        "key": mark.keys[0] if len(mark.keys) == 1 else list(mark.keys),
        "value": plain(mark.value, metric.unit, mark.currency),
        "rows": mark.rows,
        "label": " / ".join(mark.labels),
        "labels": list(mark.labels),
        "currency": mark.currency,
        "text": mark.text,
    }


def definition(metric: Metric) -> Printed:
    """One metric as the glossary tells it."""
    return {
        "metric": metric.name,
        "label": metric.label,
        "subject": metric.subject,
        "definition": metric.sentence,
        "unit": metric.unit.value,
        "basis": metric.basis.value,
        "additive": metric.additive,
        "stock": metric.stock,
        "dimensions": list(metric.dimensions),
        "version": metric.version,
    }


def glossary() -> list[Printed]:
    """Every metric there is, in the order of the glossary [M36]."""
    return [definition(metric) for metric in METRICS.values()]


def unit_of_rows(metric: Metric, side: str, currency: str | None) -> Unit:
    """In what the rows behind a figure are counted; those of a ratio or a median may differ from the figure."""
    if isinstance(metric, Ratio):
        return metric.over.unit if side == "over" else metric.under.unit
    if not isinstance(metric, Special):
        return metric.unit
    if currency is not None:
        return Unit.MONEY  # only rows of money have one
    return metric.unit if metric.unit in (Unit.DAYS, Unit.HOURS) else Unit.COUNT


def row(metric: Metric, side: str, one: SignedRow) -> Printed:
    """One signed row: the key under which it is known, whose it is, and its amount."""
    unit = unit_of_rows(metric, side, one.currency)
    return {
        "row": one.row,
        "day": one.day.isoformat() if one.day else None,
        "customer": one.customer,
        "title": one.title,
        "amount": plain(one.amount, unit, one.currency),
        "unit": unit.value,
        "currency": one.currency if unit is Unit.MONEY else None,
    }


def sums(metric: Metric, side: str, page: RowPage) -> list[Printed]:
    """What all rows come to, one entry a currency [L2]."""
    return [
        {
            "currency": currency if unit_of_rows(metric, side, currency) is Unit.MONEY else None,
            "amount": plain(amount, unit_of_rows(metric, side, currency), currency),
        }
        for currency, amount in sorted(page.sums.items(), key=lambda pair: pair[0] or "")
    ]


def finite(value: Any) -> Any:
    """The same without numbers that JSON does not know: what is not finite is null."""
    if isinstance(value, Mapping):
        return {str(key): finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
