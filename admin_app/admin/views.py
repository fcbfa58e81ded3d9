"""Which entities have generated pages, and at which address: one line each, a class only where one deviates."""

from __future__ import annotations

from flask_admin.base import BaseView

from admin_app.admin.entity_view import EntityView
from admin_app.models import (
    Address,
    Attachment,
    Brand,
    Contact,
    CustomerGroup,
    Entity,
    Event,
    Invoice,
    Note,
    NumberSeries,
    Payment,
    PaymentMethod,
    Refund,
    SiteAsset,
    Tag,
    Task,
    TaxRate,
    User,
)

ENTITY_VIEWS: tuple[tuple[type[EntityView], type[Entity], str, str | None], ...] = (
    (EntityView, CustomerGroup, "groups", None),
    (EntityView, Contact, "contacts", None),
    (EntityView, Address, "addresses", None),
    (EntityView, Tag, "tags", None),
    (EntityView, SiteAsset, "assets", None),
    (EntityView, Task, "tasks", None),
    (EntityView, Event, "events", None),
    (EntityView, Note, "notes", None),
    (EntityView, Attachment, "files", None),
    (EntityView, Invoice, "invoices", None),
    (EntityView, Payment, "payments", None),
    (EntityView, Refund, "refunds", None),
    (EntityView, PaymentMethod, "billing-details", None),
    (EntityView, Brand, "brands", None),
    (EntityView, TaxRate, "tax-rates", None),
    (EntityView, NumberSeries, "number-series", None),
    (EntityView, User, "users", None),
)
"""View, entity, address below /admin/, and the name of the list where it is not the plural."""


def entity_views() -> list[BaseView]:
    """The generated views, new for each application."""
    return [view(entity, address, name) for view, entity, address, name in ENTITY_VIEWS]
