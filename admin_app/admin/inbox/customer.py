"""A request turns out to be a customer's: thread, messages and files become theirs, the sender their contact [100]."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.customers.desk import the_group
from admin_app.admin.inbox.desk import desk, thread_at
from admin_app.admin.inbox.thread import shown
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.parsing import parse_id
from admin_app.models import Channel, Contact, CustomerGroup, Direction, Message, Thread
from admin_app.policy import Permission, holds
from admin_app.services.add_contact import add_contact
from admin_app.services.messages.reach import contact_at
from admin_app.services.messages.threads import claim_for_customer
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from admin_app.web.office import keep_nothing


@desk.post("/<int:thread_id>/customer")
@rule(Permission.MESSAGES_WRITE)
def customer(thread_id: int) -> ResponseReturnValue:
    """Give the thread to the chosen customer; with `keep` the sender becomes one of its contacts."""
    thread = thread_at(thread_id)
    try:
        group = _chosen()
        claim_for_customer(office_session(), thread, group, _sender(thread, group))
    except (Invalid, Unmet) as refusal:
        office_session().rollback()
        keep_nothing()
        return shown(thread_at(thread_id), refusal), refusal.status
    flash(f"It belongs to {group.name} now.", "success")
    return redirect(url_for("inbox.thread", thread_id=thread.id))


def _chosen() -> CustomerGroup:
    number = parse_id(request.form.get("group", ""))
    if number is None:
        raise Invalid("Choose the customer first", {"group": "Choose the customer"})
    return the_group(number)


def _sender(thread: Thread, group: CustomerGroup) -> Contact | None:
    """The contact who wrote; somebody unknown is written down where the form says so."""
    session = office_session()
    query = select(Message).where(Message.thread_id == thread.id, Message.direction == Direction.IN)
    first = session.scalar(query.order_by(Message.id).limit(1))
    if first is None or not first.address:
        return None
    known = contact_at(session, first.address, first.channel)
    keeps = request.form.get("keep") == "yes" and holds(actor(), Permission.CUSTOMERS_WRITE)
    if known is not None or not keeps:
        return known
    return add_contact(session, group, _person(first), {}, actor()).membership.contact


def _person(message: Message) -> dict[str, Any]:
    """Name and address of a stranger as a contact has them."""
    named = message.author if message.author != message.address else message.address.partition("@")[0]
    first, _, last = named.strip()[:100].rpartition(" ")
    where = {"email": message.address} if message.channel is Channel.MAIL else {"mobile": message.address}
    return {"first_name": first, "last_name": last or named[:100], **where}
