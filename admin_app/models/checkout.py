"""Paying at a provider: the attempt, what the provider told of it, and the right to charge a saved card [M31, A20].

A card number never comes here; the provider's page takes it (security.md, promise 9).
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity, Row
from admin_app.models.brand import Brand
from admin_app.models.contact import Contact
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.estimate import Estimate
from admin_app.models.field import DERIVED, HIDDEN, field, link
from admin_app.models.payment import Payment, PaymentMethod
from admin_app.models.project import Project
from admin_app.models.types import Minor


class CheckoutKind(enum.StrEnum):
    """What somebody is about to pay."""

    INVOICES = "invoices"
    """One, several, or all that is open."""
    DEPOSIT = "deposit"
    CARD = "card"
    """Nothing is paid: a card is saved for later."""


class CheckoutState(enum.StrEnum):
    """Where an attempt to pay stands; only PAID has booked money."""

    STARTED = "started"
    """Written down; the provider was not asked yet."""
    OPEN = "open"
    """The client is at the provider's page, or the provider is at work."""
    PAID = "paid"
    SAVED = "saved"
    """The card is saved; there was nothing to pay."""
    FAILED = "failed"
    EXPIRED = "expired"
    QUARANTINED = "quarantined"
    """Amount or currency are not what was agreed: a person must look [M31]."""

    @classmethod
    def under_way(cls) -> frozenset[CheckoutState]:
        """The states in which the provider is at work, or is about to be asked."""
        return frozenset({cls.STARTED, cls.OPEN})


class Checkout(Entity):
    """One attempt to pay at a provider: written before the provider is asked, settled by what it tells [M31].

    `targets` lists what is paid: [{"invoice": 17, "amount": 12000}] in minor units of `currency`, empty for a
    deposit.  `saved_card` is charged where no client is at a page; `next_try_at` says when a declined charge is
    tried again.
    """

    singular, plural = "online payment", "online payments"
    __table_args__ = (
        Index("uq_checkout_key", "key", unique=True),
        Index("uq_checkout_provider_session", "provider", "provider_session", unique=True),
        Index("uq_checkout_provider_intent", "provider", "provider_intent", unique=True),
        Index("ix_checkout_group_id_id", "group_id", "id"),
        Index("ix_checkout_state_next_try_at", "state", "next_try_at"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("(kind = 'card') = (amount = 0)", name="a_card_alone_costs_nothing"),
        CheckConstraint("length(currency) = 3", name="currency_code"),
    )

    key: Mapped[str] = field(String(120), on=HIDDEN)
    """Drawn with the form, or named after the act that charges: the same key is the same attempt."""
    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(label="Customer", on=DERIVED, ondelete="RESTRICT", index=False)
    brand_id: Mapped[int]
    brand: Mapped[Brand] = link(on=DERIVED, ondelete="RESTRICT")
    kind: Mapped[CheckoutKind] = field(on=DERIVED, default=CheckoutKind.INVOICES)
    amount: Mapped[Minor] = field(on=DERIVED)
    currency: Mapped[str] = field(String(3), on=DERIVED)
    targets: Mapped[list[Any]] = field(on=HIDDEN, default=list)
    estimate_id: Mapped[int | None]
    estimate: Mapped[Estimate | None] = link(on=HIDDEN, ondelete="RESTRICT")
    project_id: Mapped[int | None]
    project: Mapped[Project | None] = link(on=HIDDEN, ondelete="RESTRICT")
    contact_id: Mapped[int | None]
    contact: Mapped[Contact | None] = link(on=DERIVED, ondelete="SET NULL")
    link_id: Mapped[int | None] = field(
        ForeignKey("document_link.id", ondelete="SET NULL"), on=HIDDEN, index=True
    )
    """The document link by which somebody came to pay."""
    state: Mapped[CheckoutState] = field(on=DERIVED, default=CheckoutState.STARTED, label="Status")
    provider: Mapped[str] = field(String(40), on=DERIVED, default="stripe")
    provider_session: Mapped[str | None] = field(String(120), on=HIDDEN)
    provider_intent: Mapped[str | None] = field(String(120), on=HIDDEN)
    url: Mapped[str | None] = field(Text, on=HIDDEN)
    """The provider's page."""
    return_to: Mapped[str] = field(String(400), on=HIDDEN, default="")
    """The path of ours to which the client comes back."""
    save_card: Mapped[bool] = field(on=HIDDEN, default=False)
    """The client agreed to have the card kept."""
    saved_card_id: Mapped[int | None] = field(
        ForeignKey("payment_method.id", ondelete="SET NULL"), on=HIDDEN, index=True
    )
    payment_id: Mapped[int | None]
    payment: Mapped[Payment | None] = link(on=DERIVED, ondelete="RESTRICT")
    problem: Mapped[str] = field(String(400), on=DERIVED, default="")
    """What the provider said, in words for people."""
    tries: Mapped[int] = field(Integer, on=HIDDEN, default=0)
    next_try_at: Mapped[datetime | None] = field(on=HIDDEN)
    started_at: Mapped[datetime] = field(on=DERIVED)
    settled_at: Mapped[datetime | None] = field(on=DERIVED)

    @property
    def invoice_ids(self) -> frozenset[int]:
        """The invoices that it pays."""
        return frozenset(int(one["invoice"]) for one in self.targets)


class ProviderEvent(Row):
    """What a provider told, once: the event's id is unique, its effect stands beside it [M31].

    `facts` are the few values that were read from it; nothing of a card but brand, last four digits and expiry.
    """

    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index("ix_provider_event_checkout_id", "checkout_id"),
    )

    provider: Mapped[str] = field(String(40), on=HIDDEN)
    event_id: Mapped[str] = field(String(120), on=HIDDEN)
    kind: Mapped[str] = field(String(80), on=HIDDEN)
    created_at: Mapped[datetime] = field(on=HIDDEN)
    received_at: Mapped[datetime] = field(on=HIDDEN)
    checkout_id: Mapped[int | None]
    checkout: Mapped[Checkout | None] = link(on=HIDDEN, ondelete="SET NULL", index=False)
    facts: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    effect: Mapped[str] = field(String(400), on=HIDDEN, default="")


class Mandate(Entity):
    """A client's word that a saved card may be charged: which words, when, from where [A20]."""

    singular, plural = "mandate", "mandates"
    __table_args__ = (Index("ix_mandate_group_id_id", "group_id", "id"),)

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(label="Customer", on=DERIVED, ondelete="RESTRICT", index=False)
    payment_method_id: Mapped[int | None]
    payment_method: Mapped[PaymentMethod | None] = link(on=DERIVED, ondelete="SET NULL", label="Card")
    contact_id: Mapped[int | None]
    contact: Mapped[Contact | None] = link(on=DERIVED, ondelete="SET NULL")
    given_by: Mapped[str] = field(String(200), on=DERIVED)
    words: Mapped[str] = field(Text, on=DERIVED)
    given_at: Mapped[datetime] = field(on=DERIVED)
    address: Mapped[str] = field(String(64), on=HIDDEN, default="")
    revoked_at: Mapped[datetime | None] = field(on=DERIVED)
