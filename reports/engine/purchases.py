"""Purchases of the books as the count models take them: customer, day, net amount [L10, M36].

A purchase is a customer-day; refunds and credits net on their own day (`reports.models.summary`).  The rows are those
of the figures `invoiced` and `collected`, so that their sum is the figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select

from admin_app.kernel.errors import Invalid
from admin_app.policy import Permission, demand
from reports.engine.desk import Desk
from reports.engine.query import Query, unknown
from reports.engine.totals import conditions, stacked

Basis = Literal["invoiced", "collected"]
BASES = ("invoiced", "collected")


@dataclass(frozen=True)
class Purchases:
    """What customers bought, in one currency: a pandas frame of customer, day, amount_minor (net of its day).

    `refused` is the reason where the amounts are in several currencies and none was chosen; the frame is empty then.
    """

    frame: Any
    basis: str
    currency: str
    refused: str | None = None
    currencies: tuple[str, ...] = ()
    """All currencies that there are purchases in."""


def purchases(desk: Desk, *, basis: str = "invoiced", currency: str | None = None) -> Purchases:
    """All purchases known today, on the days of the basis: issued and credited, or paid and paid back.

    Raises Invalid for a basis that is none, NotAllowed for whoever may not explore money.
    """
    import pandas as pd

    if basis not in BASES:
        raise Invalid(unknown("basis", basis, BASES))
    demand(desk.actor, Permission.REPORTS)
    query = Query(basis)
    desk.demand(query.known)
    asked = desk.settle(query)
    (source,) = query.known.sources
    names = ("group_id", "day", "amount", "currency")
    rows = stacked(source.rows(asked.as_of), names, conditions(asked)).subquery("r")
    found = desk.session.execute(
        select(rows.c.group_id, rows.c.day, func.sum(rows.c.amount), rows.c.currency)
        .where(rows.c.group_id.is_not(None))
        .group_by(rows.c.group_id, rows.c.day, rows.c.currency)
    ).all()
    there = sorted({str(row[3]) for row in found})
    chosen = currency or (there[0] if len(there) == 1 else desk.currency)
    mixed = None
    if currency is None and len(there) > 1:
        mixed = f"Amounts are in several currencies ({', '.join(there)}); a model is of one of them"
    kept = [] if mixed else [(row[0], row[1], int(row[2])) for row in found if row[3] == chosen]
    frame = pd.DataFrame(kept, columns=["customer", "day", "amount_minor"])
    return Purchases(frame, basis, chosen, mixed, tuple(there))
