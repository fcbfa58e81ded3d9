"""The form of a call: its questions asked of the declarations, what was typed, and what is known of the caller.

Everything typed stays on the form whatever happens: a refusal, another choice of customer, a page without script.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from flask import request
from sqlalchemy import select

from admin_app.admin.calls.desk import USUAL_MINUTES, Slot, read_slot, slot_in_words, slots_of
from admin_app.admin.customers.desk import reading, the_group
from admin_app.admin.customers.sheet import Options, Sheet
from admin_app.admin.projects.choices import colleagues_of
from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import clean_text, parse_id
from admin_app.models import (
    Address,
    Contact,
    CustomerGroup,
    Direction,
    Event,
    Lead,
    Membership,
    Message,
    Project,
    Thread,
)
from admin_app.models.field import field_named
from admin_app.policy import visible
from admin_app.records.callers import (
    Caller,
    find_callers,
    latest_projects,
    people_of_customer,
    sites_of_customer,
)
from admin_app.records.directory import known_brands
from admin_app.records.values import parse
from admin_app.services.keep_preference import recall
from admin_app.services.lead_statuses import offered_sources
from admin_app.services.take_call import Call, NewCaller
from admin_app.web.company import actor, company, office_session

LONGEST_SEARCH = 200
ANOTHER = "other"
"""What the form sends for a site or a time that is typed instead of chosen."""
LAST_ESTIMATOR = "calls.estimator"
"""The name under which the estimator of a person's last call is kept."""


@dataclass(slots=True)
class CallForm:
    """The page as it stands: sheets with what was typed, the customer where one is chosen, and what is wrong."""

    lead: Sheet
    person: Sheet
    customer: Sheet
    site: Sheet
    group: CustomerGroup | None = None
    contact: Contact | None = None
    thread: Thread | None = None
    query: str = ""
    found: list[Caller] = field(default_factory=list)
    people: list[Contact] = field(default_factory=list)
    sites: list[Address] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    address: str = ""
    """The id of the chosen site, "other" for a new one."""
    slot: str = ""
    slots: list[Slot] = field(default_factory=list)
    at: str = ""
    """A time that was typed."""
    tell: bool = False
    doubles: list[Any] = field(default_factory=list)
    error: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    """Sentences at what is no field of a sheet: who, slot, address."""

    @property
    def estimator(self) -> str:
        """The number of the chosen estimator as text."""
        return self.lead["estimator"].value

    @property
    def days(self) -> list[tuple[str, list[Slot]]]:
        """The free times by their day."""
        return [(day, list(slots)) for day, slots in groupby(self.slots, key=lambda slot: slot.day)]

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """Every mistake as (id of the field, its words, the sentence), for the summary."""
        sheets = [self.lead, *([] if self.group else [self.person, self.customer]), self.site]
        told = [(q.name, q.label, q.error or "") for sheet in sheets for q in sheet.wrong]
        words = {"who": "Who calls", "slot": "Appointment", "address": "Site"}
        return told + [(key, words.get(key, key), sentence) for key, sentence in self.errors.items()]


def open_form() -> CallForm:
    """The form for a new call, with what the address tells: a customer, a search, a message that is answered."""
    form = _blank()
    form.query = _line(request.args.get("q", ""))
    _prefill_person(form, form.query)
    number = parse_id(request.args.get("thread", ""))
    if number is not None:
        _prefill_from_thread(form, number)
    group, contact = request.args.get("group", ""), request.args.get("contact", "")
    _choose(form, group or str(form.thread.group_id or "" if form.thread else ""), contact)
    if form.query and form.group is None:
        form.found = find_callers(office_session(), actor(), form.query)
    row = company()
    form.tell = bool(row.confirm_appointments) if row else False
    kept = recall(office_session(), actor(), LAST_ESTIMATOR)
    estimator = form.lead["estimator"]
    usual = str(actor().id) if actor().role is Role.ESTIMATOR else kept
    estimator.value = usual if usual in {value for value, _ in estimator.options} else ""
    form.slots = slots_of(estimator.value)
    return form


def typed_form() -> CallForm:
    """The form as it was sent, with everything that was typed."""
    form = _blank()
    posted = request.form
    form.query = _line(posted.get("q", ""))
    number = parse_id(posted.get("thread", ""))
    if number is not None:
        form.thread = _thread(number)
    for sheet in (form.lead, form.person, form.customer, form.site):
        for question in sheet.questions:
            question.value = posted.get(question.name, "")
    chosen = "" if posted.get("act") in ("other", "new") else posted.get("choose") or posted.get("group", "")
    group, _, contact = chosen.partition(":")
    _choose(form, group, contact or ("" if posted.get("choose") else posted.get("contact", "")))
    form.address = posted.get("address", form.address)
    form.slot, form.at, form.tell = posted.get("slot", ""), posted.get("at", ""), bool(posted.get("tell"))
    form.slots = slots_of(form.estimator)
    _keep_chosen_slot(form)
    if posted.get("act") == "new":
        _prefill_person(form, form.query)
    if posted.get("act") == "find":
        form.found = find_callers(office_session(), actor(), form.query)
    return form


