"""The frame's contents: which page stands under which heading of the menu, in the bar of a phone, behind which key.

Only pages that exist and that the reader may open are drawn.
"""

from __future__ import annotations

from flask import current_app, g, request, url_for

from admin_app.policy import FIELD_CREWS, Permission, holds
from admin_app.records.waiting_threads import waiting_for
from admin_app.web.access import PUBLIC, access_of
from admin_app.web.company import actor, company, office_session
from admin_app.web.shell import Entry, Key, Person, Section, Shell, Thumb

Pages = tuple[tuple[str, str], ...]

SECTIONS: tuple[tuple[str, str, Pages, Pages], ...] = (
    ("Today", "sun", (("Today", "admin.index"),), ()),
    (
        "Customers",
        "people",
        (
            ("All customers", "customers.index"),
            ("New customer", "customers.new"),
        ),
        (
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
            ("Schedule", "schedule.week"),
            ("Jobs by day", "jobs.index"),
            ("Pipeline", "pipeline.board"),
            ("Projects", "projects.index"),
            ("Tasks", "tasks.index_view"),
        ),
        (
            ("Leads", "leads.index_view"),
            ("Estimates", "estimates.index_view"),
            ("Workorders", "work-orders.index_view"),
            ("Events", "events.index_view"),
            ("Notes", "notes.index_view"),
            ("Files", "files.index_view"),
            ("Time entries", "time-entries.index_view"),
            ("Job costs", "job-costs.index_view"),
            ("Equipment", "equipment.index_view"),
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
            ("Payments", "payments.index_view"),
            ("Bank", "bank.queue"),
        ),
        (
            ("Credit notes", "credit-notes.index_view"),
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
    (
        "Reports",
        "bar-chart",
        (
            ("Overview", "reports.overview"),
            ("Receivables", "reports.receivables"),
            ("Sales and funnel", "reports.sales"),
            ("Customers", "reports.customers"),
            ("Explore", "reports.explore"),
        ),
        (
            ("Payments", "reports.payments"),
            ("Geography", "reports.geography"),
            ("Teams", "reports.teams"),
            ("Service plans", "reports.plans"),
            ("Anomalies", "reports.anomalies"),
            ("Dashboards", "reports.dashboards"),
            ("Saved", "reports.saved"),
            ("Notebooks", "reports.notebooks"),
            ("Glossary", "reports.glossary"),
        ),
    ),
)
"""Heading, icon, its pages as (label, endpoint), and those that stand folded under More."""

FOOT: tuple[Pages, Pages] = (
    (
        ("Company", "settings.company"),
        ("Brands", "settings.brands"),
        ("Staff", "settings.staff"),
        ("Communications", "settings.communications"),
    ),
    (
        ("Message templates", "message-templates.index_view"),
        ("Tax rates", "tax-rates.index_view"),
        ("Lead statuses", "lead-statuses.index_view"),
        ("Lead sources", "lead-sources.index_view"),
        ("Number series", "number-series.index_view"),
        ("Forms of workorders", "form-questions.index_view"),
        ("API tokens", "settings.tokens"),
        ("Move in and out", "imports.index"),
        ("History", "history.index"),
        ("Outbox", "outbox.index"),
        ("Backup", "backup.index"),
    ),
)
"""The pages under Settings, and those folded under More."""

THUMBS: tuple[tuple[str, str, str], ...] = (
    ("Today", "sun", "admin.index"),
    ("My jobs", "tools", "jobs.index"),
    ("Schedule", "calendar3", "schedule.week"),
    ("New call", "telephone-plus", "calls.new"),
    ("Inbox", "inbox", "inbox.index"),
    ("Customers", "people", "customers.index"),
)
"""What a thumb reaches, the first four that there are: word, icon, endpoint."""

KEYS: tuple[tuple[str, str, str], ...] = (
    ("c", "New call", "calls.new"),
    ("t", "Today", "admin.index"),
    ("s", "Schedule", "schedule.week"),
    ("i", "Inbox", "inbox.index"),
)
"""Single keys that open a page: key, word, endpoint."""


def _may_open(endpoint: str) -> bool:
    """Whether the page exists and the reader's role opens it."""
    if endpoint not in current_app.view_functions:
        return False
    who = actor()
    if who.role in FIELD_CREWS and endpoint == "admin.index":
        return False  # leads them to their jobs, which stand in the menu themselves
    stated = access_of(current_app, endpoint)
    return stated is PUBLIC or (isinstance(stated, Permission) and holds(who, stated))


def _entries(pages: Pages) -> tuple[Entry, ...]:
    return tuple(
        Entry(_label(label, endpoint), url_for(endpoint), _is_open(endpoint))
        for label, endpoint in pages
        if _may_open(endpoint)
    )


def _label(label: str, endpoint: str) -> str:
    """A crew sees its own jobs, and the menu calls them so."""
    return "My jobs" if endpoint == "jobs.index" and actor().role in FIELD_CREWS else label


def _is_open(endpoint: str) -> bool:
    """A list stays marked on the pages below it; pages that share a blueprint are told apart by name."""
    if endpoint == request.endpoint:
        return True
    here = (request.endpoint or "").rsplit(".", 1)[0]
    if endpoint == "admin.index":
        return here == "today"
    return endpoint.rsplit(".", 1)[0] == here and endpoint.endswith((".index", ".index_view", ".week"))


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
    menu = tuple(
        Section(label, icon, _entries(pages), _entries(more)) for label, icon, pages, more in SECTIONS
    )
    row = company()
    inbox = _inbox()
    return Shell(
        company=_company_name(),
        language=row.language if row else "en",
        menu=tuple(section for section in menu if section.items or section.more),
        foot=Section("Settings", "gear", *(_entries(pages) for pages in FOOT)),
        search_url=url_for("customers.search") if _may_open("customers.search") else None,
        search_page_url=url_for("customers.index") if _may_open("customers.index") else None,
        call_url=url_for("calls.new") if _may_open("calls.new") else None,
        inbox=inbox,
        bottom=_thumbs(inbox),
        keys=tuple(Key(key, words, url_for(page)) for key, words, page in KEYS if _may_open(page)),
        person=Person(
            name,
            role,
            url_for("sign_in.sign_out"),
            url_for("sign_in.password"),
            url_for("second_step.security"),
        ),
        home_url=url_for("admin.index"),
    )


def _inbox() -> Thumb | None:
    """The inbox with the number of messages that nobody has answered yet; one statement, where there is an inbox."""
    if not _may_open("inbox.index"):
        return None
    waiting = waiting_for(office_session(), actor())
    return Thumb("Inbox", url_for("inbox.index"), "inbox", _is_open("inbox.index"), waiting)


def _thumbs(inbox: Thumb | None) -> tuple[Thumb, ...]:
    """The bar of a phone; whoever has Today finds the jobs in its menu."""
    has_today = _may_open("admin.index")
    found = [
        inbox
        if inbox is not None and endpoint == "inbox.index"
        else Thumb(label, url_for(endpoint), icon, _is_open(endpoint))
        for label, icon, endpoint in THUMBS
        if _may_open(endpoint) and not (endpoint == "jobs.index" and has_today)
    ]
    return tuple(found[:4])
