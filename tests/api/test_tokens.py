"""Tokens: made once, kept as a hash, taken back; they open the API and nothing else (security.md, "Access")."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import FixedClock
from admin_app.models import ApiToken, AuditEntry, User
from admin_app.services.sign_in import MOST_HERE
from admin_app.web.access import access_of
from tests.api.program import Program, a_program, a_token
from tests.forms import send
from tests.signing import on_sqlite, sign_in_as

TOKENS = "/admin/settings/tokens"


def secret_on(page) -> str:
    found = re.search(r'value="(swh_[\w-]{43})"', page.text)
    assert found, "no token on this page"
    return found[1]


def test_a_token_is_shown_once_and_only_its_hash_is_kept(app, two, signed_in, rows):
    assert "No program has a token yet" in signed_in.get(TOKENS).text

    made = send(signed_in, TOKENS, {"name": "Webshop", "read_only": "1"})

    secret = secret_on(made)
    listed = signed_in.get(TOKENS).text
    assert "Webshop" in listed
    assert secret not in listed
    assert "no-store" in made.headers["Cache-Control"]
    with rows() as session:
        (token,) = session.scalars(select(ApiToken)).all()
        assert token.token_hash == hashlib.sha256(secret.encode()).hexdigest()
        assert token.read_only
        entries = session.scalars(select(AuditEntry).where(AuditEntry.entity == "ApiToken")).all()
        assert entries
        assert all(token.token_hash not in str(vars(entry)) for entry in entries)
    assert Program(app.test_client(), secret).get("/customers").status_code == 200


def test_a_revoked_token_opens_nothing_from_its_next_request_on(app, two, signed_in, rows):
    program = Program(app.test_client(), secret_on(send(signed_in, TOKENS, {"name": "Webshop"})))
    with rows() as session:
        token_id = session.scalar(select(ApiToken.id))
    assert program.get("/customers").status_code == 200

    asked = signed_in.get(f"{TOKENS}/{token_id}/revoke")
    done = send(signed_in, f"{TOKENS}/{token_id}/revoke")

    assert "Webshop is refused from its next request on" in asked.text
    assert done.status_code == 302
    refused = program.get("/customers")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="Sawhorse", error="invalid_token"'
    assert refused.mimetype == "application/problem+json"
    assert "Revoked" in signed_in.get(TOKENS).text
    assert "was revoked before" in signed_in.get(f"{TOKENS}/{token_id}/revoke").text
    assert send(signed_in, f"{TOKENS}/{token_id}/revoke").status_code == 302
    assert signed_in.get(f"{TOKENS}/999/revoke").status_code == 404


@on_sqlite
def test_a_token_without_a_name_is_not_made(two, signed_in, rows):
    answer = send(signed_in, TOKENS, {"name": "  "})

    assert answer.status_code == 422
    assert "Say which program uses the token" in answer.text
    with rows() as session:
        assert session.scalars(select(ApiToken)).all() == []


@on_sqlite
def test_only_an_owner_makes_a_token_that_acts_as_somebody_else(app, two, client, rows):
    with rows() as session:
        ann = session.scalar(select(User.id).where(User.role == Role.OWNER))
    bea = sign_in_as(client, Role.OFFICE)

    assert "Ann Ashworth (owner)" not in client.get(TOKENS).text
    refused = send(client, TOKENS, {"name": "Sly", "user": str(ann)})
    own = send(client, TOKENS, {"name": "Own", "user": str(bea.id)})

    assert refused.status_code == 403
    assert "Only an owner" in refused.text
    assert own.status_code == 200
    sign_in_as(client, Role.OWNER)
    assert "Bea Okafor (office)" in client.get(TOKENS).text
    assert send(client, TOKENS, {"name": "For Bea", "user": str(bea.id)}).status_code == 200
    assert send(client, TOKENS, {"name": "Nobody", "user": "999"}).status_code == 404


@on_sqlite
def test_a_token_ends_with_its_person(app, two, rows):
    program = a_program(app, Role.ESTIMATOR)
    assert program.get("/customers").status_code == 200

    with rows() as session:
        pete = session.scalars(select(User).where(User.role == Role.ESTIMATOR)).one()
        pete.active = False

    assert program.get("/customers").status_code == 401


@on_sqlite
def test_a_token_has_the_rights_that_its_person_has_today(app, two, rows):
    program = a_program(app, Role.ESTIMATOR)
    with rows() as session:
        pete = session.scalars(select(User).where(User.role == Role.ESTIMATOR)).one()
        pete.role = Role.CREW

    assert program.get("/invoices").status_code == 403


@on_sqlite
def test_a_cookie_opens_no_door_for_programs_and_a_token_no_page(app, two, signed_in):
    by_cookie = signed_in.get("/api/v1/customers")
    posted = signed_in.post("/api/v1/calculate", json={})
    program = a_program(app)
    page = program.client.get("/admin/customers/", headers=program.headers)

    assert by_cookie.status_code == posted.status_code == 401
    assert by_cookie.headers["WWW-Authenticate"] == 'Bearer realm="Sawhorse"'
    assert page.status_code == 302
    assert "/login" in page.location


@on_sqlite
def test_a_cookie_beside_a_token_adds_no_rights(app, two, signed_in):
    crew = a_program(app, Role.CREW)

    assert signed_in.get("/api/v1/invoices", headers=crew.headers).status_code == 403


@on_sqlite
def test_a_token_that_only_reads_changes_nothing(app, two):
    """Generated from the url map; working something out keeps nothing and stays open."""
    program = a_program(app, read_only=True)
    tried = []
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.calculate":
            for method in methods:
                path = rule.rule.replace("<public_id>", two.ash.ids["drafts"]).replace("<name>", "issue")
                answer = program.client.open(path, method=method, headers=program.headers, json={})
                tried.append((path, answer.status_code))

    assert len(tried) >= 6
    assert {status for _, status in tried} == {403}
    assert program.get("/invoices").status_code == 200
    assert program.post("/calculate", {"currency": "EUR", "lines": []}).status_code == 422


def test_the_last_use_of_a_token_is_known_to_the_minute(app, two, clock, rows):
    program = a_program(app)

    def used_at():
        with rows() as session:
            return session.scalars(select(ApiToken)).one().last_used_at

    assert used_at() is None
    program.get("/customers")
    first = used_at()
    app.extensions["sawhorse_clock"] = FixedClock(clock.now() + timedelta(seconds=59))
    program.get("/customers")
    again = used_at()
    app.extensions["sawhorse_clock"] = FixedClock(clock.now() + timedelta(seconds=60))
    program.get("/nothing-here")
    program.get("/customers")

    assert first == again == clock.now()
    assert used_at() == clock.now() + timedelta(seconds=60)
    with rows() as session:
        token = session.scalars(select(ApiToken)).one()
        assert token.version == 1, "using a token is no edit of it"


def test_a_program_gone_wild_is_told_to_wait_and_the_others_are_not(app, two):
    wild = Program(app.test_client(), "swh_guessed")
    good = a_program(app)

    answers = [wild.get("/customers") for _ in range(MOST_HERE + 1)]

    assert [answer.status_code for answer in answers] == [401] * MOST_HERE + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].mimetype == "application/problem+json"
    assert good.get("/customers").status_code == 200


@on_sqlite
@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer " + "x" * 5000,
        "Bearer \x00",
        "Basic YTpi",
        "Token abc",
        "Bearer é",
        "swh_x",
    ],
)
def test_damaged_credentials_are_refused_and_no_surprise(app, two, header):
    answer = app.test_client().get(
        "/api/v1/customers", headers={"Authorization": header.encode().decode("latin-1")}
    )

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@on_sqlite
def test_nobody_reaches_an_address_of_the_api_without_a_rule_and_a_token(app, two):
    stranger = app.test_client()
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")]

    assert len(rules) > 25
    for rule in rules:
        assert access_of(app, rule.endpoint) is not None, rule
        path = rule.rule.replace("<public_id>", "x").replace("<name>", "issue")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = stranger.open(path, method=method, json={} if method == "POST" else None)
            assert answer.status_code == 401, rule


@on_sqlite
def test_every_token_is_another(app, two):
    secrets = {a_token(app).secret for _ in range(5)}

    assert len(secrets) == 5
    assert all(len(secret) == 47 for secret in secrets)
