"""The description holds: OpenAPI 3.1 in shape, every address in it, and no body that breaks an operation [12]."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.signing import on_sqlite

pytestmark = on_sqlite

METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "trace"}
TYPES = {"string", "integer", "number", "boolean", "object", "array", "null"}
ROUNDS = 6


@pytest.fixture
def description(two, client) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json
    return found


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Path, method, operation, and the path's own item."""
    for path, item in description["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method], item


def schemas_in(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema below a node of the description."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("schema", "items", "additionalProperties") and isinstance(value, dict):
                yield value
            if key == "properties" and isinstance(value, dict):
                yield from (part for part in value.values() if isinstance(part, dict))
            yield from schemas_in(value)
    elif isinstance(node, list):
        for part in node:
            yield from schemas_in(part)


def test_it_is_openapi_3_1(description):
    assert re.fullmatch(r"3\.1\.\d+", description["openapi"])
    assert {"title", "version"} <= set(description["info"])
    scheme = description["components"]["securitySchemes"]["token"]
    assert scheme == {"type": "http", "scheme": "bearer"}
    assert description["security"] == [{"token": []}]
    for path, _method, operation, item in operations(description):
        named = set(re.findall(r"{(\w+)}", path))
        told = [*item.get("parameters", []), *operation.get("parameters", [])]
        assert named == {one["name"] for one in told if one["in"] == "path"}, path
        assert all(one["required"] for one in told if one["in"] == "path")
        assert operation["summary"]
        assert "default" in operation["responses"]
        for status, response in operation["responses"].items():
            assert status == "default" or 100 <= int(status) <= 599
            assert response["description"]


def test_every_reference_leads_somewhere_and_every_schema_has_a_shape(description):
    known = description["components"]["schemas"]
    for named in re.findall(r'"\$ref": "([^"]+)"', json.dumps(description)):
        assert named.removeprefix("#/components/schemas/") in known
    for schema in [*known.values(), *schemas_in(description)]:
        types = schema.get("type", [])
        assert {types} if isinstance(types, str) else set(types) <= TYPES
        assert types or {"$ref", "allOf"} & set(schema), schema


def test_every_address_of_the_api_is_described(app, description):
    described = {(path, method.upper()) for path, method, *_ in operations(description)}
    real = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert described == real


def test_documents_look_as_described(two, program, description):
    """Each list, each document and each figure is held against its own schema."""
    for path, method, operation, _item in operations(description):
        if method != "get" or "pdf" in path:
            continue
        kind = path.split("/")[3]
        address = path.replace("{public_id}", two.ash.ids.get(kind, "")).replace("{name}", "invoiced")
        answer = program.client.get(address, headers=program.headers)
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert not list(misfits(answer.json, schema, description["components"]["schemas"], path)), path


def misfits(value: Any, schema: dict[str, Any], known: dict[str, Any], path: str) -> Iterator[str]:
    """Where a value does not fit its schema, as far as our schemas go."""
    if "$ref" in schema:
        yield from misfits(value, known[schema["$ref"].rsplit("/", 1)[-1]], known, path)
        return
    for part in schema.get("allOf", []):
        yield from misfits(value, part, known, path)
    types = schema.get("type")
    if types is not None and not any(
        _is(value, one) for one in ([types] if isinstance(types, str) else types)
    ):
        yield f"{path}: {value!r} is no {types}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is not in {schema['enum']}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{path}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, dict):
        yield from (f"{path}: {name} is missing" for name in schema.get("required", []) if name not in value)
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield from misfits(value[name], part, known, f"{path}.{name}")
    if isinstance(value, list) and "items" in schema:
        for number, one in enumerate(value):
            yield from misfits(one, schema["items"], known, f"{path}[{number}]")


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    shapes: dict[str, type] = {
        "string": str,
        "boolean": bool,
        "object": dict,
        "array": list,
        "null": type(None),
    }
    return isinstance(value, shapes[kind])


JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "a\x00b",
    "\ud800",
    "’; DROP TABLE invoice; --",
    "2026-02-30",
    "9999-12-31",
    "0001-01-01T00:00:00Z",
    "2026-03-17T09:30:00Z",
    "1e400",
    "-0",
    "ß" * 25_000,
    [],
    [[]],
    [None] * 300,
    {},
    {"": None},
    {"amount": {"amount": "1"}},
)
BROKEN = (b"", b"{", b"\x00", b"\xff\xfe", b"[1,", b"nul", b"{}" * 3, b'{"a":1e999}', b"[" * 3000)


def test_no_body_and_no_parameter_breaks_an_operation(two, program, description):
    """A small fuzz of our own: for each operation, well-formed and damaged input at random; never a 5xx."""
    chance = random.Random(20260317)
    steps = [
        name for path in two.ash.ids for name in ("issue", "void", "send", "confirm", "schedule", "work")
    ]
    bad: list[str] = []
    tried = 0
    for path, method, operation, item in operations(description):
        kind = path.split("/")[3]
        for _round in range(ROUNDS if method == "get" else ROUNDS * 3):
            told = [*item.get("parameters", []), *operation.get("parameters", [])]
            ids = [two.ash.ids.get(kind, "x"), two.birch.ids.get(kind, "x"), "%00", "é", "-1", "x" * 500]
            address = path.replace("{public_id}", chance.choice(ids)).replace("{name}", chance.choice(steps))
            asked = {
                one["name"]: str(chance.choice(JUNK))[:2000].encode("utf-8", "replace").decode()
                for one in told
                if one["in"] == "query" and chance.random() < 0.4
            }
            headers = program.headers | {"Idempotency-Key": str(chance.random())}
            body = _body(operation, chance) if method == "post" else None
            answer = program.client.open(
                address,
                method=method.upper(),
                query_string=asked,
                headers=headers,
                data=body,
                content_type="application/json" if body is not None else None,
            )
            tried += 1
            if answer.status_code >= 500:
                bad.append(f"{method} {address} {asked} {body!r:.200}: {answer.status_code}")
            if answer.status_code >= 400 and answer.mimetype != "application/problem+json":
                bad.append(f"{method} {address}: {answer.mimetype}")

    assert tried > 200
    assert bad == []


def _body(operation: dict[str, Any], chance: random.Random) -> bytes:
    """A body with the fields of the operation and junk in them, or a damaged one."""
    if chance.random() < 0.2:
        return chance.choice(BROKEN)
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    names = list(schema.get("properties", {})) or ["x"]
    said: Any = {name: chance.choice(JUNK) for name in names if chance.random() < 0.4}
    if chance.random() < 0.1:
        said = chance.choice(JUNK)
    return json.dumps(said).encode()
