"""The records of the office, one module a concept; a field is declared once and read by every door.

SQLAlchemy only: worker, command line and notebooks use this room without Flask.  Anybody above may knock.  One call::

    session.scalars(select(CustomerGroup).where(CustomerGroup.kind == GroupKind.TEAM))
"""

from admin_app.kernel.rounding import TaxMode
from admin_app.models.address import Address
from admin_app.models.api_token import ApiToken
from admin_app.models.audit import AuditEntry, BulkAct, Change
from admin_app.models.bank import BankFile, BankLine, BankLineState, Payout
from admin_app.models.base import Base, Entity, OfficeSession, Row
from admin_app.models.books import AccountMapping, ExportedEntry, ExportFormat, JournalExport
from admin_app.models.brand import Brand, DocumentKind, NumberSeries
from admin_app.models.company import (
    Billing,
    Company,
    CompletedWhen,
    DepositKind,
    RetainageBase,
    Setting,
    TaxRate,
)
from admin_app.models.contact import Contact, EmailClaim, EmailUse, Membership, MembershipRole
from admin_app.models.credit_note import CreditNote, CreditNoteLine, CreditNoteTax, WriteOff, WriteOffKind
from admin_app.models.customer_group import CustomerBalance, CustomerGroup, GroupKind, TaxProfile
from admin_app.models.desk import Attachment, Event, EventKind, EventState, Mention, Note, Task, TaskState
from admin_app.models.equipment import Equipment, EquipmentKind, work_order_equipment
from admin_app.models.estimate import Estimate, EstimateLine, EstimateState, EstimateTax, Signature, SignedBy
from admin_app.models.invoice import (
    DepositUse,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    InvoiceTax,
    Standing,
)
from admin_app.models.journal import EntryKind, FormKey, JournalEntry, Posting
from admin_app.models.lead import Lead, LeadSource, LeadState, LeadStatus, Priority
from admin_app.models.message import (
    Channel,
    Direction,
    Ladder,
    Message,
    MessagePurpose,
    MessageTemplate,
    ReachEntry,
    ReachKind,
    ReminderStep,
    Thread,
    ThreadState,
)
from admin_app.models.payment import Allocation, Payment, PaymentMethod, PaymentState, PaymentWay, Refund
from admin_app.models.price_list import Package, PackageLine, PriceItem
from admin_app.models.project import AccessState, Project, ProjectAccess, ProjectContact
from admin_app.models.running import ImportMapping, ImportRun, Job, OutboxMessage, OutboxState, RunState
from admin_app.models.search_doc import SearchDoc
from admin_app.models.service_plan import ServicePlan, Subscription, SubscriptionPeriod, SubscriptionState
from admin_app.models.site_asset import AssetKind, Condition, SiteAsset
from admin_app.models.snapshot import DocumentSnapshot, FrozenKind
from admin_app.models.staff import CalendarFeed, OneTimeLink, Preference, SignInAttempt, StaffSession, User
from admin_app.models.tag import Tag, group_tag
from admin_app.models.work_order import (
    AnswerKind,
    Clocking,
    CostKind,
    FormKind,
    FormQuestion,
    JobCost,
    Service,
    ServiceState,
    TimeEntry,
    WorkForm,
    WorkOrder,
    WorkOrderState,
    work_order_crew,
)

__all__ = [
    "AccessState",
    "AccountMapping",
    "Address",
    "Allocation",
    "AnswerKind",
    "ApiToken",
    "AssetKind",
    "Attachment",
    "AuditEntry",
    "BankFile",
    "BankLine",
    "BankLineState",
    "Base",
    "Billing",
    "Brand",
    "BulkAct",
    "CalendarFeed",
    "Change",
    "Channel",
    "Clocking",
    "Company",
    "CompletedWhen",
    "Condition",
    "Contact",
    "CostKind",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteTax",
    "CustomerBalance",
    "CustomerGroup",
    "DepositKind",
    "DepositUse",
    "Direction",
    "DocumentKind",
    "DocumentSnapshot",
    "EmailClaim",
    "EmailUse",
    "Entity",
    "EntryKind",
    "Equipment",
    "EquipmentKind",
    "Estimate",
    "EstimateLine",
    "EstimateState",
    "EstimateTax",
    "Event",
    "EventKind",
    "EventState",
    "ExportFormat",
    "ExportedEntry",
    "FormKey",
    "FormKind",
    "FormQuestion",
    "FrozenKind",
    "GroupKind",
    "ImportMapping",
    "ImportRun",
    "Invoice",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceState",
    "InvoiceTax",
    "Job",
    "JobCost",
    "JournalEntry",
    "JournalExport",
    "Ladder",
    "Lead",
    "LeadSource",
    "LeadState",
    "LeadStatus",
    "Membership",
    "MembershipRole",
    "Mention",
    "Message",
    "MessagePurpose",
    "MessageTemplate",
    "Note",
    "NumberSeries",
    "OfficeSession",
    "OneTimeLink",
    "OutboxMessage",
    "OutboxState",
    "Package",
    "PackageLine",
    "Payment",
    "PaymentMethod",
    "PaymentState",
    "PaymentWay",
    "Payout",
    "Posting",
    "Preference",
    "PriceItem",
    "Priority",
    "Project",
    "ProjectAccess",
    "ProjectContact",
    "ReachEntry",
    "ReachKind",
    "Refund",
    "ReminderStep",
    "RetainageBase",
    "Row",
    "RunState",
    "SearchDoc",
    "Service",
    "ServicePlan",
    "ServiceState",
    "Setting",
    "SignInAttempt",
    "Signature",
    "SignedBy",
    "SiteAsset",
    "StaffSession",
    "Standing",
    "Subscription",
    "SubscriptionPeriod",
    "SubscriptionState",
    "Tag",
    "Task",
    "TaskState",
    "TaxMode",
    "TaxProfile",
    "TaxRate",
    "Thread",
    "ThreadState",
    "TimeEntry",
    "User",
    "WorkForm",
    "WorkOrder",
    "WorkOrderState",
    "WriteOff",
    "WriteOffKind",
    "group_tag",
    "work_order_crew",
    "work_order_equipment",
]
