"""A brand takes cards: the keys of its account at the provider, set or taken out, never shown [W8]."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.settings.desk import PASSWORD, confirm_password, desk
from admin_app.gateways.card_provider import events
from admin_app.kernel.errors import Invalid
from admin_app.models import Brand
from admin_app.policy import Permission
from admin_app.services import save_record
from admin_app.services.checkout.brand_account import AccountForm, set_account, under_way
from admin_app.web.access import rule
from admin_app.web.address import public_address
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing


@desk.route("/brands/<int:brand_id>/card-payments", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def brand_cards(brand_id: int) -> ResponseReturnValue:
    """The keys of one brand; a change asks for one's own password."""
    if request.method == "GET":
        return _page(_brand(brand_id))
    form = AccountForm(
        request.form.get("secret_key", ""), request.form.get("hook_key", ""), bool(request.form.get("remove"))
    )
    try:
        confirm_password()
        said = set_account(office_session(), _brand(brand_id), form, actor(), clock())
    except Invalid as refusal:
        office_session().rollback()
        keep_nothing()
        return _page(_brand(brand_id), refusal)
    flash(said, "success")
    return redirect(url_for("settings.brand_cards", brand_id=brand_id))


def _brand(brand_id: int) -> Brand:
    return save_record.find(office_session(), Brand, brand_id, actor())


def _page(brand: Brand, refusal: Invalid | None = None) -> ResponseReturnValue:
    """The form; the secrets that were typed are not sent back."""
    page = render_template(
        "admin/settings/brand_cards.html",
        brand=brand,
        takes_cards=bool(brand.stripe_key),
        is_told=bool(brand.stripe_hook_key),
        under_way=under_way(office_session(), brand),
        wrong=refusal.fields if refusal is not None else {},
        sentence=refusal.sentence if refusal is not None else "",
        password_name=PASSWORD,
        hook_url=f"{public_address()}/hooks/stripe",
        messages=events().kinds,
    )
    return page, refusal.status if refusal is not None else 200
