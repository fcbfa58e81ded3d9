"""Every kind of record in several states, each with its word: of a project, and of a customer alone."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.money import Money
from admin_app.models import (
    Address,
    Attachment,
    Brand,
    Contact,
    CreditNote,
    Direction,
    Estimate,
    EstimateState,
    Event,
    EventKind,
    FormKind,
    Invoice,
    JobCost,
    Lead,
    LeadState,
    OutboxMessage,
    OutboxState,
    Payment,
    PaymentMethod,
    PaymentState,
    Project,
    Refund,
    Signature,
    SignedBy,
    Task,
    Thread,
    TimeEntry,
    User,
    WorkForm,
    WorkOrder,
    WriteOff,
)
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.papers.freeze import freeze
from admin_app.services.void_invoice import void_invoice
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from seeds.builders import a_note, a_task, an_address, an_asset, an_event
from seeds.portal_builders import a_checkout, a_mandate
from seeds.work_builders import (
    MORNING,
    a_lead,
    a_message,
    a_project,
    a_service_plan,
    a_subscription,
    a_thread,
    a_work_order,
    an_estimate,
)
from tests.portal.isolation.canaries import HOUR_COST, Canaries
from tests.services.desk import Desk

WITH_FILES = (None, "customer", "estimate", "credit-note")
"""Threads with whose last message files came along."""
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABXvMqGgAAAABJRU5ErkJggg=="
)
"""One dot; what stands behind the end of a PNG is kept and not drawn."""
SOON = datetime(2026, 3, 20, 9, tzinfo=UTC)


@dataclass
class Shelf:
    """Where the records of one customer are written, each with a word of its own."""

    desk: Desk
    words: Canaries
    brand: Brand
    keep: Callable[[bytes], tuple[str, str]]

    @property
    def session(self) -> Session:
        """The open transaction."""
        return self.desk.session

    def put(self, kind: Callable[..., Any], word_in: str, /, **facts: Any) -> Any:
        """A row of `kind` with its word in the column `word_in`."""

        def write(**values: Any) -> Any:
            return _kept(self.session, kind(**values))

        return self.words.on(write, into=word_in, **facts)

    def file(self, **facts: Any) -> Attachment:
        """A picture with a small one beside it; its word stands in its name and behind its dots."""

        def write(label: str) -> Attachment:
            key, digest = self.keep(PICTURE + label.encode())
            small, _ = self.keep(PICTURE + label.encode())
            row: dict[str, Any] = {
                "name": f"{label}.png",
                "content_type": "image/png",
                "size": len(PICTURE) + 8,
            }
            row |= {"sha256": digest, "store_key": key, "preview_key": small, "group_id": self.desk.group.id}
            made: Attachment = _kept(self.session, Attachment(**row | facts))
            return made

        kept: Attachment = self.words.on(write, into="label")
        return kept

    def thread(self, contact: Contact | None = None, **facts: Any) -> Thread:
        """A thread with a message in, one out, one that was taken back, and a file that came along."""
        thread: Thread = self.words.on(a_thread, self.session, self.desk.group, into="subject", **facts)
        whom = {"contact_id": contact.id if contact is not None else None}
        self.say(thread, direction=Direction.OUT, **whom)
        withdrawn = _kept(
            self.session,
            OutboxMessage(
                message_id=f"<{self.words.word()}@north.test>",
                sender="office@north.test",
                recipient="client@client.test",
                subject="Taken back",
                body="Taken back",
                state=OutboxState.WITHDRAWN,
                due_at=MORNING,
            ),
        )
        self.say(thread, direction=Direction.OUT, outbox_id=withdrawn.id, **whom)
        last = self.say(thread, **whom)
        for shared in (True, False) if thread.about in WITH_FILES else ():
            self.file(message_id=last.id, project_id=thread.project_id, shared=shared)
        return thread

    def say(self, thread: Thread, **facts: Any) -> Any:
        """A message whose words are its own."""
        return self.words.on(a_message, self.session, thread, subject="", into="body", **facts)


def of_the_project(shelf: Shelf, asker: Contact, site: Address | None = None) -> Project:
    """Everything that belongs to a project, at a site of its own or at one that is there."""
    site = site or shelf.words.on(
        an_address, shelf.session, shelf.desk.group, into="line1", access_notes=shelf.words.secret()
    )
    at_site = {"address_id": site.id, "description": shelf.words.secret()}
    project: Project = shelf.words.on(a_project, shelf.session, shelf.desk.group, into="title", **at_site)
    for state in (LeadState.DRAFT, LeadState.NEW, LeadState.FOR_APPROVAL):
        by = {"asked_by_id": asker.id} if state is LeadState.FOR_APPROVAL else {}
        shelf.words.on(a_lead, shelf.session, project, into="title", state=state, **by)
    work = _offers(shelf, project)
    _appointments(shelf, project, work)
    for shared in (True, False):
        shelf.file(project_id=project.id, shared=shared)
        shelf.file(project_id=project.id, work_order_id=work.id, shared=shared)
    shelf.file(work_order_id=work.id, shared=True)
    _money(shelf, project.id)
    _own_of_the_office(shelf, project, work)
    _threads_about(shelf, project)
    shelf.thread(project_id=project.id)
    shelf.session.flush()
    return project


def of_the_customer(shelf: Shelf, writer: Contact, reader: Contact) -> None:
    """Everything that belongs to no project; two of the customer's people each wrote something of their own."""
    group = shelf.desk.group
    shelf.words.on(
        an_address, shelf.session, group, into="line1", is_billing=True, access_notes=shelf.words.secret()
    )
    for kind in (EventKind.VISIT, EventKind.CALL):
        shelf.words.on(an_event, shelf.session, group, into="title", kind=kind, starts_at=SOON)
    shelf.words.on(an_event, shelf.session, group, into="title", contact_id=writer.id, starts_at=SOON)
    for shared in (True, False):
        shelf.file(shared=shared)
    _money(shelf, None)
    card = shelf.put(
        PaymentMethod, "brand", group_id=group.id, token=shelf.words.secret(), last4="4242", provider="stripe"
    )
    shelf.words.on(a_mandate, shelf.session, group, card, into="given_by")
    plan = shelf.words.on(a_service_plan, shelf.session, into="name")
    owner = next(word for word, of in shelf.words.owners.items() if of == ("service_plan", plan.id))
    subscription = a_subscription(shelf.session, group, plan)
    shelf.words.owners[owner] = ("subscription", subscription.id)
    shelf.thread(about="customer", about_id=group.id, contact=writer)
    common = shelf.thread(contact=writer)
    shelf.say(common, contact_id=reader.id)
    shelf.thread()
    filed = shelf.thread(contact=writer)
    project = shelf.words.on(a_project, shelf.session, group, into="title")
    message = shelf.say(filed, contact_id=writer.id)
    shelf.file(message_id=message.id, project_id=project.id, shared=True)
    for contact in (writer, reader):
        shelf.words.on(a_checkout, shelf.session, group, shelf.brand, contact_id=contact.id, into="problem")


