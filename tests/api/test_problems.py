"""Every refusal under /api/v1 is a problem of RFC 9457, with the headers that belong to it (trap H1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from admin_app.api.door import LARGEST_BODY
from admin_app.web.problems import API
from tests.api.program import a_program
from tests.signing import on_sqlite


def members(answer):
    """The problem, after its shape was checked."""
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    assert answer.json["title"]
    assert answer.json["type"] == "about:blank"
    return answer.json


@on_sqlite
def test_what_is_not_there_is_a_problem(two, program):
    assert members(program.get("/nothing"))["detail"] == "There is nothing here"
    assert members(program.get("/invoices/nobody"))["detail"] == "There is no such invoice"
    assert members(program.get("/invoices/%00")) == members(program.get("/invoices/nobody"))
    assert members(program.get(""))["status"] == 404
    assert members(program.client.get(API + "/nothing"))["status"] == 404
    assert program.client.get("/api/elsewhere").mimetype == "text/html"


@on_sqlite
def test_a_method_that_does_not_fit_says_which_do(program):
    answer = program.client.delete(f"{API}/invoices", headers=program.headers)

    assert members(answer)["status"] == 405
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) == {"GET", "HEAD", "OPTIONS"}


@on_sqlite
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_no_json_is_415(two, program, content_type):
    path = f"/invoices/{two.ash.ids['drafts']}/steps/issue"
    answer = program.post(path, json=None, data="due_on=2026-04-01", content_type=content_type)

    assert members(answer)["status"] == 415


@on_sqlite
def test_a_body_that_is_too_long_is_413(program):
    answer = program.post(
        "/payments", json=None, data=b" " * (LARGEST_BODY + 1), content_type="application/json"
    )

    assert members(answer)["status"] == 413


@on_sqlite
@pytest.mark.parametrize(
    "data", [b"\xff", b"{", b"[]", b'"x"', b'{"a": NaN}', b"[" * 9000, b'{"customer": 1']
)
def test_a_body_that_cannot_be_read_is_422(program, data):
    answer = program.post("/payments", json=None, data=data, content_type="application/json")

    assert members(answer)["status"] == 422


@on_sqlite
def test_a_surprise_tells_its_reference_and_nothing_else(settings, open_office, two, program):
    from admin_app.web.access import public

    calm = open_office(replace(settings, testing=False))
    calm.testing = False

    @calm.get(f"{API}/broken")
    @public
    def broken():
        raise RuntimeError("the secret sauce")

    @calm.get(f"{API}/away")
    @public
    def away():
        raise OperationalError("SELECT secret", {}, Exception("gone"))

    answer = calm.test_client().get(f"{API}/broken")
    gone = calm.test_client().get(f"{API}/away")

    assert len(members(answer)["reference"]) == 8
    assert "sauce" not in answer.text
    assert members(gone)["status"] == 503
    assert gone.headers["Retry-After"]
    assert "secret" not in gone.text


@on_sqlite
def test_pages_and_their_scripts_answer_as_before(app, two, client, signed_in):
    page = signed_in.get("/admin/customers/999999")
    script = signed_in.get("/admin/customers/999999", headers={"Accept": "application/json"})
    bare = client.delete("/admin/customers/")

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert script.mimetype == "application/json"
    assert script.json["error"]
    assert bare.mimetype == "text/html"


@on_sqlite
def test_answers_carry_the_headers_of_every_answer(app, two):
    answer = a_program(app).get("/invoices")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype == "application/json"
    assert "Set-Cookie" not in answer.headers
