"""The profile of one customer: what stands around its tabs, and what is edited in its header [P3, A3-A25, 5, 6]."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, may, reading, the_group
from admin_app.admin.customers.popup import Popup, save_over
from admin_app.admin.customers.sheet import Sheet
from admin_app.kernel.errors import Refusal
from admin_app.models import Address, Contact, CustomerGroup
from admin_app.models.field import field_named
from admin_app.policy import Permission, sees_field
from admin_app.records.customer_card import CustomerCard, read_card
from admin_app.records.directory import known_brands
from admin_app.services.archive_record import archive as put_away
from admin_app.services.archive_record import restore as bring_back
from admin_app.services.delete_record import FINAL, what_goes
from admin_app.services.delete_record import delete as delete_for_good
from admin_app.services.must_stay import must_be_kept
from admin_app.services.save_record import update
from admin_app.services.switch_brand import switch_brand, what_a_brand_switch_does
from admin_app.services.tag_customer import add_tag as stick_tag
from admin_app.services.tag_customer import remove_tag as take_tag_off
from admin_app.web.access import rule
from admin_app.web.company import actor, company, office_session
from admin_app.web.headers import allow_images_from
from admin_app.web.office import keep_nothing

HEADER_ELSEWHERE = ("brand", "rating", "tags", "portal_on")
"""Fields of a customer that have their own place on the profile and are not asked by the pencil."""

TABS: tuple[tuple[str, str, str, Permission], ...] = (
    ("projects", "Projects", "projects", Permission.WORK_READ),
    ("contacts", "Contacts", "contacts", Permission.CUSTOMERS_READ),
    ("addresses", "Addresses", "addresses", Permission.CUSTOMERS_READ),
    ("payments", "Payments", "payments", Permission.MONEY_READ),
    ("tasks", "Tasks", "tasks", Permission.WORK_READ),
    ("events", "Events", "events", Permission.WORK_READ),
    ("files", "Files", "files", Permission.WORK_READ),
    ("messages", "Messages", "", Permission.MESSAGES_READ),
    ("billing", "Billing details", "billing", Permission.MONEY_READ),
    ("analytics", "Analytics", "", Permission.REPORTS),
    ("portal", "Portal", "", Permission.SALES_READ),
    ("timeline", "Timeline", "", Permission.AUDIT),
)
"""Page, words, the count beside them, and the right it asks for."""


def show(group: CustomerGroup, tab: str, **more: Any) -> str:
    """The profile with one of its tabs open; `more` goes to the tab's template."""
    session, who = office_session(), actor()
    card = read_card(session, who, group)
    row = company()
    tiles = row.map_tiles_url if row else None
    if tiles:
        allow_images_from(origin_of(tiles))
    return render_template(
        f"admin/customers/{tab}.html",
        card=card,
        tabs=_tabs(group, tab, card),
        brands=known_brands(session, who),
        tiles=tiles,
        sees_email=sees_field(who, field_named(Contact, "email")),
        pins=[_pin(group, address) for address in card.addresses if address.lat is not None],
        **more,
    )


def _tabs(group: CustomerGroup, tab: str, card: CustomerCard) -> list[dict[str, Any]]:
    return [
        {
            "label": words,
            "url": url_for(f"customers.{page}", group_id=group.id),
            "active": page == tab,
            "count": card.counts.get(count),
        }
        for page, words, count, permission in TABS
        if may(permission)
    ]


def _pin(group: CustomerGroup, address: Address) -> dict[str, Any]:
    pin: dict[str, Any] = {"lat": address.lat, "lon": address.lon, "label": address.name}
    if may(Permission.CUSTOMERS_WRITE):
        pin["save"] = url_for("customers.place", group_id=group.id, address_id=address.id)
    return pin


