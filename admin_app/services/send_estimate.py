"""An estimate goes out to the client: numbered, its sums fixed from now on [A60, R33, M10, M22]."""

from __future__ import annotations

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.models import (
    Contact,
    DocumentKind,
    Estimate,
    Membership,
    Project,
    ProjectContact,
    TaxRate,
)
from admin_app.services.contract_chain import refuse_what_cannot_be_agreed
from admin_app.services.estimate_sums import keep_sums, read_again
from admin_app.services.facts import Said
from admin_app.services.take import move, open_step
from admin_app.services.take_number import brand_for, take_number

LONGEST_MESSAGE = 20_000


def send_estimate(
    session: Session,
    estimate: Estimate,
    actor: Actor,
    clock: Clock,
    contact_id: int | None = None,
    by_hand: bool = False,
    message: str = "",
    *,
    forced: bool = False,
) -> Estimate:
    """Send a draft to a contact (None: whom the project speaks with, else the primary contact), or hand it over.

    The first revision takes the number, which all later ones keep.  `forced`: a later step passed over this one, and
    nobody sent anything [D8].  What follows (the frozen paper, the mail with `message`) hangs on "estimate_sent".
    Raises Unmet with what is in the way, NotFound for a contact of somebody else.
    """
    to = _recipient(session, estimate, contact_id, by_hand or forced)
    said = Said(contact_id=to, by_hand=by_hand, comment=_words(message), forced=forced)
    step = open_step(session, estimate, "send", actor, clock, said)
    read_again(session, estimate)
    _refuse_lost_taxes(session, estimate)
    keep_sums(session, estimate)  # a tax rate may have changed since the lines were written
    refuse_what_cannot_be_agreed(session, estimate)
    if estimate.number is None:
        estimate.number = _number(session, estimate, clock)
    estimate.sent_at = None if forced else clock.now()
    estimate.not_sent = forced
    move(session, estimate, step, actor, clock, said)
    return estimate


def _words(message: str) -> str:
    """The words that go along, as a mail can carry them; raises Invalid under "message"."""
    try:
        return clean_text(message, LONGEST_MESSAGE, multiline=True)
    except Invalid as refusal:
        raise Invalid(refusal.sentence, {"message": refusal.sentence}) from None


def _refuse_lost_taxes(session: Session, estimate: Estimate) -> None:
    """A tax that is no longer on the list would be charged to nobody in silence; raises Unmet."""
    named = {name for line in estimate.lines for name in line.tax_names}
    lost = named - set(session.scalars(select(TaxRate.name).where(TaxRate.name.in_(named))))
    if lost:
        raise Unmet(f"There is no tax called “{min(lost)}” any more; choose another one for its lines")


def _recipient(session: Session, estimate: Estimate, contact_id: int | None, by_hand: bool) -> int | None:
    """The contact it goes to; raises Unmet where nobody is known, NotFound for somebody else's contact."""
    if contact_id is None:
        found = estimate.project.contact_id or session.scalar(
            select(Membership.contact_id).where(
                Membership.group_id == estimate.group_id, Membership.is_primary
            )
        )
        if found is None and not by_hand:
            raise Unmet("Nobody is named to whom it could go; choose a contact, or hand it over in person")
        return found
    if not takes_part(session, estimate, contact_id):
        raise NotFound("This contact does not belong to the customer or the project")
    return contact_id


def takes_part(session: Session, estimate: Estimate, contact_id: int) -> bool:
    """Whether a contact belongs to the customer of an estimate or takes part in its project."""
    belongs = select(Contact.id).where(
        Contact.id == contact_id,
        or_(
            exists().where(Membership.contact_id == Contact.id, Membership.group_id == estimate.group_id),
            exists().where(
                ProjectContact.contact_id == Contact.id, ProjectContact.project_id == estimate.project_id
            ),
        ),
    )
    return session.scalar(belongs) is not None


def _number(session: Session, estimate: Estimate, clock: Clock) -> str:
    """The next number of the project's brand; raises Unmet where another brand's series gave it out."""
    project = session.get_one(Project, estimate.project_id)
    brand = brand_for(session, project.brand_id or project.group.brand_id)
    number = take_number(session, brand, DocumentKind.ESTIMATE, clock.today())
    if session.scalar(select(Estimate.id).where(Estimate.number == number).limit(1)) is not None:
        raise Unmet(f"Number {number} is taken by another estimate; change the prefix of the number series")
    return number
