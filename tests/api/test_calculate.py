"""The same document comes to the same through the API and the command [M8, 12]."""

from __future__ import annotations

import json

import pytest

from admin_app.kernel.actor import Role
from tests.api.program import a_program
from tests.cli.typing import type_command
from tests.signing import on_sqlite

DRAFT = {
    "currency": "CAD",
    "lines": [
        {"quantity": "2.25", "unit_price": "64.22", "discount": {"percent": "10"}, "taxes": ["GST", "QST"]}
    ],
    "taxes": [{"name": "GST", "rate": "5"}, {"name": "QST", "rate": "9.975"}],
    "deposit": {"percent": "30"},
}


@on_sqlite
def test_the_command_and_the_api_say_the_same(program, tmp_path):
    file = tmp_path / "draft.json"
    file.write_text(json.dumps(DRAFT))

    said = type_command({}, "calculate", str(file))
    answer = program.post("/calculate", DRAFT, key=None)

    assert answer.status_code == 200
    assert answer.json == json.loads(said.stdout)
    assert answer.json["derivation"]["amount"] == answer.json["total"]


@on_sqlite
@pytest.mark.parametrize("role", list(Role), ids=str)
def test_everybody_may_calculate(app, two, role):
    assert a_program(app, role, read_only=True).post("/calculate", DRAFT).status_code == 200


@on_sqlite
@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 422),
        ("{", 422),
        ("[]", 422),
        ("null", 422),
        ('{"currency": "EUR", "currency": "USD"}', 422),
        ('{"currency": "EUR", "lines": [{"quantity": 1.5, "unit_price": "1"}]}', 422),
        ('{"currency": "EUR", "lines": ' + "[" * 5000 + "]" * 5000 + "}", 422),
        ('{"currency": "EUR", "lines": [{"quantity": ' + "9" * 5000 + ', "unit_price": "1"}]}', 422),
    ],
    ids=range(8),
)
def test_a_document_that_makes_no_sense_is_refused(program, text, status):
    answer = program.post("/calculate", json=None, data=text, content_type="application/json")

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]
