"""Billing details of a customer: how it can be charged, as the payment provider's token [A20]."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.customers.desk import desk, one_of, reading, the_group
from admin_app.admin.customers.popup import Popup
from admin_app.admin.customers.profile import show
from admin_app.admin.customers.sheet import Sheet
from admin_app.kernel.errors import Invalid
from admin_app.models import PaymentMethod
from admin_app.policy import Permission, visible
from admin_app.services.keep_billing_details import keep_billing_details, remove_billing_details
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session

MOST_SHOWN = 50
ASKED_OTHERWISE = ("expires_month", "expires_year", "is_default")
"""Asked as one date, or decided by the first one kept."""


@desk.get("/<int:group_id>/billing")
@rule(Permission.MONEY_READ)
def billing(group_id: int) -> ResponseReturnValue:
    """The saved ways to charge the customer."""
    group = the_group(group_id)
    query = (
        select(PaymentMethod)
        .where(PaymentMethod.group_id == group.id)
        .order_by(PaymentMethod.id)
        .limit(MOST_SHOWN)
    )
    return show(group, "billing", methods=list(office_session().scalars(visible(actor(), query))))


@desk.route("/<int:group_id>/billing/new", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def new_method(group_id: int) -> ResponseReturnValue:
    """Keep a provider's token; whatever looks like a card number is refused and not shown back."""
    group = the_group(group_id)
    sheet = Sheet(PaymentMethod, reading(), actor(), leave_out=ASKED_OTHERWISE)
    more = {"expires": request.form.get("expires", ""), "expires_error": None}

    def save(values: dict[str, Any]) -> str:
        try:
            keep_billing_details(
                office_session(), group, values | {"expires": more["expires"] or ""}, actor(), clock()
            )
        except Invalid as refusal:
            more["expires_error"] = refusal.fields.get("expires")
            # A card number is not sent back to the page, nor is a secret.
            for question in sheet.questions:
                if question.bound.key in refusal.fields or question.bound.declared.secret:
                    question.value = ""
            if more["expires_error"]:
                more["expires"] = ""
            raise
        return "Billing details kept."

    back = url_for("customers.billing", group_id=group.id)
    template = "admin/customers/method.html"
    return Popup(group, "New billing details", back, sheet, "Keep", template=template, more=more).answer(save)


@desk.route("/<int:group_id>/billing/<int:method_id>/delete", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def delete_method(group_id: int, method_id: int) -> ResponseReturnValue:
    """Forget a saved way to charge."""
    group = the_group(group_id)
    method = one_of(PaymentMethod, group, method_id)
    label = f"{method.brand or method.provider.capitalize()} {'•••• ' + method.last4 if method.last4 else ''}".strip()

    def save(_: dict[str, Any]) -> str:
        remove_billing_details(office_session(), group, method_id, actor())
        return "Billing details forgotten."

    return Popup(
        group,
        f"Forget {label}?",
        url_for("customers.billing", group_id=group.id),
        button="Forget it",
        danger=True,
        note="The customer can no longer be charged with it from here. The provider keeps its own record.",
    ).answer(save)