def origin_of(url: str) -> str:
    """The scheme and host of the tiles, which the page's policy lets pictures come from."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}"


def back_to(group: CustomerGroup) -> str:
    """The page of this profile that the form was sent from, else its first one."""
    home = url_for("customers.profile", group_id=group.id)
    wanted = request.form.get("back") or request.args.get("back") or ""
    pages = {home, *(url_for(f"customers.{page}", group_id=group.id) for page, *_ in TABS)}
    return wanted if wanted in pages else home


@desk.get("/<int:group_id>")
@rule(Permission.CUSTOMERS_READ)
def profile(group_id: int) -> ResponseReturnValue:
    """The profile with its projects [A39, P16, P17]."""
    from admin_app.admin.customers.projects import projects_of

    return projects_of(the_group(group_id))


@desk.route("/<int:group_id>/edit", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def edit(group_id: int) -> ResponseReturnValue:
    """The pencil: name, kind, tax profile, newsletter and the words about the customer [A13-A16, R10]."""
    group = the_group(group_id)
    sheet = Sheet(CustomerGroup, reading(), actor(), record=group, leave_out=HEADER_ELSEWHERE)

    def save(values: dict[str, Any]) -> str:
        return save_over(group, values)

    return Popup(group, f"Edit {group.name}", back_to(group), sheet, record=group).answer(save)


@desk.post("/<int:group_id>/stars")
@rule(Permission.CUSTOMERS_WRITE)
def rate(group_id: int) -> ResponseReturnValue:
    """Rate the customer, 0 to 5 stars [A12]."""
    group = the_group(group_id)
    update(office_session(), CustomerGroup, group.id, {"rating": request.form.get("rating", "")}, actor())
    return redirect(back_to(group))


@desk.route("/<int:group_id>/brand", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def choose_brand(group_id: int) -> ResponseReturnValue:
    """Choose the brand under which the customer is served, after reading what follows [A24, A36, A37, D5]."""
    group = the_group(group_id)
    session, who = office_session(), actor()
    back = back_to(group)
    if request.method == "POST":
        chosen = switch_brand(session, group, request.form.get("brand", ""), who)
        name = chosen.name if chosen is not None else "no brand of its own"
        flash(f"Saved: {name}. Drafts and future documents carry it.", "success")
        return redirect(back)
    brands = known_brands(session, who)
    wanted = request.args.get("brand")
    brand = next((one for one in brands if str(one.id) == wanted), None)
    return render_template(
        "admin/projects/brand.html",
        page_title=f"Brand of {group.name}",
        project=None,
        group=group,
        back=back,
        brands=brands,
        chosen=brand,
        consequences=what_a_brand_switch_does(session, group, brand) if wanted is not None else None,
    )


@desk.post("/<int:group_id>/tags")
@rule(Permission.CUSTOMERS_WRITE)
def add_tag(group_id: int) -> ResponseReturnValue:
    """Stick the typed word on the customer [A21]."""
    group = the_group(group_id)
    return _on_the_page(
        group, lambda: stick_tag(office_session(), group, request.form.get("tag", ""), actor())
    )


@desk.post("/<int:group_id>/tags/<int:tag_id>/remove")
@rule(Permission.CUSTOMERS_WRITE)
def remove_tag(group_id: int, tag_id: int) -> ResponseReturnValue:
    """Take a tag off with its X [A22]."""
    group = the_group(group_id)
    take_tag_off(office_session(), group, tag_id, actor())
    return redirect(back_to(group))


def _on_the_page(group: CustomerGroup, act: Any) -> ResponseReturnValue:
    """Do something small and stay; a refusal is said above the page."""
    back = back_to(group)
    try:
        act()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        keep_nothing()
        flash(refusal.sentence, "error")
    return redirect(back)


@desk.route("/<int:group_id>/archive", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def archive(group_id: int) -> ResponseReturnValue:
    """Put the customer away, with everything that belongs to it, until somebody restores it [R12, D6]."""
    group = the_group(group_id)

    def save(_: dict[str, Any]) -> str:
        put_away(office_session(), CustomerGroup, group.id, actor())
        return f"{group.name} archived. It can be restored at any time."

    return Popup(
        group,
        f"Archive {group.name}?",
        back_to(group),
        button="Archive customer",
        note="It leaves lists and searches and keeps everything that belongs to it. Restore brings it back.",
    ).answer(save)


@desk.post("/<int:group_id>/restore")
@rule(Permission.CUSTOMERS_WRITE)
def restore(group_id: int) -> ResponseReturnValue:
    """Bring an archived customer back."""
    group = the_group(group_id)
    bring_back(office_session(), CustomerGroup, group.id, actor())
    flash(f"{group.name} is back.", "success")
    return redirect(back_to(group))


@desk.route("/<int:group_id>/delete", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_DELETE)
def delete(group_id: int) -> ResponseReturnValue:
    """The bin: for good, by those with the right, after reading what goes along [A17-A19, M33]."""
    group = the_group(group_id)
    session, name = office_session(), group.name
    if request.method == "POST":
        delete_for_good(session, CustomerGroup, group.id, actor())
        flash(f"{name} deleted.", "success")
        return redirect(url_for("customers.index"))
    return render_template(
        "admin/customers/delete.html",
        page_title=f"Delete {name}?",
        group=group,
        back=back_to(group),
        kept=bool(must_be_kept(session, [group.id])),
        goes=what_goes(session, CustomerGroup, [group.id]),
        final=FINAL,
        button="Delete customer",
        danger=True,
    )
