"""A new customer on one page: the group, its people, its addresses, its tags [R22-R28, P8, P21-P23, 2, 12].

The short form asks what a first call tells; the advanced one asks everything.  Without script, "+ Add contact" and "Go
to advanced edit" send the form to this page, which shows it again with one more line and everything that was typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.addresses import PICK_ONE
from admin_app.admin.customers.desk import desk, reading
from admin_app.admin.customers.sheet import Options, Sheet
from admin_app.kernel.errors import Conflict, Invalid, Refusal, Unmet
from admin_app.kernel.parsing import clean_text, parse_id
from admin_app.models import Address, Contact, CustomerGroup, Membership, Project
from admin_app.policy import Permission
from admin_app.records.directory import known_brands
from admin_app.services.create_customer import NewCustomer, NewPerson, create_customer
from admin_app.services.likely_doubles import likely_doubles
from admin_app.services.project_contacts import attach_group
from admin_app.services.save_record import find
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from admin_app.web.office import keep_nothing

MOST_LINES = 50
"""Contacts, and addresses, of one form; more are added on the profile."""
EMAIL_HINT = "Strongly recommended: without it no document reaches them by mail"
ASKED_LATER = ("rating", "tags")
DECIDED_BY_RADIO = ("is_primary", "is_billing")

_LINE = re.compile(r"(contact|address)-(\d{1,3})-")


@dataclass(slots=True)
class NewForm:
    """The whole page: the sheets, in the order of their lines, and the choices between them."""

    advanced: bool
    group: Sheet
    people: dict[int, Sheet]
    addresses: dict[int, Sheet]
    tags: str
    primary: int
    billing: int
    error: str | None = None
    tags_error: str | None = None

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """Every mistake as (id of the field, its words, the sentence), for the summary."""
        sheets = [self.group, *self.people.values(), *self.addresses.values()]
        found = [(q.name, q.label, q.error or "") for sheet in sheets for q in sheet.wrong]
        return found + ([("tags", "Tags", self.tags_error)] if self.tags_error else [])


def _brands() -> Options:
    return [(str(brand.id), brand.name) for brand in known_brands(office_session(), actor())]


def _default_brand() -> str:
    brands = known_brands(office_session(), actor())
    chosen = next((brand for brand in brands if brand.is_default), None)
    return str(chosen.id) if chosen else ""


def _person(number: int | str, advanced: bool) -> Sheet:
    prefix = f"contact-{number}-"
    sheet = Sheet(Contact, reading(), actor(), prefix=prefix, short=not advanced)
    if advanced:
        sheet.also(Sheet(Membership, reading(), actor(), prefix=prefix, leave_out=DECIDED_BY_RADIO))
    return sheet


def _address(number: int | str, advanced: bool) -> Sheet:
    leave_out = DECIDED_BY_RADIO if advanced else (*DECIDED_BY_RADIO, "is_site")
    sheet = Sheet(
        Address, reading(), actor(), prefix=f"address-{number}-", leave_out=leave_out, short=not advanced
    )
    if not advanced:
        sheet.also(Sheet(Address, reading(), actor(), prefix=f"address-{number}-", only=("lat", "lon")))
    return sheet


def _numbers(word: str) -> list[int]:
    """The lines of one kind that the form sent, in order."""
    found = {int(hit[2]) for key in request.form if (hit := _LINE.match(key)) and hit[1] == word}
    return sorted(found)[:MOST_LINES]


def _form() -> NewForm:
    """The page as it was sent, or a blank one with one contact and one address."""
    advanced = bool(request.args.get("advanced") or request.form.get("advanced"))
    brands = _brands()
    options = {"brand": brands} if brands else {}
    group = Sheet(
        CustomerGroup, reading(), actor(), leave_out=ASKED_LATER, options=options, short=not advanced
    )
    if "brand" in group:
        group["brand"].value = _default_brand()
    people = {number: _person(number, advanced) for number in _numbers("contact") or [0]}
    addresses = {number: _address(number, advanced) for number in _numbers("address") or [0]}
    return NewForm(
        advanced,
        group,
        people,
        addresses,
        tags=request.form.get("tags", ""),
        primary=_chosen("primary", people),
        billing=_chosen("billing", addresses),
    )


def _chosen(name: str, lines: dict[int, Sheet]) -> int:
    text = request.form.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
    return number if number in lines else next(iter(lines))


@desk.route("/new", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def new() -> ResponseReturnValue:
    """The form; on POST the new customer, or the form again with what was typed."""
    form, project = _form(), _project()
    if request.method != "POST":
        if name := request.args.get("name"):
            form.group["name"].value = name[:200]
        return _shown(form), 200
    values = _read(form)
    more = request.form.get("more")
    if more is not None:
        return _one_more(form, more)
    try:
        group = create_customer(office_session(), values, actor())
    except (Invalid, Unmet, Conflict) as refusal:
        office_session().rollback()
        keep_nothing()
        _tell(form, refusal)
        return _shown(form), refusal.status
    flash(f"{group.name} added.", "success")
    if project is not None:
        attach_group(office_session(), project, group.id, actor())
        return redirect(url_for("projects.customer", project_id=project.id))
    return redirect(url_for("customers.profile", group_id=group.id))


def _project() -> Project | None:
    """The project in which the new people take part at once [R29]; raises NotFound for one that is not there."""
    number = parse_id(request.args.get("project"))
    return find(office_session(), Project, number, actor()) if number is not None else None


def _read(form: NewForm) -> NewCustomer:
    """What was typed; lines that were left blank are left out, but for the first contact."""
    group = form.group.read(request.form)
    people: dict[int, NewPerson] = {}
    for number, sheet in form.people.items():
        typed = sheet.read(request.form)
        if not sheet.is_blank:
            people[number] = NewPerson(sheet.part(Contact, typed), sheet.part(Membership, typed))
    addresses: dict[int, dict[str, Any]] = {}
    for number, sheet in form.addresses.items():
        typed = sheet.read(request.form)
        if not sheet.is_blank:
            addresses[number] = typed
    _drop_blank(form.people, people)
    _drop_blank(form.addresses, addresses)
    return NewCustomer(
        group,
        list(people.values()),
        list(addresses.values()),
        [word for word in re.split(r"[,;\n]", form.tags) if word.strip()],
        primary=_place(people, form.primary),
        billing=_place(addresses, form.billing),
    )


def _drop_blank(sheets: dict[int, Sheet], filled: dict[int, Any]) -> None:
    """Blank lines are forgotten when there is a filled one."""
    for number in [number for number in sheets if number not in filled]:
        if filled:
            del sheets[number]


def _place(filled: dict[int, Any], chosen: int) -> int:
    """The chosen line's place among the filled ones; a blank line cannot be chosen."""
    return list(filled).index(chosen) if chosen in filled else 0


