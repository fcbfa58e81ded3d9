"""Statistical models of customers and payments: plain numbers in, plain numbers and refusals out.

Pure numpy, scipy and pandas; no database, no web.  Each model names its paper, reproduces the published figures
(tests/reports/models), and says "not enough data" with the reason instead of a wrong number.  One call::

    summary = summarise(purchases, until=date(1997, 9, 30))
    answer = fit("mbg_nbd", summary, holdout=purchases)
    if answer.refused is None:
        alive = probability_alive(answer, summary.x, summary.t_x, summary.T)

Names are loaded when first asked for: a page without a model does not pay for scipy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.models.calibration import by_decile, by_frequency, tracking
    from reports.models.competing import Incidence, aalen_johansen
    from reports.models.estimate import (
        MODELS,
        PAPERS,
        TITLES,
        expected_new,
        expected_purchases,
        expected_value,
        fit,
        interval_of_count,
        interval_of_mean,
        interval_of_value,
        log_likelihood_of_one,
        next_purchase,
        probability_alive,
        probability_of_purchase,
    )
    from reports.models.forecast import Forecast, cash_forecast
    from reports.models.intervals import wilson
    from reports.models.rates import shrunk_rates
    from reports.models.result import Fit
    from reports.models.sbg import Retention, fit_retention
    from reports.models.summary import Summary, summarise
    from reports.models.survival import Curve, LogRank, kaplan_meier, log_rank

_HOMES = {
    "calibration": ("by_decile", "by_frequency", "tracking"),
    "competing": ("Incidence", "aalen_johansen"),
    "estimate": (
        "MODELS",
        "PAPERS",
        "TITLES",
        "expected_new",
        "expected_purchases",
        "expected_value",
        "fit",
        "interval_of_count",
        "interval_of_mean",
        "interval_of_value",
        "log_likelihood_of_one",
        "next_purchase",
        "probability_alive",
        "probability_of_purchase",
    ),
    "forecast": ("Forecast", "cash_forecast"),
    "intervals": ("wilson",),
    "rates": ("shrunk_rates",),
    "result": ("Fit",),
    "sbg": ("Retention", "fit_retention"),
    "summary": ("Summary", "summarise"),
    "survival": ("Curve", "LogRank", "kaplan_meier", "log_rank"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "MODELS",
    "PAPERS",
    "TITLES",
    "Curve",
    "Fit",
    "Forecast",
    "Incidence",
    "LogRank",
    "Retention",
    "Summary",
    "aalen_johansen",
    "by_decile",
    "by_frequency",
    "cash_forecast",
    "expected_new",
    "expected_purchases",
    "expected_value",
    "fit",
    "fit_retention",
    "interval_of_count",
    "interval_of_mean",
    "interval_of_value",
    "kaplan_meier",
    "log_likelihood_of_one",
    "log_rank",
    "next_purchase",
    "probability_alive",
    "probability_of_purchase",
    "shrunk_rates",
    "summarise",
    "tracking",
    "wilson",
]


def __getattr__(name: str) -> Any:
    """The public name `name`, its module loaded now."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
