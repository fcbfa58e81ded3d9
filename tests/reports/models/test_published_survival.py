"""Kaplan-Meier, log-rank and Aalen-Johansen give the textbook figures [L2, analytics 1.3, goal 13]."""

import numpy as np
import pytest

from admin_app.kernel.errors import Invalid
from reports.models import aalen_johansen, kaplan_meier, log_rank
from tests.reports.models.cdnow import anchors, textbook


def arm(name: str, file: str = "remission_6mp.csv") -> tuple[list[int], list[int]]:
    table = textbook(file)
    of_arm = table[table["group"] == name]
    return of_arm["weeks"].tolist(), of_arm["relapsed"].tolist()


def close_to(name: str):
    anchor = anchors()[name]
    return pytest.approx(anchor.value, abs=max(anchor.tolerance, 1e-12))


def test_the_6mp_arm_is_kleinbaums():
    curve = kaplan_meier(*arm("6mp"))

    assert curve.at(6) == close_to("km_6")
    assert curve.at(23) == close_to("km_23")
    assert curve.median == close_to("km_median")
    for week, share in ((7, 0.806723), (10, 0.752941), (13, 0.690196), (16, 0.627451), (22, 0.537815)):
        assert curve.at(week) == pytest.approx(share, abs=1e-6)
    assert curve.at(5) == 1.0
    assert kaplan_meier(*arm("placebo")).median == 8


def test_greenwoods_errors_and_log_log_bounds_are_kleinbaums():
    curve = kaplan_meier(*arm("6mp"))
    at = {time: place for place, time in enumerate(curve.times.tolist())}

    errors = {6: 0.0764, 7: 0.0869, 10: 0.0963, 13: 0.1068, 16: 0.1141, 22: 0.1282, 23: 0.1346}
    for week, se in errors.items():
        assert curve.se[at[week]] == pytest.approx(se, abs=5e-5)
    assert curve.low[at[6]] == pytest.approx(0.6197, abs=5e-5)
    assert curve.high[at[6]] == pytest.approx(0.9516, abs=1e-4)
    assert curve.low[at[23]] == pytest.approx(0.188052, abs=1e-6)
    assert curve.high[at[23]] == pytest.approx(0.680143, abs=1e-6)


def test_the_rows_under_the_plot_add_up():
    weeks, relapsed = arm("6mp")

    curve = kaplan_meier(weeks, relapsed)

    assert (curve.at_risk_at(6), curve.at_risk_at(10), curve.at_risk_at(23)) == (21, 15, 6)
    assert curve.n == 21
    assert int(curve.events.sum()) == 9
    assert int(curve.events.sum() + curve.censored.sum()) == 21
    # The curve is drawn as far as ten wait: 11 at week 16, 10 at week 17, 9 at week 19.
    assert curve.shown_until == 17


def test_log_rank_tells_the_arms_apart():
    result = log_rank(arm("6mp"), arm("placebo"))

    assert result.chi_square == close_to("logrank")
    assert result.p_value < 0.0001
    assert sum(result.observed) == pytest.approx(sum(result.expected))


def test_log_rank_of_three_groups_has_two_degrees():
    weeks, relapsed = arm("placebo")

    result = log_rank(arm("6mp"), (weeks[::2], relapsed[::2]), (weeks[1::2], relapsed[1::2]))

    assert result.degrees == 2
    assert result.chi_square > 10


def test_aml_is_millers():
    curve = kaplan_meier(*arm("maintained", "aml_maintenance.csv"))
    shares = [0.90909, 0.81818, 0.71591, 0.61364, 0.49091, 0.36818, 0.18409]

    assert curve.survival[curve.events > 0].round(5).tolist() == shares
    assert curve.median == 31
    others = arm("none", "aml_maintenance.csv")
    assert kaplan_meier(*others).median == 23
    assert log_rank(arm("maintained", "aml_maintenance.csv"), others).chi_square == pytest.approx(
        3.3964, abs=1e-4
    )


def test_the_telcos_median_is_not_reached():
    counts = textbook("telco_tenure.csv")
    months = np.repeat(counts["tenure"].to_numpy(), counts["customers"])
    churned = np.repeat(counts["churned"].to_numpy(), counts["customers"])

    curve = kaplan_meier(months, churned)

    assert curve.n == 7043
    assert curve.at(12) == close_to("telco_km_12")
    assert curve.at(72) == pytest.approx(0.592790, abs=1e-6)
    assert curve.median is None
    assert curve.quantile(0.25) is not None


