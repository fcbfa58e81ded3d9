"""Kept totals that stand for rows where they can: the same sums from thousands of days instead of millions of rows.

Days whose documents changed since (`RollupDirty`) are read from the rows, in the same statement, so the answer is of
now without anybody waiting for the totals.  With more than a thousand such days the totals alone answer, and say as of
when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, case, func, literal, select
from sqlalchemy.orm import Session

from admin_app.models import RollupDay, RollupDirty, RollupState
from reports.metrics import METRICS, Asked
from reports.sources import Source
from reports.sources.base import Part

MOST_LIVE_DAYS = 1000
"""Days that are read from the rows beside the kept totals; beyond, the totals alone answer."""
NO_BRAND, NO_WORD = 0, ""
"""How a total says that its rows have none."""
_KEYS = {"day", "brand_id", "currency", "amount"}
SPLIT = "method"
"""The one column more by which totals are kept, of sources that have it."""
ALWAYS = date(9000, 12, 31)
"""The day as of which all rows count, those of days to come too."""


@dataclass(frozen=True)
class Kept:
    """Parts whose rows are totals, with their number of rows in `n`; `behind` where some had not caught up."""

    parts: tuple[Part, ...]
    behind: datetime | None = None


def measures() -> dict[str, Source]:
    """The sources of which totals are kept, by the measure that each names; read off the metric table."""
    found: dict[str, Source] = {}
    for metric in METRICS.values():
        for source in metric.sources:
            if source.measure is not None:
                assert found.setdefault(source.measure, source) is source, (
                    f"two sources keep {source.measure}"
                )
    return found


def kept_columns(source: Source) -> set[str]:
    """The columns of its rows by which totals are kept."""
    own = {name for name in ("brand_id", SPLIT) if name in source.extras}
    return _KEYS - {"brand_id"} | own


def kept_parts(session: Session, source: Source, asked: Asked, columns: set[str]) -> Kept | None:
    """The kept totals that answer a question about these columns of a source; None where rows must be read.

    A day in the past is answered too: rows of a measure count from their day on and never stop [M37].
    """
    if source.measure is None or not columns <= kept_columns(source):
        return None
    state = session.execute(select(RollupState.rebuilt_at, RollupState.flushed_at)).first()
    if state is None or state.rebuilt_at is None:
        return None
    totals = _totals(source, asked.as_of)
    waiting = marks_waiting(session)
    if not waiting:
        return Kept((totals,))
    behind = days_behind(source, whole=bool(waiting.customers))
    if waiting.many or (waiting.customers and _number_of(session, behind) > MOST_LIVE_DAYS):
        return Kept((totals,), behind=state.flushed_at)
    clean = replace(totals, conditions=(*totals.conditions, totals.columns["day"].not_in(behind)))
    return Kept((clean, *only_days(source.rows(asked.as_of), behind)))


@dataclass(frozen=True)
class Waiting:
    """How much is marked as behind: days, customers with all their days, and whether everything is."""

    days: int
    customers: int
    everything: bool

    def __bool__(self) -> bool:
        """Whether anything is."""
        return bool(self.days or self.customers or self.everything)

    @property
    def many(self) -> bool:
        """Whether it is more than is read from the rows beside the kept totals."""
        return self.everything or max(self.days, self.customers) > MOST_LIVE_DAYS


def marks_waiting(session: Session) -> Waiting:
    """What is marked as behind now."""
    nameless = RollupDirty.day.is_(None)
    days, customers, everything = session.execute(
        select(
            func.count(RollupDirty.day.distinct()),
            func.count(case((nameless, RollupDirty.group_id)).distinct()),
            func.count(case((and_(nameless, RollupDirty.group_id.is_(None)), 1))),
        )
    ).one()
    return Waiting(days, customers, bool(everything))


def days_behind(source: Source, *, whole: bool = True) -> Select[Any] | CompoundSelect[Any]:
    """The days of a source whose totals are behind; with `whole`, all days of the customers marked as a whole too."""
    days = select(RollupDirty.day.label("day")).where(RollupDirty.day.is_not(None))
    if not whole:
        return days
    customers = select(RollupDirty.group_id).where(
        RollupDirty.day.is_(None), RollupDirty.group_id.is_not(None)
    )
    return days.union(
        *(
            one.pick(["day"], [lambda columns: columns["group_id"].in_(customers)])
            for one in source.rows(ALWAYS)
        )
    )


def only_days(parts: Iterable[Part], days: Any) -> tuple[Part, ...]:
    """The rows of these days (a select, or the days themselves), each counting once in `n`."""
    return tuple(
        replace(
            one,
            columns={**one.columns, "n": literal(1)},
            conditions=(*one.conditions, one.columns["day"].in_(days)),
        )
        for one in parts
    )


def _number_of(session: Session, days: Any) -> int:
    few = select(days.subquery().c.day).limit(MOST_LIVE_DAYS + 1).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def _totals(source: Source, as_of: date) -> Part:
    kept: Mapping[str, Any] = {
        "day": RollupDay.day,
        "brand_id": func.nullif(RollupDay.brand_id, NO_BRAND),
        "currency": func.nullif(RollupDay.currency, NO_WORD),
        "amount": RollupDay.amount,
        "n": RollupDay.rows,
        SPLIT: func.nullif(RollupDay.split, NO_WORD),
    }
    return Part(kept, RollupDay.__table__, (RollupDay.measure == source.measure, RollupDay.day <= as_of))
