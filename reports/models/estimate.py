"""Fitting a model by name, with its refusal rules, and asking a fit: alive? how many? worth how much?

One story: too little data → say so; maximise; a runaway parameter or no sign of leaving → say so; try the hold-out; no
better than the plain rate → say so.  Functions that ask a refused fit raise Unmet with its sentence.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from admin_app.kernel.errors import Invalid
from reports.models import gamma_gamma, refusals
from reports.models.beta_geometric import without_dropout
from reports.models.count_model import BG_NBD, MBG_NBD, CountModel
from reports.models.fitting import Optimum, highest, maximise
from reports.models.holdout import actual_counts, check_counts, check_values, last_day
from reports.models.intervals import check_level, count_interval
from reports.models.pareto_nbd import PARETO_NBD
from reports.models.result import Fit
from reports.models.special import ArrayLike, Floats, Ints, floats
from reports.models.summary import Summary

COUNT_MODELS: dict[str, CountModel] = {model.name: model for model in (BG_NBD, MBG_NBD, PARETO_NBD)}
TITLES = {name: model.title for name, model in COUNT_MODELS.items()} | {gamma_gamma.NAME: gamma_gamma.TITLE}
PAPERS = {name: model.paper for name, model in COUNT_MODELS.items()} | {gamma_gamma.NAME: gamma_gamma.PAPER}
MODELS = tuple(TITLES)

SAMPLE = 20_000
"""Customers on which the starts compete when there are many more."""
DRAWS = 1_000
SEED = 20_260_101


def fit(
    name: str,
    summary: Summary,
    *,
    holdout: pd.DataFrame | None = None,
    holdout_until: date | None = None,
    seed: int = SEED,
) -> Fit:
    """Fit the model `name` to `summary`; raises Invalid for a name that is none.

    `holdout` are purchases (columns as for `summarise`); those after the end of `summary` are the check, up to
    `holdout_until` or their last day.  Too little or unsuited data give a Fit with `refused`, never an exception.
    """
    if name not in TITLES:
        raise Invalid(f"There is no model {name}; there are {', '.join(MODELS)}")
    until = holdout_until or (last_day(holdout, summary) if holdout is not None else None)
    if holdout is not None and until is not None and until <= summary.until:
        raise Invalid("The hold-out ends before it begins")
    check = (holdout, until) if holdout is not None and until is not None else None
    if name == gamma_gamma.NAME:
        return _fit_value(summary, check)
    return _fit_count(COUNT_MODELS[name], summary, check, seed)


def probability_alive(fit: Fit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Probability of still being a customer at T; times in the unit of the fit.  Unmet when the fit is refused."""
    return _count_model(fit).probability_alive(fit.theta, x, t_x, T)


def expected_purchases(fit: Fit, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Purchases expected in the `t` after T of customers with this history.  Unmet when the fit is refused."""
    return _count_model(fit).expected(fit.theta, t, x, t_x, T)


def expected_new(fit: Fit, t: ArrayLike) -> Floats:
    """Repeat purchases expected of a new customer in the first `t`.  Unmet when the fit is refused."""
    return _count_model(fit).expected(fit.theta, t, 0, 0, 0)


def probability_of_purchase(fit: Fit, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Probability of at least one purchase in the `t` after T.  Unmet when the fit is refused."""
    return _count_model(fit).within(fit.theta, t, x, t_x, T)


def next_purchase(
    fit: Fit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, *, share: float = 0.5, longest: float = 520.0
) -> Floats:
    """Time after T by which the next purchase has come with probability `share`; nan: not within `longest`.

    In the unit of the fit.  Raises Unmet when the fit is refused.
    """
    check_level(share)
    x, t_x, T = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (x, t_x, T)))
    early, late = np.zeros(x.shape), np.full(x.shape, longest)
    reached = probability_of_purchase(fit, late, x, t_x, T) >= share
    for _ in range(40):
        middle = (early + late) / 2
        enough = probability_of_purchase(fit, middle, x, t_x, T) >= share
        late, early = np.where(enough, middle, late), np.where(enough, early, middle)
    return floats(np.where(reached, late, np.nan))


def interval_of_count(
    fit: Fit,
    t: float,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    level: float = 0.95,
    seed: int = SEED,
    draws: int = DRAWS,
) -> tuple[Ints, Ints]:
    """Where the count of each customer in the `t` after T lies with probability `level`.  Unmet when refused."""
    model = _count_model(fit)
    parameters = fit.draws(draws, np.random.default_rng(seed))
    return count_interval(model, parameters, t, x, t_x, T, level=level, seed=seed)


