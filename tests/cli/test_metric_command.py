"""`sawhorse metric`: the figures of the pages for scripts, a sentence for what cannot be asked [129, L1, M35]."""

import json
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM
from admin_app.models import CustomerGroup
from reports.engine import Desk as Figures
from reports.engine import Query
from seeds.builders import a_group
from tests.cli.typing import environment, type_command
from tests.money.books import busy_books
from tests.services.desk import Desk, a_desk

SHAPE = [
    "metric",
    "unit",
    "currency",
    "definition",
    "basis",
    "additive",
    "as_of",
    "filters",
    "value",
    "rows",
    "by",
]


@pytest.fixture
def run(rows, clock, database, tmp_path):
    """The command in an office with two customers: Ash with a bill of 100 in January and one of 50 in March, paid by
    120; Birch with one of 7 in March."""
    with rows() as session:
        desk = a_desk(session, SYSTEM, clock)
        desk.group.name = "Ash"
        first = desk.invoice("100", issued_on=date(2026, 1, 31))
        second = desk.invoice("50", issued_on=date(2026, 3, 1))
        desk.pay("120", first, second, paid_on=date(2026, 3, 2))
        birch = a_group(session, name="Birch")
        desk.invoice("7", issued_on=date(2026, 3, 1), group_id=birch.id)
    told = environment(tmp_path / "home", database)
    return lambda *words: type_command(told, "metric", *words)


def printed(answer):
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def test_a_figure_is_printed_in_the_shape_that_others_rely_on(run):
    """Design section 11: these keys in this order; an amount is decimal text."""
    told = printed(run("invoiced", "--json"))

    assert list(told)[: len(SHAPE)] == SHAPE
    assert told["metric"] == "invoiced"
    assert (told["unit"], told["currency"], told["value"], told["rows"]) == ("money", "EUR", "157.00", 3)
    assert (told["basis"], told["additive"], told["filters"], told["by"]) == ("issue date", True, {}, [])
    assert "net of tax" in told["definition"]


def test_the_first_day_after_the_period_is_not_in_it(run):
    """[M35]: 31 January is in January, 1 March is not in the period that ends with it."""
    told = printed(run("invoiced", "--from", "2026-01-31", "--to", "2026-03-01", "--json"))
    march = printed(run("invoiced", "--from", "2026-03-01", "--json"))

    assert (told["value"], told["rows"], told["from"], told["to"]) == (
        "100.00",
        1,
        "2026-01-31",
        "2026-03-01",
    )
    assert (march["value"], march["to"]) == ("57.00", None)
    assert "which is not in it" in " ".join(run("--help").output.split())


def test_one_dimension_gives_text_keys_and_two_give_pairs(run):
    one = printed(run("invoiced", "--by", "month", "--json"))
    assert [(mark["key"], mark["value"], mark["rows"]) for mark in one["by"]] == [
        ("2026-01", "100.00", 1),
        ("2026-03", "57.00", 2),
    ]

    two = printed(run("invoiced", "--by", "month", "customer", "--json"))
    assert [(mark["key"][0], mark["labels"][1], mark["value"]) for mark in two["by"]] == [
        ("2026-01", "Ash", "100.00"),
        ("2026-03", "Ash", "50.00"),
        ("2026-03", "Birch", "7.00"),
    ]
    assert sum(Decimal(mark["value"]) for mark in two["by"]) == Decimal(two["value"])


@pytest.mark.parametrize(
    "words",
    [
        ("invoiced", "--by", "month", "customer"),
        ("invoiced", "--by", "month", "--by", "customer"),
        ("--by", "month", "customer", "invoiced"),
        ("--by", "month,customer", "invoiced"),
    ],
)
def test_two_dimensions_may_be_typed_in_any_usual_way(run, words):
    assert printed(run(*words, "--json"))["dimensions"] == ["month", "customer"]


def test_filters_narrow_by_name_and_are_told_by_key(run):
    """Two keys of one dimension mean either."""
    told = printed(run("invoiced", "--where", "customer=Birch", "--where", "month=2026-03", "--json"))
    either = printed(run("invoiced", "--where", "customer=Birch", "customer=Ash", "--json"))

    assert told["value"] == "7.00"
    assert told["filters"]["month"] == "2026-03" and told["filters"]["customer"].isdigit()
    assert either["value"] == "157.00" and len(either["filters"]["customer"]) == 2


