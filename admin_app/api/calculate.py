"""What a document would come to, and why: the same JSON as `sawhorse calculate` [M8, L7]."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from admin_app.api.documents import mount
from admin_app.api.door import operation
from admin_app.api.reading import body_text
from admin_app.money.calculator import calculate as calculate_totals
from admin_app.money.draft_json import read_draft, totals_to_json
from admin_app.policy import Permission
from admin_app.web.access import rule
from admin_app.web.login import release_transaction


@rule(Permission.SIGNED_IN)
def calculate() -> ResponseReturnValue:
    """Give the totals of the document in the body; nothing is kept."""
    release_transaction()  # it may take its time, and nothing will be written
    return jsonify(totals_to_json(calculate_totals(read_draft(body_text()))))


DRAFT = {
    "type": "object",
    "description": "Numbers are text, so that no digit is lost on the way",
    "properties": {
        "currency": {"type": "string"},
        "tax_mode": {"type": "string", "enum": ["document", "line"]},
        "prices_include_tax": {"type": "boolean"},
        "lines": {"type": "array", "items": {"type": "object"}},
        "taxes": {"type": "array", "items": {"type": "object"}},
        "discount": {"type": ["object", "null"]},
        "allowance": {"type": ["object", "null"]},
        "deposit": {"type": ["object", "null"]},
    },
    "required": ["currency"],
    "additionalProperties": False,
}

mount(
    "/calculate",
    calculate,
    endpoint="calculate",
    doc=operation(
        "Work out a document",
        {"type": "object"},
        told="Its totals and their derivation",
        requestBody={"required": True, "content": {"application/json": {"schema": DRAFT}}},
    ),
    method="POST",
)
