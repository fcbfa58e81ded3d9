"""Every shipped notebook: it runs by itself, and what it prints is what the pages print, to the cent [135, L1]."""

import ast
import re
from urllib.parse import parse_qsl

import pytest

from reports.engine.periods import days_of
from reports.engine.query import read_query
from reports.gallery.catalogue import catalogue, notebook, parameters_cell
from reports.gallery.run import run_notebook
from reports.metrics import Unit
from tests.reports.notebooks.conftest import CLOCK, TODAY

NAMES = [one.name for one in catalogue()]
KINDS = {"day", "brand", "question", "text", "number", "address"}


def test_the_gallery_has_the_stories_that_an_owner_looks_for():
    assert NAMES[:2] == ["getting_started", "receivables"]
    assert {"funnel", "cohorts_and_value", "cash_forecast", "your_own_question"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_its_figures_are_those_of_the_desk(told, name):
    """[135, 137, L1]: each told question is asked again here, and each sum is added up from its rows."""
    one = notebook(name)

    ran = run_notebook(one, one.read({}, CLOCK.today()), url=told.for_reading, role="analyst")

    assert ran.error is None
    assert ran.figures and ran.versions and ran.snapshot
    asked = [piece for piece in ran.pieces if piece["kind"] == "told" and piece["query"]]
    assert asked
    with told.book() as book:
        for piece in asked:
            answer = book.put(piece["query"])
            assert (answer.text, answer.rows) == (piece["text"], piece["rows"]), piece["name"]
            if answer.metric.additive and answer.metric.unit is Unit.MONEY:
                assert sum(book.rows(answer)["amount"]) == answer.value, piece["name"]


def test_getting_started_tells_twelve_months_up_to_the_day(told):
    """The figures by the questions as anybody would ask them, not as the notebook says it asked."""
    ran = run_notebook(notebook("getting_started"), {"as_of": TODAY}, url=told.for_reading, role="analyst")

    start, end = days_of("12months", CLOCK.today())
    with told.book() as book:
        for metric in ("collected", "invoiced"):
            expected = book.ask(metric, start=start, end=end)
            assert expected.rows > 10
            assert ran.figures[metric] == expected.text
    by_month = next(one for one in ran.pieces if one.get("title") == "Collected by month")
    assert by_month["foot"][-2] == ran.figures["collected"]


def test_receivables_stand_as_of_a_past_day_and_for_one_brand(told):
    """[127] with parameters: another day and a brand give other figures, again those of the desk."""
    given = {"as_of": "2025-11-30", "brand": "Northside Roofing"}
    with told.book() as book:
        brands = book.ask("receivable", by="brand", as_of=CLOCK.today()).marks
        given["brand"] = brands[0].labels[0]
        expected = book.ask(
            "receivable",
            as_of=read_query([("metric", "receivable"), ("as_of", "2025-11-30")]).as_of,
            where={"brand": given["brand"]},
        )

    ran = run_notebook(notebook("receivables"), given, url=told.for_reading, role="analyst")

    assert ran.error is None
    assert ran.figures["receivable"] == expected.text
    assert {piece["as_of"] for piece in ran.pieces if piece["kind"] == "told"} == {"2025-11-30"}


def test_your_own_question_asks_what_it_is_given(told):
    """[136]: the filter of a page arrives in the notebook."""
    question = "metric=collected&by=month&by=method&from=2025-01-01&to=2026-01-01&method=card"

    ran = run_notebook(
        notebook("your_own_question"), {"question": question}, url=told.for_reading, role="analyst"
    )

    with told.book() as book:
        answer = book.desk.ask(read_query(parse_qsl(question)))
    assert answer.rows > 3
    assert ran.error is None
    assert ran.figures == {"figure": answer.text}
    grid = next(piece for piece in ran.pieces if piece["kind"] == "table")
    assert [row[-1] for row in grid["rows"]] == [mark.text for mark in answer.marks]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_only_asks_and_shows(name):
    """[L1]: it imports `reports` alone, knows no SQL and reckons nothing itself."""
    text = notebook(name).text
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert {module.split(".")[0] for module in imported} == {"reports"}
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.BinOp | ast.AugAssign)]
    assert not re.search(r"\b(SELECT|INSERT|UPDATE|DELETE)\b", text)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_begins_with_its_title_and_its_parameters(name):
    """The gallery reads title, sentence and parameters; the first code cell holds the parameters and nothing else."""
    one = notebook(name)

    assert one.title and one.sentence.endswith(".")
    assert {parameter.kind for parameter in one.parameters} <= KINDS
    assert one.parameters[-1].name == "url" and "url" not in {parameter.name for parameter in one.asked}
    before = one.text.split(parameters_cell(one.text))[0]
    assert "# %%\n" not in before
    assert ast.get_docstring(ast.parse(before)) is not None