def interval_of_mean(
    fit: Fit,
    t: float,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    level: float = 0.95,
    seed: int = SEED,
    draws: int = DRAWS,
) -> tuple[Floats, Floats]:
    """Where the expected count lies, by the uncertainty of the parameters alone.  Unmet when refused."""
    check_level(level)
    model = _count_model(fit)
    means = np.array(
        [model.expected(theta, t, x, t_x, T) for theta in fit.draws(draws, np.random.default_rng(seed))]
    )
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def expected_value(fit: Fit, x: ArrayLike, z: ArrayLike) -> Floats:
    """Mean purchase expected of a customer, in currency units.  Unmet when the fit is refused."""
    if fit.model != gamma_gamma.NAME:
        raise Invalid(f"The value of a purchase is asked of {gamma_gamma.TITLE}")
    return gamma_gamma.expected_value(fit.theta, x, z)


def interval_of_value(
    fit: Fit, x: ArrayLike, z: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats] | None:
    """Where a customer's own mean purchase lies; None when q ≤ 2, for then its variance is infinite."""
    check_level(level)
    if fit.model != gamma_gamma.NAME:
        raise Invalid(f"The value of a purchase is asked of {gamma_gamma.TITLE}")
    if fit.theta[1] <= 2:
        return None
    return gamma_gamma.interval_of_value(fit.theta, x, z, level)


def log_likelihood_of_one(name: str, params: dict[str, float], x: int, t_x: float, T: float) -> float:
    """The log-likelihood of one customer at given parameters."""
    if name not in COUNT_MODELS:
        raise Invalid(f"One customer's likelihood is there for {', '.join(COUNT_MODELS)}")
    model = COUNT_MODELS[name]
    return model.of_one(np.array([params[each] for each in model.parameters]), x, t_x, T)


def _fit_count(
    model: CountModel, summary: Summary, check: tuple[pd.DataFrame, date] | None, seed: int
) -> Fit:
    """Too little data, or maximise and try."""
    reason = (
        refusals.too_few(summary.customers, summary.repeaters)
        or refusals.too_short(summary.length, summary.median_gap, summary.unit)
        or refusals.like_a_clock(summary.regularity)
        or refusals.with_the_season(summary.season)
    )
    if reason:
        return _unfitted(model.name, summary, reason)
    scale = summary.T.max() / 10.0
    x, t_x, T = summary.x, summary.t_x / scale, summary.T / scale
    if model.most is not None and len(x) > model.most:
        x, t_x, T = _some(model.most, seed, x, t_x, T)
    few = _some(SAMPLE, seed, x, t_x, T) if len(x) > 2 * SAMPLE else None
    best = maximise(
        model.likelihood(x, t_x, T),
        model.starts,
        rows=len(x),
        rough=None if few is None else model.likelihood(*few),
    )
    stay = highest(
        without_dropout(x, t_x, T),
        best.theta[:2],
        rows=len(x),
        rough=None if few is None else without_dropout(*few),
    )
    ratio = float(2.0 * (best.log_likelihood - stay))
    unit = np.array([scale if each in model.time_parameters else 1.0 for each in model.parameters])
    theta = best.theta * unit
    reason = refusals.no_sign_of_leaving(ratio) or refusals.ran_away(
        model.parameters, best.theta, best.condition
    )
    seen: dict[str, Any] = {}
    if check is not None and reason is None:
        draws = _draws(best, unit, model.draws, seed)
        seen = check_counts(model, theta, draws, summary, check[0], until=check[1], seed=seed)
        reason = refusals.no_better_than_naive(seen)
    return _kept(
        model.name,
        model.parameters,
        theta,
        best,
        summary,
        log_likelihood=float(best.log_likelihood - x.sum() * np.log(scale)),
        holdout=seen,
        refused=reason,
        checks={
            "condition": best.condition,
            "likelihood_ratio": ratio,
            "regularity": summary.regularity,
            "season": summary.season,
        },
        fitted_on=len(x),
    )


