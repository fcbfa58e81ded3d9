"""Each night: what the models say about every customer, and the fits on which it stands [131, L10].

Reading and fitting hold no lock; the scores of the night before are replaced in one transaction at the end.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert

from admin_app.jobs.shift import Shift
from admin_app.kernel.actor import SYSTEM
from admin_app.models import CustomerGroup, CustomerScore, ModelRun
from admin_app.models.base import OfficeSession
from reports.engine import Desk
from reports.engine.printed import finite

if TYPE_CHECKING:
    from reports.engine.scores import Scored

AT_A_TIME = 1000
LONGEST_REASON = 300


def score_customers(shift: Shift) -> None:
    """Score the customers of every currency as of today."""
    from reports.engine.scores import score_books  # a worker pays for the models in the night alone

    with OfficeSession(shift.engine) as session:
        found = list(score_books(Desk(session, SYSTEM, shift.clock)))
    with shift.transaction() as session:
        _keep(session, shift, found)


def _keep(session: OfficeSession, shift: Shift, found: list[Scored]) -> None:
    """Replace the scores; a customer who was deleted meanwhile has none."""
    session.execute(delete(CustomerScore))
    there = set(session.scalars(CustomerGroup.__table__.select().with_only_columns(CustomerGroup.id)))
    for one in found:
        session.add_all(
            ModelRun(
                model=model.name,
                as_of=one.as_of,
                basis=one.basis,
                currency=one.currency,
                fitted_at=shift.clock.now(),
                result=finite(model.told),
            )
            for model in one.models
        )
        rows = [_row(one, asdict(score), one.as_of) for score in one.scores if score.group_id in there]
        for begin in range(0, len(rows), AT_A_TIME):
            session.execute(insert(CustomerScore), rows[begin : begin + AT_A_TIME])


def _row(scored: Scored, values: dict[str, object], as_of: date) -> dict[str, object]:
    """One score as its table keeps it."""
    reason = values["refused"]
    cut = reason[:LONGEST_REASON] if isinstance(reason, str) else None
    return values | {"currency": scored.currency, "as_of": as_of, "refused": cut}
