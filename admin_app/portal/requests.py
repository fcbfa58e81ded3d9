"""Requests: a client asks for a quote or a job, with photos, and reads what became of it [W3, W4]."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.errors import Invalid
from admin_app.models import Address, Lead, LeadState, PortalModule
from admin_app.policy import Permission, demand_for, may
from admin_app.portal.forms import form_key, kept_uploads, typed
from admin_app.portal.lists import chosen_filter, listed, page_of
from admin_app.portal.pages import pages
from admin_app.portal.talk import talk_about
from admin_app.portal.things import thing, things
from admin_app.services.portal.ask_for_work import Asked, Request, ask_for_work
from admin_app.web.clients import client, for_clients
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

SHOWS = (("", "All"), ("open", "Open"), ("done", "Answered"))
ANSWERED = (LeadState.ESTIMATED, LeadState.DECLINED)
MOST_PLACES = 200


@pages.get("/requests/")
@for_clients(PortalModule.REQUESTS)
def requests() -> ResponseReturnValue:
    """What was asked for, the latest first, with what became of it."""
    shown = chosen_filter(SHOWS)
    query = select(Lead)
    if shown == "open":
        query = query.where(Lead.state.not_in(ANSWERED))
    elif shown == "done":
        query = query.where(Lead.state.in_(ANSWERED))
    return render_template(
        "portal/requests.html",
        may_ask=may(actor(), Permission.ASK_FOR_WORK),
        **listed(".requests", page_of(query.order_by(Lead.id.desc())), SHOWS, shown),
    )


@pages.get("/requests/new")
@for_clients(PortalModule.REQUESTS)
def new_request() -> ResponseReturnValue:
    """The form."""
    return _form()


@pages.post("/requests/new")
@for_clients(PortalModule.REQUESTS)
def ask() -> ResponseReturnValue:
    """Keep the request and its photos; the office finds it waiting."""
    demand_for(actor(), Permission.ASK_FOR_WORK, None)
    key = form_key()
    try:
        files = kept_uploads()
        lead = ask_for_work(office_session(), _request(), files, actor(), clock(), key)
    except Invalid as refusal:
        keep_nothing()
        return _form(refusal), refusal.status
    flash("Your request is with us. We answer here and by mail.", "success")
    return redirect(url_for(".request", public_id=lead.public_id))


@pages.get("/requests/<public_id>", endpoint="request")
@for_clients(PortalModule.REQUESTS)
def request_page(public_id: str) -> ResponseReturnValue:
    """One request: its state, its words, what was answered."""
    lead = thing(Lead, public_id)
    return render_template(
        "portal/request.html",
        lead=lead,
        is_own=lead.asked_by_id is not None and lead.asked_by_id == client().contact_id,
        talk=talk_about(lead),
    )


def _request() -> Request:
    asked = Asked.JOB if typed("asked") == Asked.JOB.value else Asked.QUOTE
    return Request(typed("title"), typed("words"), asked, typed("site"), typed("place"))


def _form(wrong: Invalid | None = None) -> str:
    sites = things(select(Address).where(Address.is_site).order_by(Address.id).limit(MOST_PLACES))
    return render_template(
        "portal/new_request.html",
        sites=[(site.public_id, site.name) for site in sites],
        typed=_request(),
        key=form_key(),
        wrong=wrong,
    )
