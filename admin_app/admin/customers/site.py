"""The site inventory of a customer, on a page of its own: trees, boilers, roofs, and how they were found [A31, 16]."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.popup import Popup, save_over
from admin_app.admin.customers.profile import origin_of
from admin_app.admin.customers.sheet import Sheet
from admin_app.admin.customers.work import own_addresses
from admin_app.kernel.errors import Invalid
from admin_app.models import AssetKind, CustomerGroup, SiteAsset
from admin_app.models.site_asset import ATTRIBUTES
from admin_app.policy import Permission
from admin_app.records.site_inventory import read_attributes, shown, sites_of, words_of
from admin_app.services.delete_record import delete
from admin_app.services.save_record import create
from admin_app.web.access import rule
from admin_app.web.company import actor, company, office_session
from admin_app.web.headers import allow_images_from

ASKED_OTHERWISE = ("kind", "attributes")
"""The kind is chosen by the button, and decides which details are asked one by one."""


@desk.get("/<int:group_id>/site")
@rule(Permission.WORK_READ)
def site(group_id: int) -> ResponseReturnValue:
    """Everything that stands on the customer's sites, place by place."""
    group = the_group(group_id)
    sites = sites_of(office_session(), actor(), group)
    row = company()
    tiles = row.map_tiles_url if row else None
    if tiles:
        allow_images_from(origin_of(tiles))
    pins = [
        {"lat": asset.lat, "lon": asset.lon, "label": asset.name}
        for place in sites
        for asset in place.assets
        if asset.lat is not None
    ]
    return render_template(
        "admin/customers/site.html",
        group=group,
        sites=sites,
        pins=pins,
        tiles=tiles,
        kinds=list(AssetKind),
        details=_details,
    )


def _details(asset: SiteAsset) -> list[tuple[str, str]]:
    """The attributes of a thing in words, those of its kind first."""
    known = [name for name in ATTRIBUTES[asset.kind] if name in asset.attributes]
    others = [name for name in asset.attributes if name not in ATTRIBUTES[asset.kind]]
    return [(words_of(name), shown(asset.attributes[name])) for name in known + others]


def _kind(text: str) -> AssetKind:
    return AssetKind(text) if text in {kind.value for kind in AssetKind} else AssetKind.TREE


def _asked(kind: AssetKind, kept: dict[str, Any]) -> list[dict[str, Any]]:
    """The details of a kind as the form asks them, filled with what was typed or is known."""
    return [
        {
            "name": f"detail-{name}",
            "key": name,
            "label": words_of(name),
            "form": form,
            "value": request.form.get(f"detail-{name}", shown(kept.get(name))),
            "error": None,
        }
        for name, form in ATTRIBUTES[kind].items()
    ]


def _popup(group: CustomerGroup, kind: AssetKind, asset: SiteAsset | None) -> ResponseReturnValue:
    kept = dict(asset.attributes) if asset else {}
    asked = _asked(kind, kept)
    sheet = Sheet(
        SiteAsset,
        reading(),
        actor(),
        record=asset,
        leave_out=ASKED_OTHERWISE,
        options={"address": own_addresses(group)},
    )

    def save(values: dict[str, Any]) -> str:
        typed = {one["key"]: one["value"] for one in asked}
        try:
            values["attributes"] = read_attributes(kind, typed, kept)
        except Invalid as refusal:
            for one in asked:
                one["error"] = refusal.fields.get(one["key"])
            raise
        if asset is None:
            made = create(office_session(), SiteAsset, values | {"group": group, "kind": kind}, actor())
            return f"{made.name} added."
        return save_over(asset, values)

    title = (
        f"{'Edit' if asset else 'New'} {kind.value}" if kind is not AssetKind.OTHER else "Other thing on site"
    )
    back = url_for("customers.site", group_id=group.id)
    return Popup(
        group,
        title,
        back,
        sheet,
        "Save" if asset else "Add",
        record=asset,
        template="admin/customers/asset.html",
        more={"asked": asked, "kind": kind},
    ).answer(save)


@desk.route("/<int:group_id>/site/new", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def new_asset(group_id: int) -> ResponseReturnValue:
    """One more thing; `?kind=boiler` decides which details are asked."""
    return _popup(the_group(group_id), _kind(request.args.get("kind", "")), None)


@desk.route("/<int:group_id>/site/<int:asset_id>", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def edit_asset(group_id: int, asset_id: int) -> ResponseReturnValue:
    """The details of one thing."""
    group = the_group(group_id)
    asset = one_of(SiteAsset, group, asset_id)
    return _popup(group, asset.kind, asset)


@desk.route("/<int:group_id>/site/<int:asset_id>/delete", methods=["GET", "POST"])
@rule(Permission.WORK_WRITE)
def delete_asset(group_id: int, asset_id: int) -> ResponseReturnValue:
    """The bin of one thing."""
    group = the_group(group_id)
    asset = one_of(SiteAsset, group, asset_id)
    name = asset.name

    def save(_: dict[str, Any]) -> str:
        delete(office_session(), SiteAsset, asset.id, actor())
        return f"{name} deleted."

    back = url_for("customers.site", group_id=group.id)
    note = "The timeline keeps what it was."
    return Popup(group, f"Delete {name}?", back, None, "Delete", True, note).answer(save)
