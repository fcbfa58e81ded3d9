"""Random sequences of acts: a bookkeeper with paper predicts every balance, and every refusal [I1-I14, M20-M34].

`paper_ledger.py` works the same acts out a second way, in Decimal, without a line of `admin_app.money`.  After each
act every invoice, payment, credit note and customer in the database holds exactly what the paper says, and an act that
the paper refuses is refused; at the end of each sequence every invariant holds and the kept figures are those that
follow from the documents.

The suite plays 32 sequences on SQLite and 8 on PostgreSQL; `MODEL_SEQUENCES=500` plays as many on each, and asks every
invariant once more on the way, in each sequence after another act.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

import admin_app.records  # noqa: F401  the history writer, as at every door
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Refusal
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    Company,
    CreditNote,
    CustomerBalance,
    CustomerGroup,
    EstimateState,
    Invoice,
    OfficeSession,
    Payment,
    WriteOff,
)
from admin_app.models.engine import open_engine
from admin_app.money.balances import refresh_balances
from admin_app.records.guard import allow_bulk
from admin_app.services import bill_contract
from admin_app.services.allocate_payment import allocate_payment
from admin_app.services.bill_deposit import bill_deposit
from admin_app.services.edit_payment import edit_payment
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
from admin_app.services.write_off_invoice import WriteOffForm, take_back_write_off, write_off_invoice
from seeds.builders import a_group
from seeds.work_builders import a_project, an_estimate
from tests.money import paper_ledger as paper
from tests.money.books import broken
from tests.money.paper_ledger import No, Paper
from tests.services.desk import a_desk

T = TypeVar("T")
R = TypeVar("R")

MEASURED = logging.getLogger("sawhorse.proof")
ASKED_FOR = int(os.environ.get("MODEL_SEQUENCES", "0"))
SEQUENCES = {"sqlite": ASKED_FOR or 32, "postgresql": ASKED_FOR or 8}
ACTS = 19
FIRST_DAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Choice:
    """One act of a sequence: its word, and four numbers from which it picks rows and amounts."""

    act: str
    a: int
    b: int
    c: int
    d: int


OPENING = "issue hold_back issue pay pay deposit".split()
"""How every sequence begins, so that there is something to do the rest with."""
WORDS = (
    "issue issue issue hold_back release release pay pay pay pay_project allocate allocate allocate"
    " take_back take_back credit credit credit_part credit_part use_credit use_credit refund refund refund"
    " refund_credit refund_credit write_off write_off take_back_loss take_back_loss deposit bill_rest bill_rest"
    " void void delete edit edit lock next_day next_day"
).split()


@st.composite
def sequences(draw: st.DrawFn) -> list[Choice]:
    """An opening, then any acts in any order; drawn evenly, for a rare act must come as often as its neighbours."""
    dice = draw(st.randoms(use_true_random=True))
    words = [*OPENING, *dice.sample(WORDS, ACTS)]
    return [Choice(word, *(dice.randrange(10_000) for _ in range(4))) for word in words]


def cents(amount: Decimal) -> int:
    return int(amount * 100)


def euros(amount: Decimal) -> Money:
    return Money(cents(amount), "EUR")


class NothingThere(Exception):
    """There is nothing yet to do this with."""


class Table:
    """The office and the bookkeeper side by side, doing the same."""

    def __init__(self, session: OfficeSession, actor: Actor) -> None:
        self.session, self.actor = session, actor
        self.paper = Paper(FIRST_DAY)
        self.agreed = True
        self.rare: set[str] = set()
        self.desk = a_desk(session, actor, self.clock)
        self.groups = [self.desk.group, a_group(session, name="Otto")]
        for place, group in enumerate(self.groups):
            project = a_project(session, group)
            agreed = {"state": EstimateState.CONFIRMED, "confirmed_on": FIRST_DAY}
            price = ("333.33", "1000.01")[place]
            estimate = an_estimate(session, project, price, taxes=["VAT"], **agreed)
            keep_sums(session, estimate)
            self.paper.contracts.append(paper.Contract(place, project.id, Decimal(price), estimate.id))

    @property
    def clock(self) -> FixedClock:
        day = self.paper.today
        return FixedClock(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))

    def do(self, choice: Choice) -> bool:
        """The same act on both sides: whether both did it, or both refused."""
        self.session.info["clock"] = self.desk.clock = self.clock
        self.agreed = True
        getattr(self, choice.act)(choice)
        self.session.flush()
        return self.agreed

    def both(self, on_paper: Callable[[], Any], at_the_office: Callable[[], Any]) -> tuple[Any, Any] | None:
        """What each side answers; None where both refuse.  One that goes alone fails the test."""
        try:
            written = on_paper()
        except No:
            with pytest.raises(Refusal), self.session.begin_nested():
                at_the_office()
            self.agreed = False
            return None
        return written, at_the_office()

    def some(self, rows: Sequence[T], which: int) -> T:
        if not rows:
            raise NothingThere
        return rows[which % len(rows)]

    def row(self, kind: type[R], one: Any) -> R:
        return self.session.get_one(kind, one.id)

    # --- bills ---

    def issue(self, choice: Choice, held: Decimal = Decimal(0)) -> None:
        who, taxed = choice.a % 2, choice.d % 2 == 0
        prices = [Decimal((choice.c * step + choice.b) % 20_000) / 100 for step in range(1, choice.b % 3 + 2)]
        net = sum(prices, Decimal(0))
        bill = paper.Bill(
            who, self.paper.today, net, paper.half_up(net * paper.RATE) if taxed else Decimal(0)
        )
        bill.retained = paper.half_up(bill.total * held)
        bill.project = self.paper.contracts[who].project if choice.d % 3 == 0 else None

        def at_the_office() -> Invoice:
            draft = self.desk.draft(
                *map(str, prices),
                tax_names=("VAT",) if taxed else (),
                group_id=self.groups[who].id,
                project_id=bill.project,
            )
            draft.total, draft.retained = cents(bill.total), cents(bill.retained)
            return issue_invoice(self.session, draft, self.actor, self.clock)

        self.keep(self.both(lambda: self.paper.issue(bill), at_the_office))

    def hold_back(self, choice: Choice) -> None:
        self.issue(choice, held=Decimal("0.1"))

    def release(self, choice: Choice) -> None:
        bill = self.some([one for one in self.paper.bills if one.retained], choice.a)
        self.both(
            lambda: self.paper.release(bill),
            lambda: release_retainage(self.session, self.row(Invoice, bill), self.actor, self.clock),
        )

    def void(self, choice: Choice) -> None:
        bill = self.some(self.paper.bills, choice.a)
        self.both(
            lambda: self.paper.void(bill),
            lambda: void_invoice(self.session, self.row(Invoice, bill), self.actor, self.clock),
        )

    def deposit(self, choice: Choice) -> None:
        contract = self.some(self.paper.contracts, choice.a)
        amount = Decimal(choice.b * 7 % 60_000 + 1) / 100

        def at_the_office() -> Invoice:
            draft = bill_deposit(self.session, contract.id, euros(amount), self.actor, self.clock)
            return issue_invoice(self.session, draft, self.actor, self.clock)

        self.keep(self.both(lambda: self.paper.deposit(contract, amount), at_the_office))

    def bill_rest(self, choice: Choice) -> None:
        contract = self.some(self.paper.contracts, choice.a)

        def at_the_office() -> Invoice:
            draft = bill_contract.bill_rest(self.session, contract.id, self.actor, self.clock)
            return issue_invoice(self.session, draft, self.actor, self.clock)

        done = self.both(lambda: self.paper.bill_rest(contract), at_the_office)
        if done is not None and done[0].deducted:
            self.rare.add("deducted a deposit")
        self.keep(done)

    # --- money ---

    def pay(self, choice: Choice, project: int | None = None) -> None:
        amount = Decimal(choice.b * 5 % 40_000 + 1) / 100
        tip = paper.half_up(amount / 10) if choice.d % 4 == 0 else Decimal(0)
        receipt = paper.Receipt(choice.a % 2, self.paper.today, amount, tip, project)
        picked = [] if project else range(choice.d % 3)
        theirs = self.bills_for(receipt, choice)
        bills = [self.some(theirs, choice.c + step) for step in picked if theirs]
        form = PaymentForm(
            group_id=self.groups[receipt.who].id,
            amount=euros(amount),
            paid_on=self.paper.today,
            tip=euros(tip),
            uses=tuple(Use(bill.id) for bill in bills),
            project_id=project,
        )
        self.keep(
            self.both(
                lambda: self.paper.pay(receipt, bills),
                lambda: record_payment(self.session, form, self.actor, self.clock),
            )
        )

    def pay_project(self, choice: Choice) -> None:
        self.pay(choice, self.paper.contracts[choice.a % 2].project)

    def allocate(self, choice: Choice) -> None:
        receipt = self.some(self.paper.receipts, choice.a)
        bill = self.some(self.bills_for(receipt, choice), choice.b)
        amount = self.about(min(self.paper.left_of(receipt), self.paper.open_of(bill)), choice.c)
        self.both(
            lambda: self.paper.use(receipt, bill, amount),
            lambda: allocate_payment(
                self.session,
                self.row(Payment, receipt),
                self.row(Invoice, bill),
                euros(amount),
                self.actor,
                self.clock,
            ),
        )

    def take_back(self, choice: Choice) -> None:
        use = self.some(self.paper.uses, choice.a)
        allocation = self.allocation_of(use)
        self.both(
            lambda: self.paper.take_back(use),
            lambda: take_back_use(self.session, allocation, self.actor, self.clock),
        )

    def refund(self, choice: Choice) -> None:
        receipt = self.some(self.paper.receipts, choice.a)
        amount = self.about(receipt.amount - receipt.refunded, choice.c)
        answer = ("neither", "reopen", "credit")[choice.d % 3]
        form = RefundForm(
            receipt.id,
            euros(amount),
            self.paper.today,
            reopen_invoices=answer == "reopen",
            credit_invoices=answer == "credit",
        )
        known = set(self.session.scalars(select(CreditNote.id)))
        done = self.both(
            lambda: self.paper.refund(receipt, amount, answer),
            lambda: refund_payment(self.session, form, self.actor, self.clock),
        )
        if done is not None:
            if done[0]:
                self.rare.add("credited with a refund")
            new = sorted(set(self.session.scalars(select(CreditNote.id))) - known)
            for note, row_id in zip(done[0], new, strict=True):
                note.id = row_id

    def delete(self, choice: Choice) -> None:
        receipt = self.some(self.paper.receipts, choice.a)
        self.both(
            lambda: self.paper.delete(receipt),
            lambda: reverse_payment(self.session, self.row(Payment, receipt), self.actor, self.clock),
        )

    def edit(self, choice: Choice) -> None:
        receipt = self.some(self.paper.receipts, choice.a)
        amount = receipt.amount if choice.d % 5 == 0 else Decimal(choice.b * 3 % 30_000 + 1) / 100
        form = PaymentForm(self.groups[receipt.who].id, euros(amount), receipt.day)
        self.keep(
            self.both(
                lambda: self.paper.edit(receipt, amount),
                lambda: edit_payment(self.session, self.row(Payment, receipt), form, self.actor, self.clock),
            )
        )

    # --- credits and losses ---

    def credit(self, choice: Choice, amount: Decimal | None = None) -> None:
        bill = self.some(self.paper.bills, choice.a)
        form = CreditForm(bill.id, "Wrong tree", None if amount is None else euros(amount))
        self.keep(
            self.both(
                lambda: self.paper.credit(bill, amount),
                lambda: write_credit_note(self.session, form, self.actor, self.clock),
            )
        )

    def credit_part(self, choice: Choice) -> None:
        bill = self.some(self.paper.bills, choice.a)
        self.credit(choice, self.about(self.paper.creditable(bill), choice.c))

    def use_credit(self, choice: Choice) -> None:
        note = self.some(self.paper.notes, choice.a)
        bill = self.some(self.bills_for(note, choice), choice.b)
        amount = self.about(min(self.paper.left_of(note), self.paper.open_of(bill)), choice.c)
        self.both(
            lambda: self.paper.use(note, bill, amount),
            lambda: use_credit(
                self.session,
                self.row(CreditNote, note),
                self.row(Invoice, bill),
                euros(amount),
                self.actor,
                self.clock,
            ),
        )

    def refund_credit(self, choice: Choice) -> None:
        note = self.some(self.paper.notes, choice.a)
        amount = self.about(self.paper.left_of(note), choice.c)
        form = CreditRefundForm(note.id, euros(amount), self.paper.today)
        self.both(
            lambda: self.paper.refund_note(note, amount),
            lambda: refund_credit(self.session, form, self.actor, self.clock),
        )

    def write_off(self, choice: Choice) -> None:
        bill = self.some(self.paper.bills, choice.a)
        amount = self.about(self.paper.open_of(bill), choice.c)
        form = WriteOffForm(bill.id, "Moved away", euros(amount))
        self.keep(
            self.both(
                lambda: self.paper.write_off(bill, amount),
                lambda: write_off_invoice(self.session, form, self.actor, self.clock),
            )
        )

    def take_back_loss(self, choice: Choice) -> None:
        loss = self.some(self.paper.losses, choice.a)
        self.both(
            lambda: self.paper.take_back_loss(loss),
            lambda: take_back_write_off(self.session, self.row(WriteOff, loss), self.actor, self.clock),
        )

    # --- time ---

    def lock(self, choice: Choice) -> None:
        day = self.paper.today - timedelta(days=1 + choice.a % 3)
        if self.paper.locked is None or day > self.paper.locked:
            self.paper.locked = self.session.get_one(Company, 1).locked_until = day

    def next_day(self, choice: Choice) -> None:
        self.paper.today += timedelta(days=1 + choice.a % 2)

    # --- the two sides compared ---

    def about(self, amount: Decimal, which: int) -> Decimal:
        """An amount up to this one, often just it, now and then a cent more."""
        most = cents(amount)
        return Decimal((most, most + 1, which * 3 % (most + 1))[which % 3]) / 100

    def keep(self, done: tuple[Any, Any] | None) -> None:
        """Remember under which id the office keeps what the paper has just got."""
        if done is not None:
            done[0].id = done[1].id

    def allocation_of(self, use: paper.Use) -> Allocation:
        """The row of a use: of alike ones the same in order."""

        def is_like(other: paper.Use) -> bool:
            return (other.source, other.bill, other.amount) == (use.source, use.bill, use.amount)

        place = [other for other in self.paper.uses if is_like(other)].index(use)
        mine = Allocation.payment_id if isinstance(use.source, paper.Receipt) else Allocation.credit_note_id
        taken_back = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
        alike = self.session.scalars(
            select(Allocation)
            .where(
                mine == use.source.id,
                Allocation.invoice_id == use.bill.id,
                Allocation.amount == cents(use.amount),
                Allocation.id.not_in(taken_back),
            )
            .order_by(Allocation.id)
        ).all()
        return alike[place]

    def of_bill(self, bill: paper.Bill) -> tuple[Decimal, ...]:
        sheet = self.paper
        credited, lost = sheet.settled_by_own_credits(bill), sheet.written_off(bill)
        return bill.total, sheet.open_of(bill), credited, lost, bill.deducted

    def bills_for(self, source: paper.Receipt | paper.Note, choice: Choice) -> list[paper.Bill]:
        """The bills of the same customer; now and then anybody's, which is refused."""
        return [bill for bill in self.paper.bills if bill.who == source.who or choice.d % 7 == 0]

    def on_paper(self) -> dict[str, Any]:
        sheet = self.paper
        return {
            "bills": {bill.id: tuple(map(cents, self.of_bill(bill))) for bill in sheet.bills},
            "payments": {
                one.id: tuple(map(cents, (sheet.left_of(one), one.refunded))) for one in sheet.receipts
            },
            "credits": {
                note.id: tuple(map(cents, (note.total, sheet.left_of(note)))) for note in sheet.notes
            },
            "customers": {
                group.id: (
                    *map(cents, amounts := sheet.customer(who)),
                    cents(amounts[0] - amounts[1] - amounts[2]),
                )
                for who, group in enumerate(self.groups)
            },
        }

    def in_the_office(self) -> dict[str, Any]:
        def rows(*columns: Any) -> dict[int, tuple[int, ...]]:
            return {row[0]: tuple(row[1:]) for row in self.session.execute(select(*columns))}

        kept = CustomerBalance
        customers = rows(kept.group_id, kept.receivable, kept.unallocated, kept.credits, kept.retained)
        shown = rows(CustomerGroup.id, CustomerGroup.balance)
        bill = Invoice
        return {
            "bills": rows(bill.id, bill.total, bill.balance, bill.credited, bill.written_off, bill.deducted),
            "payments": rows(Payment.id, Payment.unallocated, Payment.refunded),
            "credits": rows(CreditNote.id, CreditNote.total, CreditNote.open),
            "customers": {
                group.id: (*customers.get(group.id, (0, 0, 0, 0)), *shown[group.id]) for group in self.groups
            },
        }


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = open_engine(database)
    yield engine
    engine.dispose()


