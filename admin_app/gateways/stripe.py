"""The card provider Stripe, through its own SDK: the only module that knows it, and it is loaded when first needed.

The client pays on Stripe's page, so no card number comes here.  Requests carry the key of a brand's account, an
idempotency key of ours and a patience; `url` leads elsewhere than to Stripe for a proxy of one's own and for tests.
Objects are read as plain mappings, since messages may be older than the SDK (dependencies.md S4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from admin_app.kernel.errors import Invalid
from admin_app.services.checkout.told import (
    CardTold,
    ChargeOrder,
    EventTold,
    Outcome,
    Page,
    PageOrder,
    ProviderRefuses,
    ProviderSilent,
    Told,
)

if TYPE_CHECKING:
    from stripe import StripeClient

PATIENCE_SECONDS = 15.0
TRIES = 2
"""How often the SDK asks again by itself, under the same key, before we hear of it."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
API_VERSION = "2026-10-28.endive"
"""What the shapes read here were written for."""
SILENT = "The card provider does not answer now; nothing is lost, and the same payment is never taken twice"
Answer = TypeVar("Answer")
Plain = Mapping[str, Any]


class StripeProvider:
    """One account at Stripe."""

    def __init__(self, key: str, url: str | None = None, patience: float = PATIENCE_SECONDS) -> None:
        """Speak in the name of the secret `key`; raises Invalid for an address over which it would travel openly."""
        self._key, self._url, self._patience = key, _checked(url), patience

    def open_page(self, order: PageOrder) -> Page:
        """A hosted Checkout page; the same key gives the same page."""
        params: dict[str, Any] = {
            "success_url": order.back,
            "cancel_url": order.back,
            "client_reference_id": order.checkout,
            "metadata": {"checkout": order.checkout},
        }
        if order.customer:
            params["customer"] = order.customer
        elif order.email:
            params["customer_email"] = order.email
        params |= _to_pay(order) if order.amount else _to_save(order)
        made = self._ask(
            lambda client: client.v1.checkout.sessions.create(
                params=params,  # type: ignore[arg-type]  # the SDK's TypedDict names every key it knows
                options={"idempotency_key": order.key},
            )
        )
        return Page(str(made["id"]), str(made["url"]))

    def ask(self, session: str) -> Told:
        """What became of a page, with the card that was saved there."""
        found = self._ask(
            lambda client: client.v1.checkout.sessions.retrieve(
                session,
                params={"expand": ["payment_intent.payment_method", "setup_intent.payment_method"]},
            )
        )
        return told_of_session(found)

    def close_page(self, session: str) -> Told:
        """Expire the page; where it was paid meanwhile Stripe refuses, and the answer says PAID."""
        try:
            return told_of_session(self._ask(lambda client: client.v1.checkout.sessions.expire(session)))
        except ProviderRefuses:
            return self.ask(session)

    def charge(self, order: ChargeOrder) -> Told:
        """Confirm a payment off-session; what the bank declines, or wants the client for, is FAILED."""
        from stripe import CardError

        params: dict[str, Any] = {
            "amount": order.amount,
            "currency": order.currency.lower(),
            "payment_method": order.token,
            "payment_method_types": ["card"],
            "confirm": True,
            "off_session": True,
            "description": order.words,
            "metadata": {"checkout": order.checkout},
        }
        if order.customer:
            params["customer"] = order.customer
        try:
            made = self._ask(
                lambda client: client.v1.payment_intents.create(
                    params=params,  # type: ignore[arg-type]
                    options={"idempotency_key": order.key},
                ),
                CardError,
            )
        except CardError as declined:
            return Told(Outcome.FAILED, problem=_declined(declined.user_message or ""))
        return told_of_intent(made)

    def pay_back(self, intent: str, amount: int, key: str) -> None:
        """Refund a part of a payment."""
        self._ask(
            lambda client: client.v1.refunds.create(
                params={"payment_intent": intent, "amount": amount}, options={"idempotency_key": key}
            )
        )

    def forget_card(self, token: str) -> None:
        """Detach the card from its customer; an unknown one is gone already."""
        from stripe import InvalidRequestError

        try:
            self._ask(lambda client: client.v1.payment_methods.detach(token), InvalidRequestError)
        except InvalidRequestError as gone:
            if gone.code != "resource_missing":
                raise ProviderRefuses(_said(gone)) from gone

    def _client(self) -> StripeClient:
        import stripe

        # Figures about our own requests are nobody else's business.
        stripe.enable_telemetry = False
        return stripe.StripeClient(
            self._key,
            stripe_version=API_VERSION,
            base_addresses={"api": self._url} if self._url else None,
            max_network_retries=TRIES,
            http_client=stripe.RequestsClient(timeout=self._patience),
        )

    def _ask(self, question: Callable[[StripeClient], Any], *passed_on: type[Exception]) -> dict[str, Any]:
        """The answer as a plain mapping; trouble becomes a sentence, except what the caller judges itself."""
        import stripe

        try:
            answer = question(self._client())
        except passed_on:
            raise
        except (stripe.APIConnectionError, stripe.RateLimitError) as trouble:
            raise ProviderSilent(SILENT) from trouble
        except stripe.AuthenticationError as trouble:
            raise ProviderRefuses(
                "The card provider does not take our key; look at it in the settings"
            ) from trouble
        except stripe.StripeError as trouble:
            if trouble.http_status is None or trouble.http_status >= 500 or trouble.http_status == 409:
                raise ProviderSilent(SILENT) from trouble
            raise ProviderRefuses(_said(trouble)) from trouble
        return dict(answer.to_dict())


