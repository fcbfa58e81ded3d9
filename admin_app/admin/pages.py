"""The pages of our own: one blueprint a module, named here once."""

from __future__ import annotations

from flask import Blueprint

from admin_app.admin import (
    backup,
    document_links,
    history,
    imports,
    letters,
    outbox,
    papers,
    passkeys,
    proof,
    second_step,
    see_as,
    settings,
    setup,
    sign_in,
)
from admin_app.admin.bank import desk as bank
from admin_app.admin.billing import desk as billing
from admin_app.admin.calls import desk as calls
from admin_app.admin.closing import desk as closing
from admin_app.admin.customers import desk as customers
from admin_app.admin.inbox import desk as inbox
from admin_app.admin.jobs import desk as jobs
from admin_app.admin.lookup import lookup
from admin_app.admin.pipeline import page as pipeline
from admin_app.admin.projects import desk as projects
from admin_app.admin.schedule import door as calendar
from admin_app.admin.schedule import page as schedule
from admin_app.admin.today import desk as today

BLUEPRINTS: tuple[Blueprint, ...] = (
    sign_in.door,
    second_step.page,
    passkeys.door,
    setup.setup,
    settings.desk,
    outbox.page,
    backup.page,
    proof.page,
    history.page,
    imports.page,
    papers.page,
    document_links.page,
    letters.page,
    see_as.page,
    inbox,
    bank,
    billing,
    closing,
    customers,
    projects,
    pipeline,
    today,
    calls,
    jobs,
    schedule,
    calendar,
    lookup,
)
