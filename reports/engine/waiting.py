"""Waits of the books: days until a bill is paid (Kaplan-Meier), until a lead is won or lost (Aalen-Johansen) [L12].

Who still waits is censored and not left out; a lost lead is a competing end and not censored (analytics section 1.3).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from admin_app.policy import Permission, demand, rights_of
from reports.engine.desk import Desk
from reports.engine.query import Query
from reports.engine.rows import frame_of_rows
from reports.metrics import METRICS
from reports.sources.waits import COLUMNS, waits

FEWEST = 20
"""Waits below which no share is told."""
AT = (30, 60, 90)
"""Days at which a wait is told beside the whole curve."""
PAPERS = {
    "kaplan_meier": "Kaplan & Meier 1958, JASA 53(282); intervals on the log-log scale",
    "aalen_johansen": "Aalen & Johansen 1978, Scandinavian Journal of Statistics 5(3)",
}
ENDS = {"won": 1, "lost": 2}
"""How a lead ends; whatever else it is, it still waits."""


def waiting_model(desk: Desk, name: str, *, as_of: date, currency: str | None = None) -> dict[str, Any]:
    """The curve `name` as it stood on a day, in the shape of design section 11, with the curve itself under `curve`.

    Raises NotAllowed for whoever may not explore the figures.
    """
    demand(desk.actor, Permission.REPORTS)
    if name == "kaplan_meier":
        return _days_to_pay(desk, as_of, currency)
    return _leads(desk, as_of)


def _days_to_pay(desk: Desk, as_of: date, currency: str | None) -> dict[str, Any]:
    """Days from issue to the last payment of each bill of the last three years; open ones are censored."""
    import pandas as pd

    from reports.models import kaplan_meier

    desk.demand(METRICS["receivable"])
    desk.settle(Query("receivable", as_of=as_of))
    unit = currency or desk.currency
    bills = pd.DataFrame(desk.session.execute(waits(as_of, unit)).all(), columns=list(COLUMNS))
    lasted = [
        max(0, ((paid or as_of) - issued).days)
        for issued, paid in zip(bills["issued"], bills["paid"], strict=True)
    ]
    ended = np.array([paid is not None for paid in bills["paid"]], dtype=bool)
    told = _told(
        "kaplan_meier", as_of, bills["issued"], customers=int(bills["customer"].nunique()), waits=len(bills)
    )
    told |= {"currency": unit, "ended": int(ended.sum()), "waiting": int((~ended).sum())}
    told["refused"] = _too_few(len(bills), "invoice", int(ended.sum()), "paid")
    if told["refused"] is None:
        curve = kaplan_meier(lasted, ended)
        told["params"] = {
            "median": curve.median,
            "quartile": curve.quantile(0.25),
            "three_quarters": curve.quantile(0.75),
        } | {f"open_{day}": curve.at(day) for day in AT}
        told["standard_errors"] = {f"open_{day}": _at(curve.times, curve.se, day) for day in AT}
        told["curve"] = _rows(
            time=curve.times,
            at_risk=curve.at_risk,
            events=curve.events,
            censored=curve.censored,
            survival=curve.survival,
            se=curve.se,
            low=curve.low,
            high=curve.high,
        )
    return told


def _leads(desk: Desk, as_of: date) -> dict[str, Any]:
    """Days from the day a lead asked to its end; won and lost rule each other out."""
    from reports.models import aalen_johansen
    from reports.sources.pipeline import LEADS

    for entity in LEADS.entities:
        demand(desk.actor, rights_of(entity).read)
    asked = desk.settle(Query("leads", as_of=as_of))
    leads = frame_of_rows(desk.session, LEADS, asked, ("day", "state", "waited", "group_id"))
    lasted = leads["waited"].to_numpy(np.int64)
    causes = np.array([ENDS.get(state, 0) for state in leads["state"]], dtype=np.int64)
    sound = lasted >= 0
    told = _told(
        "aalen_johansen",
        as_of,
        leads["day"],
        customers=int(leads["group_id"].nunique()),
        waits=int(sound.sum()),
    )
    told |= {word: int((causes[sound] == cause).sum()) for word, cause in ENDS.items()}
    told["waiting"] = int((causes[sound] == 0).sum())
    told["left_out"] = {"ended before it began": int((~sound).sum())}
    told["refused"] = _too_few(int(sound.sum()), "lead", told["won"], "won")
    if told["refused"] is None:
        found = aalen_johansen(lasted[sound], causes[sound], causes=len(ENDS))
        shares = {f"{word}_{day}": found.at(cause, day)[0] for word, cause in ENDS.items() for day in AT}
        errors = {
            f"{word}_{day}": _at(found.times, found.se[cause], day)
            for word, cause in ENDS.items()
            for day in AT
        }
        told |= {"params": shares, "standard_errors": errors}
        told["curve"] = _rows(
            time=found.times,
            at_risk=found.at_risk,
            censored=found.censored,
            **{
                f"{word}{suffix}": values[cause]
                for word, cause in ENDS.items()
                for suffix, values in (
                    ("_events", found.events),
                    ("", found.cif),
                    ("_se", found.se),
                    ("_low", found.low),
                    ("_high", found.high),
                )
            },
        )
    return told


def _told(name: str, as_of: date, began: Any, *, customers: int, waits: int) -> dict[str, Any]:
    """The shape that every model has, without figures yet."""
    return {
        "model": name,
        "params": {},
        "standard_errors": {},
        "log_likelihood": None,
        "customers": customers,
        "window": {
            "start": min(began).isoformat() if waits else None,
            "end": as_of.isoformat(),
            "unit": "day",
            "weeks": round((as_of - min(began)).days / 7, 2) if waits else 0.0,
        },
        "holdout": {},
        "refused": None,
        "waits": waits,
        "curve": [],
        "paper": PAPERS[name],
    }


def _too_few(count: int, noun: str, ended: int, how: str) -> str | None:
    if count < FEWEST:
        return f"Not enough data: {count} {noun}{'' if count == 1 else 's'}, at least {FEWEST} are needed"
    if not ended:
        return f"Not enough data: none of {count} {noun}s was {how} yet"
    return None


def _at(times: Any, values: Any, day: int) -> float:
    """The value of a step at a day; nothing happened before the first."""
    place = int(np.searchsorted(times, day, side="right")) - 1
    return float(values[place]) if place >= 0 else 0.0


def _rows(**columns: Any) -> list[dict[str, Any]]:
    """Columns as rows of plain values; what is no number is None."""
    names = list(columns)
    return [
        {name: _plain(value) for name, value in zip(names, values, strict=True)}
        for values in zip(*columns.values(), strict=True)
    ]


def _plain(value: Any) -> float | int | None:
    number = value.item() if hasattr(value, "item") else value
    return None if isinstance(number, float) and not np.isfinite(number) else number
