"""What a list page costs: a fixed number of statements, and plans that read and sort no large table.

performance.md section 6, "As a check in CI without big data"; both databases.
"""

from typing import Any

import pytest

from admin_app.models import Contact, CustomerGroup, Entity, Invoice, Payment, Task
from admin_app.records.sorting import orders_of
from tests.records.lists import dear_steps, fill, show, statements

ROWS = 4_000

PAGES: list[tuple[type[Entity], dict[str, Any]]] = [
    (CustomerGroup, {}),
    (CustomerGroup, {"sort": "-balance"}),
    (CustomerGroup, {"sort": "last_visit_on"}),
    (CustomerGroup, {"page": "40"}),
    (CustomerGroup, {"search": "customer 03999"}),
    (CustomerGroup, {"search": "person 03999"}),
    (CustomerGroup, {"tags__any": "vip"}),
    (CustomerGroup, {"brand__is": "1"}),
    (Contact, {}),
    (Contact, {"search": "00039"}),
    (Invoice, {}),
    (Invoice, {"sort": "group"}),
    (Invoice, {"sort": "number"}),
    (Payment, {"sort": "-group", "page": "3"}),
    (Payment, {"search": "customer 03999"}),
    (Task, {"sort": "due_on"}),
]


@pytest.fixture
def filled(session):
    fill(session, ROWS)
    return session


def test_a_page_costs_the_same_number_of_statements_however_many_rows_there_are(session, ann):
    fill(session, 100)
    with statements(session) as few:
        show(session, ann, CustomerGroup)
    session.rollback()
    fill(session, 10_000)
    with statements(session) as many:
        show(session, ann, CustomerGroup)

    assert len(few) == len(many) == 3  # rows with the names of their links, tags, count


def test_no_plan_of_a_list_reads_or_sorts_a_large_table(filled, ann):
    dear = {}
    for entity, params in PAGES:
        with statements(filled) as sent:
            show(filled, ann, entity, **params)
        assert sent
        for statement, parameters in sent:
            narrowed = any("search" in name or "__" in name for name in params)
            steps = dear_steps(filled.connection(), statement, parameters, ROWS, narrowed=narrowed)
            if steps:
                dear[f"{entity.__name__} {params}"] = steps

    assert not dear


def test_every_indexed_order_walks_its_index_at_any_depth(filled, ann):
    dear = {}
    for entity in (CustomerGroup, Invoice, Payment):
        for key, order in orders_of(entity).items():
            if not order.indexed:
                continue
            deep = show(filled, ann, entity, sort=key, page="20")
            assert deep.next, key
            with statements(filled) as sent:
                show(filled, ann, entity, sort=key, after=deep.next)
            steps = [dear_steps(filled.connection(), *one, ROWS) for one in sent]
            if any(steps):
                dear[f"{entity.__name__} by {key}"] = steps

    assert not dear


def test_the_test_sees_a_table_that_is_sorted(filled, ann):
    with statements(filled) as sent:
        show(filled, ann, CustomerGroup, sort="newsletter")

    assert any(dear_steps(filled.connection(), *one, ROWS) for one in sent)