def test_paper_and_office_hold_the_same_after_every_act(engine, ann):
    happened: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    played: Counter[str] = Counter()
    rare: set[str] = set()

    @settings(
        max_examples=SEQUENCES[engine.dialect.name],
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate] if ASKED_FOR else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(sequences())
    def play(sequence: list[Choice]) -> None:
        clock = FixedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
        with OfficeSession(engine, info={"actor": ann, "clock": clock, "door": "test"}) as session:
            table = Table(session, ann)
            for place, choice in enumerate(sequence):
                with suppress(NothingThere):
                    (happened if table.do(choice) else refused)[choice.act] += 1
                assert table.in_the_office() == table.on_paper(), choice
                if ASKED_FOR and place == played["sequences"] % len(sequence):
                    assert broken(session) == set(), choice
                    played["proofs"] += 1
            assert broken(session) == set()
            kept = table.in_the_office()
            with allow_bulk("kept figures"):
                refresh_balances(session.connection())
            assert table.in_the_office() == kept
            rare.update(table.rare)
            session.rollback()
        played["sequences"] += 1

    play()

    MEASURED.info("%s; %s acts done, %s refused by both", dict(played), happened.total(), refused.total())
    if SEQUENCES[engine.dialect.name] < 30:
        return  # too few to meet everything
    assert set(happened) == set(WORDS), "an act that never happens proves nothing"
    assert rare == {"credited with a refund", "deducted a deposit"}
    assert len(refused) > 10, "what the paper refuses is a part of the proof"
