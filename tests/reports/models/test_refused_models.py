"""Data that carry no model: a sentence why, never a traceback and never a wrong number [L1, analytics 4]."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from admin_app.kernel.errors import Invalid, Unmet
from reports.models import (
    MODELS,
    PAPERS,
    TITLES,
    Fit,
    expected_new,
    expected_purchases,
    expected_value,
    fit,
    interval_of_count,
    interval_of_value,
    log_likelihood_of_one,
    probability_alive,
    summarise,
    tracking,
)
from reports.models.simulated import UNTIL, counts, purchases, summary_of
from tests.reports.models.cdnow import CALIBRATED_UNTIL, calibration, fitted
from tests.reports.models.cdnow import purchases as cdnow_purchases

TRUTH = {"r": 0.45, "alpha": 6.0, "a": 0.8, "b": 2.4}
BEGIN = date(2023, 1, 1)
END = date(2025, 6, 30)


def frame(customer, day, amount=10_000) -> pd.DataFrame:
    days = [BEGIN + timedelta(days=int(each)) for each in day]
    return pd.DataFrame(
        {"customer": customer, "day": days, "amount_minor": amount},
        columns=["customer", "day", "amount_minor"],
    )


def by_chance(rate: Callable[[int], float], *, customers: int = 200, days: int = 1095) -> pd.DataFrame:
    """Customers who never leave; `rate` is the chance of coming on each day."""
    chance = np.random.default_rng(6)
    daily = np.array([rate(day) for day in range(days)])
    keen = chance.gamma(2, 0.5, customers)
    who, when = np.nonzero(chance.random((customers, days)) < np.outer(keen, daily))
    return frame(who, when)


def nothing() -> pd.DataFrame:
    return frame([], [])


ODD = {
    "no purchases": (nothing, "Not enough data: 0 customers, at least 100 are needed"),
    "one customer": (
        lambda: frame([1] * 9, range(9)),
        "Not enough data: 1 customer, at least 100 are needed",
    ),
    "nothing but refunds": (lambda: frame(range(300), range(300), -500), "Not enough data: 0 customers"),
    "nobody came back": (
        lambda: frame(range(300), range(300)),
        "0 customers came back, at least 30 are needed",
    ),
    "a thousand invoices on one day": (
        lambda: frame(np.repeat(range(200), 5), [7] * 1000),
        "0 customers came back, at least 30 are needed",
    ),
    "every customer every day": (
        lambda: frame(np.repeat(range(120), 400), np.tile(range(400), 120)),
        "Customers come like a clock (regularity above 100",
    ),
    "a service once a year": (
        lambda: frame(
            np.repeat(range(150), 3), [c + 365 * year + c % 3 for c in range(150) for year in range(3)]
        ),
        "Customers come like a clock",
    ),
    "plans paid each month": (
        lambda: frame(np.repeat(range(150), 20), [c + 30 * month for c in range(150) for month in range(20)]),
        "Customers come like a clock",
    ),
    "a summer business": (
        lambda: by_chance(lambda day: 0.05 if day % 365 in range(150, 240) else 0.003),
        "Purchases follow the season: each year the strongest quarter brings",
    ),
    "customers who never leave": (
        lambda: by_chance(lambda day: 0.01),
        "The data show no sign that customers leave",
    ),
}


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd"])
@pytest.mark.parametrize("odd", ODD)
def test_data_that_carry_no_count_model_are_refused(name, odd):
    make, sentence = ODD[odd]

    answer = fit(name, summarise(make(), until=END))

    assert answer.refused is not None
    assert sentence in answer.refused


def test_amounts_that_are_all_alike_have_no_spread_to_shrink_to():
    rows = purchases(2_000, TRUTH, np.random.default_rng(4), shortest=4, longest=156)

    answer = fit("gamma_gamma", summarise(rows, until=UNTIL))

    assert answer.refused is not None
    assert answer.refused.startswith("The data do not determine the model: its parameter")


def test_big_customers_who_come_often_break_the_value_model():
    s = calibration()
    tied = replace(s, z=np.where(s.x > 0, 10.0 + 5.0 * s.x + np.nan_to_num(s.z) / 10, np.nan))

    answer = fit("gamma_gamma", tied)

    assert answer.refused is not None
    assert answer.refused.startswith(
        "What customers spend depends on how often they come: the correlation is "
    )


def test_amounts_without_a_mean_have_no_expected_value():
    """Roofs among repairs: tails so wide that q falls to 1 or below."""
    s = calibration()
    wild = np.exp(np.random.default_rng(1).standard_cauchy(s.customers).clip(-30, 30))

    answer = fit("gamma_gamma", replace(s, z=np.where(s.x > 0, wild, np.nan)))

    assert answer.refused is not None
    with pytest.raises(Unmet):
        expected_value(answer, 1, 10.0)


def test_an_infinite_variance_hides_the_interval():
    """1 < q ≤ 2: there is a mean, but no interval is shown."""
    wide = replace(fitted("gamma_gamma"), params={"p": 2.0, "q": 1.5, "gamma": 10.0})

    assert float(expected_value(wide, 1, 20.0)) > 0
    assert interval_of_value(wide, 1, 20.0) is None


def test_a_window_in_which_nobody_can_be_missed_is_too_short():
    x, t_x, T = counts(2_000, TRUTH, np.random.default_rng(1), shortest=4, longest=10)

    answer = fit("bg_nbd", replace(summary_of(x, t_x, T), median_gap=6.0))

    assert answer.refused is not None
    assert answer.refused.startswith("Not enough data: 10.0 weeks are covered, but 6.0 weeks usually pass")


def test_a_model_that_loses_to_the_plain_rate_is_refused():
    """CDNOW's customers, but afterwards each comes as often as so far: the plain rate is right and leaving is not."""
    s = calibration()
    often = np.rint(s.x / s.T * 39).astype(int)
    later = pd.DataFrame(
        [
            (customer, CALIBRATED_UNTIL + timedelta(days=1 + number), 1_000)
            for customer, count in zip(s.customer, often, strict=True)
            for number in range(count)
        ],
        columns=["customer", "day", "amount_minor"],
    )

    answer = fit("bg_nbd", s, holdout=later, holdout_until=date(1998, 6, 30))

    assert answer.refused is not None
    assert answer.refused.startswith(
        "The model does no better than the plain rate on the 39 weeks it had not seen"
    )
    assert fit("bg_nbd", s).cautions == ("Not checked on purchases it had not seen",)