def read_call(form: CallForm) -> Call:
    """What the form says, for the service; raises Invalid with fields for a time that cannot be read."""
    told = form.lead.read(request.form)
    starts_at, ends_at = _time(form)
    known = form.group is not None
    place = {} if form.address not in ("", ANOTHER) else form.site.read(request.form)
    typed = {key: value for key, value in place.items() if value}
    return Call(
        title=told.get("title", ""),
        request=told.get("request", ""),
        source=told.get("source"),
        priority=told.get("priority"),
        estimator=told.get("estimator"),
        group_id=form.group.id if form.group is not None else None,
        contact_id=form.contact.id if form.contact is not None else None,
        caller=None if known else NewCaller(form.person.read(request.form), _customer(form)),
        address_id=parse_id(form.address) if form.address not in ("", ANOTHER) else None,
        place=typed if set(typed) - {"country", "region", "lat", "lon"} else {},
        starts_at=starts_at,
        ends_at=ends_at,
        tell=form.tell,
        thread_id=form.thread.id if form.thread is not None else None,
        sure=bool(request.form.get("sure")),
    )


def refuse(form: CallForm, refusal: Invalid) -> None:
    """Put each sentence at its field."""
    form.error = refusal.sentence
    for key, sentence in refusal.fields.items():
        for sheet in (form.lead, form.person, form.customer, form.site):
            if key.removeprefix(sheet.prefix) in sheet and (key.startswith(sheet.prefix)):
                sheet[key.removeprefix(sheet.prefix)].error = sentence
                break
        else:
            form.errors[key] = sentence


def _blank() -> CallForm:
    session, who = office_session(), actor()
    sources: Options = [(str(row.id), row.name) for row in offered_sources(session, who)]
    lead = Sheet(Lead, reading(), who, options={"source": sources}, leave_out=("asked_on",))
    lead.also(
        Sheet(Project, reading(), who, only=("estimator",), options={"estimator": colleagues_of([])})
    )
    person = Sheet(
        Contact, reading(), who, prefix="person-", only=("first_name", "last_name", "phone", "email")
    )
    brands = known_brands(session, who)
    offered: dict[str, Options] = (
        {"brand": [(str(one.id), one.name) for one in brands]} if len(brands) > 1 else {}
    )
    customer = Sheet(
        CustomerGroup, reading(), who, prefix="group-", only=("name", "kind", "brand"), options=offered
    )
    if "brand" in customer:
        customer["brand"].value = next((str(one.id) for one in brands if one.is_default), "")
    site = Sheet(
        Address, reading(), who, prefix="site-", only=("line1", "postcode", "city", "region", "country", "lat", "lon")
    )
    return CallForm(lead, person, customer, site)


def _choose(form: CallForm, group: str, contact: str) -> None:
    """The customer whom the address or the form names, with people, sites and what was asked for last."""
    number = parse_id(group)
    if number is None:
        return
    session, who = office_session(), actor()
    form.group = the_group(number)
    form.people = people_of_customer(session, who, form.group)
    form.sites = sites_of_customer(session, who, form.group)
    form.projects = latest_projects(session, who, form.group)
    wanted = parse_id(contact)
    form.contact = next(
        (one for one in form.people if one.id == wanted), form.people[0] if form.people else None
    )
    if len(form.sites) == 1:
        form.address = str(form.sites[0].id)


def _keep_chosen_slot(form: CallForm) -> None:
    """A time that was chosen stays among the choices, though others have been offered meanwhile."""
    if form.slot in ("", ANOTHER) or form.slot in {one.value for one in form.slots}:
        return
    with suppress(Invalid):  # said when the call is saved
        form.slots.insert(0, slot_in_words(*read_slot(form.slot)))


def _time(form: CallForm) -> tuple[datetime | None, datetime | None]:
    if not form.slot:
        return None, None
    if form.slot != ANOTHER:
        return read_slot(form.slot)
    try:
        start = parse(field_named(Event, "starts_at"), form.at, reading())
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {"slot": refusal.sentence}) from None
    if start is None:
        missing = "Type the day and the time, or choose a free time"
        raise Invalid(missing, {"slot": missing})
    row = company()
    return start, start + timedelta(minutes=row.appointment_minutes if row else USUAL_MINUTES)


def _customer(form: CallForm) -> dict[str, Any]:
    told = form.customer.read(request.form)
    return {key: value for key, value in told.items() if value}


def _thread(number: int) -> Thread:
    thread: Thread | None = office_session().scalar(
        visible(actor(), select(Thread).where(Thread.id == number))
    )
    if thread is None:
        raise NotFound("There is no such message")
    return thread


def _prefill_from_thread(form: CallForm, number: int) -> None:
    """What a message of an unknown sender tells of them and of what they want."""
    form.thread = _thread(number)
    query = (
        select(Message)
        .where(Message.thread_id == number, Message.direction == Direction.IN)
        .order_by(Message.id)
        .limit(1)
    )
    message = office_session().scalar(visible(actor(), query))
    form.lead["title"].value = form.thread.subject[:200]
    if message is None:
        return
    form.lead["request"].value = message.body
    if message.contact_id is not None and form.thread.group_id is None:
        place = select(Membership.group_id).where(Membership.contact_id == message.contact_id).limit(2)
        groups = list(office_session().scalars(visible(actor(), place)))
        if len(groups) == 1:
            _choose(form, str(groups[0]), str(message.contact_id))
    _prefill_person(form, message.author if message.author != message.address else "")
    _prefill_person(form, message.address)


def _prefill_person(form: CallForm, text: str) -> None:
    """What was typed to find somebody is what is known of somebody new: a number, an email, a name."""
    if not text:
        return
    kind = "email" if "@" in text else "phone" if sum(one.isdigit() for one in text) >= 5 else "name"
    if kind in ("email", "phone"):
        if not form.person[kind].value:
            form.person[kind].value = text
        return
    first, _, last = text.rpartition(" ")
    for key, value in (("first_name", first), ("last_name", last)):
        if not form.person[key].value:
            form.person[key].value = value


def _line(text: str) -> str:
    try:
        return clean_text(text[:LONGEST_SEARCH], LONGEST_SEARCH)
    except Invalid:
        return ""
