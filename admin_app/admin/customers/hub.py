"""The hub: every customer with its people, found by name, email or phone, narrowed by chips [R1, R7, R8, P2, P3]."""

from __future__ import annotations

from typing import Any

from flask import current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.customers.desk import desk, may
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import clean_text, parse_id
from admin_app.models import (
    Address,
    Contact,
    Estimate,
    GroupKind,
    Invoice,
    Membership,
    Payment,
    Project,
    Tag,
    WorkOrder,
)
from admin_app.models.field import field_named
from admin_app.models.types import LARGEST_ID
from admin_app.policy import Permission, sees_field, visible
from admin_app.records.directory import LONGEST_TEXT, Wanted, directory_page, found_tags, known_brands
from admin_app.records.search import find_everywhere
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session

MOST_FOUND = 6
"""Hits of each kind in the live search."""

IN_PROJECTS = {
    Project.singular: ("projects.at", "project_id"),
    Estimate.singular: ("projects.at_estimate", "estimate_id"),
    WorkOrder.singular: ("projects.open_workorder", "work_id"),
}
"""What the live search finds in the workspace: kind → the page that leads there, which asks its own right."""

_KEPT = ("q", "kind", "brand", "tag", "archived")
"""What an address of the hub carries from page to page."""


@desk.get("/")
@rule(Permission.CUSTOMERS_READ)
def index() -> ResponseReturnValue:
    """One page of the customers, with what narrows it as chips that can be taken off."""
    session, who = office_session(), actor()
    brands = known_brands(session, who)
    tag = _tag(request.args.get("tag", ""))
    wanted = Wanted(
        text=_typed(request.args.get("q", "")),
        kind=_kind(request.args.get("kind", "")),
        brand_id=next((brand.id for brand in brands if str(brand.id) == request.args.get("brand")), None),
        tag_id=tag.id if tag else None,
        archived=bool(request.args.get("archived")),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
    )
    page = directory_page(session, who, wanted)
    return render_template(
        "admin/customers/hub.html",
        page=page,
        wanted=wanted,
        brands=brands,
        kinds=list(GroupKind),
        chips=_chips(wanted, next((b.name for b in brands if b.id == wanted.brand_id), ""), tag),
        tag_chosen=[(str(tag.id), tag.name)] if tag else [],
        link=_link,
        import_url=_import_url(),
        sees_email=sees_field(who, field_named(Contact, "email")),
    )


@desk.get("/search")
@rule(Permission.CUSTOMERS_READ)
def search() -> ResponseReturnValue:
    """The live search of the top bar: JSON rows {label, detail, url, kind} for `?q=` [A1, 7]."""
    text = _typed(request.args.get("q", ""))
    hits = find_everywhere(office_session(), actor(), text, MOST_FOUND) if text else []
    return jsonify(
        [
            {
                "label": hit.label,
                "detail": hit.detail,
                "kind": hit.kind,
                "url": url_for("customers.of", kind=hit.kind, record_id=hit.id),
            }
            for hit in hits
        ]
    )


@desk.get("/tags")
@rule(Permission.CUSTOMERS_READ)
def tag_choices() -> ResponseReturnValue:
    """Tags that begin with `?q=`, as a choice list {value, text}; the value is the number of the tag."""
    tags = found_tags(office_session(), actor(), _typed(request.args.get("q", "")))
    return jsonify([{"value": str(tag.id), "text": tag.name} for tag in tags])


@desk.get("/of/<kind>/<int:record_id>")
@rule(Permission.CUSTOMERS_READ)
def of(kind: str, record_id: int) -> ResponseReturnValue:
    """Lead from a found record to the profile it belongs to; a contact of several groups leads to the list of them."""
    if record_id > LARGEST_ID:
        raise NotFound("There is nothing here")
    if kind == "customer":
        return redirect(url_for("customers.profile", group_id=record_id))
    if kind == Contact.singular:
        return _of_contact(record_id)
    if kind in IN_PROJECTS:
        endpoint, argument = IN_PROJECTS[kind]
        named: dict[str, Any] = {argument: record_id}
        return redirect(url_for(endpoint, **named))
    entity, tab = {
        Address.singular: (Address, "customers.addresses"),
        Invoice.singular: (Invoice, "customers.payments"),
        Payment.singular: (Payment, "customers.payments"),
    }.get(kind, (None, ""))
    if entity is None:
        raise NotFound("There is nothing here")
    thing: Any = entity
    record = office_session().scalar(visible(actor(), select(thing).where(thing.id == record_id)))
    if record is None:
        raise NotFound(f"There is no such {entity.singular}")
    return redirect(url_for(tab, group_id=record.group_id))


def _of_contact(contact_id: int) -> ResponseReturnValue:
    query = select(Membership).where(Membership.contact_id == contact_id).limit(2)
    memberships = list(office_session().scalars(visible(actor(), query)))
    if len(memberships) == 1:
        return redirect(url_for("customers.contacts", group_id=memberships[0].group_id))
    contact = office_session().scalar(visible(actor(), select(Contact).where(Contact.id == contact_id)))
    if contact is None or not memberships:
        raise NotFound("This person belongs to no customer")
    email = contact.email if sees_field(actor(), field_named(Contact, "email")) else None
    return redirect(url_for("customers.index", q=email or contact.name))


def _import_url() -> str | None:
    """The page on which a company moves in with its files, for those who may."""
    there = "imports.index" in current_app.view_functions and may(Permission.IMPORT)
    return url_for("imports.index") if there else None


def _typed(text: str) -> str:
    """Words for a search; what cannot be kept in a database finds nothing, so it is left out."""
    try:
        return clean_text(text[:LONGEST_TEXT], LONGEST_TEXT)
    except Invalid:
        return ""


def _kind(text: str) -> GroupKind | None:
    return GroupKind(text) if text in {kind.value for kind in GroupKind} else None


def _tag(text: str) -> Tag | None:
    number = parse_id(text)
    if number is None:
        return None
    tag: Tag | None = office_session().scalar(visible(actor(), select(Tag).where(Tag.id == number)))
    return tag


def _link(**changes: str | None) -> str:
    """The address of the hub as it is narrowed now, with `changes`; None takes a part off."""
    kept: dict[str, Any] = {name: request.args.get(name) for name in _KEPT} | changes
    return url_for("customers.index", **{name: value for name, value in kept.items() if value})


def _chips(wanted: Wanted, brand: str, tag: Tag | None) -> list[tuple[str, str]]:
    """What narrows the list, in words, each with the address without it."""
    chips = []
    if wanted.text:
        chips.append((f"found by “{wanted.text}”", _link(q=None)))
    if wanted.kind:
        chips.append((f"kind {wanted.kind.value}", _link(kind=None)))
    if wanted.brand_id:
        chips.append((f"brand {brand}", _link(brand=None)))
    if tag:
        chips.append((f"tag {tag.name}", _link(tag=None)))
    return chips
