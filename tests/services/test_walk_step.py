"""A step by its name goes through the use case that its table names, and by no other way [M10, M12, M38]."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy import func, select

from admin_app.flow import FLOWS
from admin_app.models import InvoiceState, JournalEntry, NumberSeries
from admin_app.services import walk_step as doors
from admin_app.services.take import FLOW_OF, take
from admin_app.services.walk_step import WALKS, Words, walk_step
from tests.house.house import tree_of

SERVICES = Path(doors.__file__).parent
NAMED = {
    (flow.name, step): flow.taken_by(step)
    for flow in FLOWS.values()
    for step in flow.step_names
    if flow.taken_by(step)
}


def booked(desk) -> int:
    found = desk.session.scalar(select(func.count()).select_from(JournalEntry))
    return int(found or 0)


def test_an_invoice_is_issued_and_voided_by_its_use_cases_alone():
    assert {step: by for (document, step), by in NAMED.items() if document == "invoice"} == {
        "issue": "issue_invoice",
        "void": "void_invoice",
    }


def test_the_general_way_leaves_an_invoice_alone(desk):
    """It would stand issued without a number, or void with its debt still in the books."""
    draft, issued = desk.draft("100.00"), desk.invoice("50.00")
    before = booked(desk)

    for invoice, step in ((draft, "issue"), (issued, "void")):
        with pytest.raises(TypeError, match=f"To {step} an invoice is for {step}_invoice"):
            take(desk.session, invoice, step, desk.actor, desk.clock)

    assert (draft.state, draft.number) == (InvoiceState.DRAFT, None)
    assert (issued.state, issued.balance) == (InvoiceState.ISSUED, 50_00)
    assert booked(desk) == before


def test_a_door_that_knows_only_the_name_takes_the_number_and_writes_the_books(desk):
    draft = desk.draft("100.00")

    walk_step(desk.session, draft, "issue", Words(), desk.actor, desk.clock)

    assert (draft.state, draft.number, draft.balance) == (InvoiceState.ISSUED, "NORTH-00001", 100_00)
    assert booked(desk) == 1
    assert desk.session.scalars(select(NumberSeries)).one().next_number == 2

    walk_step(desk.session, draft, "void", Words(), desk.actor, desk.clock)

    assert (draft.state, draft.number, draft.balance) == (InvoiceState.VOID, "NORTH-00001", 0)
    assert booked(desk) == 2


@pytest.mark.parametrize(("document", "step"), NAMED)
def test_no_step_with_a_use_case_of_its_own_is_taken_without_it(document, step):
    """Said before anything is read or locked, so nobody gets as far as to see it work."""
    (kind,) = (entity for entity, flow in FLOW_OF.items() if flow is FLOWS[document])

    with pytest.raises(TypeError, match=f"is for {NAMED[document, step]}"):
        take(None, kind(), step, None, None)  # type: ignore[arg-type]


def test_every_use_case_that_a_table_names_is_one_and_can_be_called_by_name():
    written = {
        node.name
        for file in SERVICES.glob("*.py")
        for node in tree_of(file).body
        if isinstance(node, ast.FunctionDef)
    }

    assert set(NAMED.values()) <= written
    assert set(WALKS) == {*NAMED.values(), ""}


def test_the_rows_of_one_step_name_the_same_use_case():
    for flow in FLOWS.values():
        for step in flow.step_names:
            assert len({row.by for row in flow.rows(step)}) == 1, step