def _offers(shelf: Shelf, project: Project) -> WorkOrder:
    """Offers in every state that differs for clients, and the work of the one that was agreed."""
    number = f"E-{project.id:05d}"
    sent = {"sent_at": MORNING, "state": EstimateState.SENT}
    _offer(shelf, project)
    _offer(shelf, project, number=f"{number}-1", **sent)
    first = _offer(shelf, project, number=f"{number}-2", **sent | {"state": EstimateState.SUPERSEDED})
    later = {"number": f"{number}-2", "base_id": first.id}
    _offer(shelf, project, **later, revision=2, **sent)
    _offer(shelf, project, **later, revision=3)
    _offer(
        shelf,
        project,
        number=f"{number}-3",
        **sent | {"state": EstimateState.CONFIRMED, "not_sent": True},
    )
    _offer(shelf, project, number=f"{number}-4", state=EstimateState.EXPIRED, sent_at=None)
    agreed = _offer(shelf, project, number=f"{number}-5", **sent | {"state": EstimateState.CONFIRMED})
    _offer(shelf, project, number=f"{number}-6", change_of_id=agreed.id, **sent)
    for estimate in (agreed, first):
        shelf.put(
            Signature,
            "signer",
            estimate_id=estimate.id,
            signed_at=MORNING,
            way=SignedBy.PORTAL,
            content_hash="0" * 64,
            path=shelf.words.secret(),
        )
    work: WorkOrder = shelf.words.on(
        a_work_order, shelf.session, agreed, into="title", notes=shelf.words.secret()
    )
    for service in work.services:
        word = shelf.words.word()
        service.description, shelf.words.owners[word] = word, ("service", service.id)
    work.forced_reason, work.billing_note = shelf.words.secret(), shelf.words.secret()
    return work


def _offer(shelf: Shelf, project: Project, **facts: Any) -> Estimate:
    """An offer with a line and its picture; what went out is frozen."""
    estimate: Estimate = shelf.words.on(an_estimate, shelf.session, project, into="title", **facts)
    for line in estimate.lines:
        word = shelf.words.word()
        line.description, shelf.words.owners[word] = word, ("estimate_line", line.id)
        line.cost, line.photo_id = Decimal(HOUR_COST), shelf.file(project_id=project.id).id
    keep_sums(shelf.session, estimate)
    if estimate.sent_at is not None and not estimate.not_sent:
        freeze(shelf.session, estimate, shelf.desk.clock)
    return estimate


def _appointments(shelf: Shelf, project: Project, work: WorkOrder) -> None:
    """Entries of the calendar: of every kind, and one that names the work but not its project."""
    group = shelf.desk.group
    whens = [{"kind": kind, "project_id": project.id} for kind in EventKind]
    for place, facts in enumerate([*whens, {"kind": EventKind.WORK, "work_order_id": work.id}]):
        shelf.words.on(
            an_event,
            shelf.session,
            group,
            into="title",
            notes=shelf.words.secret(),
            starts_at=SOON + timedelta(hours=place),
            **facts,
        )


