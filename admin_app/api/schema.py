"""What a document looks like as JSON, said once from the declarations of its fields (JSON Schema 2020-12)."""

from __future__ import annotations

from typing import Any

from admin_app.api.resources import RESOURCES, Resource
from admin_app.models import Entity
from admin_app.models.field import BoundField, Kind, Surface, fields_on

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
AMOUNT: Schema = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
LINKED: Schema = {
    "type": "object",
    "properties": {"id": TEXT, "name": TEXT},
    "required": ["id", "name"],
}

_TYPES: dict[Kind, Schema] = {
    Kind.INTEGER: {"type": "integer"},
    Kind.DECIMAL: AMOUNT,
    Kind.MONEY: AMOUNT,
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.COORDINATE: {"type": "number"},
    Kind.STRUCTURE: {"type": "object"},
    Kind.LINK: LINKED,
    Kind.LINKS: {"type": "array", "items": LINKED},
}

PROBLEM: Schema = {"$ref": "#/components/schemas/Problem"}


def ref(name: str) -> Schema:
    """A reference to a schema of this description."""
    return {"$ref": f"#/components/schemas/{name}"}


def is_told(bound: BoundField) -> bool:
    """Whether a field is told to programs at all; rows that belong to a document come as its parts."""
    return bound.kind is not Kind.CHILDREN


def told_fields(entity: type[Entity], parent: type[Entity] | None = None) -> tuple[BoundField, ...]:
    """The fields of an entity that programs read; a part does not repeat the document that it belongs to."""
    return tuple(
        bound
        for bound in fields_on(entity, Surface.API)
        if is_told(bound) and (parent is None or bound.target is not parent)
    )


def field_schema(bound: BoundField) -> Schema:
    """One field: its type, its words, its unit; null where it may be empty."""
    schema = dict(_TYPES.get(bound.kind, TEXT))
    if bound.choices is not None:
        schema["enum"] = [member.value for member in bound.choices]
    if not _is_always_there(bound):
        schema = _or_null(schema)
    said = ". ".join(filter(None, (bound.label, bound.declared.help, bound.declared.unit)))
    return {**schema, "description": said}


def _is_always_there(bound: BoundField) -> bool:
    if bound.kind in (Kind.LINKS, Kind.LINK):
        return bound.kind is Kind.LINKS  # a linked record that the reader may not see is null
    return not bound.entity.__table__.c[bound.key].nullable


def _or_null(schema: Schema) -> Schema:
    nullable = {**schema, "type": [schema["type"], "null"]}
    if "enum" in nullable:
        nullable["enum"] = [*nullable["enum"], None]
    return nullable


def _properties(entity: type[Entity], parent: type[Entity] | None = None) -> Schema:
    return {bound.key: field_schema(bound) for bound in told_fields(entity, parent)}


def document_schema(resource: Resource) -> Schema:
    """One document of a list: its own fields, what follows from them, when it was made and changed."""
    properties: Schema = {
        "id": TEXT,
        "external_id": {"type": ["string", "null"], "description": "Its id in the file it came from"},
        "version": {"type": "integer"},
        "created_at": _TYPES[Kind.INSTANT],
        "updated_at": _TYPES[Kind.INSTANT],
        "currency": {"type": "string", "description": "The currency of every amount on it (ISO 4217)"},
        **_properties(resource.entity),
        **{name: dict(derived.schema) for name, derived in resource.derived.items()},
    }
    return {"type": "object", "properties": properties, "required": ["id", "version", "currency"]}


def whole_schema(resource: Resource) -> Schema:
    """A single document: as in a list, with its parts, its taxes and how its total came about."""
    more: Schema = {}
    for part in resource.parts:
        properties: Schema = {"id": TEXT, **_properties(part.entity, resource.entity)}
        if part.taxed:
            properties["taxes"] = {"type": "array", "items": TEXT}
        more[part.key] = {"type": "array", "items": {"type": "object", "properties": properties}}
    if resource.has_taxes:
        rate = {"type": ["string", "null"], "description": "In percent; null: it came without one"}
        tax = {"name": TEXT, "rate": rate, "base": AMOUNT, "amount": AMOUNT}
        more["taxes"] = {"type": "array", "items": {"type": "object", "properties": tax}}
        more["derivation"] = {"type": ["object", "null"], "description": "How the total came about"}
    return {"allOf": [ref(resource.called), {"type": "object", "properties": more}]}


def components() -> dict[str, Schema]:
    """Every schema that the description names."""
    found: dict[str, Schema] = {
        "Problem": {
            "type": "object",
            "properties": {
                "type": TEXT,
                "title": TEXT,
                "status": {"type": "integer"},
                "detail": TEXT,
                "fields": {"type": "object", "additionalProperties": TEXT},
                "fix_url": TEXT,
                "guard": TEXT,
                "fix": TEXT,
                "reference": TEXT,
            },
            "required": ["title", "status"],
        },
        "Step": {
            "type": "object",
            "properties": {
                "name": TEXT,
                "label": TEXT,
                "open": {"type": "boolean"},
                "reason": {"type": ["string", "null"]},
                "fix": {"type": ["string", "null"]},
                "asks": {"type": "array", "items": TEXT},
                "danger": {"type": "boolean"},
            },
            "required": ["name", "label", "open", "asks"],
        },
    }
    for resource in RESOURCES:
        found[resource.called] = document_schema(resource)
        found[f"{resource.called}Whole"] = whole_schema(resource)
    return found
