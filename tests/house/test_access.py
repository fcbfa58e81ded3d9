"""Who may open what: every address, every role, generated from the url map (security.md, "Access")."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.routing.converters import AnyConverter, BaseConverter, NumberConverter

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.models import Brand, Company
from admin_app.policy import Permission, holds
from admin_app.web.access import PUBLIC, access_of
from admin_app.web.clients import ClientRule
from tests.api.program import a_program
from tests.forms import token_of
from tests.signing import CAST, sign_in_as

SAFE = {"GET", "HEAD", "OPTIONS"}

# Webhooks carry a signature of their own instead of the token; each stands here by name (security.md, "Requests").
WITHOUT_TOKEN: frozenset[str] = frozenset({"hooks.mail", "hooks.sms", "hooks.stripe"})

# Programs carry a bearer token, and no cookie opens their door: there is nothing that another site could send.
BY_BEARER = "api."


@dataclass(frozen=True)
class Address:
    """One address with sample values in its gaps: records that may or may not be there."""

    endpoint: str
    path: str
    methods: frozenset[str]
    rule: Any


@pytest.fixture
def database(sqlite_database: str) -> str:
    """One database is enough: the doors are the same."""
    return sqlite_database


@pytest.fixture
def office(app: Flask, rows: Any) -> Flask:
    """The application with a company and a brand."""
    with rows() as session:
        session.add(Company(id=1, name="Ashworth & Sons", currency="GBP"))
        session.add(Brand(name="Harbour", key="harbour"))
    return app


def addresses(app: Flask) -> Iterator[Address]:
    """Every address that the application answers."""
    for rule in app.url_map.iter_rules():
        with app.test_request_context():
            path = rule.build(_samples(rule), append_unknown=False)
        assert path is not None, rule
        yield Address(
            rule.endpoint, path[1], frozenset(rule.methods or ()) - {"OPTIONS"}, access_of(app, rule.endpoint)
        )


def _samples(rule: Rule) -> dict[str, Any]:
    converters = rule._converters
    return {name: _sample(converters.get(name)) for name in rule.arguments}


def _sample(converter: BaseConverter | None) -> Any:
    """A number, one of the words that an address knows, or any word."""
    if isinstance(converter, NumberConverter):
        return 1
    return min(converter.items) if isinstance(converter, AnyConverter) else "tag"


def may(role: Role, permission: Permission) -> bool:
    return holds(Actor(ActorKind.STAFF, "somebody", 1, role), permission)


def for_programs(address: Address) -> bool:
    return address.endpoint.startswith(BY_BEARER)


def asks_to_sign_in(answer: Any) -> bool:
    """A person is sent to the sign-in page, a program told to bring a token."""
    if answer.status_code == 401 and answer.request.path.startswith("/api/v1/"):
        return str(answer.headers["WWW-Authenticate"]).startswith("Bearer")
    return answer.status_code == 302 and str(answer.location).startswith(("/login", "/portal/sign-in"))


def for_the_portal(address: Address) -> bool:
    """Pages of clients: who sees what there, tests/portal asks, with every account and every foreign id."""
    return isinstance(address.rule, ClientRule)


def test_every_address_states_who_may_use_it(office):
    silent = {address.endpoint for address in addresses(office) if address.rule is None}

    assert not silent, "state @rule(Permission.X), @public, or `access` on the view"


def test_what_is_public_is_known_by_name(office):
    """Whoever opens a door to everybody says so here too."""
    public = {address.endpoint for address in addresses(office) if address.rule is PUBLIC}

    assert {name for name in public if not name.endswith("static")} == {
        "api-docs.openapi_json",
        "calendar.read",
        "front_door",
        "health.healthz",
        "health.readyz",
        "hooks.mail",
        "hooks.sms",
        "hooks.stripe",
        "portal_door.choose",
        "portal_door.identified",
        "portal_door.invitation",
        "portal_door.link_sent",
        "portal_door.mailed_link",
        "portal_door.password",
        "portal_door.send_link",
        "portal_door.sign_in",
        "portal_door.sign_out",
        "portal_logo.logo",
        "passkeys.ask_to_sign_in",
        "passkeys.sign_in",
        "second_step.code",
        "sign_in.sign_in",
        "sign_in.sign_out",
        "sign_in.welcome",
        "setup.index",
        "setup.company",
        "setup.brands",
        "setup.taxes",
        "setup.account",
    }


def test_a_stranger_is_sent_to_sign_in_whatever_he_asks_for(office, client):
    open_doors = [
        f"{address.path}: {answer.status_code}"
        for address in addresses(office)
        if "GET" in address.methods and address.rule is not PUBLIC
        for answer in [client.get(address.path)]
        if not asks_to_sign_in(answer) and answer.status_code != 404
    ]

    assert not open_doors


def test_a_stranger_with_a_token_changes_nothing(office, client):
    token = token_of(client.get("/login"))
    open_doors = [
        f"{method} {address.path}: {answer.status_code}"
        for address in addresses(office)
        if address.rule is not PUBLIC
        for method in sorted(address.methods - SAFE)
        for answer in [client.open(address.path, method=method, data={"csrf_token": token})]
        if not asks_to_sign_in(answer) and answer.status_code != 404
    ]

    assert not open_doors


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_role_opens_what_the_policy_says_and_nothing_else(office, client, role):
    sign_in_as(client, role)
    bearer = a_program(office, role).headers

    wrong = [
        f"{address.path}: {status} for the right to {address.rule.value}"
        for address in addresses(office)
        if "GET" in address.methods and address.rule is not PUBLIC and not for_the_portal(address)
        for headers in [bearer if for_programs(address) else {}]
        for status in [client.get(address.path, headers=headers).status_code]
        if not _is_right(status, may(role, address.rule))
    ]

    assert not wrong


def _is_right(status: int, allowed: bool) -> bool:
    """Open means a page, a way on, or that this sample record is not there; never a surprise."""
    return status < 500 and status not in (401, 403) if allowed else status == 403


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_role_changes_nothing_that_the_policy_keeps_from_it(office, client, role):
    sign_in_as(client, role)
    token = token_of(client.get("/password"))
    bearer = a_program(office, role).headers

    wrong = [
        f"{method} {address.path}: {status}"
        for address in addresses(office)
        if address.rule is not PUBLIC and not for_the_portal(address) and not may(role, address.rule)
        for method in sorted(address.methods - SAFE)
        for headers in [bearer if for_programs(address) else {}]
        for status in [
            client.open(address.path, method=method, data={"csrf_token": token}, headers=headers).status_code
        ]
        if status != 403
    ]

    assert not wrong


@pytest.mark.parametrize("signed_in", [True, False])
def test_nothing_is_changed_without_the_token_of_the_form(office, client, signed_in):
    if signed_in:
        sign_in_as(client, Role.OWNER)

    taken = [
        f"{method} {address.path}: {status}"
        for address in addresses(office)
        if address.endpoint not in WITHOUT_TOKEN
        for method in sorted(address.methods - SAFE)
        for status in [_send_bare(client, method, address.path)]
        if status != (401 if for_programs(address) else 400)
    ]

    assert not taken


def _send_bare(client: FlaskClient, method: str, path: str) -> int:
    return int(client.open(path, method=method, data={"name": "x"}).status_code)


def test_every_role_is_in_the_cast():
    assert set(CAST) == set(Role)
