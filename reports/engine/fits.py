"""The models fitted to the books, checked on purchases they had not seen, or refused with the reason [131, L10-L12].

`modelled` is what `sawhorse model` prints, what notebooks open and what the nightly scores stand on.  Without purchases
after the day asked for, the last quarter of the history is the check: the model is fitted without it, tried on it, and
only then fitted to all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from admin_app.kernel.currency import minor_digits
from admin_app.kernel.errors import Invalid
from reports.engine.desk import Desk
from reports.engine.purchases import Purchases, purchases
from reports.engine.query import unknown

if TYPE_CHECKING:
    from reports.models import Fit, Summary

COUNT_MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd")
PURCHASE_MODELS = (*COUNT_MODELS, "gamma_gamma")
WAITING_MODELS = ("kaplan_meier", "aalen_johansen")
MODELS = (*PURCHASE_MODELS, *WAITING_MODELS)
UNITS = ("week", "day")
UNCHECKED = "Not checked on purchases it had not seen"
"""What the models say of a fit without a hold-out."""
KEPT_BACK = 0.25
"""Share of the history on which a model of today is checked."""


@dataclass(frozen=True)
class Modelled:
    """A model of the books.  `told` is its JSON; fit and summary are there for models of purchases."""

    name: str
    told: Mapping[str, Any]
    fit: Fit | None = field(default=None, repr=False)
    summary: Summary | None = field(default=None, repr=False)

    @property
    def refused(self) -> str | None:
        """Why it may not be used; None where it may."""
        reason: str | None = self.told["refused"]
        return reason


def modelled(
    desk: Desk,
    name: str,
    *,
    as_of: date | None = None,
    unit: str = "week",
    basis: str = "invoiced",
    keep_zero_days: bool = False,
    currency: str | None = None,
) -> Modelled:
    """The model `name` of the history up to and with `as_of` (today), of one currency.

    Raises Invalid for a model, unit or basis that is none and for a day that lies ahead, NotAllowed for whoever may not
    explore the figures.  Data that carry no model are no error: `refused` says why.
    """
    day = as_of or desk.clock.today()
    if name not in MODELS:
        raise Invalid(unknown("model", name, MODELS))
    if unit not in UNITS:
        raise Invalid(unknown("unit of time", unit, UNITS))
    if day > desk.clock.today():
        raise Invalid(f"{day} lies ahead; a model is fitted to what has happened")
    if name in WAITING_MODELS:
        from reports.engine.waiting import waiting_model

        return Modelled(name, waiting_model(desk, name, as_of=day, currency=currency))
    bought = purchases(desk, basis=basis, currency=currency)
    return fitted(name, bought, day, unit=unit, keep_zero_days=keep_zero_days)


def fitted(
    name: str, bought: Purchases, as_of: date, *, unit: str = "week", keep_zero_days: bool = False
) -> Modelled:
    """A model of purchases that were read already."""
    from reports.models import fit, summarise

    def up_to(until: date) -> Summary:
        return summarise(
            bought.frame,
            until=until,
            unit="day" if unit == "day" else "week",
            keep_zero_days=keep_zero_days,
            minor_per_unit=10 ** minor_digits(bought.currency),
        )

    summary = up_to(as_of)
    later = bool(len(bought.frame)) and max(bought.frame["day"]) > as_of
    if later or bought.refused:
        answer = fit(name, summary, holdout=bought.frame if later else None)
    else:
        answer = fit(name, summary)
        if answer.refused is None:
            answer = _checked(name, answer, bought, summary, up_to)
    if bought.refused:
        answer = replace(answer, refused=bought.refused)
    return Modelled(name, told_of(answer, bought), answer, summary)


def _checked(name: str, whole: Fit, bought: Purchases, summary: Summary, up_to: Any) -> Fit:
    """The fit of all, with the check of one that did not know the last quarter."""
    from reports.models import fit

    assert summary.start is not None
    cut = summary.until - timedelta(days=round((summary.until - summary.start).days * KEPT_BACK))
    trial = fit(name, up_to(cut), holdout=bought.frame, holdout_until=summary.until)
    if not trial.holdout:
        reason = f" ({trial.refused})" if trial.refused else ""
        said = (f"{one}{reason}" if one == UNCHECKED else one for one in whole.cautions)
        return replace(whole, cautions=tuple(said))
    said = (one for one in (*whole.cautions, *trial.cautions) if one != UNCHECKED)
    return replace(
        whole,
        holdout=trial.holdout,
        refused=trial.refused,
        cautions=() if trial.refused else tuple(dict.fromkeys(said)),
    )


def told_of(answer: Fit, bought: Purchases) -> dict[str, Any]:
    """A fit of purchases as design section 11 prints it."""
    return {
        "model": answer.model,
        "params": answer.params,
        "standard_errors": answer.standard_errors,
        "log_likelihood": answer.log_likelihood,
        "customers": answer.customers,
        "window": answer.window,
        "holdout": answer.holdout,
        "refused": answer.refused,
        "repeat_customers": answer.repeaters,
        "basis": bought.basis,
        "currency": bought.currency,
        "checks": answer.checks,
        "cautions": list(answer.cautions),
        "paper": _paper(answer.model),
    }


def _paper(name: str) -> str:
    from reports.models import PAPERS

    return PAPERS[name]
