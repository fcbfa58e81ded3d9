"""The documents that programs may ask for: their addresses, their parts, and what is worked out beside their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from admin_app.models import (
    Address,
    CreditNote,
    CreditNoteLine,
    CustomerGroup,
    Entity,
    Estimate,
    EstimateLine,
    Invoice,
    InvoiceLine,
    Lead,
    LeadStatus,
    Membership,
    Payment,
    Project,
    Service,
    WorkOrder,
)
from admin_app.models.invoice import Standing


@dataclass(frozen=True, slots=True)
class Derived:
    """Something that follows from a document: its JSON schema, and its value on a day."""

    schema: Mapping[str, Any]
    value: Callable[[Any, date], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong to a document: the attribute that holds them, and their entity."""

    key: str
    entity: type[Entity]
    taxed: bool = True
    """Each names the taxes that it carries."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of document at one address."""

    path: str
    entity: type[Entity]
    parts: tuple[Part, ...] = ()
    has_taxes: bool = False
    """Its taxes by rate stand on it, and the derivation of its total."""
    derived: Mapping[str, Derived] = field(default_factory=dict)
    paper: str = ""
    """The word of its PDF (services/papers); none: it has no paper."""
    walks: bool = False
    """It takes steps."""

    @property
    def called(self) -> str:
        """The name of its schema: "CreditNote"."""
        return "Customer" if self.entity is CustomerGroup else self.entity.__name__


STANDING = Derived(
    {"type": "string", "enum": [one.value for one in Standing], "description": "How it stands today"},
    lambda invoice, today: invoice.standing(today).value,
)
ARCHIVED = Derived({"type": "boolean"}, lambda customer, _today: customer.archived_at is not None)

RESOURCES: tuple[Resource, ...] = (
    Resource(
        "customers",
        CustomerGroup,
        parts=(Part("memberships", Membership, taxed=False), Part("addresses", Address, taxed=False)),
        derived={"archived": ARCHIVED},
    ),
    Resource("projects", Project),
    Resource("leads", Lead, walks=True),
    Resource("lead-statuses", LeadStatus),
    Resource(
        "estimates",
        Estimate,
        parts=(Part("lines", EstimateLine),),
        has_taxes=True,
        paper="estimate",
        walks=True,
    ),
    Resource(
        "workorders",
        WorkOrder,
        parts=(Part("services", Service, taxed=False),),
        paper="workorder",
        walks=True,
    ),
    Resource("services", Service, walks=True),
    Resource(
        "invoices",
        Invoice,
        parts=(Part("lines", InvoiceLine),),
        has_taxes=True,
        derived={"standing": STANDING},
        paper="invoice",
        walks=True,
    ),
    Resource(
        "credit-notes",
        CreditNote,
        parts=(Part("lines", CreditNoteLine),),
        has_taxes=True,
        paper="credit-note",
    ),
    Resource("payments", Payment, paper="receipt"),
)
