"""The fingerprints of wrong preparation are known (analytics 1.2): `summarise` makes none of the mistakes [M35]."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from admin_app.kernel.errors import Invalid
from reports.models import Summary, fit, summarise
from tests.reports.models.cdnow import CALIBRATED_UNTIL, calibration, fitted, purchases

UNTIL = date(2025, 6, 30)


def params_of(summary: Summary) -> list[float]:
    return list(fit("bg_nbd", summary).params.values())


def test_rows_of_one_day_are_merged():
    """Unmerged rows would give .2177 3.2735 .8016 2.2852; moving each second row to its own customer-day shows it."""
    rows = purchases()
    unmerged = rows[pd.to_datetime(rows["day"]) <= pd.Timestamp(CALIBRATED_UNTIL)]
    again = unmerged.groupby("customer").size().to_numpy() - 1
    mistaken = replace(calibration(), x=again.astype(np.int64))

    assert params_of(mistaken) == pytest.approx([0.2177, 3.2735, 0.8016, 2.2852], rel=2e-3)
    assert fitted("bg_nbd").params["alpha"] == pytest.approx(4.4136, rel=1e-3)


def test_days_of_zero_are_dropped_unless_asked_for():
    """2,349 customers are left, and the fit is .2439 4.4224 .7925 2.4229."""
    summary = summarise(purchases(), until=CALIBRATED_UNTIL)

    assert summary.customers == 2349
    assert summary.left_out["days whose net is not above zero"] == 8
    assert params_of(summary) == pytest.approx([0.2439, 4.4224, 0.7925, 2.4229], rel=1e-3)


def test_each_customer_is_watched_from_the_first_purchase():
    """The whole window for everyone would give .2098 3.5832 2.3088 5.7691."""
    s = calibration()
    mistaken = replace(s, T=np.full_like(s.T, s.T.max()))

    assert params_of(mistaken) == pytest.approx([0.2098, 3.5832, 2.3088, 5.7691], rel=2e-3)
    assert len(np.unique(s.T)) == 84


def test_days_and_weeks_differ_by_the_scale_of_alpha_alone():
    """.2426 30.895 .7929 2.4259 in days."""
    summary = summarise(purchases(), until=CALIBRATED_UNTIL, unit="day", keep_zero_days=True)

    assert params_of(summary) == pytest.approx([0.2426, 30.895, 0.7929, 2.4259], rel=1e-3)


def test_customers_who_never_came_back_are_kept():
    """Without them the fit would be 2.884 20.317 .672 1.212."""
    s = calibration()
    back = s.x > 0
    mistaken = replace(s, customer=s.customer[back], x=s.x[back], t_x=s.t_x[back], T=s.T[back], z=s.z[back])

    assert params_of(mistaken) == pytest.approx([2.884, 20.317, 0.672, 1.212], rel=2e-3)
    assert int((s.x == 0).sum()) == 1411


def test_recency_as_marketing_means_it_is_refused():
    """Days since the last purchase in place of the time of the last one: the model runs away and says so."""
    s = calibration()
    mistaken = replace(s, t_x=np.where(s.x > 0, s.T - s.t_x, 0.0))

    assert fit("bg_nbd", mistaken).refused is not None


def test_the_value_of_a_customer_leaves_the_first_purchase_out():
    """z̄ with the first purchase and all customers would give 9.881 3.399 7.929."""
    s = calibration()
    rows = purchases()
    rows = rows[pd.to_datetime(rows["day"]) <= pd.Timestamp(CALIBRATED_UNTIL)]
    days = rows.groupby(["customer", "day"])["amount_minor"].sum()
    mean = days.groupby("customer").mean().to_numpy() / 100
    mistaken = fit("gamma_gamma", replace(s, x=s.x + 1, z=mean))

    assert list(mistaken.params.values()) == pytest.approx([9.881, 3.399, 7.929], rel=0.01)


def shop(*rows: tuple[str, date, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer", "day", "amount_minor"])


def test_a_summary_by_hand():
    """Ann buys on 1, 8 and 29 June, twice on the 8th; Bob buys once; until the 30th."""
    rows = shop(
        ("ann", date(2025, 6, 8), 1000),
        ("ann", date(2025, 6, 1), 9900),
        ("ann", date(2025, 6, 8), 2000),
        ("ann", date(2025, 6, 29), 500),
        ("bob", date(2025, 6, 16), 700),
        ("bob", date(2025, 7, 3), 700),
    )

    s = summarise(rows, until=UNTIL)

    assert s.customer.tolist() == ["ann", "bob"]
    assert s.x.tolist() == [2, 0]
    assert s.t_x.tolist() == [4.0, 0.0]
    assert s.T.tolist() == pytest.approx([29 / 7, 2.0])
    assert s.z[0] == 17.5
    assert np.isnan(s.z[1])
    assert s.median_gap == 2.0
    assert s.left_out["after the calibration"] == 1
    assert s.window() == {"start": "2025-06-01", "end": "2025-06-30", "unit": "week", "weeks": 4.14}


def test_a_refund_nets_on_its_own_day_and_is_no_purchase():
    """A day sold and fully refunded is no purchase; a refund later takes nothing back [M36]."""
    rows = shop(
        ("ann", date(2025, 6, 1), 5000),
        ("ann", date(2025, 6, 3), 4000),
        ("ann", date(2025, 6, 3), -4000),
        ("ann", date(2025, 6, 9), -5000),
        ("ann", date(2025, 6, 15), 3000),
        ("ann", date(2025, 6, 15), -1000),
    )

    s = summarise(rows, until=UNTIL)

    assert s.x.tolist() == [1]
    assert s.t_x.tolist() == [2.0]
    assert s.z.tolist() == [20.0]
    assert s.left_out["days whose net is not above zero"] == 2


def test_rows_without_a_customer_are_left_out_and_counted():
    rows = shop(("ann", date(2025, 6, 1), 100), ("bob", date(2025, 6, 1), 100))
    rows.loc[1, "customer"] = None

    s = summarise(rows, until=UNTIL)

    assert s.customer.tolist() == ["ann"]
    assert s.left_out["rows without a customer"] == 1


def test_a_thousand_invoices_on_a_day_are_one_purchase():
    s = summarise(shop(*[("ann", date(2025, 6, 1), 100)] * 1000), until=UNTIL)

    assert (s.x.tolist(), s.T.tolist()) == ([0], pytest.approx([29 / 7]))


def test_yen_have_no_minor_unit():
    rows = shop(("ann", date(2025, 6, 1), 100), ("ann", date(2025, 6, 3), 300))

    assert summarise(rows, until=UNTIL, minor_per_unit=1).z.tolist() == [300.0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: frame.drop(columns="day"),
        lambda frame: frame.assign(day="soon"),
        lambda frame: frame.assign(day=None),
        lambda frame: frame.assign(amount_minor="much"),
        lambda frame: frame.assign(amount_minor=float("inf")),
        lambda frame: frame.assign(currency=["USD", "EUR"]),
        lambda frame: frame.assign(day=pd.to_datetime(frame["day"], utc=True)),
    ],
)
def test_purchases_that_cannot_be_read_are_refused_in_a_sentence(spoil):
    rows = shop(("ann", date(2025, 6, 1), 100), ("bob", date(2025, 6, 3), 300))

    with pytest.raises(Invalid):
        summarise(spoil(rows), until=UNTIL)


def test_a_unit_that_is_none_is_refused():
    with pytest.raises(Invalid, match="day or week, not month"):
        summarise(shop(), until=UNTIL, unit="month")  # type: ignore[arg-type]