def test_a_figure_as_of_a_past_day_knows_nothing_that_came_later(run):
    """[M37, L6]"""
    told = printed(run("collected", "--as-of", "2026-03-01", "--json"))
    assert (told["value"], told["as_of"], told["rows"]) == ("0.00", "2026-03-01", 0)
    assert printed(run("collected", "--as-of", "2026-03-02", "--json"))["value"] == "120.00"


def test_amounts_in_several_currencies_are_not_added_up(run, rows, clock):
    """[M9]: no value, an entry a currency; with a filter it is a figure again."""
    with rows() as session:
        ash = session.scalars(select(CustomerGroup).filter_by(name="Ash")).one()
        Desk(session, SYSTEM, clock, ash).invoice("20", currency="USD")

    told = printed(run("invoiced", "--json"))
    assert told["value"] is None and told["currency"] is None and "several currencies" in told["note"]
    assert {mark["key"]: mark["value"] for mark in told["by"]} == {"EUR": "157.00", "USD": "20.00"}
    only = printed(run("invoiced", "--where", "currency=USD", "--json"))
    assert (only["value"], only["currency"], only["text"]) == ("20.00", "USD", "$20.00")


def test_the_table_for_people_prints_the_strings_of_the_pages(run, rows, clock):
    """[L1]: the same text as `Answer.text` and `Mark.text`."""
    with rows() as session:
        answer = Figures(session, SYSTEM, clock).ask(Query("invoiced", by=("customer",)))

    said = run("invoiced", "--by", "customer", "--as-of", "2026-03-17").output

    assert f"Invoiced: {answer.text}" in said and "3 rows" in said
    for mark in answer.marks:
        [line] = [line for line in said.splitlines() if line.startswith(mark.labels[0])]
        assert mark.text in line and line.endswith(str(mark.rows))


def test_the_comparison_is_the_same_figure_of_the_period_before(run):
    told = printed(
        run("invoiced", "--from", "2026-03-01", "--to", "2026-04-01", "--compare", "previous", "--json")
    )
    assert (told["value"], told["compared"]["value"]) == ("57.00", "100.00")
    assert (told["compared"]["from"], told["compared"]["to"]) == ("2026-01-29", "2026-03-01")


def test_without_a_name_every_metric_is_listed_with_its_definition(run):
    """[M36]: sentence, unit, basis, version."""
    items = {one["metric"]: one for one in printed(run("--json"))["items"]}
    assert items["collected"]["basis"] == "payment date" and "month" in items["collected"]["dimensions"]
    assert all(one["definition"] and one["version"] >= 1 for one in items.values())

    said = run().output
    assert all(one["definition"] in said for one in items.values())


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (("colected",), "collected"),
        (("collected", "--by", "mnth"), "month"),
        (("collected", "--where", "custmer=Ash"), "customer"),
        (("collected", "--where", "customer=Brch"), "Birch"),
        (("collected", "--where", "method=csh"), "cash"),
        (("collected", "--where", "brand"), "brand=North"),
        (("collected", "--from", "2026-02-30"), "2026-03-31"),
        (("collected", "--where", "month=march"), "2026-03"),
        (("collected", "--from", "2026-03-01", "--to", "2026-03-01"), "empty"),
        (("collected", "--by", "day", "month", "year"), "at most 2"),
        (("collected", "month"), "--by month"),
        (("collected", "--where", "from=2026-01-01"), "--from 2026-01-01"),
        (("--by", "month"), "Name the metric"),
    ],
)
def test_what_is_not_known_is_refused_in_one_sentence_with_the_nearest(run, words, nearest):
    answer = run(*words)

    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert nearest in answer.stderr and len(answer.stderr.splitlines()) == 1


def test_busy_books_are_told_alike_on_both_databases(rows, clock, database, tmp_path):
    """Credits, refunds, reversed payments, dollars: the marks add up to the figure in each currency."""
    with rows() as session:
        busy_books(session, SYSTEM, clock)
    told = environment(tmp_path / "home", database)

    for name in ("invoiced", "collected"):
        whole = printed(type_command(told, "metric", name, "--json", "--where", "currency=EUR"))
        split = printed(
            type_command(told, "metric", name, "--json", "--where", "currency=EUR", "--by", "day", "customer")
        )
        assert sum(Decimal(mark["value"]) for mark in split["by"]) == Decimal(whole["value"])
        assert sum(mark["rows"] for mark in split["by"]) == whole["rows"] > 5
