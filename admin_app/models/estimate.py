"""Estimates: what we offer, in numbered revisions, and who signed which of them [52-60, M14, M22]."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped

from admin_app.kernel.rounding import TaxMode
from admin_app.models.base import Entity, Row
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, children, field, link
from admin_app.models.price_list import PriceItem
from admin_app.models.project import Project
from admin_app.models.site_asset import SiteAsset
from admin_app.models.types import Minor, Percent, Quantity


class EstimateState(enum.StrEnum):
    """The stored states of an estimate; viewed and deposit paid are derived [4.2]."""

    DRAFT = "draft"
    SENT = "sent"
    CHANGES_REQUESTED = "changes requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    """A later revision stands in its place."""

    @classmethod
    def waiting(cls) -> frozenset[EstimateState]:
        """The states in which the client has the word, or we have after the client's answer."""
        return frozenset({cls.SENT, cls.CHANGES_REQUESTED})


class Estimate(Entity):
    """One revision of an offer.  Revisions share `number` and `base_id`; the signature stays with the one signed [M14].

    `base_id` is the first revision (None on the first itself); `change_of_id` the first revision of the estimate
    that this change order adds to.  subtotal − discount + tax = total, in minor units of `currency`; where prices
    include tax, subtotal and discount include it.  `discount_percent` or `discount_amount` is what was typed,
    `discount` what it came to; likewise for the deposit, which is frozen when the estimate is sent [M22].
    """

    singular, plural = "estimate", "estimates"
    __table_args__ = (
        Index("uq_estimate_number_revision", "number", "revision", unique=True),
        Index("ix_estimate_project_id_id", "project_id", "id"),
        Index("ix_estimate_group_id_id", "group_id", "id"),
        Index("ix_estimate_state_id", "state", "id"),
        Index("uq_estimate_base_id_revision", "base_id", "revision", unique=True),
        Index("ix_estimate_change_of_id", "change_of_id"),
        CheckConstraint("revision >= 1", name="revision_from_one"),
        CheckConstraint("(revision = 1) = (base_id IS NULL)", name="first_revision_is_the_base"),
        CheckConstraint("discount_percent IS NULL OR discount_amount IS NULL", name="one_discount"),
        CheckConstraint("deposit_percent IS NULL OR deposit_amount IS NULL", name="one_deposit"),
        CheckConstraint("deposit >= 0 AND (total < 0 OR deposit <= total)", name="deposit_within_total"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
        CheckConstraint(
            "retainage_percent IS NULL OR retainage_percent BETWEEN 0 AND 1000000", name="retainage"
        ),
    )

    number: Mapped[str | None] = field(String(60), on=FOUND & ~FORM_ONLY | DERIVED)
    revision: Mapped[int] = field(Integer, on=DERIVED, default=1)
    base_id: Mapped[int | None] = field(ForeignKey("estimate.id", ondelete="RESTRICT"), on=HIDDEN)
    change_of_id: Mapped[int | None] = field(ForeignKey("estimate.id", ondelete="RESTRICT"), on=HIDDEN)
    project_id: Mapped[int]
    project: Mapped[Project] = link(on=FOUND & ~FORM_ONLY, ondelete="RESTRICT", index=False)
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(
        label="Customer", on=FOUND & ~FORM_ONLY, ondelete="RESTRICT", index=False
    )
    title: Mapped[str] = field(String(200), on=FOUND, short=True)
    state: Mapped[EstimateState] = field(on=DERIVED, default=EstimateState.DRAFT, label="Status")
    state_since: Mapped[datetime] = field(on=HIDDEN)
    currency: Mapped[str] = field(String(3), on=DERIVED, chosen=True, default="EUR")
    tax_mode: Mapped[TaxMode] = field(on=HIDDEN, default=TaxMode.DOCUMENT)
    prices_include_tax: Mapped[bool] = field(on=FORM_ONLY, default=False, label="Prices include tax")
    discount_percent: Mapped[Percent | None] = field(on=FORM_ONLY, unit="%")
    discount_amount: Mapped[Minor | None] = field(on=FORM_ONLY)
    deposit_percent: Mapped[Percent | None] = field(on=FORM_ONLY, unit="%")
    deposit_amount: Mapped[Minor | None] = field(on=FORM_ONLY)
    retainage_percent: Mapped[Percent | None] = field(
        on=FORM_ONLY, unit="%", help="Of each bill, due when the work has proved itself"
    )
    subtotal: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True)
    discount: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True)
    tax: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True)
    total: Mapped[Minor] = field(on=DERIVED, default=0)
    deposit: Mapped[Minor] = field(on=DERIVED, default=0, chosen=True, label="Deposit asked for")
    derivation: Mapped[dict[str, Any] | None] = field(on=HIDDEN)
    expires_on: Mapped[date | None] = field(on=SHOWN, label="Valid until", short=True)
    client_order_no: Mapped[str | None] = field(String(60), on=FORM_ONLY, label="Client's order number")
    show_quantities: Mapped[bool] = field(on=FORM_ONLY, default=True, help="The client sees quantities")
    show_unit_prices: Mapped[bool] = field(on=FORM_ONLY, default=True, help="The client sees prices a unit")
    show_line_totals: Mapped[bool] = field(
        on=FORM_ONLY, default=True, help="The client sees what each line costs"
    )
    signature_required: Mapped[bool] = field(
        on=FORM_ONLY, default=False, help="Without a signature it is not confirmed, or by hand with a reason"
    )
    intro: Mapped[str | None] = field(Text, on=FORM_ONLY, help="Printed above the lines")
    closing: Mapped[str | None] = field(Text, on=FORM_ONLY, label="Terms", help="Printed below the total")
    sent_at: Mapped[datetime | None] = field(on=DERIVED, label="Sent", chosen=True)
    not_sent: Mapped[bool] = field(on=HIDDEN, default=False)
    """It was passed over by a forced step: nobody sent it to the client [D8]."""
    answered_at: Mapped[datetime | None] = field(on=DERIVED, label="Answered", chosen=True)
    confirmed_on: Mapped[date | None] = field(on=DERIVED, label="Confirmed", chosen=True)
    """Stays when a later revision supersedes it: until that one is confirmed, this is the contract [M14]."""
    confirmed_how: Mapped[str | None] = field(String(400), on=DERIVED, chosen=True)
    """How the client agreed, where no signature of the portal says so."""
    won_by_id: Mapped[int | None] = field(ForeignKey("staff_user.id", ondelete="SET NULL"), on=HIDDEN)
    """The estimator at the moment of confirmation: who owns the win (design section 9)."""
    client_comment: Mapped[str | None] = field(Text, on=DERIVED, chosen=True)
    declined_reason: Mapped[str | None] = field(String(400), on=DERIVED, chosen=True)

    lines: Mapped[list[EstimateLine]] = children(back_populates="estimate", order_by="EstimateLine.position")
    taxes: Mapped[list[EstimateTax]] = children(back_populates="estimate", order_by="EstimateTax.id")
    signatures: Mapped[list[Signature]] = children(back_populates="estimate", order_by="Signature.id")

    @property
    def first_id(self) -> int:
        """The id of the first revision: what names the estimate through all of them."""
        return self.base_id or self.id

    def __str__(self) -> str:
        """ "E-00012", "E-00012 revision 2", or the title of one that was never sent."""
        if self.number is None:
            return self.title
        return self.number if self.revision == 1 else f"{self.number} revision {self.revision}"


