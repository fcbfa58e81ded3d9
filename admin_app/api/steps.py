"""The steps of documents: which are open and why not, and taking one, as the pages take it [M38, L15]."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.api.documents import View, mount, reader
from admin_app.api.door import operation
from admin_app.api.once import KEY_PARAMETER, once
from admin_app.api.reading import body, day, find, flag, linked, listed, moment, text, wrong
from admin_app.api.resources import RESOURCES, Resource
from admin_app.api.schema import TEXT, Schema, ref
from admin_app.flow import Offer
from admin_app.models import Contact, Entity, LeadStatus, User
from admin_app.policy import rights_of
from admin_app.services.facts import Said
from admin_app.services.take import flow_of
from admin_app.services.walk_step import Words, events_of, offered_steps, walk_step, words_of
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session

MOST_CREW = 50

DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
SAYABLE: dict[str, Schema] = {
    "reason": {**TEXT, "description": "Why"},
    "until": {**DAY, "description": "The day on which a postponed lead comes back"},
    "status": {**TEXT, "description": "The id of a lead status of your own"},
    "how": {**TEXT, "description": "How the client agreed, or why the work goes ahead all the same"},
    "comment": {**TEXT, "description": "What the client said; with sending, the words of the letter"},
    "contact": {**TEXT, "description": "The id of the contact to whom it goes"},
    "by_hand": {"type": "boolean", "description": "Handed over in person: no mail"},
    "issue_on": DAY,
    "due_on": DAY,
    "starts_at": MOMENT,
    "ends_at": MOMENT,
    "crew": {"type": "array", "items": TEXT, "maxItems": MOST_CREW, "description": "Ids of staff"},
}
"""Everything that can be said with a step; each step takes its own part of it (`asks`)."""


def steps_of(resource: Resource) -> View:
    """The view of the steps of one document."""

    @rule(rights_of(resource.entity).read)
    def steps(public_id: str) -> ResponseReturnValue:
        """Give the steps from where the document stands, closed ones with their reason."""
        session, who = office_session(), actor()
        document: Any = find(session, resource.entity, public_id, who)
        offered = offered_steps(session, document, who, clock())
        return jsonify(
            id=document.public_id,
            state=document.state.value,
            steps=[_step(document, offer) for offer in offered],
        )

    return steps


def _step(document: Entity, offer: Offer) -> dict[str, Any]:
    return {
        "name": offer.step.name,
        "label": offer.step.label,
        "open": offer.is_open,
        "reason": offer.reason or None,
        "fix": offer.fix or None,
        "asks": list(words_of(document, offer.step.name)),
        "danger": offer.step.danger,
    }


def step_of(resource: Resource) -> View:
    """The view that takes a step."""

    @rule(rights_of(resource.entity).read)
    def step(public_id: str, name: str) -> ResponseReturnValue:
        """Take the step once; give the document as it stands then, and what happened."""
        session, who = office_session(), actor()
        document = find(session, resource.entity, public_id, who)
        flow_of(document).rows(name)  # an address that is no step says so before anything is read
        said = body(words_of(document, name), may_be_empty=True)
        words = _words(said)

        def walk() -> Entity:
            return walk_step(session, document, name, words, who, clock()).document

        content = (public_id, name, sorted(said.items()))
        found = once(f"{resource.path} {name}", content, resource.entity, walk)
        session.expire(found)  # what the step wrote is read again, rows that belong to it too
        return jsonify(document=reader().whole(resource, found), events=events_of(document, name))

    return step


def _words(said: dict[str, Any]) -> Words:
    """The body as the services understand it; raises Invalid at the field."""
    session, who = office_session(), actor()
    given = {name: value for name, value in said.items() if value is not None}
    facts: dict[str, Any] = {
        name: text(given[name], name) for name in ("reason", "how", "comment") if name in given
    }
    facts |= {name: day(given[name], name) for name in ("until", "issue_on", "due_on") if name in given}
    if "by_hand" in given:
        facts["by_hand"] = flag(given["by_hand"], "by_hand")
    if "contact" in given:
        facts["contact_id"] = linked(session, Contact, given["contact"], who, "contact").id
    if "status" in given:
        facts["status_id"] = linked(session, LeadStatus, given["status"], who, "status").id
    times = {name: moment(given[name], name) for name in ("starts_at", "ends_at") if name in given}
    crew = _crew(given["crew"]) if "crew" in given else None
    return Words(Said(**facts), times.get("starts_at"), times.get("ends_at"), crew)


def _crew(said: object) -> tuple[int, ...]:
    """The people named.  Whoever plans must be able to choose anybody who works here, as on the page."""
    wanted = {text(one, "crew", 32) for one in listed(said, "crew", MOST_CREW)}
    found = office_session().scalars(select(User.id).where(User.public_id.in_(wanted), User.active)).all()
    if len(found) < len(wanted):
        raise wrong("crew", "Somebody of this crew does not work here")
    return tuple(found)


def open_steps() -> None:
    """Mount the steps of every document that takes any."""
    for resource in RESOURCES:
        if not resource.walks:
            continue
        steps: Schema = {
            "type": "object",
            "properties": {
                "id": TEXT,
                "state": TEXT,
                "steps": {"type": "array", "items": ref("Step")},
            },
            "required": ["id", "state", "steps"],
        }
        mount(
            f"/{resource.path}/<public_id>/steps",
            steps_of(resource),
            endpoint=f"steps_{resource.path}",
            doc=operation(f"Read the steps of a {resource.entity.singular}", steps),
        )
        mount(
            f"/{resource.path}/<public_id>/steps/<name>",
            step_of(resource),
            endpoint=f"step_{resource.path}",
            doc=_step_doc(resource),
            method="POST",
        )


def _step_doc(resource: Resource) -> dict[str, Any]:
    names = [
        name
        for name in flow_of(resource.entity).step_names
        if any(row.offered for row in flow_of(resource.entity).rows(name))
    ]
    sayable = {word for name in names for word in words_of(resource.entity, name)}
    answer: Schema = {
        "type": "object",
        "properties": {
            "document": ref(f"{resource.called}Whole"),
            "events": {"type": "array", "items": TEXT},
        },
        "required": ["document", "events"],
    }
    said: Schema = {
        "type": "object",
        "properties": {word: schema for word, schema in SAYABLE.items() if word in sayable},
        "additionalProperties": False,
    }
    return operation(
        f"Take a step of a {resource.entity.singular}",
        answer,
        told="The document as it stands then, and what happened",
        description=f"Steps: {', '.join(names)}.",
        parameters=[KEY_PARAMETER],
        requestBody={"required": False, "content": {"application/json": {"schema": said}}},
    )


open_steps()