def test_a_cohort_that_fades_is_no_season():
    """All come in one quarter and leave over two years: strong once, not each year."""
    rows = purchases(3_000, TRUTH, np.random.default_rng(2), shortest=144, longest=156)

    summary = summarise(rows, until=UNTIL)

    assert summary.season < 1.5
    assert summary.regularity == pytest.approx(1, abs=0.2)
    assert fit("bg_nbd", summary).refused is None


def test_a_mild_season_is_a_caution():
    rows = purchases(3_000, TRUTH, np.random.default_rng(2), shortest=4, longest=156)

    answer = fit("bg_nbd", replace(summarise(rows, until=UNTIL), season=2.0))

    assert answer.refused is None
    assert any("2.0 times the weakest; the model knows no season" in said for said in answer.cautions)


def test_a_refused_fit_answers_nothing():
    """Every question to it raises the sentence itself, so no page can show a number by accident."""
    refused = fit("bg_nbd", summarise(nothing(), until=END))
    questions: list[Callable[[], object]] = [
        lambda: probability_alive(refused, 1, 2, 3),
        lambda: expected_purchases(refused, 4, 1, 2, 3),
        lambda: expected_new(refused, 4),
        lambda: interval_of_count(refused, 4, 1, 2, 3),
        lambda: tracking(refused, summarise(nothing(), until=END), nothing(), until=END),
    ]

    for ask in questions:
        with pytest.raises(Unmet, match="Not enough data: 0 customers"):
            ask()


def test_a_refused_fit_keeps_what_was_estimated_for_the_curious():
    refused = fit("mbg_nbd", summarise(by_chance(lambda day: 0.01), until=END))

    assert refused.refused is not None
    assert refused.params and refused.checks["likelihood_ratio"] < 2