class EstimateLine(Entity):
    """One service or material offered.  `key` stays the same through all revisions, so that work follows it [M17].

    `optional` lines count only when `chosen`; of the lines that share an `alternative` exactly one is chosen [57].
    net = round(quantity × unit price) − discount; `discount_percent` or `discount_amount` is what was typed.
    """

    singular, plural, group_path = "estimate line", "estimate lines", None
    __table_args__ = (
        Index("uq_estimate_line_estimate_id_position", "estimate_id", "position", unique=True),
        Index("uq_estimate_line_estimate_id_key", "estimate_id", "key", unique=True),
        CheckConstraint("position >= 1", name="position_from_one"),
        CheckConstraint("discount_percent IS NULL OR discount_amount IS NULL", name="one_discount"),
        CheckConstraint("alternative IS NULL OR optional", name="an_alternative_is_optional"),
    )

    estimate_id: Mapped[int]
    estimate: Mapped[Estimate] = link(ondelete="CASCADE", back_populates="lines", index=False)
    key: Mapped[str] = field(String(32), on=HIDDEN)
    position: Mapped[int] = field(Integer)
    description: Mapped[str] = field(String(500), on=SHOWN)
    details: Mapped[str | None] = field(Text, on=FORM_ONLY)
    quantity: Mapped[Quantity] = field(default=1)
    unit: Mapped[str | None] = field(String(20), on=SHOWN)
    unit_price: Mapped[Quantity] = field(help="In the currency of the estimate, up to four decimals")
    discount_percent: Mapped[Percent | None] = field(on=FORM_ONLY, unit="%")
    discount_amount: Mapped[Minor | None] = field(on=FORM_ONLY)
    discount: Mapped[Minor] = field(on=DERIVED, default=0)
    net: Mapped[Minor] = field(on=DERIVED, default=0)
    tax_names: Mapped[list[Any]] = field(on=HIDDEN, default=list)
    optional: Mapped[bool] = field(on=SHOWN, default=False)
    alternative: Mapped[str | None] = field(
        String(60), on=SHOWN, help="Lines with the same word exclude each other"
    )
    chosen: Mapped[bool] = field(on=SHOWN, default=True)
    cost: Mapped[Quantity | None] = field(on=FORM_ONLY, label="Cost a unit")
    hours: Mapped[Quantity | None] = field(on=FORM_ONLY, unit="hours", help="Work planned for this line")
    price_item_id: Mapped[int | None]
    price_item: Mapped[PriceItem | None] = link(on=FORM_ONLY, ondelete="SET NULL")
    asset_id: Mapped[int | None]
    asset: Mapped[SiteAsset | None] = link(on=FORM_ONLY, ondelete="SET NULL", label="Site asset")
    photo_id: Mapped[int | None] = field(ForeignKey("attachment.id", ondelete="SET NULL"), on=HIDDEN)

    @property
    def counts(self) -> bool:
        """Whether the line is part of the total now."""
        return self.chosen or not self.optional


