"""Charts: zero is the ground of every bar, what has not ended is hatched, cents stay whole up to the axis [128]."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from reports.charts import KINDS, plotted
from reports.charts.dots import dots
from reports.charts.histogram import bins_of, histogram
from reports.charts.palette import DARK, LIGHT, painted
from reports.charts.steps import steps
from reports.charts.words import lined_up
from reports.engine import Answer
from reports.models.survival import kaplan_meier
from reports.pages.table import tabled
from tests.reports.charts.answers import an_answer

MONTHS = an_answer("invoiced", ("month",), ("2025-12", 12345, 2), ("2026-02", 1, 1), ("2026-03", 20000, 3))
AGEING = an_answer(
    "ageing", ("customer", "bucket"), (("1", "91+"), 5000, 1), (("2", "current"), 9000, 1), (("2", "credit"), -700, 1)
)  # fmt: skip
COHORTS = an_answer(
    "retention", ("cohort", "months_since"),
    (("2026-01", "0"), Decimal(1), 30), (("2026-01", "2"), Decimal("0.1"), 30), (("2026-01", "10"), Decimal("0.5"), 30),
    (("2026-02", "0"), Decimal(1), 4),
)  # fmt: skip
BY_NAME = an_answer(
    "win_rate",
    ("estimator",),
    ("1", Decimal("0.9"), 10),
    ("2", Decimal("0.6"), 200),
    ("3", Decimal("0.7"), 20),
)


def draw(kind: str, *answers: Answer, **options: Any) -> dict[str, Any]:
    _, plot = plotted(kind, answers, [one.metric.label for one in answers], **options)
    assert plot is not None
    return plot


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("bars", (MONTHS,)),
        ("bars", (an_answer("collected", ("method",), ("card", 100, 1), ("cash", -40, 1)),)),
        ("lines", (MONTHS,)),
        ("stacked", (AGEING,)),
        ("heatmap", (COHORTS,)),
        ("dots", (BY_NAME,)),
    ],
)
def test_every_chart_is_one_that_plotly_knows_in_both_themes(kind, answers, theme):
    plot = painted(draw(kind, *answers), theme)

    assert go.Figure({"data": plot["data"], "layout": plot["layout"]}).data
    assert "@" not in str(plot["data"]) + str(plot["layout"])


def test_both_themes_have_every_colour():
    assert LIGHT.keys() == DARK.keys()


def test_months_without_a_row_are_drawn_as_zero():
    """M35: a gap is no missing month."""
    plot = draw("bars", MONTHS)

    assert plot["data"][0]["x"] == ["Dec 2025", "Jan 2026", "Feb 2026", "Mar 2026"]
    assert plot["data"][0]["y"] == [123.45, 0.0, 0.01, 200.0]
    assert [one[0] for one in plot["data"][0]["customdata"]][:2] == ["€123.45", "€0.00"]


def test_the_month_that_runs_is_hatched_and_no_other():
    plot = draw("bars", MONTHS)

    assert plot["data"][0]["marker"]["pattern"]["shape"] == ["", "", "", "/"]
    assert plot["hatched"]


def test_a_month_that_the_period_cuts_is_hatched_too():
    cut = replace(MONTHS, query=replace(MONTHS.query, start=date(2025, 12, 10)), as_of=date(2026, 3, 31))

    assert draw("bars", cut)["data"][0]["marker"]["pattern"]["shape"] == ["/", "", "", ""]


def test_two_figures_stand_side_by_side_and_are_never_stacked():
    """M36: invoiced and collected count on different dates."""
    collected = an_answer("collected", ("month",), ("2026-03", 500, 1))
    plot = draw("bars", MONTHS, collected)

    assert plot["layout"]["barmode"] == "group"
    assert [one["label"] for one in plot["keys"]] == ["Invoiced", "Collected"]
    assert len({trace["marker"]["color"] for trace in plot["data"]}) == 2
    assert len({len(trace["x"]) for trace in plot["data"]}) == 1


@pytest.mark.parametrize("values", [(90310, 280900), (-500, -20), (-500, 700)])
def test_bars_start_at_zero_however_large_they_are(values):
    marks = [(str(number), value, 1) for number, value in enumerate(values)]
    low, high = draw("bars", an_answer("overdue", ("customer",), *marks))["layout"]["xaxis"]["range"]

    assert low <= 0 <= high


def test_the_same_thing_has_the_same_colour_alone_and_among_others():
    alone = draw("bars", MONTHS)["data"][0]["marker"]["color"]
    second = draw("bars", an_answer("collected", ("month",), ("2026-03", 500, 1)), MONTHS)["data"][1]

    assert second["marker"]["color"] == alone


def test_a_stack_is_sorted_as_told_and_credit_stands_left_of_zero():
    plot = draw("stacked", AGEING, order=["1", "2"])
    by_name = {trace["name"]: trace for trace in plot["data"]}

    assert list(by_name) == ["current", "91+", "credit"]
    assert by_name["91+"]["y"] == ["1", "2"]
    assert by_name["credit"]["x"] == [0.0, -7.0]
    assert plot["layout"]["barmode"] == "relative"


def test_a_cohort_table_is_a_triangle_with_columns_in_order_and_counts_under_twenty():
    """A cell that has not come yet is empty, not 0; 10 comes after 2; four customers are no percentage [127]."""
    trace = draw("heatmap", COHORTS, sizes=[("2026-01", "30")])["data"][0]

    assert trace["x"] == ["0", "2", "10"]
    assert trace["z"] == [[100.0, 10.0, 50.0], [100.0, None, None]]
    assert trace["text"] == [["100 %", "10 %", "50 %"], ["4", "", ""]]
    assert trace["zmin"] == 0


def test_shares_are_sorted_by_their_lower_bound_and_few_are_not_drawn():
    """130: 9 of 10 is no better than 120 of 200; under 20 nothing is told in percent."""
    sure = an_answer(
        "repeat_rate",
        ("brand",),
        ("1", Decimal("0.9"), 19),
        ("2", Decimal("0.6"), 320),
        ("3", Decimal("0.7"), 34),
    )
    plot = dots([sure], [""])

    assert plot is not None
    assert plot["data"][0]["y"] == ["2", "3"]
    reach = plot["data"][0]["error_x"]
    assert reach["arrayminus"][0] < reach["arrayminus"][1]
    assert 70 - reach["arrayminus"][1] == pytest.approx(48.1, abs=0.1)  # Wilson of 14 in 20


def test_movements_stand_on_what_they_moved_and_end_where_it_ends():
    before = replace(an_answer("mrr", ()), value=10000, rows=2, text="€100.00")
    after = replace(an_answer("mrr", ()), value=9000, rows=2, text="€90.00")
    moved = an_answer("mrr_movement", ("movement",), ("new", 2000, 1), ("churn", -3000, 1))
    trace = draw("waterfall", before, moved, after)["data"][0]

    ends = [base + height for base, height in zip(trace["base"], trace["y"], strict=True)]
    assert trace["base"] == [0.0, 100.0, 90.0, 0.0]
    assert ends == [100.0, 120.0, 120.0, 90.0]


def test_amounts_of_several_currencies_share_no_axis():
    """M9."""
    euros = MONTHS.marks[0]
    mixed = replace(MONTHS, marks=(euros, replace(euros, currency="GBP")), value=None)

    assert plotted("bars", [mixed], ["Invoiced"])[1] is None


def test_more_than_two_thousand_marks_are_not_drawn():
    days = [(date.fromordinal(735000 + number).isoformat(), 100, 1) for number in range(2100)]

    assert plotted("bars", [an_answer("invoiced", ("day",), *days)], ["Invoiced"])[1] is None


def test_a_thousand_customers_are_drawn_as_the_first_twenty_five():
    marks = [(str(number), 5000 - number, 1) for number in range(1000)]

    assert len(draw("bars", an_answer("overdue", ("customer",), *marks))["data"][0]["y"]) == 25


def test_names_are_no_markup_of_the_chart():
    plot = draw("bars", an_answer("overdue", ("city",), ("<b>Ham</b>", 100, 1)))

    assert plot["layout"]["yaxis"]["ticktext"] == ["&lt;b>Ham&lt;/b>"]


def test_days_are_binned_from_zero_and_none_is_lost():
    """M38: early is negative and stays so; a week begins at the due date."""
    bins = bins_of({-8: 2, -1: 3, 0: 4, 6: 1, 7: 5})

    assert bins == [(-14, -8, 2), (-7, -1, 3), (0, 6, 5), (7, 13, 5)]
    plot = histogram(bins, "days", "due date")
    assert plot is not None
    assert plot["layout"]["shapes"][0]["x0"] == 0


def test_bins_grow_wider_before_there_are_too_many():
    bins = bins_of({0: 1, 3650: 1})

    assert len(bins) <= 61
    assert sum(count for _, _, count in bins) == 2


def test_a_curve_ends_where_fewer_than_ten_wait_and_has_its_numbers_at_risk():
    """L11."""
    curve = kaplan_meier(np.arange(1, 31), np.ones(30, dtype=bool))
    plot = steps(curve)

    assert plot is not None
    assert max(plot["data"][2]["x"]) == 21
    assert plot["layout"]["xaxis"]["ticktext"][0] == "0<br>30"
    assert steps(kaplan_meier([1, 2], [True, True])) is None


def test_a_spine_of_weeks_and_quarters_has_no_gap():
    weeks = an_answer("invoiced", ("week",), ("2025-W52", 1, 1), ("2026-W02", 1, 1))
    quarters = an_answer("invoiced", ("quarter",), ("2025-Q4", 1, 1), ("2026-Q2", 1, 1))

    assert [key for (key,) in lined_up([weeks])] == ["2025-W52", "2026-W01", "2026-W02"]
    assert [key for (key,) in lined_up([quarters])] == ["2025-Q4", "2026-Q1", "2026-Q2"]


def test_nothing_is_drawn_of_nothing():
    for kind in ("bars", "lines", "stacked", "heatmap", "dots"):
        assert KINDS[kind]([an_answer("invoiced", ("month",))], [""]) is None


def test_months_to_come_are_whole_months():
    """Renewals lie ahead: only the month that runs is hatched."""
    ahead = an_answer("renewals", ("month",), ("2026-03", 1, 1), ("2026-04", 1, 1))

    assert draw("bars", ahead)["data"][0]["marker"]["pattern"]["shape"] == ["/", ""]


def test_a_month_of_a_cohort_that_has_not_come_is_empty_in_the_table_and_one_without_money_is_zero():
    """127: columns stand in the order of the months."""
    money = an_answer(
        "retention_money", ("cohort", "months_since"),
        (("2026-01", "2"), 300, 1), (("2026-01", "0"), 5000, 2), (("2026-03", "0"), 100, 1), (("2025-05", "10"), 7, 1),
    )  # fmt: skip
    table = tabled([money], ["Money"], lambda *_: None, wide=True)

    assert table.values == ("0", "2", "10")
    assert [line.words for line in table.lines] == [("Jan 2026",), ("Mar 2026",), ("May 2025",)]
    assert [cell.text for cell in table.lines[0].cells] == ["€50.00", "€3.00", ""]
    assert [cell.text for cell in table.lines[2].cells] == ["€0.00", "€0.00", "€0.07"]


def test_of_how_many_a_share_speaks_stands_beside_it_unless_two_amounts_were_divided():
    rate = tabled(
        [an_answer("repeat_rate", ("brand",), ("1", Decimal("0.5"), 90))], ["Rate"], lambda *_: None
    )
    margin = tabled(
        [an_answer("margin_share", ("brand",), ("1", Decimal("0.5"), 90))], ["Margin"], lambda *_: None
    )

    assert rate.values == ("Rate", "95 % interval", "n")
    assert [cell.text for cell in rate.lines[0].cells] == ["50.0 %", "37.7 % to 62.3 %", "60"]
    assert margin.values == ("Margin",)
