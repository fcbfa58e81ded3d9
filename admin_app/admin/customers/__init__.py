"""The customers of the office: the hub, one form for a new customer, and the profile with its tabs.

One blueprint, `desk`; each module below adds the pages of one concern to it when it is imported here.
"""

from admin_app.admin.customers import (
    addresses,
    analytics,
    appointment,
    billing,
    consent,
    contacts,
    events,
    file_versions,
    files,
    hub,
    messages,
    new_customer,
    new_payment,
    notes,
    payments,
    portal,
    portal_user,
    profile,
    projects,
    site,
    tasks,
    timeline,
    use_money,
)
from admin_app.admin.customers.desk import desk

__all__ = [
    "addresses",
    "analytics",
    "appointment",
    "billing",
    "consent",
    "contacts",
    "desk",
    "events",
    "file_versions",
    "files",
    "hub",
    "messages",
    "new_customer",
    "new_payment",
    "notes",
    "payments",
    "portal",
    "portal_user",
    "profile",
    "projects",
    "site",
    "tasks",
    "timeline",
    "use_money",
]
