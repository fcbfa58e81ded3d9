"""What the figures and models say about one customer: the block on its profile [P20, 123, 131].

Each figure is an ordinary question narrowed to the customer, so that it equals the pages; the scores are those of the
last night.  The number of statements is the same for every customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from admin_app.models import CustomerScore, ModelRun
from admin_app.policy import Permission, demand
from reports.engine.answer import Answer, spoken
from reports.engine.desk import Desk
from reports.engine.query import Query
from reports.metrics import Unit, Value

LIFETIME = ("invoiced", "collected", "receivable", "overdue", "unallocated")
PAYING = ("days_late", "days_late_median")
HISTORY = ("invoiced", "collected")
SCORED_BY = ("mbg_nbd", "gamma_gamma")
BEFORE_THE_NIGHT = "The models have not scored this customer yet; they run each night"


@dataclass(frozen=True)
class CustomerFigures:
    """The answers about one customer, its scores a currency, and how the models did on what they had not seen."""

    lifetime: tuple[Answer, ...]
    paying: tuple[Answer, ...]
    history: tuple[Answer, ...]
    """By month: invoiced and collected."""
    scores: tuple[Told, ...]

    @property
    def bought(self) -> bool:
        """Whether anything was ever billed or paid."""
        return any(one.rows for one in self.history)


@dataclass(frozen=True)
class Told:
    """The scores of one currency in words; None where there is no number, and `reason` says why."""

    currency: str
    as_of: date
    alive: str | None
    purchases: str | None
    purchases_between: str | None
    value: str | None
    value_between: str | None
    next_on: date | None
    reason: str | None
    checks: tuple[str, ...]


def customer_figures(desk: Desk, group_id: int) -> CustomerFigures:
    """Everything about one customer; raises NotAllowed for whoever may not explore money."""
    demand(desk.actor, Permission.REPORTS)
    only = (("customer", str(group_id)),)

    def ask(names: tuple[str, ...], by: tuple[str, ...] = ()) -> tuple[Answer, ...]:
        return tuple(desk.ask(Query(name, by=by, where=only)) for name in names)

    return CustomerFigures(
        lifetime=ask(LIFETIME),
        paying=ask(PAYING),
        history=ask(HISTORY, ("month",)),
        scores=_scores(desk, group_id),
    )


def _scores(desk: Desk, group_id: int) -> tuple[Told, ...]:
    """The scores of the last night with the checks of their models, in two statements."""
    found = desk.session.scalars(
        select(CustomerScore).where(CustomerScore.group_id == group_id).order_by(CustomerScore.currency)
    ).all()
    runs: dict[tuple[str, str], ModelRun] = {}
    for run in desk.session.scalars(
        select(ModelRun).where(ModelRun.model.in_(SCORED_BY)).order_by(ModelRun.id.desc()).limit(20)
    ):
        runs.setdefault((run.model, run.currency), run)
    return tuple(_told(desk, one, runs) for one in found)


def _told(desk: Desk, score: CustomerScore, runs: Mapping[tuple[str, str], ModelRun]) -> Told:
    """One score as it is printed."""

    def said(value: float | int | None, unit: Unit) -> str | None:
        exact: Value = value if value is None or isinstance(value, int) else Decimal(repr(round(value, 4)))
        return None if exact is None else spoken(exact, unit, score.currency, desk.locale)

    def between(low: float | int | None, high: float | int | None, unit: Unit) -> str | None:
        return None if low is None or high is None else f"{said(low, unit)} to {said(high, unit)}"

    return Told(
        currency=score.currency,
        as_of=score.as_of,
        alive=said(score.alive, Unit.SHARE),
        purchases=said(score.purchases, Unit.COUNT),
        purchases_between=between(score.purchases_low, score.purchases_high, Unit.COUNT),
        value=said(score.value, Unit.MONEY),
        value_between=between(score.value_low, score.value_high, Unit.MONEY),
        next_on=score.next_on,
        reason=score.refused,
        checks=tuple(
            _check(runs[name, score.currency].result) for name in SCORED_BY if (name, score.currency) in runs
        ),
    )


def _check(result: Mapping[str, Any]) -> str:
    """How a model did on what it had not seen, in one sentence; why it was refused where it was."""
    held, name = result["holdout"], TITLES.get(result["model"], result["model"])
    if result["refused"]:
        return f"{name} is refused: {result['refused']}"
    if not held:
        return f"{name}: not checked on purchases it had not seen"
    covered = f", 95 % intervals held for {held['coverage']:.1%}" if "coverage" in held else ""
    return (
        f"{name}, on {held['weeks']:g} weeks it had not seen: root mean square error {held['rmse']:.2f} against "
        f"{held['naive_rmse']:.2f} of the plain forecast{covered}"
    )


TITLES = {"mbg_nbd": "MBG/NBD (how often)", "gamma_gamma": "Gamma-Gamma (how much)"}
"""The models as people read them, with what they are asked for."""