def _fit_value(summary: Summary, check: tuple[pd.DataFrame, date] | None) -> Fit:
    """Gamma-Gamma of the customers who came back and paid something."""
    paid = (summary.x > 0) & (np.nan_to_num(summary.z) > 0)
    reason = refusals.too_few(summary.customers, int(paid.sum()))
    if reason:
        return _unfitted(gamma_gamma.NAME, summary, reason)
    x, z = summary.x[paid], summary.z[paid]
    typical = float(np.median(z))
    spending = gamma_gamma.arrange(x, z / typical)
    best = maximise(
        lambda theta: gamma_gamma.log_likelihood(theta, spending),
        ((1.0, 2.0, 1.0), (6.0, 4.0, 0.5), (2.0, 3.0, 1.0)),
        rows=len(x),
    )
    theta = best.theta * np.array([1.0, 1.0, typical])
    spread = float(np.std(x) * np.std(z))
    correlation = float(np.corrcoef(x, z)[0, 1]) if spread > 0 else 0.0
    reason = (
        refusals.bound_to_frequency(correlation)
        or refusals.ran_away(gamma_gamma.PARAMETERS, best.theta, best.condition)
        or refusals.no_mean(theta[1])
    )
    seen: dict[str, Any] = {}
    if check is not None and reason is None:
        counts, money = actual_counts(summary, check[0], check[1])
        expected = gamma_gamma.expected_value(theta, summary.x, summary.z)
        population = float(gamma_gamma.expected_value(theta, 0, 0))
        seen = check_values(expected, population, summary, counts, money)
        seen = seen and {"weeks": round((check[1] - summary.until).days / 7, 2), **seen}
        reason = refusals.no_better_than_naive(seen)
    return _kept(
        gamma_gamma.NAME,
        gamma_gamma.PARAMETERS,
        theta,
        best,
        summary,
        log_likelihood=float(best.log_likelihood - len(x) * np.log(typical)),
        holdout=seen,
        refused=reason,
        checks={"condition": best.condition, "correlation": correlation},
        fitted_on=summary.customers,
        repeaters=len(x),
    )


def _kept(
    name: str,
    names: tuple[str, ...],
    theta: Floats,
    best: Optimum,
    summary: Summary,
    *,
    log_likelihood: float,
    holdout: dict[str, Any],
    refused: str | None,
    checks: dict[str, float],
    fitted_on: int,
    repeaters: int | None = None,
) -> Fit:
    """The fit as plain values."""
    # Where the likelihood is flat there are no errors: nothing stands for them, rather than "not a number".
    known = bool(np.isfinite(best.covariance).all())
    errors = theta * np.sqrt(np.clip(np.diag(best.covariance), 0, None))
    return Fit(
        model=name,
        params=dict(zip(names, theta.tolist(), strict=True)),
        standard_errors=dict(zip(names, errors.tolist(), strict=True)) if known else {},
        log_likelihood=log_likelihood,
        customers=summary.customers,
        repeaters=summary.repeaters if repeaters is None else repeaters,
        window=summary.window(),
        holdout=holdout,
        refused=refused,
        covariance=tuple(tuple(row) for row in best.covariance.tolist()) if known else (),
        checks={check: float(value) for check, value in checks.items() if np.isfinite(value)},
        cautions=() if refused else refusals.cautions(summary.customers, fitted_on, summary.season, holdout),
    )


def _unfitted(name: str, summary: Summary, reason: str) -> Fit:
    """Too little data to estimate anything."""
    return Fit(
        model=name,
        params={},
        standard_errors={},
        log_likelihood=None,
        customers=summary.customers,
        repeaters=summary.repeaters,
        window=summary.window(),
        holdout={},
        refused=reason,
        covariance=(),
    )


def _draws(best: Optimum, unit: Floats, count: int, seed: int) -> Floats:
    """Draws of the parameters for the coverage on the hold-out."""
    chance = np.random.default_rng(seed)
    logs = chance.multivariate_normal(np.log(best.theta), best.covariance, size=count, method="eigh")
    return np.exp(logs) * unit


def _count_model(fit: Fit) -> CountModel:
    if fit.model not in COUNT_MODELS:
        raise Invalid(f"Purchases are asked of {', '.join(COUNT_MODELS)}, not of {fit.model}")
    return COUNT_MODELS[fit.model]


def _some(count: int, seed: int, x: Ints, t_x: Floats, T: Floats) -> tuple[Ints, Floats, Floats]:
    """A random sample of `count` customers."""
    some = np.random.default_rng(seed).choice(len(x), count, replace=False)
    return x[some], t_x[some], T[some]
