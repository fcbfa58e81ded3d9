"""A company with two years of everything, drawn from a seed: what the figures are compared on.

Acts that the rules refuse leave nothing behind; every day has its own clock, so uses and credits happen long after
the bills that they settle, and payments are entered late.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import admin_app.records  # noqa: F401  the history writer fills folded names, as at every door
from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import Clock, FixedClock
from admin_app.kernel.errors import Refusal
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    Brand,
    CreditNote,
    CustomerGroup,
    Estimate,
    EstimateState,
    GroupKind,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentWay,
    Project,
    TaxRate,
    WriteOff,
)
from admin_app.services import bill_contract
from admin_app.services.allocate_payment import allocate_payment
from admin_app.services.bill_deposit import bill_deposit
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.record_payment import PaymentForm, Use, record_payment
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.release_retainage import release_retainage
from admin_app.services.reverse_payment import reverse_payment
from admin_app.services.use_credit import take_back_use, use_credit
from admin_app.services.void_invoice import void_invoice
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from admin_app.services.write_off_invoice import (
    WriteOffForm,
    allow_settlement,
    take_back_write_off,
    write_off_invoice,
)
from seeds.builders import a_brand, a_company, a_contact, a_group, a_tag, a_user, an_address
from seeds.work_builders import a_lead, a_lead_source, a_project, an_estimate

FIRST, LAST = date(2024, 5, 6), date(2026, 3, 17)
ANN = Actor(ActorKind.STAFF, "Ann Ashworth", id=None, role=Role.OWNER)
SERVICES = ("Crown reduction", "Felling", "Stump grinding", "Hedge", "Survey", "Discount")
CITIES = ("Aarhus", "Leeds", "Malmö", " Aarhus ", None)
WAYS = tuple(PaymentWay)


def clock_of(day: date) -> Clock:
    """Half past nine in the morning (UTC) of a day, standing still."""
    return FixedClock(datetime.combine(day, time(9, 30), UTC))


class Office:
    """The company with the dice by which everything about it is drawn."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.dice, self.day = session, random.Random(seed), FIRST
        self.groups: list[CustomerGroup] = []
        self.projects: list[Project] = []
        self.contracts: list[Estimate] = []

    @property
    def clock(self) -> Clock:
        return clock_of(self.day)

    def one(self, kind: Any, *where: Any) -> Any:
        """Some row of a kind, or a refusal where there is none."""
        ids = self.session.scalars(select(kind.id).where(*where).order_by(kind.id)).all()
        if not ids:
            raise Refusal("There is none yet")
        return self.session.get_one(kind, self.dice.choice(ids))

    def furnish(self) -> None:
        """Company, brands, taxes, staff, customers with places and tags, projects with leads."""
        session, dice = self.session, self.dice
        a_company(session)
        brands: list[Brand] = [
            a_brand(session, is_default=True),
            a_brand(session, name="South Gardens", key="south", payment_terms_days=30),
        ]
        session.add(TaxRate(name="VAT", rate=Decimal(20)))
        session.add(TaxRate(name="Low", rate=Decimal(7)))
        estimators = [a_user(session, "ann"), a_user(session, "pete"), a_user(session, "bea")]
        tags = [a_tag(session, "VIP"), a_tag(session, "Council"), a_tag(session, "Slow")]
        sources = [a_lead_source(session, "Recommended"), a_lead_source(session, "Web")]
        for number in range(14):
            group = a_group(
                session,
                name=f"Customer {number:02}",
                kind=dice.choice(list(GroupKind)),
                brand_id=dice.choice([*(one.id for one in brands), None]),
            )
            a_contact(session, group, primary=True)
            group.tags.extend(dice.sample(tags, dice.choice([0, 1, 2])))
            places = [
                an_address(
                    session,
                    group,
                    line1=f"{place} Mill Street",
                    city=dice.choice(CITIES),
                    is_billing=place == 0 and dice.random() < 0.8,
                )
                for place in range(3)
            ]
            self.groups.append(group)
            for place in range(dice.choice([1, 2])):
                project = a_project(
                    session,
                    group,
                    title=f"Project {place} of {group.name}",
                    address_id=dice.choice([places[1].id, places[2].id, None]),
                    estimator_id=dice.choice([*(one.id for one in estimators), None]),
                )
                for _ in range(dice.choice([0, 1, 2])):
                    a_lead(
                        session,
                        project,
                        source_id=dice.choice([sources[0].id, sources[1].id, None]),
                        asked_on=FIRST - timedelta(dice.randint(0, 40)),
                    )
                self.projects.append(project)
        session.flush()
        self.winners = [one.id for one in estimators]

    # --- acts ---

    def bill(self) -> None:
        """An invoice of one to three lines, some with tax, some with tax in the prices, some in dollars."""
        project = self.dice.choice([None, *self.projects])
        group = self.dice.choice(self.groups) if project is None else project.group
        invoice = Invoice(
            group_id=group.id,
            project_id=project.id if project else None,
            currency=self.dice.choice(["EUR", "EUR", "EUR", "USD"]),
            prices_include_tax=self.dice.random() < 0.25,
            discount=self.dice.choice([0, 0, 0, 250]),
        )
        for position in range(1, self.dice.randint(2, 4)):
            invoice.lines.append(
                InvoiceLine(
                    position=position,
                    description=self.dice.choice(SERVICES),
                    quantity=Decimal(self.dice.choice(["1", "2.5", "3"])),
                    unit_price=Decimal(self.dice.randint(500, 90_000)) / 100,
                    net=0,
                    tax_names=self.dice.choice([["VAT"], ["VAT"], ["Low"], []]),
                )
            )
        self.session.add(invoice)
        self.session.flush()
        due = self.day + timedelta(self.dice.choice([0, 7, 14, 30, 30, 60]))
        issue_invoice(self.session, invoice, ANN, self.clock, due_on=due)

    def agree(self) -> None:
        """A contract, some with retainage, won by somebody."""
        project = self.dice.choice(self.projects)
        estimate = an_estimate(
            self.session,
            project,
            *(f"{self.dice.randint(10_000, 90_000) / 100:.2f}" for _ in range(2)),
            taxes=["VAT"],
            state=EstimateState.CONFIRMED,
            confirmed_on=self.day,
            retainage_percent=self.dice.choice([None, Decimal(5), Decimal(10)]),
            won_by_id=self.dice.choice([*self.winners, None]),
        )
        keep_sums(self.session, estimate)
        self.contracts.append(estimate)
        if self.dice.random() < 0.7:
            asked = Money(self.dice.randint(2_000, 9_000), "EUR")
            deposit = bill_deposit(self.session, estimate.id, asked, ANN, self.clock)
            issue_invoice(self.session, deposit, ANN, self.clock)

    def bill_some(self) -> None:
        """A part of a contract, or all that is left of it."""
        if not self.contracts:
            raise Refusal("There is no contract yet")
        first = self.dice.choice(self.contracts).id
        if self.dice.random() < 0.5:
            draft = bill_contract.bill_rest(self.session, first, ANN, self.clock)
        else:
            draft = bill_contract.bill_percent(self.session, first, Decimal(30), ANN, self.clock)
        issue_invoice(self.session, draft, ANN, self.clock)

    def release(self) -> None:
        """What an invoice held back is due; most of it stays held."""
        if self.dice.random() < 0.6:
            raise Refusal("The work has not proved itself yet")
        held = self.one(Invoice, Invoice.retained > 0, Invoice.released_on.is_(None))
        release_retainage(self.session, held, ANN, self.clock)

    def pay(self) -> None:
        """Money for an open invoice, in full, in part or too much; some of it entered days after it came."""
        invoice = self.one(Invoice, Invoice.balance > 0)
        share = self.dice.choice([100, 100, 100, 50, 30, 120])
        amount = max(1, invoice.balance * share // 100)
        tip = self.dice.choice([0, 0, 0, amount // 10])
        form = PaymentForm(
            group_id=invoice.group_id,
            amount=Money(amount + tip, invoice.currency),
            tip=Money(tip, invoice.currency),
            paid_on=self.day - timedelta(self.dice.choice([0, 0, 0, 3, 9])),
            method=self.dice.choice(WAYS),
            uses=(Use(invoice.id),) if self.dice.random() < 0.8 else (),
            project_id=invoice.project_id if self.dice.random() < 0.3 else None,
        )
        record_payment(self.session, form, ANN, self.clock)

    def use(self) -> None:
        """Money that came earlier is used today."""
        payment = self.one(Payment, Payment.unallocated > 0)
        invoice = self.one(Invoice, Invoice.balance > 0, Invoice.group_id == payment.group_id)
        most = min(payment.unallocated, invoice.balance)
        amount = Money(self.dice.randint(1, most), payment.currency)
        allocate_payment(self.session, payment, invoice, amount, ANN, self.clock)

    def take_back(self) -> None:
        take_back_use(self.session, self.one(Allocation, Allocation.amount > 0), ANN, self.clock)

    def refund(self) -> None:
        payment = self.one(Payment)
        form = RefundForm(
            payment.id,
            Money(self.dice.randint(1, payment.amount), payment.currency),
            self.day,
            reopen_invoices=self.dice.random() < 0.6,
            reason=self.dice.choice([None, "Too much", "Not done"]),
        )
        refund_payment(self.session, form, ANN, self.clock)

    def reverse(self) -> None:
        reverse_payment(self.session, self.one(Payment), ANN, self.clock)

    def void(self) -> None:
        void_invoice(self.session, self.one(Invoice, Invoice.balance > 0), ANN, self.clock)

    def credit(self) -> None:
        """A credit note over all or a part of an invoice, whether it is paid or not."""
        invoice = self.one(Invoice)
        amount = None if self.dice.random() < 0.4 else Money(max(1, invoice.total // 3), invoice.currency)
        reason = self.dice.choice(["Wrong tree", "Goodwill"])
        write_credit_note(self.session, CreditForm(invoice.id, reason, amount), ANN, self.clock)

    def use_credit(self) -> None:
        note = self.one(CreditNote, CreditNote.open > 0)
        invoice = self.one(Invoice, Invoice.balance > 0, Invoice.group_id == note.group_id)
        amount = Money(min(note.open, invoice.balance), note.currency)
        use_credit(self.session, note, invoice, amount, ANN, self.clock)

    def pay_credit_back(self) -> None:
        note = self.one(CreditNote, CreditNote.open > 0)
        form = CreditRefundForm(note.id, Money(self.dice.randint(1, note.open), note.currency), self.day)
        refund_credit(self.session, form, ANN, self.clock)

    def lose(self) -> None:
        """A bad debt, or what is let off for paying early."""
        invoice = self.one(Invoice, Invoice.balance > 0)
        part = Money(max(1, invoice.balance // self.dice.choice([1, 3])), invoice.currency)
        act = self.dice.choice([write_off_invoice, allow_settlement])
        act(self.session, WriteOffForm(invoice.id, "Moved away", part), ANN, self.clock)

    def ask_again(self) -> None:
        take_back_write_off(self.session, self.one(WriteOff), ANN, self.clock)


def build(session: Session, seed: int = 6, days: int = 90, acts_a_day: int = 5) -> Office:
    """The whole company; days between two working days are drawn so that all of them fit."""
    office = Office(session, seed)
    office.furnish()
    often: list[Callable[[], None]] = [office.bill] * 8 + [office.pay] * 10 + [office.use] * 3
    often += [office.bill_some] * 4 + [
        office.agree,
        office.agree,
        office.credit,
        office.credit,
        office.use_credit,
    ]
    often += [office.release, office.take_back, office.refund, office.reverse, office.void]
    often += [office.pay_credit_back, office.lose, office.lose, office.ask_again]
    step = (LAST - FIRST).days / days
    for place in range(days + 1):
        office.day = min(FIRST + timedelta(round(place * step)), LAST)
        session.info["clock"] = office.clock
        for _ in range(acts_a_day):
            act = office.dice.choice(often)
            with suppress(Refusal), session.begin_nested():
                act()
    session.flush()
    return office
