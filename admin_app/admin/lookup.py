"""What a type-ahead asks: the records of one kind whose search text matches, at most twenty, by name."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import Select, inspect, select

from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import clean_text
from admin_app.models import Base, Entity
from admin_app.policy import RIGHTS, Permission, visible
from admin_app.records.record_name import name_of
from admin_app.records.search import search_condition
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session

MOST_FOUND = 20

lookup = Blueprint("lookup", __name__, url_prefix="/admin/lookup")


def entity_of_table(table: str) -> type[Entity]:
    """The entity that is kept in a table and that the policy names; raises NotFound for anything else."""
    for mapper in Base.registry.mappers:
        found = mapper.class_
        if issubclass(found, Entity) and found.__tablename__ == table and found in RIGHTS:
            return found
    raise NotFound("There is nothing of this kind")


@lookup.get("/<kind>/")
@rule(Permission.SIGNED_IN)
def find(kind: str) -> Response:
    """JSON list of {value, text, detail}; without a word the first by name."""
    entity = entity_of_table(kind)
    session = office_session()
    try:
        text = clean_text(request.args.get("q", ""), 200)
    except Invalid:
        text = ""
    name = name_of(entity)
    columns = inspect(entity).column_attrs
    listed: Select[Any] = select(entity.id).add_columns(name)
    query = listed.where(search_condition(session, entity, text))
    if "archived_at" in columns:
        query = query.where(columns["archived_at"].class_attribute.is_(None))
    order = next((columns[key].class_attribute for key in ("sort_name", "folded") if key in columns), None)
    query = query.order_by(*(() if order is None else (order,)), entity.id).limit(MOST_FOUND)
    by_word = "folded" in columns
    rows = session.execute(visible(actor(), query)).all()
    return jsonify(
        [{"value": words if by_word else str(record_id), "text": words} for record_id, words in rows]
    )
