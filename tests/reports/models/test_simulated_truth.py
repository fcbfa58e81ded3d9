"""Fits find again what customers were simulated with, and answer like a simulation of the future [analytics goal 9]."""

import numpy as np
import pytest

from admin_app.cli._bench_models import bench_models
from reports.models import (
    expected_purchases,
    fit,
    interval_of_count,
    next_purchase,
    probability_alive,
    probability_of_purchase,
    summarise,
)
from reports.models.count_model import BG_NBD, MBG_NBD
from reports.models.estimate import COUNT_MODELS
from reports.models.simulated import UNTIL, counts, purchases, summary_of
from tests.reports.models.cdnow import fitted as fit_of_cdnow

BG = {"r": 0.45, "alpha": 6.0, "a": 0.8, "b": 2.4}
MBG = {"r": 0.8, "alpha": 5.0, "a": 0.6, "b": 1.8}
CUSTOMERS = 60_000
"""Above the size from which the starts compete on a sample."""


@pytest.mark.parametrize(("name", "truth"), [("bg_nbd", BG), ("mbg_nbd", MBG)])
def test_the_truth_is_found_within_three_standard_errors(name, truth):
    seed = np.random.default_rng(3)
    at_once = name == "mbg_nbd"

    found = fit(
        name, summary_of(*counts(CUSTOMERS, truth, seed, shortest=4, longest=156, may_leave_at_once=at_once))
    )

    assert found.refused is None
    for parameter, value in truth.items():
        error = found.standard_errors[parameter]
        assert abs(found.params[parameter] - value) < 3 * error
        assert error < 0.1 * value


def test_a_sample_first_ends_at_the_same_optimum():
    """The whole likelihood is climbed even where only a sample chose the hill: its gradient is zero."""
    customers = summary_of(*counts(CUSTOMERS, BG, np.random.default_rng(5), shortest=4, longest=156))

    first, second = (fit("bg_nbd", customers, seed=seed) for seed in (1, 2))

    for parameter, value in first.params.items():
        assert second.params[parameter] == pytest.approx(value, rel=1e-5)


def test_the_day_grain_counts_each_day_once():
    """Every purchase simulated, cut to days and merged: near the truth, and far nearer than a week's grain."""
    rows = purchases(20_000, BG, np.random.default_rng(8), shortest=4, longest=156)

    summary = summarise(rows, until=UNTIL)
    found = fit("bg_nbd", summary)

    assert summary.customers == 20_000
    assert summary.x.sum() < len(rows) - 20_000, "some bought twice on a day"
    assert found.params["alpha"] == pytest.approx(6.2, abs=0.4)
    assert found.params["r"] == pytest.approx(0.455, abs=0.02)


def test_leaving_at_any_moment_is_found_again_on_a_sample():
    """Pareto/NBD: 55,000 customers are more than it fits at once, and it says so."""
    chance = np.random.default_rng(17)
    r, alpha, s, beta = 0.8, 6.0, 0.7, 9.0
    rate, leaving = chance.gamma(r, 1 / alpha, 55_000), chance.gamma(s, 1 / beta, 55_000)
    T = np.round(chance.uniform(20, 100, 55_000))
    lived = np.minimum(chance.exponential(1 / leaving), T)
    x = chance.poisson(rate * lived)
    t_x = np.where(x > 0, lived * chance.beta(np.maximum(x, 1), 1), 0.0)

    found = fit("pareto_nbd", summary_of(x, t_x, T))

    assert found.refused is None
    assert "Fitted on a sample of 50,000 of the 55,000 customers" in found.cautions
    for name, truth in {"r": r, "alpha": alpha, "s": s, "beta": beta}.items():
        assert abs(found.params[name] - truth) < 3 * found.standard_errors[name]


@pytest.mark.parametrize("model", [BG_NBD, MBG_NBD])
def test_probability_alive_and_expectation_are_what_a_simulation_gives(model):
    """Histories and futures drawn from the model; among customers with like answers the mean is the answer."""
    theta = np.array([0.8, 5.0, 0.6, 1.8])
    chance = np.random.default_rng(21)
    customers, weeks, ahead = 200_000, 40.0, 30.0
    rate = chance.gamma(theta[0], 1 / theta[1], customers)
    p = chance.beta(theta[2], theta[3], customers)
    stays = chance.geometric(np.clip(p, 1e-12, 1)) - (1 if model.may_leave_at_once else 0)
    before = chance.poisson(rate * weeks)
    x = np.minimum(before, stays)
    alive = before < stays
    t_x = np.where(x > 0, weeks * chance.beta(np.maximum(x, 1), np.maximum(before - x, 0) + 1), 0.0)
    later = np.where(alive, np.minimum(chance.poisson(rate * ahead), stays - before), 0)

    said = model.probability_alive(theta, x, t_x, weeks)
    expected = model.expected(theta, ahead, x, t_x, weeks)

    for part in np.array_split(np.argsort(expected), 8):
        error = np.sqrt(later[part].var() / len(part))
        assert later[part].mean() == pytest.approx(expected[part].mean(), abs=4 * error + 1e-9)
    for part in np.array_split(np.argsort(said, kind="stable"), 8):
        error = np.sqrt(max(said[part].mean() * (1 - said[part].mean()), 1e-9) / len(part))
        # In BG/NBD nobody leaves before coming back, so x = 0 is alive for certain, here as there.
        assert alive[part].mean() == pytest.approx(said[part].mean(), abs=4 * error + 1e-9)