def test_when_the_last_one_goes_the_curve_is_zero_and_has_no_bounds():
    curve = kaplan_meier([1, 2, 3], [1, 1, 1])

    assert curve.survival.tolist() == pytest.approx([2 / 3, 1 / 3, 0.0])
    assert np.isnan([curve.se[-1], curve.low[-1], curve.high[-1]]).all()


def test_nobody_waiting_is_an_empty_curve():
    curve = kaplan_meier([], [])

    assert (curve.n, curve.median, curve.at(10), curve.shown_until) == (0, None, 1.0, None)
    assert aalen_johansen([], []).n == 0


@pytest.mark.parametrize(
    ("durations", "observed"), [([1.0, float("nan")], [1, 1]), ([1.0, float("inf")], [1, 1]), ([1.0], [1, 0])]
)
def test_waits_that_are_none_are_refused(durations, observed):
    with pytest.raises(Invalid):
        kaplan_meier(durations, observed)


def test_early_payments_have_negative_waits():
    """Days late may be below zero: −3 paid three days early [M37]."""
    curve = kaplan_meier([-3, 0, 4, 10], [1, 1, 1, 0])

    assert curve.survival.tolist() == pytest.approx([0.75, 0.5, 0.25, 0.25])
    assert curve.median == 0


def test_a_groups_comparison_needs_something_that_happened():
    with pytest.raises(Invalid):
        log_rank(([1, 2], [0, 0]), ([3], [0]))
    with pytest.raises(Invalid):
        log_rank(([1, 2], [1, 0]))
    with pytest.raises(Invalid):
        log_rank(([1, 2], [1, 0]), ([], []))


def test_winning_and_losing_by_hand():
    """Five leads: won on day 1, lost on day 2, still open after 3, won on 4, lost on 5.

    Waiting before each: 5 4 3 2 1. Won: 1/5; day 4: 3/5 of all still wait, one of two is won: +3/10.
    """
    incidence = aalen_johansen([1, 2, 3, 4, 5], [1, 2, 0, 1, 2])

    assert incidence.cif[1].tolist() == pytest.approx([0.2, 0.2, 0.2, 0.5, 0.5])
    assert incidence.cif[2].tolist() == pytest.approx([0.0, 0.2, 0.2, 0.2, 0.5])
    assert incidence.at_risk.tolist() == [5, 4, 3, 2, 1]
    assert (incidence.cif[1] + incidence.cif[2] + incidence.waiting).tolist() == pytest.approx([1.0] * 5)


def test_losses_taken_for_censored_overstate_the_wins():
    """Half are won and half are lost: one minus Kaplan-Meier says far more [M37]."""
    seed = np.random.default_rng(1)
    days = seed.exponential(10, 4000)
    cause = seed.integers(1, 3, 4000)

    right = aalen_johansen(days, cause).at(1, 1000)[0]
    wrong = 1 - kaplan_meier(days, cause == 1).at(1000)

    assert right == pytest.approx(np.mean(cause == 1), abs=1e-9)
    assert wrong > 0.9


def test_one_cause_alone_is_kaplan_meier_with_greenwoods_error():
    """The delta method's variance falls back to Greenwood's when there is nothing to compete with."""
    weeks, relapsed = arm("6mp")

    curve, incidence = kaplan_meier(weeks, relapsed), aalen_johansen(weeks, relapsed)

    assert (1 - incidence.cif[1]).tolist() == pytest.approx(curve.survival.tolist())
    assert incidence.se[1].tolist() == pytest.approx(curve.se.tolist(), abs=1e-12)


def test_the_interval_of_a_win_rate_covers_the_truth_as_often_as_it_says():
    """300 simulated pipelines of 120 leads, true win probability within 30 days known in closed form."""
    seed = np.random.default_rng(20260101)
    win, lose, day = 0.03, 0.02, 30.0
    truth = win / (win + lose) * (1 - np.exp(-(win + lose) * day))
    covered = 0
    for _ in range(300):
        decided, seen = seed.exponential(1 / (win + lose), 120), seed.uniform(5, 90, 120)
        kind = np.where(seed.random(120) < win / (win + lose), 1, 2)
        incidence = aalen_johansen(np.minimum(decided, seen), np.where(decided <= seen, kind, 0), causes=2)
        _, low, high = incidence.at(1, day)
        covered += low <= truth <= high

    assert 0.92 <= covered / 300 <= 0.98


def test_a_cause_below_zero_is_refused():
    with pytest.raises(Invalid):
        aalen_johansen([1, 2], [1, -1])
