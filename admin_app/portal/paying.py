"""Paying online: written down, the page opened between two transactions, the client led there and back [120].

A POST cannot lead to another origin under our policy, so the way goes over a page of ours with a link that a script
follows.  The page to which the client returns believes nothing that the browser says: it asks the provider, by a POST,
since looking changes nothing, or waits for the provider's message.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.gateways.card_provider import account
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.money import Money
from admin_app.models import (
    Brand,
    Checkout,
    CheckoutKind,
    CheckoutState,
    DocumentLink,
    Estimate,
    Invoice,
    Payment,
)
from admin_app.portal.forms import form_key, typed
from admin_app.portal.pages import pages
from admin_app.portal.things import thing, things
from admin_app.services.checkout.settle import settle
from admin_app.services.checkout.start import (
    PayForm,
    Paying,
    keep_page,
    older_ones,
    page_order,
    start_checkout,
    words_of,
)
from admin_app.services.checkout.told import Outcome, ProviderRefuses, ProviderSilent, Told
from admin_app.services.checkout.unsettled import page_is_refused
from admin_app.services.portal.links import token_of
from admin_app.web.address import public_address
from admin_app.web.between import keep_so_far
from admin_app.web.clients import LINK, client, for_clients
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import release_transaction, settings

S = CheckoutState
PAID_MEANWHILE = "This was paid a moment ago; nothing is to pay any more"
LONGEST_CURRENCY = 3


@pages.post("/pay")
@for_clients(by_link=True)
def pay() -> ResponseReturnValue:
    """Begin to pay invoices, the statement or a deposit, or to save a card; the form names no amount."""
    form = _form()
    checkout = start_checkout(
        office_session(), form, actor(), clock(), form_key(), lambda name: url_for(".paid", public_id=name)
    )
    return _to_the_provider(checkout)


@pages.post("/pay/<public_id>/again")
@for_clients(by_link=True)
def pay_again(public_id: str) -> ResponseReturnValue:
    """The provider did not answer when its page was asked for: ask again, under the same key."""
    return _to_the_provider(thing(Checkout, public_id))


@pages.get("/pay/<public_id>/go")
@for_clients(by_link=True)
def go_and_pay(public_id: str) -> ResponseReturnValue:
    """The way to the provider's page: a link that a script follows."""
    checkout = thing(Checkout, public_id)
    if checkout.state not in (S.STARTED, S.OPEN):
        return redirect(url_for(".paid", public_id=public_id))
    return render_template("portal/invoices/go.html", **_shown(checkout))


@pages.get("/pay/<public_id>")
@for_clients(by_link=True)
def paid(public_id: str) -> ResponseReturnValue:
    """Where the client comes back to: what became of it, as far as we know from the provider."""
    checkout = thing(Checkout, public_id)
    return render_template(
        "portal/invoices/paid.html",
        asked="asked" in request.args,
        receipt_url=_receipt(checkout),
        **_shown(checkout),
    )


@pages.post("/pay/<public_id>/check")
@for_clients(by_link=True)
def check_payment(public_id: str) -> ResponseReturnValue:
    """Ask the provider what became of it, with no transaction open, and book what it tells."""
    checkout = thing(Checkout, public_id)
    name, key = checkout.provider_session, _stripe_key(checkout)
    if checkout.state is S.OPEN and name and key:
        release_transaction()
        try:
            told = account(key, settings().stripe_url).ask(name)
        except (ProviderSilent, ProviderRefuses):
            told = Told(Outcome.WAITING)  # the page says that nothing is known yet; a job asks again
        if told.outcome is not Outcome.WAITING:
            settle(office_session(), thing(Checkout, public_id), told, clock())
    return redirect(url_for(".paid", public_id=public_id, asked=1))


