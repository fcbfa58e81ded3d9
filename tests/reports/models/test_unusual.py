"""What is unusual: the robust score, which the odd values themselves do not move [134, L10]."""

from __future__ import annotations

import pytest

from reports.models.unusual import FAR, habit


def test_the_score_is_the_distance_from_the_median_in_spreads_of_a_normal_distribution() -> None:
    """Median 10, MAD 5: 1.4826 · 5 is the spread."""
    usual = habit(range(21))

    assert usual.middle == 10
    assert usual.spread == pytest.approx(7.413)
    assert usual.score(10 + 2 * 7.413) == pytest.approx(2)


def test_one_far_value_is_found_and_does_not_move_the_middle() -> None:
    usual = habit([*range(21), 10_000])

    assert usual.middle == 10.5
    assert usual.far_above(10_000)
    assert not usual.far_above(20)
    assert not usual.far_below(0)


def test_where_most_values_are_the_same_the_mean_deviation_takes_the_place() -> None:
    """Discounts: most estimates have none."""
    usual = habit([0.0] * 60 + [0.1] * 3)

    assert usual.spread == pytest.approx(1.2533 * 0.3 / 63)
    assert usual.far_above(0.1)


@pytest.mark.parametrize("values", [[], [1.0] * 19, [5.0] * 100])
def test_too_few_values_or_all_the_same_call_nothing_unusual(values: list[float]) -> None:
    usual = habit(values)

    assert usual.score(1_000_000) is None
    assert not usual.far_above(1_000_000)


def test_far_below_is_told_as_far_above_is() -> None:
    usual = habit(range(21))
    value = usual.middle - FAR * usual.spread

    assert usual.far_below(value)
    assert not usual.far_below(value + 0.01)
