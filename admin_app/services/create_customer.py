"""A new customer in one act: the group with its people, its addresses and its tags [R22-R28, P21-P23]."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.models import Address, Contact, CustomerGroup
from admin_app.models.base import OfficeSession
from admin_app.policy import Permission, demand
from admin_app.services.add_contact import add_contact
from admin_app.services.read_values import read_values
from admin_app.services.save_record import create
from admin_app.services.tag_customer import add_tag

Values = Mapping[str, Any]
Made = TypeVar("Made")

NOT_YET = "Not saved yet"
NEEDS_CONTACT = "A customer needs at least one contact with first and last name"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """One contact of the form: the person, and what it is to the customer."""

    person: Values
    place: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What the form says; `primary` and `billing` are places in the lists [P12, P15]."""

    group: Values
    people: Sequence[NewPerson]
    addresses: Sequence[Values] = ()
    tags: Sequence[str] = ()
    primary: int = 0
    billing: int = 0


def create_customer(session: Session, new: NewCustomer, actor: Actor) -> CustomerGroup:
    """Write everything or nothing down.

    Raises Invalid with every mistake at once; fields are named `name`, `contact-0-email`, `address-1-line1`, `tags`.
    """
    demand(actor, Permission.CUSTOMERS_WRITE)
    wrong: dict[str, str] = {}
    group = _try(wrong, "", lambda: create(session, CustomerGroup, new.group, actor))
    if not new.people:
        wrong["contact-0-first_name"] = NEEDS_CONTACT
    if group is None:
        _look_at_the_rest(session, new, actor, wrong)
        raise Invalid(NOT_YET, wrong)
    for place, one in enumerate(new.people):
        put = {**one.place, "is_primary": place == new.primary}
        _try(
            wrong,
            f"contact-{place}-",
            partial(add_contact, session, group, one.person, put, actor),
        )
    for place, values in enumerate(new.addresses):
        there = {**values, "group": group, "is_billing": place == new.billing}
        _try(wrong, f"address-{place}-", partial(create, session, Address, there, actor))
    for word in new.tags:
        _try(wrong, "tags:", partial(add_tag, session, group, word, actor))
    if wrong:
        raise Invalid(NOT_YET, wrong)
    return group


def _try(wrong: dict[str, str], prefix: str, act: Callable[[], Made]) -> Made | None:
    """Do one part; what it refuses is collected under the names of the form, so that all is told at once."""
    try:
        return act()
    except Invalid as refusal:
        if prefix == "tags:":
            wrong["tags"] = refusal.sentence
        else:
            found = refusal.fields or {"": refusal.sentence}
            wrong.update({f"{prefix}{key}": sentence for key, sentence in found.items()})
        return None


def _look_at_the_rest(session: Session, new: NewCustomer, actor: Actor, wrong: dict[str, str]) -> None:
    """Without a group nothing else can be written, yet its mistakes are told."""
    assert isinstance(session, OfficeSession)
    for place, one in enumerate(new.people):
        _try(
            wrong,
            f"contact-{place}-",
            partial(read_values, session, Contact, one.person, actor, new=True),
        )
    for place, values in enumerate(new.addresses):
        asked = dict(values)
        _try(wrong, f"address-{place}-", partial(_address_alone, session, asked, actor))


def _address_alone(session: OfficeSession, values: Values, actor: Actor) -> None:
    try:
        read_values(session, Address, values, actor, new=True)
    except Invalid as refusal:
        others = {key: sentence for key, sentence in refusal.fields.items() if key != "group"}
        if others:
            raise Invalid(refusal.sentence, others) from None
