"""The cash forecast: learned by hand-sized histories, scored against plain forecasts, refused when it cannot [M37]."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from admin_app.kernel.errors import Invalid
from reports.models import Forecast, cash_forecast
from reports.models.forecast import pinball
from reports.models.time_to_pay import chances, learn

START = date(2025, 1, 1)
TODAY = START + timedelta(days=440)


def a_history(
    seed: int, *, customers: int = 60, habit: float = 8.0, noise: float = 4.0, each: int = 20
) -> pd.DataFrame:
    """Invoices of customers with habits: each pays its own number of days after the due date, 3 % never."""
    chance = np.random.default_rng(seed)
    count = customers * each
    business = np.arange(customers) % 3 == 0
    usual = chance.gamma(2, habit / 2, customers) * np.where(business, 2, 1)
    who, issued = chance.integers(0, customers, count), chance.integers(0, 440, count)
    terms = np.where(business[who], 30, 14)
    waited = np.maximum(0, terms + np.rint(chance.normal(usual[who], noise)))
    frame = pd.DataFrame(
        {
            "invoice": np.arange(count),
            "customer": who,
            "segment": np.where(business[who], "business", "household"),
            "issued": [START + timedelta(days=int(day)) for day in issued],
            "due": [START + timedelta(days=int(day)) for day in issued + terms],
            "paid": [START + timedelta(days=int(day)) for day in issued + waited],
            "amount_minor": np.rint(np.exp(chance.normal(10, 1, count))).astype(int),
        }
    )
    frame.loc[chance.random(count) < 0.03, "paid"] = None
    return frame


def forecast_of(truth: pd.DataFrame, **more: int) -> Forecast:
    """As it stood on TODAY: what was paid later is still open."""
    paid_later = [day is not None and not pd.isna(day) and day > TODAY for day in truth["paid"]]
    seen = truth.copy()
    seen.loc[paid_later, "paid"] = None
    return cash_forecast(seen[seen["paid"].isna()], seen, as_of=TODAY, **more)


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return a_history(11)


@pytest.fixture(scope="module")
def forecast(truth: pd.DataFrame) -> Forecast:
    return forecast_of(truth)


def test_it_beats_the_due_date_and_the_mean_lag(forecast):
    """Analytics goal 20: at least 10 % less pinball loss on past days it did not choose anything on."""
    assert forecast.refused is None
    assert forecast.backtest["origins"] >= 4
    assert forecast.backtest["pinball"] < 0.9 * forecast.backtest["due_date"]
    assert forecast.backtest["pinball"] < 0.9 * forecast.backtest["mean_lag"]
    assert forecast.backtest["gain"] > 0.1


def test_the_weeks_follow_each_other_and_their_quantiles_are_ordered(forecast):
    weeks = forecast.weeks

    assert weeks["start"].tolist() == [TODAY + timedelta(days=1 + 7 * week) for week in range(4)]
    assert weeks["end"].tolist() == [TODAY + timedelta(days=7 + 7 * week) for week in range(4)]
    assert (weeks["p10"] <= weeks["p50"]).all() and (weeks["p50"] <= weeks["p90"]).all()
    assert forecast.total["p10"] <= forecast.total["p50"] <= forecast.total["p90"]


def test_what_came_lies_between_its_bounds_about_as_often_as_it_says():
    """Over 12 bases P10–P90 of four weeks holds the truth in about 80 % of them."""
    inside = 0
    for seed in range(12):
        truth = a_history(100 + seed)
        total = forecast_of(truth).total
        came = sum(
            amount
            for amount, day in zip(truth["amount_minor"], truth["paid"], strict=True)
            if day is not None and not pd.isna(day) and TODAY < day <= TODAY + timedelta(days=28)
        )
        # Of it only what was open on TODAY: everything here is issued before.
        inside += total["p10"] <= came <= total["p90"]

    assert inside >= 7


def test_what_is_never_paid_stays_out(truth, forecast):
    """Old open invoices are mostly the 3 % nobody pays; the forecast does not count on them."""
    rows = forecast.per_invoice
    due = dict(zip(truth["invoice"], truth["due"], strict=True))
    old = np.array([(TODAY - due[number]).days > 120 for number in rows["invoice"]])

    assert old.any()
    assert (rows["never"][old] > 0.9).all()
    assert rows["expected_pay_date"][old].isna().all()
    assert 0 < forecast.never_paid < 1
    assert ((rows["probability"] + rows["never"]) <= 1 + 1e-9).all()


def test_the_same_seed_gives_the_same_forecast(truth, forecast):
    again = forecast_of(truth)

    assert again.weeks.equals(forecast.weeks)
    assert again.total == forecast.total


def test_a_customers_own_habit_outweighs_its_segment():
    """Twelve invoices of one customer are paid 40 days late each, everybody else pays on the due date."""
    rows = []
    for number in range(200):
        late = 40 if number % 10 == 0 else 0
        issued = 3 * number
        rows.append(
            (("slow" if late else f"c{number % 9}"), "all", issued, issued + 14, issued + 14 + late, 100)
        )
    history = pd.DataFrame(rows, columns=["customer", "segment", "issued", "due", "paid", "amount_minor"])
    now = 620
    bills = pd.DataFrame(
        {
            "customer": ["slow", "c1", "new"],
            "segment": "all",
            "issued": now - 10,
            "due": now + 4,
            "amount_minor": 100,
        }
    )

    by_week, ever, half = chances(learn(history, now), bills, now, 8)

    assert by_week[0, 0] < 0.5 < by_week[1, 0]
    assert half[0] == pytest.approx(44, abs=1)
    assert half[1] == pytest.approx(4, abs=1)
    assert half[2] == pytest.approx(4, abs=1), "somebody new pays like the segment"
    assert (ever > 0.9).all()


def test_chances_are_kaplan_meiers_when_everybody_is_alike():
    """1 − S(a+7k)/S(a) for an invoice of age a: of ten, five pay on day 3, three on day 10, two never."""
    paid = [3] * 5 + [10] * 3 + [10**6] * 2
    history = pd.DataFrame({"customer": range(10), "segment": "all", "issued": 0, "due": 0, "paid": paid})
    history["amount_minor"] = 100
    bills = pd.DataFrame({"customer": ["new"], "segment": "all", "issued": [100 - 5], "due": [100 - 5]})

    by_week, ever, _ = chances(learn(history, 100), bills, 100, 1)

    # At age 5 three of the five left pay by day 12; κ of the single segment adds nothing to its own mean.
    assert by_week[0, 0] == pytest.approx(0.6, abs=1e-9)
    assert ever[0] == pytest.approx(0.6, abs=1e-9)


def test_a_young_invoice_waits_only_as_long_as_it_has_been_seen():
    """Ten invoices of yesterday say nothing about day 10: the chance of the one of age 5 stays at three in five."""
    paid = [3] * 5 + [10] * 3 + [10**6] * 2 + [10**6] * 10
    since = [0] * 10 + [99] * 10
    history = pd.DataFrame(
        {"customer": range(20), "segment": "all", "issued": since, "due": since, "paid": paid}
    )
    bills = pd.DataFrame({"customer": ["new"], "segment": "all", "issued": [95], "due": [95]})

    by_week, _, _ = chances(learn(history, 100), bills, 100, 1)

    assert by_week[0, 0] == pytest.approx(0.6, abs=1e-9)


def test_too_few_paid_invoices_are_refused(truth):
    forecast = cash_forecast(truth.head(20), truth.head(20), as_of=TODAY)

    assert forecast.refused is not None
    assert forecast.refused.startswith("Not enough data: ")
    assert forecast.weeks.empty and forecast.total == {}


def test_payments_without_any_habit_are_refused():
    """Everybody pays on the due date to the day: the plain forecast is perfect and cannot be beaten."""
    truth = a_history(5, habit=1e-9, noise=0.0)
    truth = truth[truth["paid"].notna()]

    forecast = forecast_of(truth)

    assert forecast.refused is not None
    assert "did no better than the due date" in forecast.refused


def test_a_young_history_is_forecast_but_said_to_be_unchecked():
    truth = a_history(3, each=10)
    truth = truth[[day >= TODAY - timedelta(days=70) for day in truth["issued"]]]

    forecast = forecast_of(truth, weeks=8)

    assert forecast.refused is None
    assert forecast.backtest == {}
    assert forecast.cautions == ("Not checked: the history is too short to try the forecast on the past",)


def test_nothing_open_is_nothing_to_come(truth):
    forecast = cash_forecast(truth.head(0), truth, as_of=TODAY)

    assert forecast.weeks["p90"].tolist() == [0, 0, 0, 0]
    assert forecast.never_paid is None


def test_what_is_issued_later_is_not_known_yet(truth):
    """Invoices and payments after the day of the forecast change nothing."""
    past = truth[[day <= TODAY - timedelta(days=60) for day in truth["issued"]]]
    early = TODAY - timedelta(days=60)

    of_past, of_all = (
        cash_forecast(frame[frame["issued"] <= early], frame, as_of=early).total for frame in (past, truth)
    )

    assert of_past == of_all


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: frame.drop(columns="due"),
        lambda frame: frame.assign(issued=None),
        lambda frame: frame.assign(amount_minor="much"),
        lambda frame: frame.assign(paid="soon"),
        lambda frame: frame.assign(due="later"),
    ],
)
def test_a_history_that_cannot_be_read_is_refused_in_a_sentence(truth, spoil):
    with pytest.raises(Invalid):
        cash_forecast(truth.head(0), spoil(truth), as_of=TODAY)


def test_a_forecast_is_of_a_year_at_most(truth):
    with pytest.raises(Invalid):
        cash_forecast(truth, truth, as_of=TODAY, weeks=0)


def test_pinball_costs_what_it_says():
    """P90 of 100: 10 too low costs 9, 10 too high costs 1."""
    assert pinball(np.array([110.0]), np.array([100.0]), 0.9) == pytest.approx(9)
    assert pinball(np.array([90.0]), np.array([100.0]), 0.9) == pytest.approx(1)
