"""The count models and Gamma-Gamma give the published figures on CDNOW [L1, analytics goals 1–8]."""

import numpy as np
import pandas as pd
import pytest

from reports.models import (
    expected_new,
    expected_purchases,
    expected_value,
    interval_of_count,
    interval_of_mean,
    interval_of_value,
    log_likelihood_of_one,
    probability_alive,
)
from tests.reports.models.cdnow import DATA, anchors, calibration, fitted

NOTE_027 = {"r": 0.25, "alpha": 4.0, "a": 0.8, "b": 2.5}
CUSTOMER_1516 = (26, 30.857143, 31.0)
CUSTOMER_0001 = (2, 30.43, 38.86)


def ours(name: str) -> float:
    """What our code says for a row of anchors.csv."""
    bg, mbg, pn, gg = (fitted(each) for each in ("bg_nbd", "mbg_nbd", "pareto_nbd", "gamma_gamma"))
    figures = {
        "bg_ll": lambda: bg.log_likelihood,
        "bg_ll_0_0_40": lambda: log_likelihood_of_one("bg_nbd", NOTE_027, 0, 0, 40),
        "bg_ll_200_38_40": lambda: log_likelihood_of_one("bg_nbd", NOTE_027, 200, 38, 40),
        "bg_cet_39": lambda: expected_purchases(bg, 39, *CUSTOMER_0001),
        "bg_cet_52": lambda: expected_purchases(bg, 52, *CUSTOMER_1516),
        "bg_palive_1516": lambda: probability_alive(bg, *CUSTOMER_1516),
        "bg_ex_52": lambda: expected_new(bg, 52),
        "bg_ex_78": lambda: expected_new(bg, 78),
        "mbg_r": lambda: mbg.params["r"],
        "mbg_ll": lambda: mbg.log_likelihood,
        "pn_ll": lambda: pn.log_likelihood,
        "pn_cet_52": lambda: expected_purchases(pn, 52, *CUSTOMER_1516),
        "pn_palive_1516": lambda: probability_alive(pn, *CUSTOMER_1516),
        "pn_ex_52": lambda: expected_new(pn, 52),
        "pn_se_alpha": lambda: pn.standard_errors["alpha"],
        "pn_holdout_mae": lambda: pn.holdout["mae"],
        "gg_ll": lambda: gg.log_likelihood,
        "gg_mean": lambda: expected_value(gg, 0, np.nan),
        "gg_c6": lambda: expected_value(gg, 7, 73.74),
        "holdout_total": lambda: bg.holdout["actual"],
        "bg_holdout_mae": lambda: bg.holdout["mae"],
        "naive_holdout_mae": lambda: bg.holdout["naive_mae"],
    }
    parameters = {f"bg_{key}": value for key, value in bg.params.items()}
    parameters |= {f"pn_{key}": value for key, value in pn.params.items()}
    parameters |= {f"gg_{key}": value for key, value in gg.params.items()}
    return parameters[name] if name in parameters else float(figures[name]())


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in anchors()
        if name.startswith(("bg_", "mbg_", "pn_", "gg_")) or name in ("holdout_total", "naive_holdout_mae")
    ],
)
def test_each_published_figure_is_reproduced(name):
    anchor = anchors()[name]

    assert ours(name) == pytest.approx(anchor.value, abs=max(anchor.tolerance, 1e-12)), anchor.source


def test_the_summary_is_the_authors_own_for_every_customer():
    """Fader & Hardie's x, t_x, T and z̄ to their two decimals [M35]."""
    theirs = pd.read_csv(DATA / "cdnow" / "rfm_calibration_39w.csv", dtype={"customer_id": str})
    summary = calibration()

    assert summary.customer.tolist() == theirs["customer_id"].tolist()
    assert summary.x.tolist() == theirs["x"].tolist()
    assert np.abs(summary.t_x - theirs["t_x"]).max() < 0.00501
    assert np.abs(summary.T - theirs["T"]).max() < 0.00501
    came_back = summary.x > 0
    assert np.abs(summary.z - theirs["zbar"])[came_back].max() < 0.00501
    assert np.isnan(summary.z[~came_back]).all()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("bg_nbd", {"r": 0.01256, "alpha": 0.3782, "a": 0.1857, "b": 0.7054}),
        ("pareto_nbd", {"r": 0.0476264, "alpha": 0.8427222, "s": 0.1872594, "beta": 6.2105448}),
        ("gamma_gamma", {"p": 1.190, "q": 0.290, "gamma": 4.159}),
    ],
)
def test_standard_errors_are_the_published_ones(name, values):
    """Analytics goal 7: within 1 %."""
    for parameter, value in values.items():
        assert fitted(name).standard_errors[parameter] == pytest.approx(value, rel=0.01)


def test_the_other_parameters_of_mbg_nbd_are_the_published_ones():
    """Analytics goal 3: within .3 %."""
    params = fitted("mbg_nbd").params

    assert params["alpha"] == pytest.approx(6.183, rel=0.003)
    assert params["a"] == pytest.approx(0.891, rel=0.003)
    assert params["b"] == pytest.approx(1.614, rel=0.003)


