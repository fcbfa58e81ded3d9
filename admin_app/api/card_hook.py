"""Where the card provider brings what it tells: /hooks/stripe (design section 8) [M31].

The signature over the raw body opens it, by the key of one of the brands; without such a key there is no such address.
A message that was taken in before is answered like the first time, and one that means nothing to us too, so that the
provider does not bring it again for days.
"""

from __future__ import annotations

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.api.hooks import FORGED, NOTHING, hook_session, hooks
from admin_app.gateways.card_provider import events
from admin_app.kernel.errors import NotAllowed, NotFound
from admin_app.models import Brand
from admin_app.services.checkout.book_provider_event import book_provider_event
from admin_app.web.access import public
from admin_app.web.company import clock
from admin_app.web.login import release_transaction

LARGEST_EVENT = 400_000
"""Bytes of one message."""


@hooks.post("/stripe")
@public
def stripe() -> ResponseReturnValue:
    """One message of the provider, signed in Stripe-Signature over its moment and its bytes."""
    keys = [
        (int(number), str(key))
        for number, key in hook_session().execute(
            select(Brand.id, Brand.stripe_hook_key).where(Brand.stripe_hook_key.is_not(None))
        )
    ]
    if not keys:
        raise NotFound(NOTHING)
    release_transaction()  # the signature is checked while nobody waits for the database
    request.max_content_length = LARGEST_EVENT
    body = request.get_data(cache=False)
    signature = request.headers.get("Stripe-Signature", "")
    reader = events()
    read = {number: reader.read_event(body, signature, key) for number, key in keys}
    signed = {number: event for number, event in read.items() if event is not None and event.id}
    if not signed:
        raise NotAllowed(FORGED)
    event = next(iter(signed.values()))
    effect = book_provider_event(hook_session(), event, signed.keys(), clock())
    return jsonify(effect=effect)
