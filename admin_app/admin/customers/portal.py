"""The Portal tab of a customer: switch, parts, address, portal users, what they looked at [E12-E14, W16-W21, W31].

Nothing holds before Save; what a switch takes away is said in numbers and asked about once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.cells import record_url
from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.profile import show
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.portal_addresses import document_address, portal_home
from admin_app.admin.settings.portal import (
    MODULE_WORDS,
    OTHERS_SAVED,
    fingerprint,
    hides_ticked,
    level_posted,
    levels_of,
    standing_words,
)
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import parse_id
from admin_app.models import Contact, CustomerGroup, DocumentLink, Membership
from admin_app.models.kinds import KIND_OF
from admin_app.policy import Permission, holds
from admin_app.records.portal_people import Stage, above_customer, links_of, people_of
from admin_app.records.portal_receipts import Seen, called, seen_by_customer
from admin_app.services.portal.accounts import Wanted as WantedUser
from admin_app.services.portal.accounts import add_portal_user, keep_portal_user
from admin_app.services.portal.identifiers import propose_identifier, set_identifier
from admin_app.services.portal.invitations import mail_invitation
from admin_app.services.portal.keep_switches import keep_for_customer
from admin_app.services.portal.links import revoke_link
from admin_app.services.portal.who_gets_in import Level, Wanted, what_follows
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing

TABS_OF = {"receipt": "customers.payments", "event": "customers.events", "file": "customers.files"}
"""What stands on a tab of its customer."""


@desk.get("/<int:group_id>/portal")
@rule(Permission.SALES_READ)
def portal(group_id: int) -> ResponseReturnValue:
    """Everything that the office knows and decides about this customer's portal."""
    group = the_group(group_id)
    return _page(group, levels_of(group.portal_on, group.portal_hides))


@desk.post("/<int:group_id>/portal")
@rule(Permission.ACCESS_GRANT)
def portal_switches(group_id: int) -> ResponseReturnValue:
    """Save the switch and the parts of this customer [W16, W31]."""
    group = the_group(group_id)
    level = level_posted("group")
    stands = levels_of(group.portal_on, group.portal_hides)
    if request.form.get("seen") != _mark(group, stands):
        keep_nothing()
        return _page(group, level, refused=OTHERS_SAVED), 409
    told = what_follows(office_session(), Wanted(groups={group.id: level}), group.id)
    if told.takes_away and request.form.get("agreed") != ", ".join(told.sentences):
        keep_nothing()
        return _page(group, level, asks=told.sentences), 200
    keep_for_customer(office_session(), group, level, actor())
    flash(" ".join(["Saved.", *(f"{sentence}." for sentence in told.sentences)]), "success")
    return redirect(url_for("customers.portal", group_id=group.id))


@desk.post("/<int:group_id>/portal/identifier")
@rule(Permission.ACCESS_GRANT)
def portal_identifier(group_id: int) -> ResponseReturnValue:
    """Give the customer an address of its own, or take it away [W21]."""
    group = the_group(group_id)
    typed = request.form.get("portal_identifier", "")
    before = group.portal_identifier
    try:
        now = set_identifier(office_session(), group, typed, actor())
    except Invalid as refusal:
        office_session().rollback()
        keep_nothing()
        group = the_group(group_id)
        stands = levels_of(group.portal_on, group.portal_hides)
        return _page(group, stands, word=typed[:80], wrong_word=refusal.sentence), 422
    if now == before:
        flash("Saved.", "success")
    elif now:
        ends = f" The address with “{before}” leads nowhere any more." if before else ""
        flash(f"Saved. {group.name} signs in at {portal_home(group)}.{ends}", "success")
    else:
        flash(f"Saved. {group.name} signs in where everybody does.", "success")
    return redirect(url_for("customers.portal", group_id=group.id))