class EstimateTax(Row):
    """The tax of one rate on an estimate: base and amount in minor units."""

    __table_args__ = (Index("uq_estimate_tax_estimate_id_name", "estimate_id", "name", unique=True),)

    estimate_id: Mapped[int]
    estimate: Mapped[Estimate] = link(on=HIDDEN, ondelete="CASCADE", back_populates="taxes", index=False)
    name: Mapped[str] = field(String(40), on=HIDDEN)
    rate: Mapped[Percent] = field(on=HIDDEN)
    compound: Mapped[bool] = field(on=HIDDEN, default=False)
    base: Mapped[Minor] = field(on=HIDDEN)
    amount: Mapped[Minor] = field(on=HIDDEN)


class SignedBy(enum.StrEnum):
    """How a signature was given."""

    PORTAL = "portal"
    PAPER = "paper"


class Signature(Entity):
    """Who agreed to which content: bound to the hash of one revision's snapshot, never to the estimate [60, L9]."""

    singular, plural, group_path = "signature", "signatures", None

    estimate_id: Mapped[int]
    estimate: Mapped[Estimate] = link(ondelete="RESTRICT", back_populates="signatures")
    signer: Mapped[str] = field(String(160), on=SHOWN, help="The name as signed")
    contact_id: Mapped[int | None] = field(ForeignKey("contact.id", ondelete="SET NULL"), on=HIDDEN)
    signed_at: Mapped[datetime] = field(on=SHOWN)
    way: Mapped[SignedBy] = field(on=SHOWN)
    path: Mapped[str] = field(String(200), on=HIDDEN, default="")
    """How the signer came to it: portal account, document link, or the member of staff who took the paper."""
    content_hash: Mapped[str] = field(String(64), on=SHOWN, label="Hash of what was signed")
    drawing_key: Mapped[str | None] = field(String(80), unique=True, on=HIDDEN)
    """The store's key of the drawn signature, re-encoded; None: the name was typed."""
    evidence: Mapped[dict[str, Any] | None] = field(on=HIDDEN)
    """What was known at that moment: the address and browser, where the code went, the options chosen [54]."""