def test_the_named_customers_get_the_published_answers():
    """Analytics 1.1: ids 0001 and 0006, and somebody who never came back."""
    bg, mbg, gg = fitted("bg_nbd"), fitted("mbg_nbd"), fitted("gamma_gamma")
    pn = fitted("pareto_nbd")

    assert probability_alive(pn, 2, 30.43, 38.86) == pytest.approx(0.8691, rel=1e-3)
    assert expected_purchases(pn, 39, 2, 30.43, 38.86) == pytest.approx(1.4552, rel=1e-3)
    assert probability_alive(pn, 7, 29.43, 38.86) == pytest.approx(0.7495, rel=1e-3)
    assert expected_purchases(pn, 39, 7, 29.43, 38.86) == pytest.approx(3.7121, rel=1e-3)
    assert probability_alive(pn, 0, 0, 38.86) == pytest.approx(0.295, abs=0.0005)
    assert probability_alive(bg, 2, 30.43, 38.86) == pytest.approx(0.7266, rel=1e-3)
    assert probability_alive(bg, 7, 29.43, 38.86) == pytest.approx(0.6418, rel=1e-3)
    assert expected_purchases(bg, 39, 7, 29.43, 38.86) == pytest.approx(3.3376, rel=1e-3)
    assert expected_value(gg, 2, 22.35) == pytest.approx(24.65, rel=1e-3)
    assert probability_alive(bg, 0, 0, 38.86) == 1.0
    assert probability_alive(mbg, 0, 0, 38.86) == pytest.approx(0.390, abs=0.0005)


@pytest.mark.parametrize(
    ("weeks", "value"),
    [(0.1429, 0.0078), (1, 0.0532), (3, 0.1506), (31.857, 1.0405), (32, 1.0437), (78, 1.8576)],
)
def test_a_new_customer_buys_as_the_walkthroughs_say(weeks, value):
    assert expected_new(fitted("bg_nbd"), weeks) == pytest.approx(value, abs=0.0006)


def test_the_holdout_is_the_published_one():
    """Analytics goal 8 and the table of 1.1, the plain rate beside it [123]."""
    holdout = fitted("bg_nbd").holdout

    assert holdout["weeks"] == 39.0
    assert holdout["expected"] == pytest.approx(1653.4, abs=0.1)
    assert holdout["rmse"] == pytest.approx(1.6080, abs=0.002)
    assert holdout["naive_expected"] == pytest.approx(2930.1, abs=0.1)
    assert holdout["naive_rmse"] == pytest.approx(2.2119, abs=0.002)
    assert "(-12%)" in fitted("bg_nbd").cautions[0]
    assert fitted("pareto_nbd").holdout["expected"] == pytest.approx(1665.5, abs=0.1)
    assert fitted("pareto_nbd").holdout["rmse"] == pytest.approx(1.6028, abs=0.002)


def test_the_money_of_the_holdout_is_the_published_one():
    """Σ of count times value: 59,932 USD."""
    s = calibration()

    count = expected_purchases(fitted("bg_nbd"), 39, s.x, s.t_x, s.T)
    value = expected_value(fitted("gamma_gamma"), s.x, s.z)

    assert float(count @ value) == pytest.approx(59_932, abs=1)
    count = expected_purchases(fitted("pareto_nbd"), 39, s.x, s.t_x, s.T)
    assert float(count @ value) == pytest.approx(60_449, abs=1)


def test_individual_intervals_cover_what_came():
    """Analytics goal 19: 97.2 % of customers fall into their 95 % interval; each decile 94–99 %."""
    assert fitted("bg_nbd").holdout["coverage"] == pytest.approx(0.972, abs=0.004)


def test_one_customers_interval_is_chance_and_not_the_parameters():
    """Customer 0001: mean 1.23 with a parameter interval of 1.14–1.31, yet 0 to 6 may come [125]."""
    bg = fitted("bg_nbd")

    low, high = interval_of_mean(bg, 39, *CUSTOMER_0001)
    fewest, most = interval_of_count(bg, 39, *CUSTOMER_0001)

    assert float(low[()]) == pytest.approx(1.14, abs=0.02)
    assert float(high[()]) == pytest.approx(1.31, abs=0.02)
    assert (fewest.tolist(), most.tolist()) == ([0], [6])


def test_the_same_seed_gives_the_same_interval():
    bg, history = fitted("bg_nbd"), ([2, 7], [30.43, 29.43], [38.86, 38.86])

    first, second = (interval_of_count(bg, 39, *history, seed=7) for _ in range(2))

    assert first[0].tolist() == second[0].tolist()
    assert first[1].tolist() == second[1].tolist()


def test_the_interval_of_value_holds_the_expected_value():
    gg = fitted("gamma_gamma")

    bounds = interval_of_value(gg, [7, 0], [73.74, np.nan])

    assert bounds is not None
    middle = expected_value(gg, [7, 0], [73.74, np.nan])
    assert (bounds[0] < middle).all() and (middle < bounds[1]).all()
    # A customer seen seven times is known better than one never seen again.
    assert bounds[1][0] / bounds[0][0] < bounds[1][1] / bounds[0][1]


def test_spending_and_frequency_are_shown_to_be_nearly_unrelated():
    assert fitted("gamma_gamma").checks["correlation"] == pytest.approx(0.114, abs=0.001)
