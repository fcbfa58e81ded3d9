"""What is asked of a card provider and what it tells, as plain values: no shape of theirs beyond the gateway."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from admin_app.kernel.errors import Unmet


class ProviderSilent(Unmet):
    """Nobody knows what became of it: the same question, under the same key, is asked again later."""


class ProviderRefuses(Unmet):
    """It said no for good: the key of the account, or what we asked for, is wrong."""


class Outcome(enum.Enum):
    """What became of an attempt to pay, as the provider knows it."""

    WAITING = "waiting"
    """The client is at its page, or a bank is at work."""
    PAID = "paid"
    SAVED = "saved"
    """A card was saved; nothing was to pay."""
    FAILED = "failed"
    """Declined; `problem` says why."""
    EXPIRED = "expired"
    """The page was left, or closed; nothing was paid and nothing can be any more."""


@dataclass(frozen=True, slots=True)
class CardTold:
    """A card as the provider shows it: its token, whose it is there, and what a person may see of it."""

    token: str
    customer: str | None = None
    brand: str | None = None
    last4: str | None = None
    expires_month: int | None = None
    expires_year: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider tells of one attempt; `amount` in minor units of `currency` is what it collected."""

    outcome: Outcome
    session: str | None = None
    intent: str | None = None
    amount: int | None = None
    currency: str | None = None
    at: datetime | None = None
    card: CardTold | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The provider's page for one attempt: its name there and its address."""

    session: str
    url: str


@dataclass(frozen=True, slots=True)
class PageOrder:
    """What a page of the provider is opened for; without an `amount` it only saves a card.

    `key` is the same each time the same page is asked for.  `checkout` (our public id) travels with everything that
    the provider tells later; `back` is our address to which the client returns.
    """

    key: str
    checkout: str
    amount: int
    currency: str
    words: str
    back: str
    save_card: bool = False
    email: str | None = None
    customer: str | None = None
    """What the provider calls this customer already."""


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """A saved card that is charged while no client is at a page; `key` is the same for the same try."""

    key: str
    checkout: str
    amount: int
    currency: str
    words: str
    token: str
    customer: str | None


@dataclass(frozen=True, slots=True)
class DisputeTold:
    """A client told their bank that they did not mean to pay.

    `withdrawn`: the provider has taken the money back; `returned`: it gave it to us again; `lost`: decided against us.
    """

    id: str
    amount: int
    currency: str
    reason: str = ""
    withdrawn: bool = False
    returned: bool = False
    lost: bool = False
    won: bool = False


@dataclass(frozen=True, slots=True)
class EventTold:
    """A message of the provider whose signature held.

    `told` speaks of the attempt `checkout` (our public id, where the message carries it), of `told.session` or of
    `told.intent`.  `paid_back` is what was paid back of a payment in all; `refund_problem` why a refund did not go.
    """

    id: str
    kind: str
    at: datetime
    told: Told | None = None
    checkout: str | None = None
    intent: str | None = None
    dispute: DisputeTold | None = None
    paid_back: int | None = None
    refund_problem: str = ""
