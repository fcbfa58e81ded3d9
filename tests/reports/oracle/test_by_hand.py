"""Every figure is worked out a second way, from CSV files with Decimal, and comes to the same cent [L1, I15]."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from reports.engine import Answer, Desk, Query
from reports.metrics import METRICS, Ratio, Unit
from tests.reports.oracle import by_hand, office, questions
from tests.reports.oracle.by_hand import Marks, Question, Value, figure
from tests.reports.oracle.tables import Tables

SEED, COUNT = 129, 200
ENOUGH = 20
"""Rows from which on a question proves something."""
ENOUGH_MARKS = 40
EXACT = Decimal("0.000001")


def asked(question: Question) -> Query:
    as_of = None if question.as_of == office.LAST else question.as_of
    return Query(question.metric, question.by, question.where, question.start, question.end, as_of)


def drawn(tables: Tables) -> list[Question]:
    """The questions, drawn once a database."""
    if "questions" not in tables.kept:
        tables.kept["questions"] = _draw(tables)
    found: list[Question] = tables.kept["questions"]
    return found


def _draw(tables: Tables) -> list[Question]:
    hands = by_hand.load()
    return questions.draw(
        tables,
        {name: METRICS[name].dimensions for name in hands},
        {name: METRICS[name].stock for name in hands},
        seed=SEED,
        count=COUNT,
        today=office.LAST,
    )


def exact(value: Value) -> Value:
    return value.quantize(EXACT) if isinstance(value, Decimal) else value


def in_order(values: list[tuple[Value, int]]) -> list[tuple[Value, int]]:
    return sorted(values, key=lambda pair: (pair[0] is None, pair[0] or 0, pair[1]))


def expected_marks(marks: Marks) -> dict[tuple[str, ...], list[tuple[Value, int]]]:
    found: dict[tuple[str, ...], list[tuple[Value, int]]] = defaultdict(list)
    for (keys, _), (value, rows) in marks.items():
        found[keys].append((exact(value), rows))
    return {keys: in_order(values) for keys, values in found.items()}


def told_marks(answer: Answer) -> dict[tuple[str, ...], list[tuple[Value, int]]]:
    found: dict[tuple[str, ...], list[tuple[Value, int]]] = defaultdict(list)
    for mark in answer.marks:
        found[mark.keys].append((exact(mark.value), mark.rows))
    return {keys: in_order(values) for keys, values in found.items()}


def differences(tables: Tables, desk: Desk, question: Question) -> list[str]:
    """Where the answer is not what was worked out by hand."""
    whole, marks = figure(tables, question)
    answer = desk.ask(asked(question))
    found = []
    rows = sum(count for _, count in whole.values())
    if answer.rows != rows:
        found.append(f"{answer.rows} rows, by hand {rows}")
    if len(whole) > 1:
        by_currency: Marks = {((str(currency),), currency): pair for (_, currency), pair in whole.items()}
        if answer.value is not None or "currencies" not in (answer.note or ""):
            found.append("amounts in several currencies are told as one")
        if not question.by and told_marks(answer) != expected_marks(by_currency):
            found.append(f"{told_marks(answer)} by currency, by hand {by_currency}")
    else:
        nothing: Value = 0 if METRICS[question.metric].additive else None
        value = next((value for value, _ in whole.values()), nothing)
        if exact(answer.value) != exact(value):
            found.append(f"{answer.value}, by hand {value}")
    if question.by and told_marks(answer) != expected_marks(marks):
        told, known = told_marks(answer), expected_marks(marks)
        wrong = {
            key: (told.get(key), known.get(key)) for key in {*told, *known} if told.get(key) != known.get(key)
        }
        found.append(f"marks (told, by hand): {dict(list(wrong.items())[:3])}")
    if METRICS[question.metric].unit is Unit.MONEY:
        for mark in answer.marks:
            if question.by and (mark.keys, mark.currency) not in marks and mark.currency != answer.currency:
                found.append(f"{mark.keys} in {mark.currency}")
    return found


def test_two_hundred_questions_are_answered_as_by_hand(tables: Tables, oracle_desk: Desk) -> None:
    """[L1]: value, rows and every mark, whatever is asked; most of them of twenty rows and more."""
    asked_of, wrong, of_many = Counter[str](), [], 0
    for question in drawn(tables):
        asked_of[question.metric] += 1
        of_many += sum(rows for _, rows in figure(tables, question)[0].values()) >= ENOUGH
        wrong += [f"{question}: {one}" for one in differences(tables, oracle_desk, question)]

    assert wrong == []
    assert asked_of.total() == COUNT
    assert min(asked_of.values()) >= questions.LEAST_OF_EACH and set(asked_of) == set(by_hand.HANDS)
    assert of_many >= 150


def test_every_metric_is_the_same_by_each_dimension_that_it_names(tables: Tables, oracle_desk: Desk) -> None:
    """[129]: no dimension splits wrongly; every second question here, some of the others on PostgreSQL."""
    every = [
        Question(name, (dimension,), as_of=office.LAST)
        for name in by_hand.load()
        for dimension in METRICS[name].dimensions
        if dimension not in questions.NOT_OF_THE_OFFICE
    ]
    assert len(every) > 250
    on_postgres = oracle_desk.session.get_bind().dialect.name == "postgresql"
    every = every[1::4] if on_postgres else every[::2]
    wrong = [f"{question}: {one}" for question in every for one in differences(tables, oracle_desk, question)]
    assert wrong == []


def test_the_rows_behind_a_mark_are_the_mark(tables: Tables, oracle_desk: Desk) -> None:
    """[L2, 128]: of sums, the rows add up to the mark and are as many as it says."""
    seen = 0
    for question in drawn(tables):
        if seen == ENOUGH_MARKS or not METRICS[question.metric].additive or not question.by:
            continue
        answer = oracle_desk.ask(asked(question))
        if not answer.marks:
            continue
        mark = answer.marks[seen % len(answer.marks)]
        keys = dict(zip(question.by, mark.keys, strict=True))
        page = oracle_desk.rows(answer.query, keys, limit=5)
        same_keys = [one for one in answer.marks if one.keys == mark.keys]

        assert page.count == sum(one.rows for one in same_keys), (question, keys)
        assert sum(page.sums.values()) == sum(int(one.value or 0) for one in same_keys), (question, keys)
        every = list(oracle_desk.every_row(answer.query, keys))
        assert len({one.row for one in every}) == len(every) == page.count, "each row has a key of its own"
        seen += 1
    assert seen == ENOUGH_MARKS


def test_both_sides_of_a_ratio_have_rows_that_make_it(oracle_desk: Desk) -> None:
    """[L2]: days of sales and collection effectiveness are the rows above divided by the rows below."""
    defined = 0
    for name in ("dso", "cei"):
        metric = METRICS[name]
        assert isinstance(metric, Ratio)
        for currency in ("EUR", "USD"):
            for as_of in (None, date(2025, 9, 30)):
                answer = oracle_desk.ask(Query(name, where=(("currency", currency),), as_of=as_of))
                over, under = (oracle_desk.rows(answer.query, side=side) for side in ("over", "under"))

                assert over.count + under.count == answer.rows > 0
                upper, lower = over.sums[currency], under.sums[currency]
                expected = Decimal(upper * metric.factor) / lower if lower > 0 else None
                assert answer.value == expected
                defined += expected is not None
    assert defined > 4


def test_a_figure_of_the_past_does_not_see_what_came_later(tables: Tables, oracle_desk: Desk) -> None:
    """[M37]: each stock on each tenth day, in both currencies, as documents tell it."""
    wrong = []
    for name in ("receivable", "overdue", "ageing", "unallocated", "open_credits", "retained"):
        for days in range(10, (office.LAST - office.FIRST).days, 45):
            question = Question(name, ("currency",), as_of=office.FIRST + timedelta(days))
            wrong += [f"{question}: {one}" for one in differences(tables, oracle_desk, question)]
    assert wrong == []


def test_an_answer_that_is_a_cent_off_is_found_out(tables: Tables, oracle_desk: Desk) -> None:
    """The comparison itself: a cent more on one bill is seen."""
    question = Question("invoiced", ("month",), (("currency", "EUR"),), as_of=office.LAST)
    assert differences(tables, oracle_desk, question) == []
    key = ("tests.reports.oracle.by_hand_money", "invoiced", office.LAST)
    facts = tables.kept[key]
    euro = next(place for place, fact in enumerate(facts) if fact.currency == "EUR")
    spoiled = [*facts]
    spoiled[euro] = replace(facts[euro], amount=facts[euro].amount + 1)
    tables.kept[key] = spoiled
    try:
        assert differences(tables, oracle_desk, question)
    finally:
        tables.kept[key] = facts


@pytest.mark.parametrize(
    "module", sorted(Path(__file__).parent.glob("by_hand*.py")), ids=lambda one: one.stem
)
def test_what_works_figures_out_by_hand_knows_nothing_of_the_program(module: Path) -> None:
    """Otherwise both would be wrong together."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not [name for name in names if name.split(".")[0] in ("reports", "admin_app", "sqlalchemy")]
