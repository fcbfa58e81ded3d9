"""What must hold of a record beyond the shape of its fields: one table, read by whatever saves a record.

Saving, restoring and adding by other ways all pass here, so that there is one primary contact, one billing address, one
owner of an email, whichever the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.text import email_key, fold
from admin_app.models import (
    Address,
    Brand,
    Company,
    Contact,
    Entity,
    Equipment,
    Estimate,
    EstimateLine,
    Event,
    Invoice,
    InvoiceLine,
    InvoiceState,
    Lead,
    LeadSource,
    LeadStatus,
    Membership,
    MessageTemplate,
    NumberSeries,
    Package,
    Payment,
    PortalLook,
    PriceItem,
    Project,
    Refund,
    ServicePlan,
    Signature,
    Tag,
    Task,
)
from admin_app.services.claim_email import claim_for_client
from admin_app.services.company_rules import check_company
from admin_app.services.estimate_rules import (
    check_estimate,
    check_estimate_line,
    check_package,
    check_price_item,
    check_signature,
)
from admin_app.services.event_rules import check_event
from admin_app.services.keep_equipment import check_equipment
from admin_app.services.keep_service_plan import check_service_plan
from admin_app.services.passwords import demand_password
from admin_app.services.portal.look_rules import check_look
from admin_app.services.portal.new_email import email_changes
from admin_app.services.project_rules import check_lead, check_lead_source, check_lead_status, check_project
from admin_app.services.set_billing_address import has_billing_address, take_tick
from admin_app.services.star_contact import has_star, take_star
from admin_app.services.task_rules import check_task
from admin_app.services.template_rules import check_template

BANK_DETAILS = ("bank_name", "iban", "bic")
"""Fields of a brand that say where money goes."""
_HEX = re.compile(r"#[0-9a-fA-F]{6}")

E = TypeVar("E", bound=Entity)

Values = dict[str, Any]
Rule = Callable[[Session, Any, Values], None]
"""Looks at a record as it is (None: a new one) and at the values to be set by attribute name; may complete them.

