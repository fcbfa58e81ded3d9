"""Tables for the calibration plots, rates of rare jobs, and shares with their interval [125, L1]."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from admin_app.kernel.errors import Invalid
from reports.models import by_decile, by_frequency, shrunk_rates, tracking, wilson
from tests.reports.models.cdnow import CALIBRATED_UNTIL, calibration, fitted, purchases

HOLDOUT_END = date(1998, 6, 30)


def test_tracking_counts_what_the_papers_count():
    """Cumulative repeats in weeks 52 and 78: actual 3183 and 4339, BG/NBD 3134 and 4166 (analytics 1.1)."""
    table = tracking(fitted("bg_nbd"), calibration(), purchases(), until=HOLDOUT_END).set_index("week")

    assert table.loc[[52, 78], "actual"].tolist() == [3183, 4339]
    assert table.loc[[52, 78], "expected"].round().tolist() == [3134, 4166]
    assert table["end"].iloc[-1] == HOLDOUT_END
    assert table.loc[table["seen"], "end"].max() == CALIBRATED_UNTIL


def test_means_by_frequency_are_the_published_ones():
    table = by_frequency(fitted("bg_nbd"), calibration(), purchases(), until=HOLDOUT_END)

    assert table["n"].sum() == 2357
    assert table["actual"].round(3).tolist() == [0.237, 0.697, 1.393, 1.56, 2.532, 2.947, 3.862, 6.359]
    assert table["expected"].round(3).tolist() == [0.225, 0.523, 1.044, 1.52, 2.164, 2.654, 3.504, 6.157]


def test_deciles_hold_everybody_once_and_rise():
    table = by_decile(fitted("bg_nbd"), calibration(), purchases(), until=HOLDOUT_END)

    assert table["n"].sum() == 2357
    assert table["expected"].is_monotonic_increasing
    assert (table["n"] * table["actual"]).sum() == pytest.approx(1882)
    assert table["actual"].iloc[-1] > 10 * table["actual"].iloc[1]


def test_wilsons_interval_is_the_published_one():
    """8 of 10: .490–.943; nothing of ten is not certainly nothing [129]."""
    low, high = wilson(8, 10)

    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(0, 10)[1] == pytest.approx(0.278, abs=0.001)
    assert wilson(10, 10)[1] == 1.0


@pytest.mark.parametrize(
    ("hits", "trials", "level"), [(0, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)]
)
def test_a_share_of_nothing_has_no_interval(hits, trials, level):
    with pytest.raises(Invalid):
        wilson(hits, trials, level)


def some_rates(seed: int = 4) -> tuple[pd.DataFrame, np.ndarray]:
    """400 households with rates Gamma(2, 10) a year, seen for 1 to 6 years; and the true rates."""
    chance = np.random.default_rng(seed)
    truth = chance.gamma(2, 1 / 10, 400)
    years = chance.uniform(1, 6, 400)
    frame = pd.DataFrame(
        {
            "customer": np.arange(400),
            "segment": "household",
            "count": chance.poisson(truth * years),
            "exposure": years,
        }
    )
    return frame, truth


def test_shrunk_rates_are_nearer_the_truth_than_raw_ones():
    frame, truth = some_rates()

    rates = shrunk_rates(frame)

    assert np.square(rates["rate"] - truth).mean() < 0.5 * np.square(rates["raw"] - truth).mean()
    assert not rates["borrowed"].any()


def test_the_bounds_of_rates_hold_the_truth_as_often_as_they_say():
    """Eight bases of 400 households, whose r and α are themselves only estimated."""
    held = []
    for seed in range(8):
        frame, truth = some_rates(seed)
        rates = shrunk_rates(frame)
        held.append(np.mean((rates["low"] <= truth) & (truth <= rates["high"])))

    assert 0.91 <= np.mean(held) <= 0.98


def test_nobody_is_said_to_order_never():
    """A customer without an order yet has a rate above zero: absence of three years is no proof."""
    rates = shrunk_rates(some_rates()[0])

    quiet = rates[rates["raw"] == 0]
    assert len(quiet) and (quiet["rate"] > 0).all() and (quiet["low"] > 0).all()


def test_each_segment_is_shrunk_to_its_own():
    """Hotels order twenty times as often: a quiet hotel is nearer the hotels than everybody."""
    households, _ = some_rates(4)
    hotels, _ = some_rates(5)
    hotels = hotels.assign(segment="hotel", count=np.random.default_rng(7).poisson(4.0 * hotels["exposure"]))
    hotels.loc[0, ["count", "exposure"]] = [0, 0.25]

    rates = shrunk_rates(pd.concat([households, hotels], ignore_index=True))

    # The first hotel stands after the 400 households.
    assert rates["rate"][400] > 1.5
    assert rates["rate"][:400].max() < 1.5


def test_a_small_segment_borrows_from_everybody():
    frame, _ = some_rates()
    frame.loc[:4, "segment"] = "hotel"

    rates = shrunk_rates(frame)

    assert rates["borrowed"].sum() == 5
    assert (rates.loc[:4, "segment"] == "hotel").all()


def test_customers_who_differ_by_chance_alone_get_one_rate():
    frame = pd.DataFrame({"customer": range(50), "segment": "a", "count": 2, "exposure": 1.0})

    rates = shrunk_rates(frame)

    assert rates["borrowed"].all()
    assert rates["rate"].tolist() == pytest.approx([2.0] * 50, rel=0.01)


def test_no_orders_at_all_give_no_rates():
    frame = pd.DataFrame({"customer": range(5), "segment": "a", "count": 0, "exposure": 1.0})

    assert shrunk_rates(frame).empty
    assert shrunk_rates(frame.head(0)).empty


@pytest.mark.parametrize("spoil", [{"count": -1}, {"exposure": 0.0}, {"count": float("nan")}])
def test_counts_that_are_none_are_refused(spoil):
    with pytest.raises(Invalid):
        shrunk_rates(some_rates()[0].assign(**spoil))
    with pytest.raises(Invalid):
        shrunk_rates(some_rates()[0].drop(columns=list(spoil)))
