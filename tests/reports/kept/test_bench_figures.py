"""The bench of the figures takes both ways in one run and refuses sums that differ; its times are no test."""

import json

from tests.cli.typing import environment, type_command


def test_figures_are_measured_beside_pandas_and_come_to_the_same(tmp_path):
    answer = type_command(environment(tmp_path), "bench", "--figures", "60", "--json")

    assert answer.exit_code == 0, answer.output
    figures = {figure["name"]: figure for figure in json.loads(answer.output)}
    assert {"import", "rebuild all totals", "record a payment", "keep totals after it"} < set(figures)
    beside = {name for name, figure in figures.items() if figure["ratio"] is not None}
    assert {
        "invoiced by month",
        "collected by month",
        "receivable",
        "overdue",
        "new customers by month",
    } < beside
    assert all(figures[name]["ratio"] > 0 for name in beside)
    assert figures["rebuild all totals"]["peak_mb"] > 0
    assert list(tmp_path.iterdir()) == [], "it works in a folder of its own"


def test_models_are_measured_on_simulated_customers(tmp_path):
    answer = type_command(environment(tmp_path), "bench", "--models", "400", "--json")

    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.output)[0].startswith("BG/NBD of 400 customers: ")