@pytest.mark.parametrize("name", ["bg_nbd", "gamma_gamma"])
def test_a_fit_survives_json(name):
    kept = json.dumps(fitted(name).as_dict(), allow_nan=False)

    back = Fit.from_dict(json.loads(kept))

    assert back.params == fitted(name).params
    assert back.covariance == fitted(name).covariance
    assert back.cautions == fitted(name).cautions
    assert back.holdout == fitted(name).holdout
    assert back.theta.tolist() == fitted(name).theta.tolist()


def test_a_refused_fit_survives_json_too():
    """An infinite condition number has no word in JSON."""
    refused = fit(
        "gamma_gamma",
        summarise(purchases(2_000, TRUTH, np.random.default_rng(4), shortest=4, longest=156), until=UNTIL),
    )

    back = Fit.from_dict(json.loads(json.dumps(refused.as_dict(), allow_nan=False)))

    assert back.refused == refused.refused


def test_hundreds_of_purchases_overflow_nothing():
    """x = 1,500 in 40 weeks, T = t_x and far beyond, a a hair from 1: finite, and between what is possible."""
    bg = fitted("bg_nbd")
    for near in (
        bg,
        replace(bg, params={**bg.params, "a": 1.0}),
        replace(bg, params={**bg.params, "a": 1 + 1e-9}),
    ):
        alive = probability_alive(near, [1500, 1500, 0], [40.0, 1.0, 0.0], [40.0, 400.0, 1e6])
        expected = expected_purchases(near, 52, [1500, 1500, 0], [40.0, 1.0, 0.0], [40.0, 400.0, 1e6])
        assert np.isfinite(alive).all() and ((alive >= 0) & (alive <= 1)).all()
        assert np.isfinite(expected).all() and (expected >= 0).all()
        assert expected[0] < 1500 / 40 * 52


def test_the_expectation_is_smooth_where_its_formula_divides_by_zero():
    bg = fitted("bg_nbd")
    at, beside = (
        expected_purchases(replace(bg, params={**bg.params, "a": a}), 39, 2, 30.43, 38.86)
        for a in (1.0, 1.0001)
    )

    assert float(at) == pytest.approx(float(beside), rel=1e-3)


def test_nothing_comes_in_no_time():
    assert float(expected_purchases(fitted("mbg_nbd"), 0, 2, 30.43, 38.86)) == 0.0


def test_each_model_has_a_title_and_a_paper():
    assert set(MODELS) == set(TITLES) == set(PAPERS)
    assert all(paper for paper in PAPERS.values())


def test_a_model_that_is_none_is_refused_with_those_there_are():
    with pytest.raises(Invalid, match="There is no model prophet; there are bg_nbd, mbg_nbd"):
        fit("prophet", calibration())


def test_the_wrong_question_is_refused():
    with pytest.raises(Invalid):
        expected_value(fitted("bg_nbd"), 1, 10.0)
    with pytest.raises(Invalid):
        interval_of_value(fitted("bg_nbd"), 1, 10.0)
    with pytest.raises(Invalid):
        probability_alive(fitted("gamma_gamma"), 1, 2, 3)
    with pytest.raises(Invalid):
        log_likelihood_of_one("gamma_gamma", {}, 1, 2, 3)
    with pytest.raises(Invalid):
        interval_of_count(fitted("bg_nbd"), 39, 1, 2, 3, level=1.5)


def test_a_holdout_before_its_beginning_is_refused():
    with pytest.raises(Invalid, match="ends before it begins"):
        fit("bg_nbd", calibration(), holdout=cdnow_purchases(), holdout_until=date(1997, 9, 1))


def test_a_holdout_ends_where_it_is_told_to():
    """13 of the 39 weeks: fewer purchases came, and none of the later ones counts."""
    holdout = fit(
        "bg_nbd", calibration(), holdout=cdnow_purchases(), holdout_until=date(1997, 12, 30)
    ).holdout

    assert holdout["weeks"] == 13.0
    # 3,183 repeats by week 52 less 2,457 of the calibration.
    assert holdout["actual"] == 3183 - 2457


def test_a_holdout_without_a_later_day_is_none():
    s = summarise(cdnow_purchases(), until=date(1998, 12, 31))

    assert fit("bg_nbd", s, holdout=cdnow_purchases()).holdout == {}
