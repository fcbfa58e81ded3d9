"""Reading documents: lists in pages, single ones with their parts, and their papers as PDF."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, inspect, select

from admin_app.api.door import REFUSED, door, operation
from admin_app.api.reading import find, linked, moment, parameters, text, wrong
from admin_app.api.resources import RESOURCES, Resource
from admin_app.api.schema import TEXT, Schema, ref
from admin_app.api.writing import Reader
from admin_app.models import CustomerGroup, Entity, Project
from admin_app.models.field import field_named
from admin_app.policy import rights_of, visible
from admin_app.records.paging import Place, read_place, write_place
from admin_app.records.sorting import orders_of
from admin_app.services.papers.paper_of import content_of, file_name, pdf_of
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import rule
from admin_app.web.company import actor, currency, office_session, today
from admin_app.web.login import settings

USUAL_SIZE, LARGEST_SIZE = 50, 200

View = Callable[..., ResponseReturnValue]


def reader() -> Reader:
    """For whom this request writes."""
    return Reader(office_session(), actor(), today(), currency())


def mount(path: str, view: View, *, endpoint: str, doc: Mapping[str, Any], method: str = "GET") -> None:
    """Open an address of the API; its view states its rule already."""
    documented = door.doc(**doc)(view)
    door.add_url_rule(path, endpoint, documented, methods=[method], tags=[path.split("/")[1]])


def _columns(entity: type[Entity]) -> Any:
    return inspect(entity).column_attrs


def filters_of(resource: Resource) -> tuple[str, ...]:
    """The filters that a list knows, beside its place."""
    columns = _columns(resource.entity)
    known = ["updated_since"]
    if "state" in columns:
        known.append("state")
    if "group_id" in columns:
        known.append("customer")
    if "project_id" in columns:
        known.append("project")
    return tuple(known)


def _conditions(resource: Resource, asked: Mapping[str, str]) -> list[ColumnElement[bool]]:
    entity: Any = resource.entity
    session, who = office_session(), actor()
    met: list[ColumnElement[bool]] = []
    if "updated_since" in asked:
        met.append(entity.updated_at >= moment(asked["updated_since"], "updated_since"))
    if "state" in asked:
        met.append(entity.state == _state(entity, asked["state"]))
    if "customer" in asked:
        customer = linked(session, CustomerGroup, asked["customer"], who, "customer")
        met.append(entity.group_id == customer.id)
    if "project" in asked:
        project = linked(session, Project, asked["project"], who, "project")
        met.append(entity.project_id == project.id)
    return met


def _state(entity: type[Entity], word: str) -> Any:
    states = field_named(entity, "state").choices
    assert states is not None
    try:
        return states(word)
    except ValueError:
        offered = ", ".join(str(state.value) for state in states)
        raise wrong("state", f"“{word[:40]}” is not one of: {offered}") from None


def _limit(asked: Mapping[str, str]) -> int:
    written = asked.get("limit", str(USUAL_SIZE))
    if not (written.isascii() and written.isdigit()) or int(written[:9]) < 1:
        raise wrong("limit", f"This is a whole number from 1 to {LARGEST_SIZE}")
    return min(int(written[:9]), LARGEST_SIZE)


def _after(resource: Resource, asked: Mapping[str, str]) -> int:
    """The id after which the page begins."""
    if "cursor" not in asked:
        return 0
    place = read_place(text(asked["cursor"], "cursor", 200), orders_of(resource.entity)["id"])
    if place is None:
        raise wrong("cursor", "This place in the list is not known; begin without a cursor")
    return place.id


def list_of(resource: Resource) -> View:
    """The view of a list."""

    @rule(rights_of(resource.entity).read)
    def listed() -> ResponseReturnValue:
        """Give one page, oldest first, so that what is added meanwhile comes at the end."""
        asked = parameters((*filters_of(resource), "limit", "cursor"))
        entity: Any = resource.entity
        size = _limit(asked)
        query = select(entity).where(entity.id > _after(resource, asked), *_conditions(resource, asked))
        found = list(office_session().scalars(visible(actor(), query).order_by(entity.id).limit(size + 1)))
        shown = found[:size]
        following = _next_address(shown[-1].id) if len(found) > size else None
        answer = jsonify(items=reader().documents(resource, shown), next=following)
        if following is not None:
            answer.headers["Link"] = f'<{following}>; rel="next"'
        return answer

    return listed


def _next_address(last_id: int) -> str:
    """The address of the page after a row, with everything else that was asked."""
    asked: dict[str, Any] = request.args.to_dict() | {"cursor": write_place(Place((), last_id))}
    return url_for(request.endpoint or "", **asked)


def single_of(resource: Resource) -> View:
    """The view of one document."""

    @rule(rights_of(resource.entity).read)
    def single(public_id: str) -> ResponseReturnValue:
        """Give the document as it stands."""
        record = find(office_session(), resource.entity, public_id, actor())
        return jsonify(reader().whole(resource, record))

    return single


def pdf_view_of(resource: Resource) -> View:
    """The view of its paper."""

    @rule(rights_of(resource.entity).read)
    def paper(public_id: str) -> Response:
        """Give the frozen paper where it went out, else the draft as it stands."""
        session = office_session()
        record = find(session, resource.entity, public_id, actor())
        pdf = pdf_of(session, FolderStorage(settings().files), resource.paper, record)
        name = file_name(content_of(session, resource.paper, record))
        return send_file(io.BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=name)

    return paper


def _page_doc(resource: Resource) -> dict[str, Any]:
    page: Schema = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": ref(resource.called)},
            "next": {"type": ["string", "null"]},
        },
        "required": ["items", "next"],
    }
    names = {
        "updated_since": {"type": "string", "format": "date-time"},
        "state": TEXT,
        "customer": TEXT,
        "project": TEXT,
        "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": USUAL_SIZE},
        "cursor": TEXT,
    }
    asked = [
        {"in": "query", "name": name, "required": False, "schema": names[name]}
        for name in (*filters_of(resource), "limit", "cursor")
    ]
    return operation(f"List {resource.entity.plural}", page, told="One page", parameters=asked)


def _pdf_doc(resource: Resource) -> dict[str, Any]:
    file = {"description": "The paper", "content": {"application/pdf": {}}}
    return {
        "summary": f"Read the paper of a {resource.entity.singular}",
        "responses": {"200": file, "default": REFUSED},
    }


def open_documents() -> None:
    """Mount the addresses of every kind of document."""
    for resource in RESOURCES:
        word = resource.path.replace("-", "_")
        mount(f"/{resource.path}", list_of(resource), endpoint=f"list_{word}", doc=_page_doc(resource))
        mount(
            f"/{resource.path}/<public_id>",
            single_of(resource),
            endpoint=f"read_{word}",
            doc=operation(f"Read one {resource.entity.singular}", ref(f"{resource.called}Whole")),
        )
        if resource.paper:
            mount(
                f"/{resource.path}/<public_id>/pdf",
                pdf_view_of(resource),
                endpoint=f"paper_{word}",
                doc=_pdf_doc(resource),
            )


open_documents()
