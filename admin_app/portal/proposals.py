"""Proposals in the portal: the list, the letter, its PDF and photos [52-60, E4, W5, L7].

The answers (options, signature, changes, no) are taken by `proposal_answers`.
"""

from __future__ import annotations

from flask import Response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import exists, func, select
from sqlalchemy.orm import selectinload

from admin_app.kernel.errors import NotFound, Refusal
from admin_app.kernel.money import Money
from admin_app.kernel.text import new_public_id
from admin_app.models import Contact, Estimate, EstimateState, PortalModule
from admin_app.policy import visible
from admin_app.portal.files import locked_up
from admin_app.portal.lists import chosen_filter, listed, page_of
from admin_app.portal.pages import pages
from admin_app.portal.papers import frozen_paper, note_paper_opened
from admin_app.portal.proposal_page import Proposal, read
from admin_app.portal.states import Answer, answer_of
from admin_app.portal.talk import talk_about
from admin_app.portal.things import NOTHING_HERE, thing, things
from admin_app.services.checkout.what_to_pay import can_pay_deposit
from admin_app.services.papers.paper_of import content_of
from admin_app.services.portal.answers import CONSENT
from admin_app.services.portal.signing import latest_code, masked
from admin_app.storage.content import type_of
from admin_app.storage.folder import FolderStorage
from admin_app.web.clients import LINK, client, for_clients
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import settings

M, S = PortalModule, EstimateState
SHOWS = (("", "All"), ("open", "Waiting for you"), ("agreed", "Agreed"), ("over", "Closed"))
STATES = {
    "open": (S.SENT, S.CHANGES_REQUESTED),
    "agreed": (S.CONFIRMED,),
    "over": (S.DECLINED, S.EXPIRED, S.SUPERSEDED),
}


@pages.get("/proposals/")
@for_clients(M.PROPOSALS)
def proposals() -> ResponseReturnValue:
    """The newest revision of each proposal, what waits first; filters by how far the answer is [W5, E4]."""
    shown = chosen_filter(SHOWS)
    later = (
        visible(actor(), select(Estimate)).with_only_columns(Estimate.base_id, Estimate.revision).subquery()
    )
    replaced = exists().where(
        later.c.base_id == func.coalesce(Estimate.base_id, Estimate.id), later.c.revision > Estimate.revision
    )
    query = select(Estimate).where(~replaced).options(selectinload(Estimate.signatures))
    if shown:
        query = query.where(Estimate.state.in_(STATES[shown]))
    found = page_of(query.order_by(Estimate.state != S.SENT, Estimate.sent_at.desc(), Estimate.id.desc()))
    return render_template(
        "portal/proposals/list.html",
        waiting={one.id for one in found.rows if answer_of(one) is Answer.WAITS},
        **listed(".proposals", found, SHOWS, shown),
    )


@pages.get("/proposals/<public_id>")
@for_clients(M.PROPOSALS, by_link=True)
def proposal(public_id: str) -> ResponseReturnValue:
    """One revision as a letter, with the way to answer it [E4, 52-60]."""
    estimate = the_proposal(public_id)
    note_paper_opened(estimate)
    return letter(estimate)


@pages.get("/proposals/<public_id>/pdf")
@for_clients(M.PROPOSALS, by_link=True)
def proposal_pdf(public_id: str) -> Response:
    """The same document on paper; of a signed revision with its signature [A59, 60]."""
    return frozen_paper(the_proposal(public_id))


@pages.get("/proposals/<public_id>/photos/<int(max=999):place>")
@for_clients(M.PROPOSALS, by_link=True)
def proposal_photo(public_id: str, place: int) -> Response:
    """The photo of a line, as it is part of the paper; `place` counts the lines from 0."""
    lines = content_of(office_session(), "estimate", the_proposal(public_id)).lines
    key = lines[place].photo if place < len(lines) else None
    if key is None:
        raise NotFound(NOTHING_HERE)
    stream = FolderStorage(settings().files).open(key)
    return locked_up(send_file(stream, mimetype=type_of(stream, "").mime))


def the_proposal(public_id: str) -> Estimate:
    """A revision that the client sees, with all that its page reads; raises NotFound."""
    return thing(
        Estimate,
        public_id,
        selectinload(Estimate.lines),
        selectinload(Estimate.taxes),
        selectinload(Estimate.signatures),
    )


def letter(estimate: Estimate, refusal: Refusal | None = None, *, opened: str = "") -> ResponseReturnValue:
    """The page; after a refusal with what was typed kept and said at its field, its part `opened`."""
    session, here = office_session(), client()
    page = read(session, estimate, actor())
    by_link = here.mode == LINK
    code = (
        latest_code(session, estimate.id, here.contact_id, clock())
        if by_link and here.contact_id is not None
        else None
    )
    answer = render_template(
        "portal/proposals/letter.html",
        page=page,
        wrong=getattr(refusal, "fields", {}),
        sentence=refusal.sentence if refusal is not None else "",
        opened=opened,
        typed=request.form,
        code_sent_to=masked(code.sent_to) if code is not None else None,
        my_name=here.name if here.contact_id is not None else "",
        my_address=_my_address(here.contact_id) if by_link else None,
        consent=CONSENT,
        deposit_to_pay=_deposit_to_pay(page),
        talk=talk_about(estimate),
        pay_key=new_public_id(),
    )
    return answer, refusal.status if refusal is not None else 200


def _deposit_to_pay(page: Proposal) -> Money | None:
    """What the button that leads to paying the deposit asks for; None: there is no button [56, W8]."""
    missing = can_pay_deposit(office_session(), actor(), page.estimate)
    return Money(missing, page.estimate.currency) if missing else None


def _my_address(contact_id: int | None) -> str | None:
    """Where a code would go, as its owner recognises it."""
    contact = next(iter(things(select(Contact).where(Contact.id == contact_id))), None)
    address = (contact.email or contact.mobile or contact.phone) if contact is not None else None
    return masked(address) if address else None
