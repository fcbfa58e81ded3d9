"""A card provider on this machine: a Flask application over real HTTP that answers the SDK as Stripe does.

Checkout pages (one that a browser can press), payments with saved cards, refunds, idempotency keys, scripted declines
and disputes, and signed messages that are sent once, twice, late, in any order or forged.  One call::

    with CardProvider() as provider:          # provider.url is SAWHORSE_STRIPE_URL
        provider.pay(session_id)              # what the client does at the page
        provider.deliver(app.test_client())   # what the provider brings to /hooks/stripe
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from itertools import count
from typing import Any
from urllib.request import Request, urlopen

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.serving import make_server

KEY = "sk_test_north"
HOOK_KEY = "whsec_north"
Thing = dict[str, Any]

HOSTED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Card provider</title>
<h1>{words}</h1><p id="amount">{amount}</p>
<form method="post"><button name="do" value="pay">Pay</button> <button name="do" value="leave">Back</button></form>"""


class CardProvider:
    """The provider with its books: sessions, intents, methods, refunds, and the messages that wait to be brought."""

    def __init__(self, key: str = KEY, hook_key: str = HOOK_KEY, hook_url: str | None = None) -> None:
        self.keys = {key}
        self.hook_key = hook_key
        self.hook_url = hook_url
        """Where messages are brought at once; None: a test brings them."""
        self.sessions: dict[str, Thing] = {}
        self.intents: dict[str, Thing] = {}
        self.setups: dict[str, Thing] = {}
        self.methods: dict[str, Thing] = {}
        self.refunds: dict[str, Thing] = {}
        self.events: list[Thing] = []
        self.answered: dict[str, tuple[str, int, Thing]] = {}
        """Idempotency key → what was asked under it, and the answer."""
        self.asked: list[tuple[str, str, str | None]] = []
        """(method, path, idempotency key) of every request."""
        self.declines: list[str] = []
        """Sentences with which the next charges of saved cards are declined."""
        self.silent = 0
        """So many of the next requests are carried out and answered by 500."""
        self.now = int(time.time())
        self._numbers = count(1)
        self._newest_dispute = ""
        self._lock = threading.RLock()
        self.server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def __enter__(self) -> CardProvider:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let the port go."""
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(5)

    # What people and banks do there.

    def pay(self, session_id: str, amount: int | None = None, currency: str | None = None) -> Thing:
        """The client pays at the page, or saves a card there; `amount` and `currency` lie where a test wants it."""
        session = self.sessions[session_id]
        assert session["status"] == "open", "nobody can pay at this page any more"
        if session["customer"] is None and (session["mode"] == "setup" or session["_saves"]):
            session["customer"] = self._id("cus")
        method = self._method(session["customer"])
        session["status"] = "complete"
        if session["mode"] == "setup":
            setup: Thing = {
                "id": self._id("seti"),
                "object": "setup_intent",
                "status": "succeeded",
                "created": self.now,
            }
            setup |= {"payment_method": method["id"], "metadata": session["_intent_metadata"]}
            setup["customer"] = session["customer"]
            self.setups[setup["id"]] = setup
            session |= {"setup_intent": setup["id"], "payment_status": "no_payment_required"}
        else:
            session["amount_total"] = session["amount_total"] if amount is None else amount
            session["currency"] = currency or session["currency"]
            intent = self._intent(session["amount_total"], session["currency"], session["_intent_metadata"])
            intent |= {"payment_method": method["id"], "customer": session["customer"], "status": "succeeded"}
            intent["amount_received"] = intent["amount"]
            session |= {"payment_intent": intent["id"], "payment_status": "paid"}
            self._tell("payment_intent.succeeded", intent)
        self._tell("checkout.session.completed", session)
        return session

    def decline_at_page(self, session_id: str, why: str = "Your card was declined.") -> None:
        """The client's card is declined at the page, which stays open."""
        session = self.sessions[session_id]
        intent = self._intent(session["amount_total"], session["currency"], session["_intent_metadata"])
        intent |= {"status": "requires_payment_method", "last_payment_error": {"message": why}}
        self._tell("payment_intent.payment_failed", intent)

    def let_expire(self, session_id: str) -> None:
        """A day goes by."""
        self.sessions[session_id]["status"] = "expired"
        self._tell("checkout.session.expired", self.sessions[session_id])

    def dispute(self, intent_id: str, *words: str, dispute_id: str | None = None, status: str = "") -> str:
        """A bank disputes a payment; `words` are created, funds_withdrawn, funds_reinstated, closed, in this order."""
        intent = self.intents[intent_id]
        dispute = {"id": dispute_id or self._id("du"), "object": "dispute", "payment_intent": intent_id}
        dispute |= {
            "amount": intent["amount"],
            "currency": intent["currency"],
            "reason": "product_not_received",
        }
        dispute["status"] = status or "needs_response"
        for word in words:
            self._tell(f"charge.dispute.{word}", dispute)
        self._newest_dispute = str(dispute["id"])
        return self._newest_dispute

    def pay_back_by_hand(self, intent_id: str, amount: int) -> None:
        """Somebody pays back on the provider's own pages."""
        charge = {
            "id": self._id("ch"),
            "object": "charge",
            "payment_intent": intent_id,
            "amount_refunded": amount,
        }
        self._tell("charge.refunded", charge)

    # What it brings to us.

    def message(self, event: Thing, key: str | None = None, age: int = 0) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a message, signed with our key or another one, `age` seconds ago."""
        body = json.dumps(event).encode()
        at = int(time.time()) - age
        signed = hmac.new(
            (key or self.hook_key).encode(), f"{at}.".encode() + body, hashlib.sha256
        ).hexdigest()
        return body, {"Stripe-Signature": f"t={at},v1={signed}", "Content-Type": "application/json"}

    def bring(self, client: Any, event: Thing, **how: Any) -> Any:
        """Bring one message by a test client; gives the answer."""
        body, headers = self.message(event, **how)
        return client.post("/hooks/stripe", data=body, headers=headers)

    def deliver(self, client: Any, *kinds: str) -> list[Any]:
        """Bring what waits, all of it or these kinds, in the order in which it happened; gives the answers."""
        taken = [event for event in self.events if not kinds or event["type"] in kinds]
        self.events = [event for event in self.events if event not in taken]
        return [self.bring(client, event) for event in taken]

    def _tell(self, kind: str, thing: Mapping[str, Any]) -> None:
        shown = json.loads(
            json.dumps({key: value for key, value in thing.items() if not key.startswith("_")})
        )
        event = {
            "id": self._id("evt"),
            "object": "event",
            "type": kind,
            "created": self.now,
            "livemode": False,
        }
        event |= {"api_version": "2026-10-28.endive", "data": {"object": shown}}
        if self.hook_url is None:
            self.events.append(event)
            return
        body, headers = self.message(event)
        threading.Thread(target=_post, args=(self.hook_url, body, headers), daemon=True).start()

    # What the SDK asks.

    def _app(self) -> Flask:
        app = Flask("card provider")
        app.add_url_rule("/v1/<path:path>", "api", self._answer, methods=["GET", "POST"])
        app.add_url_rule("/c/pay/<session_id>", "page", self._page, methods=["GET", "POST"])
        return app

    def _page(self, session_id: str) -> Any:
        """The hosted page, on which a browser presses Pay or Back."""
        session = self.sessions[session_id]
        if request.method == "GET":
            amount = f"{session['amount_total'] or 0} {session['currency']}"
            return HOSTED.format(words=session["_words"], amount=amount)
        if request.form["do"] == "pay" and session["status"] == "open":
            with self._lock:
                self.pay(session_id)
        return redirect(session["success_url"], 303)

    def _answer(self, path: str) -> Any:
        key = request.headers.get("Idempotency-Key")
        self.asked.append((request.method, path, key))
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.keys:
            return _error(401, "invalid_request_error", "Invalid API Key provided")
        fields = _nested(
            request.form.to_dict() if request.method == "POST" else request.args.to_dict(flat=False)
        )
        with self._lock:
            said = json.dumps([path, fields], sort_keys=True)
            if request.method == "POST" and key in self.answered:
                before, status, answer = self.answered[key]
                if before != said:
                    return _error(400, "idempotency_error", "Keys can only be used with the same parameters")
            else:
                status, answer = self._do(request.method, path.split("/"), fields)
                if request.method == "POST" and key:
                    self.answered[key] = (said, status, json.loads(json.dumps(answer)))
            if self.silent:
                self.silent -= 1
                return Response("upstream is away", 500)
            return jsonify(_shown(answer)), status

    def _do(self, method: str, path: list[str], fields: Thing) -> tuple[int, Thing]:
        match method, path:
            case "POST", ["checkout", "sessions"]:
                return 200, self._open(fields)
            case "GET", ["checkout", "sessions", session_id] if session_id in self.sessions:
                return 200, self._expanded(self.sessions[session_id])
            case "POST", ["checkout", "sessions", session_id, "expire"]:
                session = self.sessions[session_id]
                if session["status"] != "open":
                    return 400, _said("invalid_request_error", "Only open sessions can be expired")
                session["status"] = "expired"
                return 200, session
            case "POST", ["payment_intents"]:
                return self._charge(fields)
            case "POST", ["refunds"]:
                return self._refund(fields)
            case "POST", ["payment_methods", method_id, "detach"]:
                if self.methods.pop(method_id, None) is None:
                    return 404, _said(
                        "invalid_request_error", "No such PaymentMethod", code="resource_missing"
                    )
                return 200, {"id": method_id, "object": "payment_method"}
        return 404, _said(
            "invalid_request_error", f"No such thing: {'/'.join(path)}", code="resource_missing"
        )

    def _open(self, fields: Thing) -> Thing:
        session: Thing = {
            "id": self._id("cs"),
            "object": "checkout.session",
            "status": "open",
            "created": self.now,
        }
        data = fields.get("payment_intent_data") or fields.get("setup_intent_data") or {}
        price = fields["line_items"]["0"]["price_data"] if "line_items" in fields else {}
        session |= {
            "mode": fields["mode"],
            "payment_status": "unpaid",
            "amount_total": int(price["unit_amount"]) if price else None,
            "currency": price.get("currency", "eur"),
            "payment_intent": None,
            "setup_intent": None,
            "customer": fields.get("customer"),
            "customer_email": fields.get("customer_email"),
            "client_reference_id": fields.get("client_reference_id"),
            "metadata": fields.get("metadata", {}),
            "success_url": fields["success_url"],
            "url": f"{self.url}/c/pay/{self._last('cs')}",
            "_intent_metadata": data.get("metadata", {}),
            "_saves": data.get("setup_future_usage") == "off_session",
            "_words": price.get("product_data", {}).get("name", "Save a card"),
        }
        self.sessions[session["id"]] = session
        return session

    def _charge(self, fields: Thing) -> tuple[int, Thing]:
        if fields["payment_method"] not in self.methods:
            return 404, _said("invalid_request_error", "No such PaymentMethod", code="resource_missing")
        intent = self._intent(int(fields["amount"]), fields["currency"], fields.get("metadata", {}))
        intent["payment_method"], intent["customer"] = fields["payment_method"], fields.get("customer")
        if self.declines:
            why = self.declines.pop(0)
            intent |= {"status": "requires_payment_method", "last_payment_error": {"message": why}}
            self._tell("payment_intent.payment_failed", intent)
            return 402, _said("card_error", why, code="card_declined")
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        self._tell("payment_intent.succeeded", intent)
        return 200, intent

    def _refund(self, fields: Thing) -> tuple[int, Thing]:
        intent, amount = self.intents[fields["payment_intent"]], int(fields["amount"])
        intent["_refunded"] = intent.get("_refunded", 0) + amount
        if intent["_refunded"] > intent["amount"]:
            return 400, _said("invalid_request_error", "Refund amount is greater than the charge amount")
        refund: Thing = {"id": self._id("re"), "object": "refund", "status": "succeeded", "amount": amount}
        refund["payment_intent"] = intent["id"]
        self.refunds[refund["id"]] = refund
        charge = {"id": self._id("ch"), "object": "charge", "payment_intent": intent["id"]}
        self._tell("charge.refunded", charge | {"amount_refunded": intent["_refunded"]})
        return 200, refund

    def _intent(self, amount: int, currency: str, metadata: Thing) -> Thing:
        intent: Thing = {
            "id": self._id("pi"),
            "object": "payment_intent",
            "amount": amount,
            "currency": currency,
        }
        intent |= {"metadata": metadata, "created": self.now, "status": "processing", "amount_received": 0}
        self.intents[intent["id"]] = intent
        return intent

    def _method(self, customer: str | None) -> Thing:
        card = {"brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2031}
        method: Thing = {"id": self._id("pm"), "object": "payment_method", "customer": customer, "card": card}
        self.methods[method["id"]] = method
        return method

    def _expanded(self, session: Thing) -> Thing:
        whole = dict(session)
        for name, kept in (("payment_intent", self.intents), ("setup_intent", self.setups)):
            if whole[name]:
                intent = dict(kept[whole[name]])
                intent["payment_method"] = self.methods.get(intent.get("payment_method", ""))
                whole[name] = intent
        return whole

    def _id(self, word: str) -> str:
        self._newest = f"{word}_test_{next(self._numbers):04d}"
        return self._newest

    def _last(self, _word: str) -> str:
        return self._newest


def _nested(flat: Mapping[str, Any]) -> Thing:
    """ "a[b][0][c]" as mappings in mappings."""
    whole: Thing = {}
    for key, value in flat.items():
        names = key.replace("]", "").split("[")
        place = whole
        for name in names[:-1]:
            place = place.setdefault(name, {})
        place[names[-1]] = value
    return whole


def _shown(thing: Thing) -> Thing:
    return {key: value for key, value in thing.items() if not key.startswith("_")}


def _said(kind: str, message: str, code: str | None = None) -> Thing:
    return {"error": {"type": kind, "message": message, "code": code}}


def _error(status: int, kind: str, message: str) -> Any:
    return jsonify(_said(kind, message)), status


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    with urlopen(Request(url, body, dict(headers), method="POST"), timeout=10):
        pass
