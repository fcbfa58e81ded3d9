"""The tables say what was written down by hand, and nothing outside them moves a document [M38, 4.2]."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from admin_app.flow import FLOWS
from tests.flow.expected import BY_THE_PROGRAM, LEADS_TO, MATRIX
from tests.house.house import tree_of

ROOT = Path(__file__).parents[2]
CELLS = [(document, state) for document, states in MATRIX.items() for state in states]


def test_every_document_and_state_is_in_the_matrix():
    assert {name: {state.value for state in flow.states} for name, flow in FLOWS.items()} == {
        name: set(states) for name, states in MATRIX.items()
    }


@pytest.mark.parametrize(("document", "state"), CELLS)
def test_the_table_leads_out_of_a_state_as_written_by_hand(document, state):
    flow = FLOWS[document]

    found = {step.name for step in flow.from_state(flow.states(state))}

    assert found == MATRIX[document][state]


@pytest.mark.parametrize(("document", "step"), LEADS_TO)
def test_a_step_leads_where_it_should(document, step):
    assert {row.target.value for row in FLOWS[document].rows(step)} == LEADS_TO[document, step]


def test_every_step_of_the_tables_is_written_down():
    assert {(name, step) for name, flow in FLOWS.items() for step in flow.step_names} == set(LEADS_TO)


@pytest.mark.parametrize("document", MATRIX)
def test_what_only_the_program_does_is_offered_to_nobody(document):
    hidden = {step.name for step in FLOWS[document].steps if not step.offered}

    assert hidden == BY_THE_PROGRAM[document]


def test_every_offered_step_has_a_button_and_every_guard_a_sentence_with_a_way_out():
    """[L15]"""
    for flow in FLOWS.values():
        for step in flow.steps:
            if step.offered:
                assert step.label, step
            for guard in step.guards:
                assert callable(guard.sentence) or guard.sentence[0].isupper(), guard
                assert guard.fix or not step.offered, guard


def test_nothing_but_the_flow_assigns_the_state_of_a_document():
    """[M38] Outside `flow/machine.py` a state is written only where a document is made."""
    documents = {"lead", "estimate", "work", "work_order", "service", "invoice", "document"}
    writers = []
    for path in sorted((ROOT / "admin_app").rglob("*.py")):
        for node in ast.walk(tree_of(path)):
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr == "state"
                    and isinstance(target.value, ast.Name)
                    and target.value.id in documents
                ):
                    writers.append(path.relative_to(ROOT).as_posix())

    assert writers == ["admin_app/flow/machine.py"]