@pytest.mark.parametrize("model", COUNT_MODELS.values(), ids=COUNT_MODELS)
def test_simulated_purchases_have_the_mean_that_is_expected(model):
    """The intervals come from `draw`, the expectation from the formula: two ways to one mean."""
    theta, many = np.array([0.8, 5.0, 0.6, 1.8]), 60_000
    for x, t_x, T in ((0, 0.0, 20.0), (3, 15.0, 20.0), (12, 8.0, 20.0)):
        rows = [np.full(many, float(each)) for each in (30.0, x, t_x, T)]

        drawn = model.draw(np.repeat(theta[:, None], many, axis=1), *rows, np.random.default_rng(9))

        mean = float(model.expected(theta, 30.0, x, t_x, T))
        assert drawn.mean() == pytest.approx(mean, abs=4 * drawn.std() / np.sqrt(many) + 1e-9)


@pytest.mark.parametrize("model", COUNT_MODELS.values(), ids=COUNT_MODELS)
def test_the_chance_of_a_purchase_is_how_much_less_likely_more_silence_is(model):
    """P(at least one in (T, T+t]) = 1 − L(x, t_x, T+t)/L(x, t_x, T), whatever the model says in closed form."""
    theta = np.array([0.8, 5.0, 0.6, 1.8])
    for x, t_x, T in ((0, 0.0, 20.0), (3, 15.0, 20.0), (12, 8.0, 20.0)):
        silence = np.exp(model.of_one(theta, x, t_x, T + 9.0) - model.of_one(theta, x, t_x, T))

        assert float(model.within(theta, 9.0, x, t_x, T)) == pytest.approx(1 - silence, abs=1e-12)


@pytest.mark.parametrize("name", COUNT_MODELS)
def test_the_next_purchase_comes_when_it_is_likelier_than_not(name):
    """A frequent customer soon, a lost one not at all [P20]."""
    found = fit_of_cdnow(name)

    soon, never = next_purchase(found, [12, 12], [38.0, 10.0], [38.86, 38.86])

    assert 0 < soon < 6
    assert float(probability_of_purchase(found, soon, 12, 38.0, 38.86)) == pytest.approx(0.5, abs=1e-6)
    assert np.isnan(never)
    assert float(probability_of_purchase(found, 520, 12, 10.0, 38.86)) < 0.5


def test_intervals_of_counts_cover_simulated_futures():
    """95 % intervals of 4,000 customers hold what comes in 94–100 % of them in each third of prediction."""
    rows = purchases(4_000, BG, np.random.default_rng(31), shortest=20, longest=156, beyond=26)
    summary = summarise(rows, until=UNTIL)
    found = fit("bg_nbd", summary, holdout=rows)

    assert found.refused is None
    assert found.holdout["coverage"] >= 0.94
    expected = expected_purchases(found, 26, summary.x, summary.t_x, summary.T)
    last = rows[rows["day"] > np.datetime64(UNTIL)].drop_duplicates()
    came = last["customer"].value_counts().reindex(summary.customer, fill_value=0).to_numpy()
    low, high = interval_of_count(found, 26, summary.x, summary.t_x, summary.T)
    for part in np.array_split(np.argsort(expected), 3):
        assert 0.94 <= np.mean((low[part] <= came[part]) & (came[part] <= high[part])) <= 1.0


def test_more_silence_makes_it_less_likely_that_a_customer_is_alive():
    found = fit("mbg_nbd", summary_of(*counts(5_000, MBG, np.random.default_rng(2), shortest=4, longest=156)))

    alive = probability_alive(found, 5, 20.0, np.array([20.0, 30.0, 50.0, 100.0]))

    assert (np.diff(alive) < 0).all()
    assert alive[0] > 0.75


def test_the_bench_tells_time_memory_and_how_near():
    lines = bench_models(5_000)

    assert lines[0].startswith("BG/NBD of 5,000 customers: ")
    assert "MB at most" in lines[0]
    assert [line.split()[0] for line in lines[1:5]] == ["r", "alpha", "a", "b"]
    assert "lifetimes" in lines[-1]


def test_the_bench_of_nobody_says_why():
    assert "Not enough data: 20 customers, at least 100 are needed" in bench_models(20)