def _one_more(form: NewForm, more: str) -> ResponseReturnValue:
    """Show the form again with one more line, or with every question."""
    keep_nothing()
    if more == "contact" and len(form.people) < MOST_LINES:
        number = max(form.people) + 1
        form.people[number] = _person(number, form.advanced)
    elif more == "address" and len(form.addresses) < MOST_LINES:
        number = max(form.addresses) + 1
        form.addresses[number] = _address(number, form.advanced)
    return _shown(form), 200


def _tell(form: NewForm, refusal: Refusal) -> None:
    """Put each mistake at its field; the service counts filled lines, the page knows their numbers."""
    form.error = refusal.sentence
    fields = refusal.fields if isinstance(refusal, Invalid) else {}
    for key, sentence in fields.items():
        hit = _LINE.match(key)
        if hit is None:
            if key == "tags":
                form.tags_error = sentence
            else:
                form.group.refuse(Invalid(refusal.sentence, {key: sentence}))
            continue
        lines = form.people if hit[1] == "contact" else form.addresses
        sheet = list(lines.values())[min(int(hit[2]), len(lines) - 1)]
        sheet.refuse(Invalid(refusal.sentence, {key[hit.end() :]: sentence}))


def _shown(form: NewForm) -> str:
    return render_template(
        "admin/customers/new.html",
        form=form,
        blank_person=_person("__prefix__", form.advanced),
        blank_address=_address("__prefix__", form.advanced),
        email_hint=EMAIL_HINT,
        pick_one=PICK_ONE,
        project_id=request.args.get("project"),
    )


@desk.get("/lookalikes")
@rule(Permission.CUSTOMERS_WRITE)
def lookalikes() -> ResponseReturnValue:
    """Who may be meant by what is being typed (name, first_name, last_name, email, phone): JSON [{name, why, url}]."""
    asked = {key: _clean(request.args.get(key, "")) for key in ("first_name", "last_name", "email", "phone")}
    # A household is often called after its people, so a person's name is compared like a customer's.
    name = _clean(request.args.get("name", "")) or f"{asked['first_name']} {asked['last_name']}".strip()
    leave_out = parse_id(request.args.get("not"))
    found = likely_doubles(
        office_session(), actor(), name=name, email=asked["email"], phone=asked["phone"], leave_out=leave_out
    )
    return jsonify(
        [
            {"name": one.name, "why": one.why, "url": url_for("customers.profile", group_id=one.group_id)}
            for one in found
        ]
    )


def _clean(text: str) -> str:
    try:
        return clean_text(text[:200], 200)
    except Invalid:
        return ""
