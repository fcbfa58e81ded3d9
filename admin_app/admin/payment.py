"""Payments: entered by the act that books them, corrected and taken back on the customer's page [M26, M29, D4]."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, cast

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin.base import expose

from admin_app.admin.entity_view import EntityView
from admin_app.admin.forms import RecordForm
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.models import Entity, Payment
from admin_app.services.read_values import read_values
from admin_app.services.record_payment import PaymentForm, record_payment
from admin_app.web.company import actor, clock, currency, office_session


class PaymentView(EntityView):
    """The pages of payments: nothing here edits booked money."""

    form_template = "admin/payments/{}.html"

    def form_extras(self, form: RecordForm, record: Entity | None) -> dict[str, Any]:
        """The key of this form: sent twice, it books once (security.md)."""
        return {"form_key": request.form.get("form_key") or secrets.token_urlsafe(24)}

    def create_record(self, values: Mapping[str, Any]) -> Entity:
        """Book the money; it stays unallocated until somebody uses it for an invoice."""
        code = str(values.get("currency") or "") or currency()
        read = read_values(office_session(), Payment, values, actor(), new=True, currency=code)
        said = {bound.key: value for bound, value in read.items()}
        if said.get("amount") is None:
            raise Invalid("Enter what was received", {"amount": "Enter what was received"})
        form = PaymentForm(
            group_id=said["group"].id,
            amount=Money(said["amount"], code),
            paid_on=said["paid_on"],
            method=said["method"],
            tip=Money(said["tip"], code) if said.get("tip") else None,
            reference=said.get("reference"),
            note=said.get("note"),
        )
        return record_payment(office_session(), form, actor(), clock(), request.form.get("form_key"))

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        """A correction is a reversal and a new payment: on the customer's page."""
        payment = cast(Payment, self.find())
        return redirect(
            url_for("customers.edit_payment", group_id=payment.group_id, payment_id=payment.id), code=303
        )

    @expose("/delete/", methods=("GET", "POST"))
    def delete_view(self) -> ResponseReturnValue:
        """A mistake is taken back by a reversal: on the customer's page."""
        payment = cast(Payment, self.find())
        return redirect(
            url_for("customers.delete_payment", group_id=payment.group_id, payment_id=payment.id), code=303
        )

    @property
    def offers_mass_deletion(self) -> bool:
        """Booked money is taken back one payment at a time."""
        return False