Raises Invalid or Unmet; may write to other records what makes room for this one.
"""

OPEN_AFTER_ISSUE = frozenset({"due_on", "notes"})
"""What may change on an issued invoice, by an audited edit [M12]."""


def obey(session: Session, entity: type[Entity], record: Entity | None, values: Values) -> None:
    """Hold the rules of the entity against values that are about to be set; `record` is None for a new one."""
    rule = _RULES.get(entity)
    if rule is not None:
        with session.no_autoflush:  # the record itself is written when everything about it is known
            rule(session, record, values)


def put(session: Session, record: Entity, values: Values) -> None:
    """Set values on a record that exists, as one edit: one flush, one entry, one step of the version."""
    obey(session, type(record), record, values)
    with session.no_autoflush:  # looking at old links would write half of the edit
        for key, value in values.items():
            setattr(record, key, value)
    session.flush()  # what the database refuses is refused here, and the history is written


def make(session: Session, entity: type[E], values: Values, **kept: Any) -> E:
    """Add a new record that obeys the rules; `kept` are machinery columns that no form asks for."""
    obey(session, entity, None, values)
    record = entity(**values, **kept)
    session.add(record)
    session.flush()  # what the database refuses is refused here, and others can name it
    if isinstance(record, Contact) and record.email:
        claim_for_client(session, record.email, record)
    return record


def has_rules(entity: type[Entity]) -> bool:
    """Whether records of this kind are held against one another or against the books, one at a time."""
    return entity in _RULES


def _differs(record: Any, values: Values, key: str) -> bool:
    """Whether the values change an attribute of a record that exists."""
    return record is not None and key in values and getattr(record, key) != values[key]


def _contact(session: Session, contact: Contact | None, values: Values) -> None:
    """One contact an email, and no email of staff [R5, R14-R16]; the portal is guarded against old addresses."""
    email = values.get("email")
    if contact is not None and "email" in values and email_key(email) != (contact.email_key or ""):
        email_changes(session, contact, email, session.info["clock"])
    if not email or (contact is not None and email_key(email) == contact.email_key):
        return
    other = session.scalar(select(Contact).where(Contact.email_key == email_key(email)))
    if other is not None and other is not contact:
        known = f"{other.name} already has this email address; add that contact to the customer instead"
        raise Invalid(known, {"email": known})
    claim_for_client(session, email, contact)


def _membership(session: Session, membership: Membership | None, values: Values) -> None:
    """Exactly one star a customer: the first contact gets it, it moves, it is never simply taken away [19, I11]."""
    if _differs(membership, values, "group") or _differs(membership, values, "contact"):
        raise Unmet("A contact is added to another customer there, and removed here")
    if membership is None:
        group, contact = values["group"], values["contact"]
        if _is_member(session, group.id, contact.id):
            already = f"{contact.name} already belongs to {group.name}"
            raise Invalid(already, {"contact": already})
        if not has_star(session, group.id):
            values["is_primary"] = True
        elif values.get("is_primary"):
            take_star(session, group.id)
    elif _differs(membership, values, "is_primary"):
        if not values["is_primary"]:
            star = "A customer has exactly one primary contact; star another one instead"
            raise Invalid(star, {"is_primary": star})
        take_star(session, membership.group_id)


def _is_member(session: Session, group_id: int, contact_id: int) -> bool:
    found = select(Membership.id).where(Membership.group_id == group_id, Membership.contact_id == contact_id)
    return session.scalar(found) is not None


def _address(session: Session, address: Address | None, values: Values) -> None:
    """Exactly one billing address a customer, and no address twice [28, I11]."""
    if _differs(address, values, "group"):
        raise Unmet("An address is added to another customer there, and deleted here")
    group_id = address.group_id if address is not None else values["group"].id
    _no_double_address(session, address, values, group_id)
    if address is None:
        if not has_billing_address(session, group_id):
            values["is_billing"] = True
        elif values.get("is_billing"):
            take_tick(session, group_id)
    elif _differs(address, values, "is_billing"):
        if not values["is_billing"]:
            tick = "A customer has exactly one billing address; tick another one instead"
            raise Invalid(tick, {"is_billing": tick})
        take_tick(session, group_id)


def _no_double_address(session: Session, address: Address | None, values: Values, group_id: int) -> None:
    street, postcode, country = (
        values[key] if key in values else getattr(address, key, None)
        for key in ("line1", "postcode", "country")
    )
    key = Address.key_for(street or "", postcode, country)[:420]
    same = select(Address.id).where(Address.group_id == group_id, Address.match_key == key)
    if address is not None:
        same = same.where(Address.id != address.id)
    if session.scalar(same) is not None:
        twice = "This customer already has this address"
        raise Invalid(twice, {"line1": twice})


def _tag(session: Session, tag: Tag | None, values: Values) -> None:
    """ "VIP" and "vip" are one tag."""
    if "name" not in values:
        return
    if not fold(values["name"]):
        blank = "A tag needs a letter or a digit"
        raise Invalid(blank, {"name": blank})
    other = session.scalar(select(Tag).where(Tag.folded == fold(values["name"])))
    if other is not None and other is not tag:
        known = f"There is already a tag “{other.name}”"
        raise Invalid(known, {"name": known})


def _brand(session: Session, brand: Brand | None, values: Values) -> None:
    """Names and keys are used once; new customers belong to one brand at most."""
    for key, taken in (("name", "Another brand has this name"), ("key", "Another brand has this key")):
        if key in values:
            other = session.scalar(select(Brand).where(getattr(Brand, key) == values[key]))
            if other is not None and other is not brand:
                raise Invalid(taken, {key: taken})
    if values.get("accent") and not _HEX.fullmatch(values["accent"]):
        shape = "A colour is written as # and six digits from 0 to f: #0d6570"
        raise Invalid(shape, {"accent": shape})
    if any(_differs(brand, values, key) for key in BANK_DETAILS):
        demand_password(session, "Bank details are")
    if values.get("is_default"):
        for other in session.scalars(select(Brand).where(Brand.is_default)):
            if other is not brand:
                other.is_default = False


def _invoice(session: Session, invoice: Invoice | None, values: Values) -> None:
    """An issued invoice is corrected by other documents, never edited [M12]."""
    if invoice is None or invoice.state is InvoiceState.DRAFT:
        return
    touched = [key for key in values if key not in OPEN_AFTER_ISSUE and _differs(invoice, values, key)]
    if touched:
        raise Unmet(f"Invoice {invoice.number} is issued: only its due date and notes can change")


def _invoice_line(session: Session, line: InvoiceLine | None, values: Values) -> None:
    """Lines belong to drafts [M12]."""
    invoice = line.invoice if line is not None else values["invoice"]
    if invoice.state is not InvoiceState.DRAFT:
        raise Unmet(f"Invoice {invoice.number} is issued: its lines stand")


def _booked(session: Session, record: Entity | None, values: Values) -> None:
    """Money is booked, corrected and paid back by its own acts, which keep the journal (security.md)."""
    raise Unmet(
        "Payments and refunds are booked, corrected and paid back on their own pages, never simply saved"
    )


def _company(session: Session, company: Company | None, values: Values) -> None:
    """There is one company; the set-up page makes it."""
    if company is None:
        raise Unmet("There is one company, and it exists already")
    check_company(session, company, values, session.info["actor"])


def _number_series(session: Session, series: NumberSeries | None, values: Values) -> None:
    """A counter never turns back: no number is given twice [M10]."""
    if series is not None and values.get("next_number", series.next_number) < series.next_number:
        back = f"Numbers up to {series.next_number - 1} may be taken; the counter only goes forward"
        raise Invalid(back, {"next_number": back})


_RULES: dict[type[Any], Rule] = {
    Address: _address,
    Brand: _brand,
    Company: _company,
    Contact: _contact,
    Equipment: check_equipment,
    Estimate: check_estimate,
    EstimateLine: check_estimate_line,
    Event: check_event,
    Invoice: _invoice,
    InvoiceLine: _invoice_line,
    Lead: check_lead,
    LeadSource: check_lead_source,
    LeadStatus: check_lead_status,
    Membership: _membership,
    NumberSeries: _number_series,
    Package: check_package,
    Payment: _booked,
    PortalLook: check_look,
    PriceItem: check_price_item,
    Project: check_project,
    Refund: _booked,
    ServicePlan: check_service_plan,
    Signature: check_signature,
    Tag: _tag,
    MessageTemplate: check_template,
    Task: check_task,
}
