"""sBG, the retention of plans, gives the published figures; a cohort that says too little is refused [goal 12]."""

import pytest

from admin_app.kernel.errors import Invalid, Unmet
from reports.models import fit_retention
from tests.reports.models.cdnow import anchors, textbook


def cohort(segment: str) -> list[float]:
    """Of 1,000 customers, those left after years 0 to 12."""
    table = textbook("retention_sbg.csv")
    return [10.0 * share for share in table.loc[table["segment"] == segment, "percent_alive"]]


@pytest.mark.parametrize(
    ("segment", "anchor", "beta", "value"),
    [("regular", "sbg_regular", 1.182, -1680.265), ("high_end", "sbg_high", 3.806, -1611.158)],
)
def test_both_cohorts_are_fader_and_hardies(segment, anchor, beta, value):
    found = fit_retention(cohort(segment)[:8])

    assert found.refused is None
    assert found.alpha == pytest.approx(anchors()[anchor].value, abs=anchors()[anchor].tolerance)
    assert found.beta == pytest.approx(beta, abs=0.001)
    assert found.log_likelihood == pytest.approx(value, abs=0.001)


@pytest.mark.parametrize(
    ("segment", "shares"),
    [("regular", [22.0, 20.4, 19.1, 18.0, 17.0]), ("high_end", [46.0, 43.6, 41.4, 39.5, 37.8])],
)
def test_years_8_to_12_are_projected_as_published(segment, shares):
    found = fit_retention(cohort(segment)[:8])

    projected = found.surviving(range(8, 13)) * 100

    assert projected.round(1).tolist() == shares
    # What came: within two customers of a hundred, five years ahead.
    assert max(abs(projected - [each / 10 for each in cohort(segment)[8:]])) < 2


def test_retention_rises_with_tenure_and_multiplies_to_survival():
    found = fit_retention(cohort("regular")[:8])

    rates = found.retention(range(1, 6))

    assert (rates[1:] > rates[:-1]).all()
    assert rates.prod() == pytest.approx(float(found.surviving(5)))
    assert float(found.surviving(0)) == 1.0


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        ([40, 30, 20, 10], "a cohort of 40, at least 100 are needed"),
        ([1000, 600, 400], "2 periods are known, at least 3 are needed"),
        ([1000, 995, 990, 985], "15 have left, at least 30 are needed"),
    ],
)
def test_a_cohort_that_says_too_little_is_refused(left, sentence):
    found = fit_retention(left)

    assert found.refused is not None
    assert sentence in found.refused
    with pytest.raises(Unmet):
        found.surviving(3)
    with pytest.raises(Unmet):
        found.retention(3)


def test_customers_who_are_all_alike_leave_no_spread_to_find():
    """Exactly a tenth leaves each year: one coin for all, and the two parameters run away together."""
    found = fit_retention([100_000 * 0.9**year for year in range(8)])

    assert found.refused is not None
    assert found.refused.startswith("The data do not determine the model")


@pytest.mark.parametrize("left", [[], [10, 20, 5], [100, float("nan")], [100, -1]])
def test_what_is_no_cohort_is_refused(left):
    with pytest.raises(Invalid):
        fit_retention(left)