def _money(shelf: Shelf, project_id: int | None) -> None:
    """Bills, money in and money back."""
    desk, today = shelf.desk, shelf.desk.clock.today()
    of = {"project_id": project_id}
    _bill(shelf, "30.00", **of)
    paid, void = _bill(shelf, "98.76", **of), _bill(shelf, "12.00", **of)
    for invoice in (paid, void):
        issue_invoice(desk.session, invoice, desk.actor, desk.clock)
    void_invoice(desk.session, void, desk.actor, desk.clock)

    def credit(reason: str) -> CreditNote:
        part = CreditForm(paid.id, reason, amount=Money.of("10.00", "EUR"))
        return write_credit_note(desk.session, part, desk.actor, desk.clock)

    note = shelf.words.on(credit, into="reason")
    freeze(desk.session, note, desk.clock)
    whole = shelf.words.on(desk.pay, "20.00", paid, into="reference", **of)
    for state in (PaymentState.PENDING, PaymentState.FAILED, PaymentState.REVERSED):
        shelf.put(
            Payment,
            "reference",
            group_id=desk.group.id,
            paid_on=today,
            amount=500,
            state=state,
            note=shelf.words.secret(),
            **of,
        )
    back = {"group_id": desk.group.id, "amount": 100, "currency": "EUR", "refunded_on": today}
    shelf.put(Refund, "reason", payment_id=whole.id, **back)
    shelf.put(Refund, "reason", credit_note_id=note.id, **back)
    shelf.put(
        WriteOff,
        "reason",
        group_id=desk.group.id,
        invoice_id=paid.id,
        amount=1,
        currency="EUR",
        written_off_on=today,
    )


def _bill(shelf: Shelf, price: str, **of: Any) -> Invoice:
    """A draft with one line, both with their words."""
    invoice: Invoice = shelf.words.on(shelf.desk.draft, price, into="title", **of)
    word = shelf.words.word()
    invoice.lines[0].description, shelf.words.owners[word] = word, ("invoice_line", invoice.lines[0].id)
    return invoice


def _own_of_the_office(shelf: Shelf, project: Project, work: WorkOrder) -> None:
    """What the office keeps to itself, whatever it belongs to."""
    session, group = shelf.session, shelf.desk.group
    user = session.scalars(select(User)).first()
    assert user is not None
    shelf.words.on(a_note, session, group, into="body", project_id=project.id)
    shelf.words.on(a_task, session, group, into="title", project_id=project.id)
    shelf.words.on(an_asset, session, group, into="name")
    of = {"group_id": group.id, "work_order_id": work.id}
    shelf.put(
        TimeEntry, "note", **of, user_id=user.id, worked_on=MORNING.date(), minutes=60, hour_cost=864297
    )
    shelf.put(JobCost, "description", **of, amount=864297, spent_on=MORNING.date())
    shelf.put(
        WorkForm, "filled_by", work_order_id=work.id, kind=FormKind.SAFETY, answers=[], filled_at=MORNING
    )


TALKED_OF: dict[str, type[Any]] = {
    "estimate": Estimate,
    "invoice": Invoice,
    "credit-note": CreditNote,
    "receipt": Payment,
    "refund": Refund,
    "event": Event,
    "workorder": WorkOrder,
    "lead": Lead,
}


def _threads_about(shelf: Shelf, project: Project) -> None:
    """Something was said about each of them, the drafts too; credit notes and refunds name no project themselves."""
    shelf.session.flush()
    for word, kind in TALKED_OF.items():
        of_project = _of_project(kind, project.id)
        for record in shelf.session.scalars(select(kind).where(of_project).order_by(kind.id)):
            if isinstance(record, Estimate) and record.base_id is not None:
                continue
            named: dict[str, Any] = {"project_id": project.id} if hasattr(record, "project_id") else {}
            shelf.thread(about=word, about_id=record.id, **named)
    shelf.thread(about="project", about_id=project.id, project_id=project.id)
    for task in shelf.session.scalars(select(Task).where(Task.project_id == project.id)):
        shelf.thread(about="task", about_id=task.id, project_id=project.id)


def _of_project(kind: type[Any], project_id: int) -> Any:
    of_invoices = select(Invoice.id).where(Invoice.project_id == project_id)
    if kind is CreditNote:
        return CreditNote.invoice_id.in_(of_invoices)
    if kind is Refund:
        notes = select(CreditNote.id).where(CreditNote.invoice_id.in_(of_invoices))
        payments = select(Payment.id).where(Payment.project_id == project_id)
        return Refund.credit_note_id.in_(notes) | Refund.payment_id.in_(payments)
    return kind.project_id == project_id


def linkable(session: Session, project_id: int) -> list[Any]:
    """One of each kind that a document link can open: the estimate that was sent and the bill that was issued first."""
    found: list[Any] = []
    for kind, narrowed in (
        (Estimate, Estimate.number.endswith("-2")),
        (Invoice, Invoice.state == "issued"),
        (CreditNote, CreditNote.id > 0),
        (Payment, Payment.state == "received"),
        (Event, Event.kind == "visit"),
        (WorkOrder, WorkOrder.id > 0),
    ):
        query = select(kind).where(_of_project(kind, project_id), narrowed).order_by(kind.id)
        found.append(session.scalars(query).first())
    return found


def _kept(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
