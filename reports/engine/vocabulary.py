"""Words that nothing is called: asked for only when a filtered question finds no rows, so that it costs no other."""

from __future__ import annotations

import enum

from sqlalchemy.orm import Session

from admin_app.models import GroupKind, InvoiceKind, PaymentWay
from reports.engine.query import unknown, wrong
from reports.engine.totals import add_up
from reports.metrics import Asked, Metric
from reports.sources import DIMENSIONS
from reports.sources.dimensions import NONE, Dimension

WORDS: dict[str, type[enum.StrEnum]] = {
    "kind": GroupKind,
    "method": PaymentWay,
    "document_kind": InvoiceKind,
}
"""Dimensions whose words are known before there is a row with one."""


def demand_known_words(session: Session, metric: Metric, asked: Asked) -> None:
    """Raise Invalid for a filter by a word that no row has and that is not one of a fixed list.

    Without it a slip of the pen would be answered with zero.  Records and periods are looked up before.
    """
    for name, keys in asked.where:
        dimension = DIMENSIONS.get(name)
        if dimension is None or dimension.period is not None or dimension.record is not None:
            continue
        known = _known(session, metric, dimension, asked)
        for key in keys:
            if key != NONE and known and key not in known:
                raise wrong(name, unknown(dimension.label.lower(), key, sorted(known)))


def _known(session: Session, metric: Metric, dimension: Dimension, asked: Asked) -> set[str]:
    """The words that rows of the metric have, and those of a fixed list."""
    everything = Asked(by=(dimension.name,), where=(), start=None, end=None, as_of=asked.as_of)
    found = {keys[0] for source in metric.sources for keys, _ in add_up(session, source, everything).sums}
    found.update(dimension.order, (member.value for member in WORDS.get(dimension.name, ())))
    return found - {NONE}
