"""The side menu: which page stands under which heading, drawn only for those who may open it."""

from __future__ import annotations

from flask import current_app, g, request, url_for

from admin_app.policy import holds
from admin_app.web.access import PUBLIC, access_of
from admin_app.web.company import actor, company
from admin_app.web.shell import Action, Entry, Person, Section, Shell

SECTIONS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Customers",
        "people",
        (
            ("All customers", "customers.index"),
            ("Groups", "groups.index_view"),
            ("Contacts", "contacts.index_view"),
            ("Addresses", "addresses.index_view"),
            ("Tags", "tags.index_view"),
            ("Site inventory", "assets.index_view"),
        ),
    ),
    (
        "Work",
        "calendar3",
        (
            ("Pipeline", "pipeline.board"),
            ("Projects", "projects.index"),
            ("Leads", "leads.index_view"),
            ("Estimates", "estimates.index_view"),
            ("Workorders", "work-orders.index_view"),
            ("Jobs by day", "jobs.index"),
            ("Time entries", "time-entries.index_view"),
            ("Job costs", "job-costs.index_view"),
            ("Tasks", "tasks.index_view"),
            ("Events", "events.index_view"),
            ("Notes", "notes.index_view"),
            ("Files", "files.index_view"),
            ("Price list", "price-list.index_view"),
            ("Packages", "packages.index_view"),
        ),
    ),
    (
        "Money",
        "cash-stack",
        (
            ("To invoice", "billing.tray"),
            ("Invoices", "invoices.index_view"),
            ("Credit notes", "credit-notes.index_view"),
            ("Payments", "payments.index_view"),
            ("Bank", "bank.queue"),
            ("Refunds", "refunds.index_view"),
            ("Write-offs", "write-offs.index_view"),
            ("Interest", "billing.interest"),
            ("Service plans", "service-plans.index_view"),
            ("Subscriptions", "subscriptions.index_view"),
            ("Billing details", "billing-details.index_view"),
            ("Month close", "closing.index"),
            ("Proof of the books", "proof.index"),
        ),
    ),
)
"""Heading, icon, and its pages as (label, endpoint)."""

FOOT: tuple[tuple[str, str], ...] = (
    ("Company", "settings.company"),
    ("Brands", "settings.brands"),
    ("Tax rates", "tax-rates.index_view"),
    ("Lead statuses", "lead-statuses.index_view"),
    ("Lead sources", "lead-sources.index_view"),
    ("Number series", "number-series.index_view"),
    ("Forms of workorders", "form-questions.index_view"),
    ("Staff", "settings.staff"),
    ("API tokens", "settings.tokens"),
    ("Move in and out", "imports.index"),
    ("History", "history.index"),
    ("Outbox", "outbox.index"),
    ("Backup", "backup.index"),
)
"""The pages under Settings."""


def _may_open(endpoint: str) -> bool:
    """Whether the page exists and the reader's role opens it."""
    if endpoint not in current_app.view_functions:
        return False
    stated = access_of(current_app, endpoint)
    return stated is PUBLIC or (stated is not None and holds(actor(), stated))  # type: ignore[arg-type]


def _entries(pages: tuple[tuple[str, str], ...]) -> tuple[Entry, ...]:
    here = (request.endpoint or "").rsplit(".", 1)[0]
    return tuple(
        Entry(label, url_for(endpoint), _is_open(endpoint, here))
        for label, endpoint in pages
        if _may_open(endpoint)
    )


def _is_open(endpoint: str, here: str) -> bool:
    """A list stays marked on the pages below it; pages that share a blueprint are told apart by name."""
    if endpoint == request.endpoint:
        return True
    return endpoint.rsplit(".", 1)[0] == here and endpoint.endswith((".index", ".index_view"))


def current_shell() -> Shell:
    """The frame of this request: what the signed-in person may open."""
    who = actor()
    if not who.is_staff:
        return Shell(company=_company_name())
    if "shell" not in g:
        g.shell = _shell_for(who.name, str(who.role))
    shell: Shell = g.shell
    return shell


def _company_name() -> str:
    row = company()
    return str(row.name) if row else ""


def _shell_for(name: str, role: str) -> Shell:
    menu = tuple(Section(label, icon, _entries(pages)) for label, icon, pages in SECTIONS)
    new = (Action("New customer", url_for("customers.new")),) if _may_open("customers.new") else ()
    row = company()
    return Shell(
        company=_company_name(),
        language=row.language if row else "en",
        menu=tuple(section for section in menu if section.items),
        foot=Section("Settings", "gear", _entries(FOOT)),
        search_url=url_for("customers.search") if _may_open("customers.search") else None,
        search_page_url=url_for("customers.index") if _may_open("customers.index") else None,
        actions=new,
        person=Person(name, role, url_for("sign_in.sign_out"), url_for("sign_in.password")),
        home_url=url_for("admin.index"),
    )
