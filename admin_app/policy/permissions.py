"""The rights by name, and which roles of the staff hold them (design section 6)."""

from __future__ import annotations

from enum import StrEnum

from admin_app.kernel.actor import Role


class Permission(StrEnum):
    """The acts of the office, as rights."""

    SIGNED_IN = "be signed in as staff"
    CUSTOMERS_READ = "see customers"
    CUSTOMERS_WRITE = "change customers"
    CUSTOMERS_DELETE = "delete customers for good"
    ACCESS_NOTES = "see how to get into a site"
    WORK_READ = "see tasks, events and files"
    WORK_WRITE = "change tasks, events and files"
    JOB_DO = "carry out the work that is assigned"
    MESSAGES_READ = "see what is written to and by clients"
    MESSAGES_WRITE = "write to clients"
    SALES_READ = "see leads and estimates"
    SALES_WRITE = "change leads and estimates"
    ANSWER_ESTIMATE = "agree to an estimate, decline it or ask for changes"
    PAY_ONLINE = "pay at a provider's page"
    WRITE_AS_CLIENT = "write to the office from the portal"
    ASK_FOR_WORK = "ask for a quote or a job"
    ANSWER_APPOINTMENT = "confirm an appointment or ask to move it"
    KEEP_OWN_DETAILS = "change one's own details in the portal"
    COSTS_READ = "see what work costs us"
    ACCESS_GRANT = "open a project to a client"
    MONEY_READ = "see invoices and payments"
    MONEY_WRITE = "book invoices and payments"
    CREDIT = "credit and write off"
    BANK = "book what the bank sends"
    REFUND = "pay money back"
    PERIOD_LOCK = "lock the books"
    BULK = "change many records at once"
    IMPORT = "move data in"
    EXPORT = "take lists out"
    AUDIT = "see who changed what, and restore it"
    PROOF = "see the proof of the books"
    REPORTS = "explore the figures"
    SETTINGS = "change the settings"
    USERS = "manage staff"
    BACKUP = "see and make backups"


P = Permission
OFFICE = frozenset({Role.OWNER, Role.OFFICE})
PLANNERS = OFFICE | {Role.ESTIMATOR}
READERS = PLANNERS | {Role.ANALYST}
FIELD_CREWS = frozenset({Role.CREW, Role.SUBCONTRACTOR})
ALL = frozenset(Role)
CLIENTS_ONLY = (
    P.PAY_ONLINE,
    P.WRITE_AS_CLIENT,
    P.ASK_FOR_WORK,
    P.ANSWER_APPOINTMENT,
    P.KEEP_OWN_DETAILS,
)
"""Acts of clients: no role of the staff has them, for nobody acts as a client but the client."""

GRANTS: dict[Permission, frozenset[Role]] = {
    P.SIGNED_IN: ALL,
    P.CUSTOMERS_READ: ALL,
    P.CUSTOMERS_WRITE: PLANNERS,
    P.CUSTOMERS_DELETE: frozenset({Role.OWNER}),
    P.ACCESS_NOTES: PLANNERS | FIELD_CREWS,
    P.WORK_READ: ALL,
    P.WORK_WRITE: PLANNERS,
    P.JOB_DO: PLANNERS | FIELD_CREWS,
    P.MESSAGES_READ: READERS,
    P.MESSAGES_WRITE: PLANNERS,
    P.SALES_READ: READERS,
    P.SALES_WRITE: PLANNERS,
    P.ANSWER_ESTIMATE: PLANNERS,
    P.COSTS_READ: READERS,
    P.ACCESS_GRANT: PLANNERS,
    P.MONEY_READ: READERS,
    P.MONEY_WRITE: PLANNERS,
    P.CREDIT: OFFICE,
    P.BANK: OFFICE,
    P.REFUND: OFFICE,
    P.PERIOD_LOCK: OFFICE,
    P.BULK: PLANNERS,
    P.IMPORT: OFFICE,
    P.EXPORT: READERS,
    P.AUDIT: OFFICE,
    P.PROOF: READERS,
    P.REPORTS: READERS,
    P.SETTINGS: OFFICE,
    P.USERS: OFFICE,
    P.BACKUP: OFFICE,
} | dict.fromkeys(CLIENTS_ONLY, frozenset())
"""Which roles of the staff hold which right (design section 6); what clients may is in `policy.clients`."""

ACCESS_FIELDS = frozenset({"access_contact_name", "access_phone", "access_notes"})
"""Fields of an address that open a door: not for analysts."""


COST_FIELDS = frozenset({"cost", "hour_cost"})
"""Fields that tell what work costs us: not for crews."""