class StripeEvents:
    """Reads the messages that Stripe brings."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types of events that mean something to us."""
        from admin_app.gateways.stripe_events import KINDS

        return KINDS

    def read_event(self, body: bytes, signature: str, key: str) -> EventTold | None:
        """Checked over the raw body, at most five minutes old, compared in constant time; None for a forged one."""
        import stripe

        try:
            event = stripe.Webhook.construct_event(body, signature, key)
        except (stripe.SignatureVerificationError, ValueError):
            return None
        from admin_app.gateways.stripe_events import read

        return read(event.to_dict())


def told_of_session(session: Plain) -> Told:
    """What a Checkout page tells; intents may be expanded or named by their id."""
    paid, status = session.get("payment_status"), session.get("status")
    intent = session.get("payment_intent")
    if session.get("mode") == "setup":
        setup = session.get("setup_intent")
        outcome = {"complete": Outcome.SAVED, "expired": Outcome.EXPIRED}.get(str(status), Outcome.WAITING)
        return Told(outcome, id_of(session), at=instant_of(session), card=_card_of(setup))
    if status == "expired":
        outcome = Outcome.EXPIRED
    else:
        outcome = Outcome.PAID if status == "complete" and paid == "paid" else Outcome.WAITING
    return Told(
        outcome,
        id_of(session),
        id_of(intent),
        _whole(session.get("amount_total")),
        _currency(session),
        instant_of(intent if isinstance(intent, Mapping) else session),
        _card_of(intent),
    )


def told_of_intent(intent: Plain) -> Told:
    """What a payment tells: collected, declined, or still at work."""
    status = intent.get("status")
    trouble = intent.get("last_payment_error")
    if status == "succeeded":
        outcome = Outcome.PAID
    elif status in ("requires_payment_method", "requires_action", "canceled"):
        outcome = Outcome.FAILED
    else:
        outcome = Outcome.WAITING
    said = str(trouble.get("message") or "") if isinstance(trouble, Mapping) else ""
    if status == "requires_action":
        said = "The bank wants the client to confirm the payment"
    collected = intent.get("amount_received") if outcome is Outcome.PAID else intent.get("amount")
    return Told(
        outcome,
        intent=id_of(intent),
        amount=_whole(collected),
        currency=_currency(intent),
        at=instant_of(intent),
        card=_card_of(intent),
        problem=_declined(said) if outcome is Outcome.FAILED else "",
    )


def _to_pay(order: PageOrder) -> dict[str, Any]:
    intent: dict[str, Any] = {"metadata": {"checkout": order.checkout}, "description": order.words}
    params: dict[str, Any] = {
        "mode": "payment",
        "payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.currency.lower(),
                    "unit_amount": order.amount,
                    "product_data": {"name": order.words},
                },
            }
        ],
        "payment_intent_data": intent,
    }
    if order.save_card:
        intent["setup_future_usage"] = "off_session"
        if not order.customer:
            params["customer_creation"] = "always"
    return params


def _to_save(order: PageOrder) -> dict[str, Any]:
    params: dict[str, Any] = {
        "mode": "setup",
        "payment_method_types": ["card"],
        "setup_intent_data": {"metadata": {"checkout": order.checkout}},
    }
    if not order.customer:
        params["customer_creation"] = "always"
    return params


def _card_of(intent: Any) -> CardTold | None:
    """The card of an intent whose payment method came with it."""
    method = intent.get("payment_method") if isinstance(intent, Mapping) else None
    if not isinstance(method, Mapping) or not method.get("id"):
        return None
    card = method.get("card")
    shown: Plain = card if isinstance(card, Mapping) else {}
    customer = id_of(intent.get("customer")) or id_of(method.get("customer"))
    last4 = str(shown.get("last4") or "")
    month = _whole(shown.get("exp_month"))
    return CardTold(
        str(method["id"])[:200],
        customer,
        str(shown.get("brand") or "")[:40] or None,
        last4 if len(last4) == 4 else None,
        month if month is not None and 1 <= month <= 12 else None,
        _whole(shown.get("exp_year")),
    )


def id_of(thing: Any) -> str | None:
    """The id of an object that is named or given whole."""
    if isinstance(thing, Mapping):
        thing = thing.get("id")
    return str(thing)[:120] if thing else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _currency(thing: Plain) -> str | None:
    return str(thing["currency"]).upper() if thing.get("currency") else None


def instant_of(thing: Plain) -> datetime | None:
    """When it was made, by the provider's clock."""
    seconds = _whole(thing.get("created"))
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None


def _said(trouble: Any) -> str:
    said = readable(str(getattr(trouble, "user_message", None) or ""))
    return f"The card provider refused: {said}" if said else "The card provider refused what we asked for"


def _declined(said: str) -> str:
    return readable(said) or "The card was declined"


def readable(text: str) -> str:
    """Words of the provider on one line, without control characters, of a length that can be kept."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


def _checked(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL):
        return url.rstrip("/")
    raise Invalid("SAWHORSE_STRIPE_URL begins with https://: the key must not travel in the open")
