"""A party we quote, work for and bill: a household, a business or a team [R2]."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, text, true
from sqlalchemy.orm import Mapped

from admin_app.kernel.text import fold
from admin_app.models.base import Entity, Row
from admin_app.models.brand import Brand
from admin_app.models.field import (
    DERIVED,
    FORM_ONLY,
    FOUND,
    HIDDEN,
    SHOWN,
    Surface,
    children,
    field,
    link,
    links,
)
from admin_app.models.tag import Tag, group_tag
from admin_app.models.types import Minor, SortName

if TYPE_CHECKING:
    from admin_app.models.address import Address
    from admin_app.models.contact import Membership


class GroupKind(enum.StrEnum):
    """What a customer is [R2, P1]."""

    HOUSEHOLD = "household"
    BUSINESS = "business"
    TEAM = "team"


class TaxProfile(enum.StrEnum):
    """How the customer is taxed [A15]."""

    STANDARD = "standard"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse charge"


class CustomerGroup(Entity):
    """The entity printed on invoices, with its contacts, addresses and money [P1, R2, R3]."""

    singular, plural, group_path = "customer", "customers", "id"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 0 AND 5", name="rating_in_stars"),
        CheckConstraint("length(name) > 0", name="named"),
        # With archived_at in it, lists of current customers page inside the index alone.
        Index("ix_customer_group_sort_name_id", "sort_name", "id", "archived_at"),
        Index("ix_customer_group_balance_id", "balance", "id"),
        Index("ix_customer_group_last_visit_on_id", "last_visit_on", "id"),
        Index("ix_customer_group_created_at_id", "created_at", "id"),
        Index("uq_customer_group_external_id", "external_id", unique=True),
        Index("ix_customer_group_kind_sort_name_id", "kind", "sort_name", "id"),
        Index("ix_customer_group_brand_id_sort_name_id", "brand_id", "sort_name", "id"),
        Index(
            "ix_customer_group_archived",
            "archived_at",
            sqlite_where=text("archived_at IS NOT NULL"),
            postgresql_where=text("archived_at IS NOT NULL"),
        ),
    )

    name: Mapped[str] = field(String(200), on=FOUND, short=True, help="As printed on invoices")
    sort_name: Mapped[SortName] = field(on=HIDDEN, cache=True)
    kind: Mapped[GroupKind] = field(on=SHOWN, short=True, default=GroupKind.HOUSEHOLD)
    brand_id: Mapped[int | None]
    brand: Mapped[Brand | None] = link(
        on=SHOWN, short=True, index=False, help="The name under which we serve them"
    )
    description: Mapped[str | None] = field(String(400), on=FORM_ONLY)
    notes: Mapped[str | None] = field(Text, on=FORM_ONLY)
    rating: Mapped[int] = field(
        Integer, on=SHOWN, default=0, unit="stars", label="Stars", help="0 to 5", chosen=True
    )
    tax_profile: Mapped[TaxProfile] = field(on=SHOWN, default=TaxProfile.STANDARD, chosen=True)
    tax_number: Mapped[str | None] = field(String(40), on=FORM_ONLY | Surface.SEARCH)
    newsletter: Mapped[bool] = field(on=SHOWN, default=False, chosen=True)
    reminders: Mapped[bool] = field(
        on=SHOWN,
        default=True,
        server_default=true(),
        chosen=True,
        help="Off: no reminder of estimates, invoices and appointments goes to this customer by itself",
    )
    portal_on: Mapped[bool] = field(
        on=FORM_ONLY,
        default=True,
        server_default=true(),
        label="Customer portal",
        help="Off: nobody of this customer gets in, and links to documents are dead",
    )
    portal_hides: Mapped[list[Any]] = field(on=HIDDEN, default=list, server_default="[]")
    """Modules of the portal that this customer does not see."""
    portal_identifier: Mapped[str | None] = field(
        String(40), on=HIDDEN, unique=True, label="Portal identifier"
    )
    """The word behind /portal/ that leads to this customer's sign-in page [W21]."""
    tags: Mapped[list[Tag]] = links(group_tag, on=SHOWN, order_by="Tag.folded")
    balance: Mapped[Minor] = field(
        on=DERIVED,
        default=0,
        server_default="0",
        cache=True,
        help="What they owe in the company's currency; less than 0: credit",
    )
    last_visit_on: Mapped[date | None] = field(on=DERIVED, label="Last visit", cache=True)
    archived_at: Mapped[datetime | None] = field(on=HIDDEN)

    memberships: Mapped[list[Membership]] = children(back_populates="group", order_by="Membership.position")
    addresses: Mapped[list[Address]] = children(back_populates="group", order_by="Address.id")

    def settle(self) -> None:
        """Keep the folded name by which lists sort."""
        self.sort_name = fold(self.name)[:240]


class CustomerBalance(Row):
    """What a group owes and has left with us, one row a currency; a cache that only the ledger writes [I12].

    `receivable`, `unallocated` and `credits` are positive minor units; balance = receivable − unallocated − credits.
    """

    __table_args__ = (Index("uq_customer_balance_group_id_currency", "group_id", "currency", unique=True),)

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    currency: Mapped[str] = field(String(3), on=HIDDEN)
    receivable: Mapped[Minor] = field(on=HIDDEN, default=0)
    unallocated: Mapped[Minor] = field(on=HIDDEN, default=0)
    credits: Mapped[Minor] = field(on=HIDDEN, default=0)
    retained: Mapped[Minor] = field(on=HIDDEN, default=0, server_default="0")
    """Billed and not yet due: held back until the work has proved itself [M20]; no part of the balance."""
