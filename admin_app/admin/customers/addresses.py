"""Addresses of a customer: the billing tick, the key icon, suggestions, the pin on the map [P5, P8-P14, A4, A5]."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.popup import Popup, obstacle_to_deleting, save_over
from admin_app.admin.customers.profile import show
from admin_app.admin.customers.sheet import Sheet
from admin_app.gateways.geocoder import Geocoder, NoGeocoder, NominatimGeocoder, Place
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.parsing import clean_text
from admin_app.models import Address, CustomerGroup
from admin_app.policy import Permission
from admin_app.records.known_places import known_places
from admin_app.services.delete_record import delete
from admin_app.services.save_record import create, update
from admin_app.services.set_billing_address import set_billing_address
from admin_app.web.access import rule
from admin_app.web.company import actor, company, office_session
from admin_app.web.login import release_transaction
from admin_app.web.refusals import wants_json

PICK_ONE = "Pick a suggestion where one fits; it brings the place on the map with it"


@desk.get("/<int:group_id>/addresses")
@rule(Permission.CUSTOMERS_READ)
def addresses(group_id: int) -> ResponseReturnValue:
    """Where the customer lives and where the work is."""
    return show(the_group(group_id), "addresses")


def _tab(group: CustomerGroup) -> str:
    return url_for("customers.addresses", group_id=group.id)


def _words(more: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"suggest_url": url_for("customers.suggest"), "pick_one": PICK_ONE} | (more or {})


@desk.route("/<int:group_id>/addresses/new", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def new_address(group_id: int) -> ResponseReturnValue:
    """One more address; the first one of a customer becomes its billing address."""
    group = the_group(group_id)
    sheet = Sheet(Address, reading(), actor())

    def save(values: dict[str, Any]) -> str:
        create(office_session(), Address, values | {"group": group}, actor())
        return "Address added."

    popup = Popup(
        group,
        "New address",
        _tab(group),
        sheet,
        "Add address",
        template="admin/customers/address.html",
        more=_words(),
    )
    return popup.answer(save)


@desk.route("/<int:group_id>/addresses/<int:address_id>/edit", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def edit_address(group_id: int, address_id: int) -> ResponseReturnValue:
    """The pop-up behind an address line [A4]."""
    group = the_group(group_id)
    address = one_of(Address, group, address_id)
    sheet = Sheet(Address, reading(), actor(), record=address)

    def save(values: dict[str, Any]) -> str:
        return save_over(address, values)

    popup = Popup(
        group,
        "Edit address",
        _tab(group),
        sheet,
        record=address,
        template="admin/customers/address.html",
        more=_words(),
    )
    return popup.answer(save)


@desk.post("/<int:group_id>/addresses/<int:address_id>/billing")
@rule(Permission.CUSTOMERS_WRITE)
def tick_billing(group_id: int, address_id: int) -> ResponseReturnValue:
    """The tick: invoices carry this address from now on [P12, P13]."""
    group = the_group(group_id)
    address = set_billing_address(office_session(), group.id, one_of(Address, group, address_id).id, actor())
    flash(f"Invoices go to {address.name} from now on.", "success")
    return redirect(_tab(group))


@desk.route("/<int:group_id>/addresses/<int:address_id>/delete", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def delete_address(group_id: int, address_id: int) -> ResponseReturnValue:
    """The bin of an address."""
    group = the_group(group_id)
    address = one_of(Address, group, address_id)

    def save(_: dict[str, Any]) -> str:
        delete(office_session(), Address, address.id, actor())
        return "Address deleted."

    return Popup(
        group,
        f"Delete {address.name}?",
        _tab(group),
        button="Delete address",
        danger=True,
        note="Events and site inventory at this place stay and lose their address. Issued documents keep it.",
        obstacle=obstacle_to_deleting(Address, address.id),
    ).answer(save)


@desk.route("/<int:group_id>/addresses/<int:address_id>/place", methods=["GET", "POST"])
@rule(Permission.CUSTOMERS_WRITE)
def place(group_id: int, address_id: int) -> ResponseReturnValue:
    """Put the pin of an address where it belongs: by a click on the map, by numbers, or dragged on the profile."""
    group = the_group(group_id)
    address = one_of(Address, group, address_id)
    sheet = Sheet(Address, reading(), actor(), record=address, only=("lat", "lon"))

    def save(values: dict[str, Any]) -> str:
        _both_or_none(values)
        update(office_session(), Address, address.id, values, actor())
        return "The pin is where you put it."

    if request.method == "POST" and wants_json():
        return jsonify(said=save(sheet.read(request.form)))
    row = company()
    pin = [{"lat": address.lat, "lon": address.lon, "label": address.name}] if address.lat is not None else []
    more = {"address": address, "pins": pin, "tiles": row.map_tiles_url if row else None}
    return Popup(
        group, f"Place {address.name}", _tab(group), sheet, template="admin/customers/place.html", more=more
    ).answer(save)


def _both_or_none(values: dict[str, Any]) -> None:
    """A place has a latitude and a longitude; half of it is a mistake."""
    if bool(values.get("lat", "").strip()) != bool(values.get("lon", "").strip()):
        half = "A place needs both numbers"
        raise Invalid(half, {"lat": half, "lon": half})


@desk.get("/suggest")
@rule(Permission.CUSTOMERS_WRITE)
def suggest() -> ResponseReturnValue:
    """Addresses for `?q=` as JSON: those the office knows, then the geocoder's where the company chose one [A5].

    `{"places": [{text, line1, postcode, city, region, country, lat, lon}], "said": sentence or null}`
    """
    try:
        text = clean_text(request.args.get("q", "")[:200], 200)
    except Invalid:
        text = ""
    known = [_known(address) for address in known_places(office_session(), actor(), text)]
    geocoder = _geocoder()
    # The geocoder is a program on the network: nobody waits for it with the database in his hands.
    release_transaction()
    said = None
    try:
        found = geocoder.suggest(text) if len(text) > 3 else []
    except Unmet as trouble:
        found, said = [], trouble.sentence
    seen: set[str] = set()
    offered = []
    for where in [*known, *found]:
        words = _in_one_line(where)
        if words.casefold() not in seen:
            seen.add(words.casefold())
            offered.append({"text": words} | {name: getattr(where, name) for name in Place.__slots__})
    return jsonify(places=offered[:8], said=said)


def _known(address: Address) -> Place:
    return Place(
        address.line1,
        address.postcode,
        address.city,
        address.region,
        address.country,
        address.lat,
        address.lon,
    )


def _in_one_line(where: Place) -> str:
    town = " ".join(filter(None, (where.postcode, where.city)))
    return ", ".join(filter(None, (where.line1, town, where.country)))


def _geocoder() -> Geocoder:
    """The company's geocoder; the application may be given another one, as tests do."""
    given: Geocoder | None = current_app.extensions.get("sawhorse_geocoder")
    row = company()
    if given is not None:
        return given
    if row is None or not row.geocoder_url:
        return NoGeocoder()
    return NominatimGeocoder(row.geocoder_url, row.geocoder_key, country=row.country)
