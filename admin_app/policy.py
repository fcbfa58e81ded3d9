"""Who may do what, and who may see which rows: the one place that every door asks.

Three verbs: :func:`may` (an act), :func:`visible` (every select shown to anyone), :func:`explain` (the rule behind a
row).  A refusal is NotAllowed to staff and NotFound to everybody else.  One call::

    session.scalars(visible(actor, select(CustomerGroup)))
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, exists, false, or_, select
from sqlalchemy.sql import ColumnElement

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import NotAllowed, NotFound
from admin_app.models import (
    AccountMapping,
    Address,
    ApiToken,
    Attachment,
    BankFile,
    BankLine,
    Brand,
    Company,
    Contact,
    CreditNote,
    CreditNoteLine,
    CustomerGroup,
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
    PriceItem,
    Project,
    ProjectAccess,
    ProjectContact,
    Refund,
    ReminderStep,
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
from admin_app.models.field import BoundField


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
    SETTINGS = "change the settings"
    USERS = "manage staff"
    BACKUP = "see and make backups"


P = Permission
OFFICE = frozenset({Role.OWNER, Role.OFFICE})
PLANNERS = OFFICE | {Role.ESTIMATOR}
READERS = PLANNERS | {Role.ANALYST}
FIELD_CREWS = frozenset({Role.CREW, Role.SUBCONTRACTOR})
ALL = frozenset(Role)

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
    P.SETTINGS: OFFICE,
    P.USERS: OFFICE,
    P.BACKUP: OFFICE,
}
"""Which roles hold which right (design section 6)."""

ACCESS_FIELDS = frozenset({"access_contact_name", "access_phone", "access_notes"})
"""Fields of an address that open a door: not for analysts."""


COST_FIELDS = frozenset({"cost", "hour_cost"})
"""Fields that tell what work costs us: not for crews."""


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
}
"""What each entity asks for; an entity that is not named here shows nobody anything."""


def holds(actor: Actor, permission: Permission) -> bool:
    """Whether the actor's role includes a right; the program itself holds all, clients and strangers none."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    return actor.is_staff and actor.role in GRANTS[permission]


def demand(actor: Actor, permission: Permission) -> None:
    """Refuse unless the actor holds the right: NotAllowed to staff, NotFound to everybody else."""
    if holds(actor, permission):
        return
    if actor.is_staff:
        raise NotAllowed(f"Your role does not include the right to {permission.value}")
    raise NotFound("There is nothing here")


def may(actor: Actor, permission: Permission, thing: Any = None) -> bool:
    """Whether the actor may do this to `thing`; field crews only to what their scope shows (see `explain`)."""
    if not holds(actor, permission):
        return False
    if thing is None or actor.kind is ActorKind.SYSTEM or actor.role not in FIELD_CREWS:
        return True
    return _in_scope(actor, thing)


def _in_scope(actor: Actor, thing: Any) -> bool:
    from sqlalchemy.orm import object_session

    session, rights = object_session(thing), RIGHTS.get(type(thing))
    if session is None or rights is None or rights.crew is None:
        return False
    kind = type(thing)
    return bool(session.scalar(select(kind.id).where(kind.id == thing.id, rights.crew(actor))))


def rights_of(entity: type[Any]) -> Rights:
    """The rights an entity asks for; raises KeyError for one that no rule names."""
    return RIGHTS[entity]


def scope(actor: Actor, entity: type[Any]) -> ColumnElement[bool] | None:
    """The condition on the rows of `entity` that this actor may see; None means every row."""
    rights = RIGHTS.get(entity)
    if actor.kind is ActorKind.SYSTEM:
        return None
    if rights is None or not holds(actor, rights.read):
        return false()
    if actor.role in FIELD_CREWS:
        return rights.crew(actor) if rights.crew else false()
    return None


def visible(actor: Actor, query: Select[Any]) -> Select[Any]:
    """The query, narrowed to the rows that this actor may see; every select shown to anyone passes here."""
    for entity in _entities_of(query):
        condition = scope(actor, entity)
        if condition is not None:
            query = query.where(condition)
    return query


def _entities_of(query: Select[Any]) -> list[type[Any]]:
    """The mapped classes whose rows a select shows, each once."""
    found: list[type[Any]] = []
    for described in query.column_descriptions:
        entity = described.get("entity")
        if isinstance(entity, type) and entity not in found:
            found.append(entity)
    return found


def sees_field(actor: Actor, bound: BoundField) -> bool:
    """Whether this actor may read a field: nobody a secret, analysts no access notes, crews no money."""
    if bound.declared.secret:
        return False
    if bound.key in ACCESS_FIELDS and not holds(actor, P.ACCESS_NOTES):
        return False
    if bound.key in COST_FIELDS and not holds(actor, P.COSTS_READ):
        return False
    if bound.kind == "money":
        return holds(actor, P.MONEY_READ)
    return not (actor.role in FIELD_CREWS and bound.entity is Contact and bound.key == "email")


def explain(actor: Actor, thing: Any) -> str:
    """The rule, in a sentence, that shows this record to the actor or hides it [L4]."""
    rights = RIGHTS.get(type(thing))
    if rights is None:
        return "Hidden: no rule names this kind of record"
    if actor.kind is ActorKind.SYSTEM:
        return "Shown: the program itself sees everything"
    if not holds(actor, rights.read):
        return f"Hidden: the role {actor.role or 'of a client'} does not include the right to {rights.read.value}"
    if actor.role in FIELD_CREWS:
        if _in_scope(actor, thing):
            return "Shown: it belongs to work that is assigned to them"
        return "Hidden: it does not belong to work that is assigned to them"
    return f"Shown: the role {actor.role} includes the right to {rights.read.value}"
