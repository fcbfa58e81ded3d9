"""The demo's projects told: each act by the service of the office, on its own day, from the question to the payment.

A project that is asked for today has its lead only; one of last month is being worked on; older ones are billed and
paid.  What an act brings about later is put on its day by `on`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.money import Money
from admin_app.models import (
    CostKind,
    CustomerGroup,
    Estimate,
    FormKind,
    Invoice,
    InvoiceState,
    Lead,
    LeadSource,
    LeadState,
    LeadStatus,
    PriceItem,
    Project,
    User,
    WorkOrder,
)
from admin_app.models.base import OfficeSession
from admin_app.services import lead_statuses
from admin_app.services.answer_estimate import confirm_estimate, decline_estimate, request_changes
from admin_app.services.bill_contract import bill_services
from admin_app.services.book_cost import CostForm, book_cost
from admin_app.services.complete_services import complete_services
from admin_app.services.estimate_options import choose_options
from admin_app.services.expire_estimates import expire_estimates
from admin_app.services.facts import Said
from admin_app.services.fill_form import fill_form
from admin_app.services.form_questions import ensure_form_questions, questions_of
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.move_lead import decline, postpone
from admin_app.services.new_estimate import new_estimate
from admin_app.services.new_lead import NewLead, new_lead
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from admin_app.services.schedule_work import Plan, schedule_work
from admin_app.services.send_estimate import send_estimate
from admin_app.services.set_lead_status import set_lead_status
from admin_app.services.take import take
from admin_app.services.track_time import TimeForm, track_time
from admin_app.services.write_estimate import Line, write_estimate
from seeds.demo.plan_projects import Outcome, PlannedProject
from seeds.demo.words import BRANDS

Act = Callable[[FixedClock], None]
OnDay = Callable[[date, Act], None]
VISIT_PLANNED = "Site visit planned"


def set_up_sales(session: OfficeSession) -> None:
    """What the office sells by: statuses of leads, forms of workorders, and the price list with its costs."""
    lead_statuses.ensure(session)
    ensure_form_questions(session)
    session.add(LeadStatus(name=VISIT_PLANNED, state=LeadState.CUSTOM, position=25))
    names = {job.words: job.cents for brand in BRANDS for job in brand.jobs}
    for words, cents in names.items():
        price = Decimal(cents).scaleb(-2)
        item = PriceItem(
            name=words, unit_price=price, cost=(price * Decimal("0.55")).quantize(Decimal("0.01"))
        )
        item.tax_names = ["VAT 20 %"]
        session.add(item)
    for user in session.scalars(select(User)):
        user.hour_cost = 2850
    session.flush()


@dataclass(frozen=True)
class Told:
    """One project being told; `customers` maps the plan's numbers to ids, `on` puts a later act on its day."""

    session: OfficeSession
    planned: PlannedProject
    customers: Mapping[int, int]
    actor: Actor
    on: OnDay

    def ask(self, clock: FixedClock) -> None:
        """The question comes in; somebody looks after it."""
        session, planned = self.session, self.planned
        pete = session.scalars(select(User).where(User.email == "pete@demo.example")).one()
        sources = session.scalars(select(LeadSource.id).order_by(LeadSource.id)).all()
        lead = new_lead(
            session,
            NewLead(
                group_id=self.customers[planned.group],
                title=planned.title,
                request=f"Could you have a look? It is about {planned.title.lower()}.",
                source=str(sources[planned.number % len(sources)]),
                estimator=str(pete.id) if planned.number % 4 else None,
                priority=("normal", "normal", "high", "low", "urgent")[planned.number % 5],
            ),
            self.actor,
            clock,
        )
        lead_id, today = lead.id, clock.today()
        match planned.outcome:
            case Outcome.CALLED:
                self.on(today + timedelta(days=1), lambda clock: self._call_back(lead_id, clock))
            case Outcome.PUT_OFF:
                self.on(today + timedelta(days=2), lambda clock: self._put_off(lead_id, clock))
            case Outcome.NO_GO:
                self.on(today + timedelta(days=3), lambda clock: self._say_no(lead_id, clock))
            case _:
                project_id = lead.project_id
                self.on(today + timedelta(days=2), lambda clock: self._offer(project_id, clock))

    def _call_back(self, lead_id: int, clock: FixedClock) -> None:
        status = self.session.scalars(select(LeadStatus.id).where(LeadStatus.name == VISIT_PLANNED)).one()
        set_lead_status(self.session, self.session.get_one(Lead, lead_id), status, self.actor, clock)

    def _put_off(self, lead_id: int, clock: FixedClock) -> None:
        until = clock.today() + timedelta(days=400)
        postpone(self.session, self.session.get_one(Lead, lead_id), until, self.actor, clock)

    def _say_no(self, lead_id: int, clock: FixedClock) -> None:
        lead = self.session.get_one(Lead, lead_id)
        decline(self.session, lead, "Outside the area we travel to", self.actor, clock)

    def _offer(self, project_id: int, clock: FixedClock) -> None:
        """The estimate is written, and handed over two days later."""
        session, planned = self.session, self.planned
        project = session.get_one(Project, project_id)
        estimate = new_estimate(session, project, self.actor, clock)
        offered = [(line, False) for line in planned.lines]
        offered += [(planned.extra, True)] if planned.extra else []
        costs = {item.name: item.cost for item in session.scalars(select(PriceItem))}
        lines = [
            Line(
                {
                    "description": line.words,
                    "quantity": str(line.quantity),
                    "unit_price": str(Decimal(line.cents).scaleb(-2)),
                    "cost": str(costs[line.words]),
                    "hours": str(3 * line.quantity),
                    "optional": is_extra,
                    "chosen": not is_extra,
                },
                taxes=("VAT 20 %",),
            )
            for line, is_extra in offered
        ]
        terms = {
            "deposit_percent": str(planned.deposit or ""),
            "discount_percent": str(planned.discount or ""),
        }
        write_estimate(session, estimate, self.actor, terms=terms, lines=lines)
        estimate_id = estimate.id
        self.on(clock.today() + timedelta(days=2), lambda clock: self._hand_over(estimate_id, clock))

    def _hand_over(self, estimate_id: int, clock: FixedClock) -> None:
        estimate = self.session.get_one(Estimate, estimate_id)
        send_estimate(self.session, estimate, self.actor, clock, by_hand=True)
        today = clock.today()
        match self.planned.outcome:
            case Outcome.TOO_DEAR:
                self.on(today + timedelta(days=8), lambda clock: self._lose(estimate_id, clock))
            case Outcome.SILENT:
                after = estimate.expires_on or today
                self.on(after + timedelta(days=1), self._run_out)
            case Outcome.CHANGES:
                self.on(today + timedelta(days=4), lambda clock: self._wish(estimate_id, clock))
            case _:
                if self.planned.deposit:
                    self.on(today + timedelta(days=4), lambda clock: self._pay_deposit(estimate_id, clock))
                self.on(today + timedelta(days=6), lambda clock: self._agree(estimate_id, clock))

    def _lose(self, estimate_id: int, clock: FixedClock) -> None:
        estimate = self.session.get_one(Estimate, estimate_id)
        decline_estimate(self.session, estimate, self.actor, clock, "Found somebody cheaper")

    def _run_out(self, clock: FixedClock) -> None:
        expire_estimates(self.session, clock)

    def _wish(self, estimate_id: int, clock: FixedClock) -> None:
        estimate = self.session.get_one(Estimate, estimate_id)
        request_changes(self.session, estimate, self.actor, clock, "Please leave the hedge as it is")

    def _pay_deposit(self, estimate_id: int, clock: FixedClock) -> None:
        """A payment on account for the project: its next invoice takes it by itself [M23]."""
        estimate = self.session.get_one(Estimate, estimate_id)
        form = PaymentForm(
            group_id=estimate.group_id,
            amount=Money(estimate.deposit, estimate.currency),
            paid_on=clock.today(),
            method=self.planned.way,
            reference=estimate.number,
            project_id=estimate.project_id,
        )
        record_payment(self.session, form, self.actor, clock)

    def _agree(self, estimate_id: int, clock: FixedClock) -> None:
        """The client says yes, with the extra work or without; the work is planned."""
        session, planned = self.session, self.planned
        estimate = session.get_one(Estimate, estimate_id)
        if planned.extra and planned.number % 2 == 0:
            taken = [line.key for line in estimate.lines if line.optional]
            choose_options(session, estimate, taken, self.actor, clock)
        said = Said(how="Agreed on the phone", comment="Please ring the bell before you start")
        confirm_estimate(session, estimate, self.actor, clock, said)
        work = session.scalars(select(WorkOrder).where(WorkOrder.estimate_id == estimate.first_id)).one()
        day = clock.today() + timedelta(days=planned.days_to_work)
        cem = session.scalars(select(User).where(User.email == "cem@demo.example")).one()
        starts = datetime.combine(day, time(8), tzinfo=UTC)
        schedule_work(session, work, Plan(starts, starts + timedelta(hours=6), (cem.id,)), self.actor, clock)
        work_id = work.id
        self.on(day, lambda clock: self._begin(work_id, clock))

    def _begin(self, work_id: int, clock: FixedClock) -> None:
        session = self.session
        work = session.get_one(WorkOrder, work_id)
        self._fill(work, FormKind.SAFETY, clock)
        take(session, work, "start", self.actor, clock)
        if self.planned.in_parts:
            first = work.services[0]
            complete_services(session, work, [first.id], self.actor, clock)
            invoice = bill_services(session, work.estimate_id, [first.line_key], self.actor, clock)
            issue_invoice(session, invoice, self.actor, clock)
            self._await_payment(invoice, clock)
        self.on(clock.today() + timedelta(days=2), lambda clock: self._complete(work_id, clock))

    def _complete(self, work_id: int, clock: FixedClock) -> None:
        """The rest is done; its draft lies in the tray, and goes out the next working day."""
        session = self.session
        work = session.get_one(WorkOrder, work_id)
        complete_services(session, work, "all", self.actor, clock)
        cem = session.scalars(select(User).where(User.email == "cem@demo.example")).one()
        track_time(
            session,
            work,
            TimeForm(cem.id, clock.today(), 190 + 7 * self.planned.number % 160),
            self.actor,
            clock,
        )
        if self.planned.number % 3 == 0:
            cost = CostForm("Chipper for a day", Money(14500, "GBP"), clock.today(), CostKind.EQUIPMENT)
            book_cost(session, work, cost, self.actor, clock)
        self._fill(work, FormKind.FINISH, clock)
        take(session, work, "complete", self.actor, clock)
        waits = 16 if self.planned.number % 2 else 1  # some lie in the tray for a while
        self.on(clock.today() + timedelta(days=waits), lambda clock: self._send_bill(work_id, clock))

    def _fill(self, work: WorkOrder, kind: FormKind, clock: FixedClock) -> None:
        answers = {question.id: "yes" for question in questions_of(self.session, (kind,))}
        fill_form(self.session, work, kind, answers, self.actor, clock)

    def _send_bill(self, work_id: int, clock: FixedClock) -> None:
        drafts = self.session.scalars(
            select(Invoice).where(Invoice.work_order_id == work_id, Invoice.state == InvoiceState.DRAFT)
        ).all()
        for invoice in drafts:
            issue_invoice(self.session, invoice, self.actor, clock)
            self._await_payment(invoice, clock)

    def _await_payment(self, invoice: Invoice, clock: FixedClock) -> None:
        if self.planned.days_to_pay is not None and invoice.balance:
            day = clock.today() + timedelta(days=self.planned.days_to_pay)
            invoice_id = invoice.id
            self.on(day, lambda clock: self._pay(invoice_id, clock))

    def _pay(self, invoice_id: int, clock: FixedClock) -> None:
        invoice = self.session.get_one(Invoice, invoice_id)
        if invoice.balance <= 0:
            return
        amount = Money(invoice.balance, invoice.currency)
        group = self.session.get_one(CustomerGroup, invoice.group_id)
        form = PaymentForm(
            group_id=group.id,
            amount=amount,
            paid_on=clock.today(),
            method=self.planned.way,
            reference=invoice.number,
            uses=(Use(invoice.id, amount),),
        )
        record_payment(self.session, form, self.actor, clock)
