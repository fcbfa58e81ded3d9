"""Service plans and who has them: generated pages, with the taxes of a plan and the page of each subscription [139]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import request
from sqlalchemy import select

from admin_app.admin.entity_view import EntityView
from admin_app.admin.forms import RecordForm
from admin_app.models import Entity, ServicePlan, TaxRate
from admin_app.services import save_record
from admin_app.services.keep_service_plan import choose_plan_taxes
from admin_app.services.merge_edits import Base
from admin_app.services.propose_lines import usual_taxes
from admin_app.web.company import actor, office_session


class ServicePlanView(EntityView):
    """The pages of service plans."""

    form_template = "admin/service_plans/{}.html"
    details_template_of_ours = "admin/service_plans/details.html"
    empty_words = "Work that comes back, at a price a period. Customers sign up for it on their profile."

    def form_extras(self, form: RecordForm, record: Entity | None) -> dict[str, Any]:
        """The taxes that can be ticked, and those that are."""
        query = select(TaxRate.name).where(TaxRate.archived.is_(False)).order_by(TaxRate.id)
        names = list(office_session().scalars(query))
        if request.method == "POST":
            ticked = tuple(request.form.getlist("tax"))
        elif record is None:
            ticked = usual_taxes(office_session())
        else:
            ticked = tuple(cast(ServicePlan, record).tax_names)
        return {"tax_names": names, "ticked": ticked}

    def details_extras(self, record: Entity) -> dict[str, Any]:
        """Its taxes."""
        return {"ticked": tuple(cast(ServicePlan, record).tax_names)}

    def create_record(self, values: Mapping[str, Any]) -> Entity:
        """A plan with its taxes."""
        plan = cast(ServicePlan, super().create_record(values))
        return choose_plan_taxes(office_session(), plan, request.form.getlist("tax"), actor())

    def update_record(self, record: Entity, values: Mapping[str, Any], base: Base) -> save_record.Saved:
        """The plan's own fields, then its taxes."""
        saved = super().update_record(record, values, base)
        choose_plan_taxes(
            office_session(), cast(ServicePlan, saved.record), request.form.getlist("tax"), actor()
        )
        return saved


class SubscriptionView(EntityView):
    """Who has which plan: signed up on the profile, paused and ended on a page of its own."""

    can_be_created = can_be_edited = can_be_deleted = False
    shown_at = ("billing.subscription", "subscription_id")
    empty_words = "Customers with a service plan. Sign the first one up on the profile of the customer."


class CreditNoteView(EntityView):
    """Credit notes: written from the invoice that they credit [M25]."""

    can_be_created = can_be_edited = can_be_deleted = False
    usual_order = "-issued_on"
    shown_at = ("billing.credit_note", "credit_id")
    empty_words = (
        "What was taken back of issued invoices. A credit note is written on the page of its invoice."
    )


class WriteOffView(EntityView):
    """What is not asked for any more, and allowances for early payment [81, M5]."""

    can_be_created = can_be_edited = can_be_deleted = False
    usual_order = "-written_off_on"
    shown_at = ("billing.loss", "loss_id")
    empty_words = "What nobody will pay, and what was let off. It is booked on the page of the invoice."
