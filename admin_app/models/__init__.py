"""The records of the office, one module a concept; a field is declared once and read by every door.

SQLAlchemy only: worker, command line and notebooks use this room without Flask.  Anybody above may knock.  One call::

    session.scalars(select(CustomerGroup).where(CustomerGroup.kind == GroupKind.TEAM))
"""

from admin_app.kernel.rounding import TaxMode
from admin_app.models.address import Address
from admin_app.models.audit import AuditEntry, BulkAct, Change
from admin_app.models.base import Base, Entity, OfficeSession, Row
from admin_app.models.brand import Brand, DocumentKind, NumberSeries
from admin_app.models.company import Company, Setting, TaxRate
from admin_app.models.contact import Contact, EmailClaim, EmailUse, Membership, MembershipRole
from admin_app.models.customer_group import CustomerBalance, CustomerGroup, GroupKind, TaxProfile
from admin_app.models.desk import Attachment, Event, EventKind, EventState, Note, Task, TaskState
from admin_app.models.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceState, InvoiceTax, Standing
from admin_app.models.journal import EntryKind, FormKey, JournalEntry, Posting
from admin_app.models.payment import Allocation, Payment, PaymentMethod, PaymentState, PaymentWay, Refund
from admin_app.models.running import ImportMapping, ImportRun, Job, OutboxMessage, OutboxState, RunState
from admin_app.models.search_doc import SearchDoc
from admin_app.models.site_asset import AssetKind, Condition, SiteAsset
from admin_app.models.staff import OneTimeLink, Preference, SignInAttempt, StaffSession, User
from admin_app.models.tag import Tag, group_tag

__all__ = [
    "Address",
    "Allocation",
    "AssetKind",
    "Attachment",
    "AuditEntry",
    "Base",
    "Brand",
    "BulkAct",
    "Change",
    "Company",
    "Condition",
    "Contact",
    "CustomerBalance",
    "CustomerGroup",
    "DocumentKind",
    "EmailClaim",
    "EmailUse",
    "Entity",
    "EntryKind",
    "Event",
    "EventKind",
    "EventState",
    "FormKey",
    "GroupKind",
    "ImportMapping",
    "ImportRun",
    "Invoice",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceState",
    "InvoiceTax",
    "Job",
    "JournalEntry",
    "Membership",
    "MembershipRole",
    "Note",
    "NumberSeries",
    "OfficeSession",
    "OneTimeLink",
    "OutboxMessage",
    "OutboxState",
    "Payment",
    "PaymentMethod",
    "PaymentState",
    "PaymentWay",
    "Posting",
    "Preference",
    "Refund",
    "Row",
    "RunState",
    "SearchDoc",
    "Setting",
    "SignInAttempt",
    "SiteAsset",
    "StaffSession",
    "Standing",
    "Tag",
    "Task",
    "TaskState",
    "TaxMode",
    "TaxProfile",
    "TaxRate",
    "User",
    "group_tag",
]
