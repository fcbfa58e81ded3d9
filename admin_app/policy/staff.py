"""What each record asks of the staff: the right to read, write and delete it, and the rows that a crew sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor
from admin_app.models import (
    AccountMapping,
    Address,
    ApiToken,
    Attachment,
    BankFile,
    BankLine,
    Brand,
    Checkout,
    Company,
    Contact,
    ContactChange,
    CreditNote,
    CreditNoteLine,
    CustomerGroup,
    DocumentLink,
    Equipment,
    Estimate,
    EstimateLine,
    Event,
    FormQuestion,
    Invoice,
    InvoiceLine,
    JobCost,
    JournalExport,
    Lead,
    LeadSource,
    LeadStatus,
    Mandate,
    Membership,
    Message,
    MessageTemplate,
    Note,
    NumberSeries,
    Package,
    PackageLine,
    Payment,
    PaymentMethod,
    Payout,
    PortalAccount,
    PortalLook,
    PriceItem,
    Project,
    ProjectAccess,
    ProjectContact,
    Refund,
    ReminderStep,
    SavedReport,
    Service,
    ServicePlan,
    Signature,
    SiteAsset,
    Subscription,
    Tag,
    Task,
    TaxRate,
    Thread,
    TimeEntry,
    User,
    WorkForm,
    WorkOrder,
    WriteOff,
    work_order_crew,
)
from admin_app.policy.permissions import P, Permission


class Rights:
    """The rights an entity asks for: to read, write and delete its rows, and the rows a field crew sees."""

    def __init__(
        self,
        read: Permission,
        write: Permission,
        delete: Permission | None = None,
        crew: Callable[[Actor], ColumnElement[bool]] | None = None,
    ) -> None:
        """Name the rights; without `crew` a field crew sees no row, without `delete` writers delete."""
        self.read, self.write, self.delete = read, write, delete or write
        self.crew = crew


def _own_groups(actor: Actor) -> Select[int]:
    """The customers at which this member of a crew has an event, a task or a workorder."""
    events = select(Event.group_id).where(Event.assignee_id == actor.id)
    tasks = select(Task.group_id).where(Task.assignee_id == actor.id, Task.group_id.is_not(None))
    work = select(WorkOrder.group_id).where(_on_the_crew(actor))
    return select(CustomerGroup.id).where(
        or_(CustomerGroup.id.in_(events), CustomerGroup.id.in_(tasks), CustomerGroup.id.in_(work))
    )


def _on_the_crew(actor: Actor) -> ColumnElement[bool]:
    """The workorders to which this person is assigned."""
    mine = select(work_order_crew.c.work_order_id).where(work_order_crew.c.user_id == actor.id)
    return WorkOrder.id.in_(mine)


def _own_work(actor: Actor) -> Select[int]:
    return select(WorkOrder.id).where(_on_the_crew(actor))


def _own_contacts(actor: Actor) -> ColumnElement[bool]:
    return exists().where(Membership.contact_id == Contact.id, Membership.group_id.in_(_own_groups(actor)))


RIGHTS: dict[type[Any], Rights] = {
    CustomerGroup: Rights(
        P.CUSTOMERS_READ,
        P.CUSTOMERS_WRITE,
        P.CUSTOMERS_DELETE,
        lambda a: CustomerGroup.id.in_(_own_groups(a)),
    ),
    Contact: Rights(P.CUSTOMERS_READ, P.CUSTOMERS_WRITE, crew=_own_contacts),
    Membership: Rights(
        P.CUSTOMERS_READ, P.CUSTOMERS_WRITE, crew=lambda a: Membership.group_id.in_(_own_groups(a))
    ),
    Address: Rights(P.CUSTOMERS_READ, P.CUSTOMERS_WRITE, crew=lambda a: Address.group_id.in_(_own_groups(a))),
    SiteAsset: Rights(P.WORK_READ, P.WORK_WRITE, crew=lambda a: SiteAsset.group_id.in_(_own_groups(a))),
    Tag: Rights(P.CUSTOMERS_READ, P.CUSTOMERS_WRITE),
    Brand: Rights(P.SIGNED_IN, P.SETTINGS, crew=lambda a: Brand.id.is_not(None)),
    Invoice: Rights(P.MONEY_READ, P.MONEY_WRITE),
    InvoiceLine: Rights(P.MONEY_READ, P.MONEY_WRITE),
    Payment: Rights(P.MONEY_READ, P.MONEY_WRITE),
    Refund: Rights(P.MONEY_READ, P.REFUND),
    PaymentMethod: Rights(P.MONEY_READ, P.MONEY_WRITE),
    Task: Rights(P.WORK_READ, P.WORK_WRITE, crew=lambda a: Task.assignee_id == a.id),
    Event: Rights(P.WORK_READ, P.WORK_WRITE, crew=lambda a: Event.assignee_id == a.id),
    Note: Rights(P.WORK_READ, P.WORK_WRITE, crew=lambda a: Note.group_id.in_(_own_groups(a))),
    Attachment: Rights(P.WORK_READ, P.WORK_WRITE, crew=lambda a: Attachment.group_id.in_(_own_groups(a))),
    Project: Rights(
        P.WORK_READ,
        P.SALES_WRITE,
        crew=lambda a: Project.id.in_(select(WorkOrder.project_id).where(_on_the_crew(a))),
    ),
    ProjectContact: Rights(P.SALES_READ, P.SALES_WRITE),
    ProjectAccess: Rights(P.SALES_READ, P.ACCESS_GRANT),
    Lead: Rights(P.SALES_READ, P.SALES_WRITE),
    LeadStatus: Rights(P.SALES_READ, P.SETTINGS),
    LeadSource: Rights(P.SALES_READ, P.SETTINGS),
    PriceItem: Rights(P.SALES_READ, P.SALES_WRITE),
    Package: Rights(P.SALES_READ, P.SALES_WRITE),
    PackageLine: Rights(P.SALES_READ, P.SALES_WRITE),
    Estimate: Rights(P.SALES_READ, P.SALES_WRITE),
    EstimateLine: Rights(P.SALES_READ, P.SALES_WRITE),
    Signature: Rights(P.SALES_READ, P.SALES_WRITE),
    WorkOrder: Rights(P.WORK_READ, P.WORK_WRITE, crew=_on_the_crew),
    Service: Rights(P.WORK_READ, P.WORK_WRITE, crew=lambda a: Service.work_order_id.in_(_own_work(a))),
    WorkForm: Rights(P.WORK_READ, P.JOB_DO, crew=lambda a: WorkForm.work_order_id.in_(_own_work(a))),
    FormQuestion: Rights(P.WORK_READ, P.SETTINGS, crew=lambda a: FormQuestion.id.is_not(None)),
    TimeEntry: Rights(P.WORK_READ, P.JOB_DO, P.WORK_WRITE, crew=lambda a: TimeEntry.user_id == a.id),
    JobCost: Rights(P.COSTS_READ, P.WORK_WRITE),
    CreditNote: Rights(P.MONEY_READ, P.CREDIT),
    CreditNoteLine: Rights(P.MONEY_READ, P.CREDIT),
    WriteOff: Rights(P.MONEY_READ, P.CREDIT),
    ServicePlan: Rights(P.SALES_READ, P.SETTINGS),
    Subscription: Rights(P.MONEY_READ, P.MONEY_WRITE),
    Equipment: Rights(P.WORK_READ, P.WORK_WRITE, crew=lambda a: Equipment.id.is_not(None)),
    Thread: Rights(P.MESSAGES_READ, P.MESSAGES_WRITE),
    Message: Rights(P.MESSAGES_READ, P.MESSAGES_WRITE),
    MessageTemplate: Rights(P.MESSAGES_READ, P.SETTINGS),
    ReminderStep: Rights(P.MESSAGES_READ, P.SETTINGS),
    SavedReport: Rights(P.REPORTS, P.REPORTS),
    BankFile: Rights(P.BANK, P.BANK),
    BankLine: Rights(P.BANK, P.BANK),
    Payout: Rights(P.BANK, P.BANK),
    AccountMapping: Rights(P.PERIOD_LOCK, P.PERIOD_LOCK),
    JournalExport: Rights(P.PERIOD_LOCK, P.PERIOD_LOCK),
    ApiToken: Rights(P.USERS, P.USERS),
    User: Rights(P.USERS, P.USERS),
    Company: Rights(P.SETTINGS, P.SETTINGS),
    TaxRate: Rights(P.MONEY_READ, P.SETTINGS),
    NumberSeries: Rights(P.SETTINGS, P.SETTINGS),
    PortalAccount: Rights(P.CUSTOMERS_READ, P.ACCESS_GRANT),
    DocumentLink: Rights(P.SALES_READ, P.SALES_WRITE),
    ContactChange: Rights(P.CUSTOMERS_READ, P.CUSTOMERS_WRITE),
    PortalLook: Rights(P.SIGNED_IN, P.SETTINGS),
    Checkout: Rights(P.MONEY_READ, P.MONEY_WRITE),
    Mandate: Rights(P.MONEY_READ, P.MONEY_WRITE),
}
"""What each entity asks for; an entity that is not named here shows nobody anything."""
