"""What the pages of tasks and events share: who can be given something, where it takes place, whom to meet [94, 95]."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.bulk import tell
from admin_app.admin.customers.sheet import Options
from admin_app.models import Address, Contact, CustomerGroup, Event, Membership, Note, Task, User
from admin_app.policy import visible
from admin_app.services.bulk_change import delete
from admin_app.services.schedule_work import can_be_sent
from admin_app.web.company import actor, office_session
from admin_app.web.paths import own_path

MOST_SHOWN = 200


def colleagues(group: CustomerGroup, chosen: int | None = None) -> Options:
    """Who can be given a task: active staff, and whoever has it already."""
    session, who = office_session(), actor()
    names = dict(can_be_sent(session))
    if who.id is not None:
        names.setdefault(who.id, who.name)
    if chosen is not None and chosen not in names:
        # Whoever has it keeps it, though switched off meanwhile.
        names[chosen] = session.scalar(select(User.name).where(User.id == chosen)) or "Former colleague"
    return [(str(number), name) for number, name in names.items()]


def own_addresses(group: CustomerGroup) -> Options:
    """The customer's addresses as a choice."""
    query = select(Address).where(Address.group_id == group.id).order_by(Address.id).limit(MOST_SHOWN)
    return [(str(one.id), one.name) for one in office_session().scalars(visible(actor(), query))]


def own_people(group: CustomerGroup) -> Options:
    """The customer's contacts as a choice, the primary one first."""
    query = (
        select(Contact)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == group.id, Contact.archived_at.is_(None))
        .order_by(Membership.is_primary.desc(), Membership.position, Membership.id)
        .limit(MOST_SHOWN)
    )
    return [(str(one.id), one.name) for one in office_session().scalars(visible(actor(), query))]


def back_of(group: CustomerGroup, tab: str) -> str:
    """Where a form was sent from: a page of the project, or the customer's own tab."""
    return own_path(request.values.get("back"), url_for(tab, group_id=group.id))


def put_into_the_bin(record: Task | Event | Note, name: str, back: str) -> ResponseReturnValue:
    """Delete one record and say so with the way back, which leads to `back` too [A34, A94, L5]."""
    act = delete(office_session(), type(record), [record.id], actor())
    act.summary = f"{name} deleted"[:300]
    tell(act, back)
    return redirect(back)