@desk.route("/<int:group_id>/portal/users/new", methods=["GET", "POST"])
@rule(Permission.ACCESS_GRANT)
def new_portal_user(group_id: int) -> ResponseReturnValue:
    """Add portal user: for a contact that is there, or a new one, with its parts chosen at once [W17, W27, W29]."""
    group = the_group(group_id)
    people = [one for one in people_of(office_session(), actor(), group.id) if one.stage is Stage.NONE]
    person = Sheet(Contact, reading(), actor(), short=True)
    sheet = person.also(Sheet(Membership, reading(), actor(), only=("role",)))
    preset = parse_id(request.values.get("contact", ""))

    def save(values: dict[str, Any]) -> str:
        session, now = office_session(), clock()
        hides = hides_ticked(request.form, "user")
        wanted = WantedUser(user_name=request.form.get("user_name") or None, hides=hides, active=True)
        who = request.form.get("who", "")
        if who == "new":
            account = add_portal_user(
                session,
                group,
                sheet.part(Contact, values),
                sheet.part(Membership, values),
                wanted,
                actor(),
                now,
            )
        else:
            number = parse_id(who)
            if number not in {one.contact.id for one in people}:
                raise Invalid("Choose for whom, or write a new contact")
            account = keep_portal_user(session, group, number or 0, wanted, actor(), now)
        name = account.contact.name
        if request.form.get("how") != "notify":
            return f"{name} is a portal user now. No mail was sent."
        mail_invitation(session, group, account.contact_id, actor(), now)
        return (
            f"{name} is a portal user now. A mail with the way in is on its way to {account.contact.email}."
        )

    return Popup(
        group,
        "Add portal user",
        url_for("customers.portal", group_id=group.id),
        sheet,
        "Add portal user",
        template="admin/customers/portal_new.html",
        more={
            "people": people,
            "who": request.form.get("who") or str(preset or (people[0].contact.id if people else "new")),
            "words": MODULE_WORDS,
            "hides": hides_ticked(request.form, "user") if request.method == "POST" else frozenset(),
            "hidden_above": hidden_above(group),
            "how": request.form.get("how", "silent"),
            "user_name": request.form.get("user_name", ""),
        },
    ).answer(save)


@desk.post("/<int:group_id>/portal/links/<int:link_id>/revoke")
@rule(Permission.ACCESS_GRANT)
def revoke_portal_link(group_id: int, link_id: int) -> ResponseReturnValue:
    """Take a link to a document back: it opens nothing from now on."""
    group = the_group(group_id)
    link = one_of(DocumentLink, group, link_id)
    revoke_link(link, clock())
    flash("Taken back: the link opens nothing any more. The next mail or copy makes another one.", "success")
    if link.contact_id is not None:
        return redirect(url_for("customers.portal_user", group_id=group.id, contact_id=link.contact_id))
    return redirect(url_for("customers.portal", group_id=group.id))


def shown_links(group: CustomerGroup, contact_id: int | None) -> list[dict[str, Any]]:
    """The living links to documents with what they open, as the pages list them.

    Whoever has an address acts as the client there, so it is told to those alone who may let somebody in.
    """
    session, grants = office_session(), holds(actor(), Permission.ACCESS_GRANT)
    links = links_of(session, actor(), group.id, contact_id)
    names = called(session, actor(), ((one.about, one.about_id) for one in links))
    return [
        {
            "id": one.id,
            "what": names.get((one.about, one.about_id)) or "A document that is gone",
            "url": place_of(group.id, one.about, one.about_id),
            "address": document_address(one) if grants else "",
            "made_at": one.made_at,
            "made_by": one.made_by,
        }
        for one in links
    ]


def shown_receipts(group: CustomerGroup, contact_id: int | None = None) -> list[Seen]:
    """What the customer's people looked at, each with the page of the thing."""
    found = seen_by_customer(office_session(), actor(), group.id, contact_id)
    return [replace(row, url=place_of(group.id, row.about, row.about_id)) for row in found]


def place_of(group_id: int, about: str, number: int) -> str:
    """Where the desk works on what a client looked at; "" for what has no page."""
    if about in TABS_OF:
        return url_for(TABS_OF[about], group_id=group_id)
    return record_url(KIND_OF.get(about), number)


def see_as_url(group: CustomerGroup, contact_id: int) -> str | None:
    """Where the desk looks through this contact's eyes [E14]; None for those who may not."""
    if not holds(actor(), Permission.ACCESS_GRANT):
        return None
    return url_for("previews.see_as", word="customer", record_id=group.id, contact=contact_id)


def hidden_above(group: CustomerGroup) -> dict[str, str]:
    """What is hidden from everybody of this customer, and where."""
    own = dict.fromkeys(group.portal_hides or (), "for this customer")
    return own | above_customer(office_session(), group).hidden


def _mark(group: CustomerGroup, level: Level) -> str:
    return fingerprint(Wanted(groups={group.id: level}))


def _page(
    group: CustomerGroup,
    level: Level,
    *,
    asks: Sequence[str] = (),
    refused: str = "",
    word: str | None = None,
    wrong_word: str = "",
) -> str:
    session = office_session()
    return show(
        group,
        "portal",
        level=level,
        seen=_mark(group, levels_of(group.portal_on, group.portal_hides)),
        asks=asks,
        agreed=", ".join(asks),
        refused=refused,
        above=above_customer(session, group),
        words=MODULE_WORDS,
        standing=standing_words(session, group.id),
        people=people_of(session, actor(), group.id),
        stages=Stage,
        link=portal_home(group),
        word=group.portal_identifier or "" if word is None else word,
        wrong_word=wrong_word,
        proposed=propose_identifier(session, group) if not group.portal_identifier else "",
        links=shown_links(group, None),
        receipts=shown_receipts(group),
        see_as=lambda contact_id: see_as_url(group, contact_id),
    )
