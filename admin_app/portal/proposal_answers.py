"""What a client does with a proposal: choose, sign, ask for changes, say no; all of it works without a script [54-57].

A refusal draws the letter again with what was typed; what was done redirects to the letter, which says where it stands.
"""

from __future__ import annotations

import base64
import binascii
import io

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.kernel.errors import Conflict, Invalid, Unmet
from admin_app.models import Estimate, PortalModule
from admin_app.policy import Permission, demand_for
from admin_app.portal.forms import typed
from admin_app.portal.pages import pages
from admin_app.portal.proposals import letter, the_proposal
from admin_app.services.estimate_options import choose_options as choose
from admin_app.services.portal.answers import Hand, ask_for_changes, decline_proposal, sign_proposal
from admin_app.services.portal.drawn import LARGEST_POSTED, draw_signature
from admin_app.services.portal.signing import check_code, masked
from admin_app.services.portal.signing import send_code as send
from admin_app.storage.folder import FolderStorage
from admin_app.web.clients import LINK, client, for_clients
from admin_app.web.company import actor, clock, office_session
from admin_app.web.database import separate_transaction
from admin_app.web.login import release_transaction, settings, visitor
from admin_app.web.office import keep_nothing

M = PortalModule
DRAWING = "data:image/png;base64,"


@pages.post("/proposals/<public_id>/options")
@for_clients(M.PROPOSALS, by_link=True)
def choose_options(public_id: str) -> ResponseReturnValue:
    """Put the ticked options in; the sums and the paper that is signed follow at once [57, M8].

    A tick is `option`, one of alternatives comes as `choice-1`, `choice-2`, ….
    """
    keys = [
        key for name in request.form if name == "option" or name.startswith("choice-") for key in _all(name)
    ]
    try:
        choose(office_session(), the_proposal(public_id), keys, actor(), clock())
    except Unmet as refusal:
        return _again(public_id, refusal, "options")
    flash("The total below has your choice in it.", "success")
    return _back(public_id, "total")


@pages.post("/proposals/<public_id>/code")
@for_clients(M.PROPOSALS, by_link=True)
def send_code(public_id: str) -> ResponseReturnValue:
    """Send the code by which the holder of a link shows who signs [54]."""
    try:
        kept = send(office_session(), the_proposal(public_id), settings().secret_key, actor(), clock())
    except Unmet as refusal:
        return _again(public_id, refusal, "sign")
    flash(f"A code is on its way to {masked(kept.sent_to)}.", "success")
    return _back(public_id, "sign")


@pages.post("/proposals/<public_id>/sign")
@for_clients(M.PROPOSALS, by_link=True)
def sign(public_id: str) -> ResponseReturnValue:
    """Sign with the typed name, drawn or not, and by link with the code [E4, 54, L9]."""
    estimate = the_proposal(public_id)
    demand_for(actor(), Permission.ANSWER_ESTIMATE, estimate)
    estimate_id = estimate.id
    try:
        _refuse_unsaid()
        # Outside of the transaction: a try counts whatever becomes of it, and a picture takes its time.
        release_transaction()
        drawing_key = _kept_drawing()
        code_id = _checked_code(estimate_id)
        hand = Hand(
            signer=typed("signer"),
            seen=typed("seen")[:64],
            agreed=typed("agreed") == "yes",
            drawing_key=drawing_key,
            code_id=code_id,
            address=visitor().address,
            agent=request.user_agent.string,
        )
        confirmed = sign_proposal(office_session(), the_proposal(public_id), hand, actor(), clock())
    except (Invalid, Unmet, Conflict) as refusal:
        return _again(public_id, refusal, "sign")
    flash(
        "Signed. Thank you." if confirmed else "Signed. Thank you. What is left is the deposit.",
        "success",
    )
    return _back(public_id, "answer")


@pages.post("/proposals/<public_id>/decline")
@for_clients(M.PROPOSALS, by_link=True)
def decline(public_id: str) -> ResponseReturnValue:
    """Say no, and why [55]."""
    try:
        decline_proposal(office_session(), the_proposal(public_id), actor(), clock(), typed("reason"))
    except (Invalid, Unmet) as refusal:
        return _again(public_id, refusal, "decline")
    flash("We have your answer. Thank you for telling us.", "success")
    return _back(public_id, "answer")


@pages.post("/proposals/<public_id>/changes")
@for_clients(M.PROPOSALS, by_link=True)
def request_changes(public_id: str) -> ResponseReturnValue:
    """Ask for it otherwise; the words stand in the thread of the proposal too [55, W10]."""
    try:
        ask_for_changes(office_session(), the_proposal(public_id), actor(), clock(), typed("wish"))
    except (Invalid, Unmet) as refusal:
        return _again(public_id, refusal, "changes")
    flash("We have your wishes, and come back with a new revision.", "success")
    return _back(public_id, "answer")


def _refuse_unsaid() -> None:
    """What is missing of a signature before anything else is looked at, so that no code is spent on it."""
    if not typed("signer").strip():
        raise Invalid("Whose signature is it?", {"signer": "Type your name"})
    if client().mode == LINK and not typed("code").strip():
        raise Invalid("The code is missing", {"code": "Type the six digits that we sent you"})


def _checked_code(estimate_id: int) -> int | None:
    """By link: the id of the code that was typed; raises Invalid."""
    here = client()
    if here.mode != LINK or here.contact_id is None:
        return None
    return check_code(
        separate_transaction, estimate_id, here.contact_id, typed("code")[:40], settings().secret_key, clock()
    )


def _kept_drawing() -> str | None:
    """The store's key of the drawn signature; None where only the name was typed."""
    posted = typed("drawing")
    if not posted:
        return None
    if not posted.startswith(DRAWING) or len(posted) > LARGEST_POSTED:
        raise Invalid("The drawing cannot be read; draw it once more, or only type your name", {"signer": ""})
    try:
        raw = base64.b64decode(posted.removeprefix(DRAWING), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("The drawing cannot be read; draw it once more, or only type your name") from None
    picture = draw_signature(io.BytesIO(raw))
    return FolderStorage(settings().files).store(picture, limit=LARGEST_POSTED).key if picture else None


def _again(public_id: str, refusal: Invalid | Unmet | Conflict, part: str) -> ResponseReturnValue:
    """The letter once more, saying what is in the way; nothing of the attempt is kept."""
    office_session().rollback()
    keep_nothing()
    estimate: Estimate = the_proposal(public_id)
    return letter(estimate, refusal, opened=part)


def _all(name: str) -> list[str]:
    return [key for key in request.form.getlist(name) if key]


def _back(public_id: str, part: str) -> ResponseReturnValue:
    return redirect(url_for(".proposal", public_id=public_id, _anchor=part))
