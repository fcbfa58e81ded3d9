"""What the form of a call asks while it is filled in: who may be on the phone, and when an estimator has time."""

from __future__ import annotations

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.calls.desk import desk, slots_of
from admin_app.admin.calls.form import LONGEST_SEARCH
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text
from admin_app.policy import Permission
from admin_app.records.callers import find_callers
from admin_app.services.likely_doubles import likely_doubles
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session


@desk.get("/who")
@rule(Permission.SALES_WRITE)
def who() -> ResponseReturnValue:
    """Callers for `?q=` as JSON: [{choice, label, detail}]; `choice` is what the form sends."""
    callers = find_callers(office_session(), actor(), _typed("q"))
    return jsonify(
        [
            {
                "choice": f"{one.group_id}:{one.contact_id or ''}",
                "label": one.person or one.customer,
                "detail": " · ".join(
                    part for part in (one.customer if one.person else "", one.phone, one.place) if part
                ),
            }
            for one in callers
        ]
    )


@desk.get("/doubles")
@rule(Permission.SALES_WRITE)
def doubles() -> ResponseReturnValue:
    """Who may be meant by somebody new (name, first_name, last_name, email, phone): JSON [{name, why, url, choice}]."""
    name = _typed("name") or f"{_typed('first_name')} {_typed('last_name')}".strip()
    found = likely_doubles(office_session(), actor(), name=name, email=_typed("email"), phone=_typed("phone"))
    return jsonify(
        [
            {
                "name": one.name,
                "why": one.why,
                "choice": f"{one.group_id}:",
                "url": url_for("calls.new", group=one.group_id),
            }
            for one in found
        ]
    )


@desk.get("/times")
@rule(Permission.SALES_WRITE)
def times() -> ResponseReturnValue:
    """The free times of `?estimator=` as JSON: [{value, day, starts, ends}]."""
    return jsonify(
        [
            {"value": one.value, "day": one.day, "starts": one.starts, "ends": one.ends}
            for one in slots_of(request.args.get("estimator", ""))
        ]
    )


def _typed(name: str) -> str:
    try:
        return clean_text(request.args.get(name, "")[:LONGEST_SEARCH], LONGEST_SEARCH)
    except Invalid:
        return ""
