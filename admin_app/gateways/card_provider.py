"""What a card provider can be asked, whichever it is; called with no transaction open [M31, A20].

Every answer is a value of `services.checkout.told`.  Each method raises ProviderSilent where nobody knows what became
of it (ask again under the same key) and ProviderRefuses where the provider said no for good, each with a sentence.
"""

from __future__ import annotations

from typing import Protocol

from admin_app.services.checkout.told import ChargeOrder, EventTold, Page, PageOrder, Told


class CardProvider(Protocol):
    """One account at a provider, opened by the key of a brand."""

    def open_page(self, order: PageOrder) -> Page:
        """The provider's page for one attempt; the same key gives the same page."""
        ...

    def ask(self, session: str) -> Told:
        """What became of the page that the provider calls `session`."""
        ...

    def close_page(self, session: str) -> Told:
        """Let nobody pay at this page any more; tells PAID where somebody just did."""
        ...

    def charge(self, order: ChargeOrder) -> Told:
        """Charge a saved card; a decline is an answer, not an exception."""
        ...

    def pay_back(self, intent: str, amount: int, key: str) -> None:
        """Send a part of a payment back, once a key."""
        ...

    def forget_card(self, token: str) -> None:
        """The provider keeps this card no longer; one that it does not know is forgotten already."""
        ...


class EventReader(Protocol):
    """Reads what a provider brings to our door."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The messages that it can read, by the provider's own names: what the provider is to bring."""
        ...

    def read_event(self, body: bytes, signature: str, key: str) -> EventTold | None:
        """The message, or None where the signature over the raw body does not hold or is too old."""
        ...


def account(key: str, url: str | None) -> CardProvider:
    """The account that a brand's key opens; `url` is SAWHORSE_STRIPE_URL.  The one provider there is so far."""
    from admin_app.gateways.stripe import StripeProvider

    return StripeProvider(key, url)


def events() -> EventReader:
    """Who reads what the provider brings."""
    from admin_app.gateways.stripe import StripeEvents

    return StripeEvents()