def _to_the_provider(checkout: Checkout) -> ResponseReturnValue:
    """Keep what was written, close older pages for the same thing, open this one, keep its name."""
    on = redirect(url_for(".go_and_pay", public_id=checkout.public_id))
    key = _stripe_key(checkout)
    if checkout.state is not S.STARTED or key is None:
        return on
    session = office_session()
    order = page_order(session, checkout, public_address())
    older = [(one.id, str(one.provider_session)) for one in older_ones(session, checkout)]
    keep_so_far()
    provider = account(key, settings().stripe_url)
    try:
        closed = [(number, provider.close_page(name)) for number, name in older]
        was_paid = any(told.outcome is Outcome.PAID for _, told in closed)
        page = provider.open_page(order) if not was_paid else None
    except ProviderSilent:
        return on  # the page there offers to try again
    except ProviderRefuses as refusal:
        page_is_refused(office_session(), checkout, refusal.sentence, clock())
        return redirect(url_for(".paid", public_id=checkout.public_id))
    session = office_session()
    for number, told in closed:
        settle(session, session.get_one(Checkout, number), told, clock())
    if page is None:
        settle(session, checkout, Told(Outcome.EXPIRED), clock())
        flash(PAID_MEANWHILE, "success")
        return redirect(_back_url(checkout))
    keep_page(session, checkout, page)
    return on


def _form() -> PayForm:
    """What was chosen; raises NotFound for a word that no form of ours sends, Invalid for a card without consent."""
    deposit = typed("deposit")
    word = Paying.DEPOSIT.value if deposit else typed("paying") or Paying.INVOICES.value
    if word not in {one.value for one in Paying}:
        raise NotFound("There is nothing here")
    paying = Paying(word)
    if paying is Paying.CARD and not typed("agree"):
        sentence = "Tick the permission, so that we may keep and charge the card"
        raise Invalid(sentence, {"agree": sentence})
    return PayForm(
        paying,
        (deposit,) if deposit else tuple(request.form.getlist("ids")),
        typed("currency")[:LONGEST_CURRENCY],
        bool(typed("save_card")),
        request.remote_addr or "",
    )


def _shown(checkout: Checkout) -> dict[str, object]:
    """What the pages on the way print of an attempt."""
    session = office_session()
    return {
        "checkout": checkout,
        "amount": Money(checkout.amount, checkout.currency),
        "words": words_of(session, checkout),
        "brand_name": session.scalar(select(Brand.name).where(Brand.id == checkout.brand_id)),
        "is_card": checkout.kind is CheckoutKind.CARD,
        "back_url": _back_url(checkout),
    }


def _back_url(checkout: Checkout) -> str:
    """The page of what was paid."""
    if checkout.kind is CheckoutKind.CARD:
        return url_for(".cards")
    if checkout.estimate_id is not None:
        query = select(Estimate).where(Estimate.id == checkout.estimate_id)
        return next(
            (url_for(".proposal", public_id=one.public_id) for one in things(query)), url_for(".home")
        )
    if len(checkout.targets) == 1:
        bills = things(select(Invoice).where(Invoice.id == int(checkout.targets[0]["invoice"])))
        if bills:
            return url_for(".invoice", public_id=bills[0].public_id)
    return url_for(".home" if client().scope.document is not None else ".invoices")


def _receipt(checkout: Checkout) -> str | None:
    """The receipt, under the client's own way; who came by a link has a link to the receipt too."""
    if checkout.payment_id is None:
        return None
    seen = things(select(Payment).where(Payment.id == checkout.payment_id))
    if seen:
        return url_for(".receipt", public_id=seen[0].public_id)
    if client().mode != LINK:
        return None
    session = office_session()
    link = session.scalar(
        select(DocumentLink).where(
            DocumentLink.about == "receipt",
            DocumentLink.about_id == checkout.payment_id,
            DocumentLink.revoked_at.is_(None),
            DocumentLink.contact_id == client().contact_id
            if client().contact_id is not None
            else DocumentLink.contact_id.is_(None),
        )
    )
    return url_for(f"{LINK}.home", token=token_of(settings().secret_key, link)) if link is not None else None


def _stripe_key(checkout: Checkout) -> str | None:
    return office_session().scalar(select(Brand.stripe_key).where(Brand.id == checkout.brand_id))
