"""Figures for programs: the numbers of command and pages, the rows behind them, and who may see them [129, L2]."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from admin_app.kernel.actor import Role
from reports.engine import Desk, Query
from reports.engine.printed import figure
from tests.api.program import Program, a_program
from tests.cli.typing import environment, type_command
from tests.signing import on_sqlite


def read(program: Program, path: str, **asked: Any) -> dict[str, Any]:
    answer = program.get(path, **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_the_command_and_the_api_print_the_same(program, two, database, tmp_path):
    """Design section 11: one function makes both, on both databases."""
    told = read(program, "/metrics/invoiced", by=["month", "customer"], as_of="2026-03-17")
    typed = type_command(
        environment(tmp_path / "home", database),
        "metric", "invoiced", "--by", "month", "customer", "--as-of", "2026-03-17", "--json",
    )  # fmt: skip

    assert told == json.loads(typed.stdout)
    assert told["rows"] >= 4 and len(told["by"]) == 2
    assert sum(Decimal(mark["value"]) for mark in told["by"]) == Decimal(told["value"])


@on_sqlite
def test_a_figure_is_the_answer_of_the_desk(program, two, rows, ann, clock):
    """[L1]: nothing is worked out at the door."""
    told = read(program, "/metrics/collected", by="method", customer=str(two.ash.id))
    with rows() as session:
        answer = Desk(session, ann, clock).ask(
            Query("collected", ("method",), (("customer", str(two.ash.id)),))
        )
        assert told == figure(answer)
    assert (told["value"], told["text"], told["filters"]) == (
        "12.34",
        "€12.34",
        {"customer": str(two.ash.id)},
    )


@on_sqlite
def test_the_rows_come_in_pages_and_add_up_to_the_figure(program, two):
    """[L2]: each row once, Σ rows = figure; the page ends where the Link header ends."""
    whole = read(program, "/metrics/invoiced", customer="Ashgrove house")
    found, address, pages = [], "/metrics/invoiced/rows?customer=Ashgrove+house&limit=1", 0
    while address:
        answer = program.client.get(
            address if address.startswith("/api") else f"/api/v1{address}", headers=program.headers
        )
        found += answer.json["items"]
        address, pages = answer.json["next"], pages + 1
        assert (f'<{address}>; rel="next"' == answer.headers.get("Link")) == bool(address)

    assert pages == len(found) == whole["rows"] == answer.json["rows"] > 1
    assert len({row["row"] for row in found}) == len(found)
    assert sum(Decimal(row["amount"]) for row in found) == Decimal(whole["value"])
    assert answer.json["sums"] == [{"currency": "EUR", "amount": whole["value"]}]
    assert {row["customer"] for row in found} == {"Ashgrove house"}


@on_sqlite
def test_a_row_of_a_mark_is_asked_for_by_the_key_of_the_mark(program, two):
    for mark in read(program, "/metrics/invoiced", by="day")["by"]:
        behind = read(program, "/metrics/invoiced/rows", day=mark["key"], limit="200")
        assert behind["sums"] == [{"currency": "EUR", "amount": mark["value"]}]
        assert {row["day"] for row in behind["items"]} == {mark["key"]}


@on_sqlite
@pytest.mark.parametrize(
    ("name", "unit", "currency"),
    [("dso", "money", "EUR"), ("dso_count_back", "money", "EUR"), ("leads", "count", None)],
)
def test_rows_behind_a_quotient_or_a_share_say_in_what_they_are(program, two, name, unit, currency):
    """Days of sales stand on amounts, shares on counts: a row never takes the unit of the figure unseen."""
    rows = read(program, f"/metrics/{name}/rows", as_of="2026-03-17")["items"]
    assert rows and {(row["unit"], row["currency"]) for row in rows} == {(unit, currency)}
    assert all(isinstance(row["amount"], str if unit == "money" else int) for row in rows)


@on_sqlite
def test_the_glossary_lists_every_metric_that_can_be_asked_for(program, two):
    """[M36]"""
    listed = read(program, "/metrics")
    assert listed["next"] is None
    for one in listed["items"]:
        told = read(program, f"/metrics/{one['metric']}")
        assert {name: told[name] for name in ("definition", "unit", "basis", "additive", "version")} == {
            name: one[name] for name in ("definition", "unit", "basis", "additive", "version")
        }


@on_sqlite
@pytest.mark.parametrize(
    ("path", "asked", "field", "nearest"),
    [
        ("/metrics/colected", {}, "metric", "collected"),
        ("/metrics/colected/rows", {}, "metric", "collected"),
        ("/metrics/collected", {"by": "mnth"}, "mnth", "month"),
        ("/metrics/collected", {"custmer": "Ash"}, "custmer", "customer"),
        ("/metrics/collected", {"customer": "Ashgrove hose"}, "customer", "Ashgrove house"),
        ("/metrics/collected", {"method": "csh"}, "method", "cash"),
        ("/metrics/collected", {"to": "tomorrow"}, "to", "2026-03-31"),
        ("/metrics/collected", {"month": "2026-13"}, "month", "2026-03"),
        ("/metrics/collected", {"limit": "5"}, "limit", "rows of a figure"),
        ("/metrics/collected/rows", {"limit": "0"}, "limit", "from 1 to 200"),
        ("/metrics/collected/rows", {"cursor": "-1"}, "cursor", "whole number"),
    ],
)
def test_what_cannot_be_asked_is_a_problem_with_the_nearest_names(program, two, path, asked, field, nearest):
    answer = program.get(path, **asked)

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert nearest in answer.json["detail"]
    assert nearest in answer.json["fields"][field]


@on_sqlite
@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_explore_the_figures_see_them(app, two, role):
    """[138]: owners, planners and analysts; crews and subcontractors see none, nor its rows, nor the glossary."""
    program = a_program(app, role, read_only=True)
    may = role in (Role.OWNER, Role.OFFICE, Role.ESTIMATOR, Role.ANALYST)

    for path in ("/metrics", "/metrics/invoiced", "/metrics/invoiced/rows"):
        answer = program.get(path)
        assert answer.status_code == (200 if may else 403), (role, path)
        assert may or ("157" not in answer.text and "Ashgrove" not in answer.text)


@on_sqlite
def test_a_stranger_and_a_session_of_a_browser_see_nothing(app, two, signed_in):
    assert Program(app.test_client()).get("/metrics/invoiced").status_code == 401
    assert signed_in.get("/api/v1/metrics/invoiced").status_code == 401


@on_sqlite
def test_a_token_that_only_reads_may_ask_and_nobody_may_write(app, two):
    """Figures are read with any token; there is nothing to send."""
    program = a_program(app, read_only=True)
    assert program.get("/metrics/collected").status_code == 200
    assert program.post("/metrics/collected", {}).status_code == 405
