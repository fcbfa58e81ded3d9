"""The people of a customer: plus, pencil, star and bin [A6-A11, P4, P6, P7, P15, R11, R13-R17]."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.popup import Popup, obstacle_to_deleting, save_over
from admin_app.admin.customers.profile import show
from admin_app.admin.customers.sheet import Sheet
from admin_app.models import Contact, CustomerGroup, Membership
from admin_app.policy import Permission
from admin_app.records.contact_projects import projects_by_contact
from admin_app.records.portal_people import stages_in_words
from admin_app.services.add_contact import add_contact, belongs_elsewhere, remove_contact
from admin_app.services.delete_record import EMAIL_STAYS
from admin_app.services.save_record import update
from admin_app.services.star_contact import star_contact
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session


@desk.get("/<int:group_id>/contacts")
@rule(Permission.CUSTOMERS_READ)
def contacts(group_id: int) -> ResponseReturnValue:
    """Everybody who belongs to the customer, the primary contact first."""
    group = the_group(group_id)
    return show(
        group,
        "contacts",
        projects=projects_by_contact(office_session(), actor(), group.id),
        portal_words=stages_in_words(office_session(), actor(), group.id),
    )


def membership_of(group: CustomerGroup, membership_id: int) -> Membership:
    """A person's place in this customer, with the person; raises NotFound for anybody else's."""
    query = (
        select(Membership)
        .join(Contact, Contact.id == Membership.contact_id)
        .options(contains_eager(Membership.contact))
    )
    return one_of(Membership, group, membership_id, query)


def _sheet(membership: Membership | None = None) -> Sheet:
    """Who the person is, and what he is to this customer; both links are given by the address."""
    person = Sheet(Contact, reading(), actor(), record=membership.contact if membership else None)
    return person.also(Sheet(Membership, reading(), actor(), record=membership))


@desk.route("/<int:group_id>/contacts/new", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def new_contact(group_id: int) -> ResponseReturnValue:
    """The plus: one more person [A7]; one whose email is known joins instead of being doubled [R5]."""
    group = the_group(group_id)
    sheet = _sheet()

    def save(values: dict[str, Any]) -> str:
        person, place = sheet.part(Contact, values), sheet.part(Membership, values)
        added = add_contact(office_session(), group, person, place, actor())
        name = added.membership.contact.name
        for sentence in added.warnings:
            flash(f"{sentence}.", "warning")
        if added.was_known:
            return f"{name} was known by this email and belongs to {group.name} too now."
        return f"{name} added."

    more = {"lookalikes_url": url_for("customers.lookalikes")}
    back = url_for("customers.contacts", group_id=group.id)
    return Popup(
        group, "New contact", back, sheet, "Add contact", template="admin/customers/contact.html", more=more
    ).answer(save)


@desk.route("/<int:group_id>/contacts/<int:membership_id>/edit", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def edit_contact(group_id: int, membership_id: int) -> ResponseReturnValue:
    """The pencil: the person and what he is to this customer [A6, A8, P6]."""
    group = the_group(group_id)
    membership = membership_of(group, membership_id)
    sheet = _sheet(membership)

    def save(values: dict[str, Any]) -> str:
        session, who = office_session(), actor()
        update(session, Membership, membership.id, sheet.part(Membership, values), who)
        return save_over(membership.contact, sheet.part(Contact, values))

    back = url_for("customers.contacts", group_id=group.id)
    return Popup(group, "Edit contact", back, sheet, record=membership.contact).answer(save)


@desk.post("/<int:group_id>/contacts/<int:membership_id>/star")
@rule(Permission.CUSTOMERS_WRITE)
def star(group_id: int, membership_id: int) -> ResponseReturnValue:
    """The star: this person is the primary contact from now on [A9]."""
    group = the_group(group_id)
    membership = membership_of(group, membership_id)
    star_contact(office_session(), group.id, membership.contact_id, actor())
    flash(f"{membership.contact.name} is the primary contact now.", "success")
    return redirect(url_for("customers.contacts", group_id=group.id))


@desk.route("/<int:group_id>/contacts/<int:membership_id>/delete", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def delete_contact(group_id: int, membership_id: int) -> ResponseReturnValue:
    """The bin: out of this customer, and deleted where the person belongs to no other [A10, A11, R14]."""
    group = the_group(group_id)
    membership = membership_of(group, membership_id)
    name = membership.contact.name
    stays = belongs_elsewhere(office_session(), membership)

    def save(_: dict[str, Any]) -> str:
        deleted = remove_contact(office_session(), membership, actor())
        return f"{name} deleted." if deleted else f"{name} removed from {group.name}."

    back = url_for("customers.contacts", group_id=group.id)
    if stays:
        note = f"{name} belongs to other customers too and stays there."
        return Popup(
            group,
            f"Remove {name} from {group.name}?",
            back,
            button="Remove contact",
            danger=True,
            note=note,
            obstacle=obstacle_to_deleting(Membership, membership.id),
        ).answer(save)
    note = f"{EMAIL_STAYS}." if membership.contact.email else "The timeline keeps who it was."
    return Popup(
        group,
        f"Delete {name}?",
        back,
        button="Delete contact",
        danger=True,
        note=note,
        obstacle=obstacle_to_deleting(Membership, membership.id),
    ).answer(save)
