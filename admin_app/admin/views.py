"""Which entities have generated pages, and at which address: one line each, a class only where one deviates."""

from __future__ import annotations

from flask_admin.base import BaseView

from admin_app.admin.customer_group import CustomerGroupView
from admin_app.admin.entity_view import EntityView
from admin_app.admin.invoice import InvoiceView
from admin_app.admin.note import NoteView
from admin_app.admin.payment import PaymentView
from admin_app.admin.price_list import PackageView, PriceItemView
from admin_app.admin.sales_lists import EstimateView, LeadStatusView, LeadView, ProjectView
from admin_app.admin.service_plans import CreditNoteView, ServicePlanView, SubscriptionView, WriteOffView
from admin_app.models import (
    Address,
    Attachment,
    Brand,
    Contact,
    CreditNote,
    CustomerGroup,
    Entity,
    Equipment,
    Estimate,
    Event,
    FormQuestion,
    Invoice,
    JobCost,
    Lead,
    LeadSource,
    LeadStatus,
    Note,
    NumberSeries,
    Package,
    Payment,
    PaymentMethod,
    PriceItem,
    Project,
    Refund,
    ServicePlan,
    SiteAsset,
    Subscription,
    Tag,
    Task,
    TaxRate,
    TimeEntry,
    User,
    WorkOrder,
    WriteOff,
)


class OnlyLookedAt(EntityView):
    """Records that other pages make and change: refunds, workorders."""

    can_be_created = can_be_edited = can_be_deleted = False


class WorkOrderView(OnlyLookedAt):
    """Workorders: made by the confirmation of an estimate [A69], kept in the workspace of their project."""

    shown_at = ("projects.open_workorder", "work_id")
    empty_words = "Confirmed estimates become workorders by themselves. Here they stand, one a row."


class EquipmentView(EntityView):
    """Trucks and machines, planned for workorders like people."""

    empty_words = "Trucks and machines. Each has a row on the schedule, so that a double booking is seen."


class EnteredElsewhere(EntityView):
    """Records that begin with an act of their own, such as an upload, and are kept here."""

    can_be_created = False


class TokensOfCustomers(EntityView):
    """Billing details: entered on the customer's page, which refuses card numbers [A20]; here they only go."""

    can_be_created = can_be_edited = False


class StaffView(EntityView):
    """Members of staff: switched off, never deleted, since the history names them."""

    can_be_deleted = False


ENTITY_VIEWS: tuple[tuple[type[EntityView], type[Entity], str, str | None], ...] = (
    (CustomerGroupView, CustomerGroup, "groups", None),
    (EntityView, Contact, "contacts", None),
    (EntityView, Address, "addresses", None),
    (EntityView, Tag, "tags", None),
    (EntityView, SiteAsset, "assets", None),
    (EntityView, Task, "tasks", None),
    (EntityView, Event, "events", None),
    (NoteView, Note, "notes", None),
    (EnteredElsewhere, Attachment, "files", None),
    (ProjectView, Project, "project-list", None),
    (LeadView, Lead, "leads", None),
    (EstimateView, Estimate, "estimates", None),
    (LeadStatusView, LeadStatus, "lead-statuses", None),
    (EntityView, LeadSource, "lead-sources", None),
    (WorkOrderView, WorkOrder, "work-orders", None),
    (EquipmentView, Equipment, "equipment", None),
    (OnlyLookedAt, TimeEntry, "time-entries", None),
    (OnlyLookedAt, JobCost, "job-costs", None),
    (EntityView, FormQuestion, "form-questions", None),
    (InvoiceView, Invoice, "invoices", None),
    (PaymentView, Payment, "payments", None),
    (OnlyLookedAt, Refund, "refunds", None),
    (CreditNoteView, CreditNote, "credit-notes", None),
    (WriteOffView, WriteOff, "write-offs", None),
    (ServicePlanView, ServicePlan, "service-plans", None),
    (SubscriptionView, Subscription, "subscriptions", None),
    (TokensOfCustomers, PaymentMethod, "billing-details", None),
    (PriceItemView, PriceItem, "price-list", None),
    (PackageView, Package, "packages", None),
    (EntityView, Brand, "brands", None),
    (EntityView, TaxRate, "tax-rates", None),
    (EntityView, NumberSeries, "number-series", None),
    (StaffView, User, "users", None),
)
"""View, entity, address below /admin/, and the name of the list where it is not the plural."""


def entity_views() -> list[BaseView]:
    """The generated views, new for each application."""
    return [view(entity, address, name) for view, entity, address, name in ENTITY_VIEWS]
