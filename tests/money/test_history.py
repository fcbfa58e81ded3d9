"""Imported documents enter the books in bulk (design section 11)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TypeVar

from sqlalchemy import func, select

from admin_app.models import (
    Allocation,
    CustomerGroup,
    ImportRun,
    Invoice,
    InvoiceLine,
    InvoiceState,
    InvoiceTax,
    JournalEntry,
    Payment,
    PaymentWay,
    Posting,
    Refund,
    Row,
)
from admin_app.money.balances import refresh_balances
from admin_app.money.history import groups_of_run, post_history
from admin_app.records.guard import allow_bulk
from tests.money.books import broken
from tests.services.desk import Desk

NOW = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)


Record = TypeVar("Record", bound=Row)


class Moving:
    """What an import writes before the books: documents with the id of its run."""

    def __init__(self, desk: Desk) -> None:
        self.session, self.group = desk.session, desk.group
        self.run = ImportRun(at=NOW, actor="Ann")
        self.session.add(self.run)
        self.session.flush()

    def keep(self, record: Record) -> Record:
        setattr(record, "import_run_id", self.run.id)  # noqa: B010  not every row declares it
        self.session.add(record)
        self.session.flush()
        return record

    def invoice(self, number: str, net: int, tax: int = 0, state=InvoiceState.ISSUED) -> Invoice:
        invoice = self.keep(
            Invoice(
                number=number,
                group_id=self.group.id,
                state=state,
                issued_on=date(2024, 5, 1),
                subtotal=net,
                tax=tax,
                total=net + tax,
                imported=True,
            )
        )
        self.keep(
            InvoiceLine(
                invoice_id=invoice.id, position=1, description="As billed", quantity=3, unit_price=1, net=net
            )
        )
        return invoice

    def payment(self, amount: int, *uses: tuple[Invoice, int], on=date(2024, 6, 1)) -> Payment:
        payment = self.keep(
            Payment(group_id=self.group.id, amount=amount, paid_on=on, method=PaymentWay.CARD, currency="EUR")
        )
        for invoice, part in uses:
            self.use(payment, invoice, part)
        return payment

    def use(self, payment: Payment, invoice: Invoice, part: int, reverses: Allocation | None = None):
        return self.keep(
            Allocation(
                payment_id=payment.id,
                invoice_id=invoice.id,
                group_id=self.group.id,
                amount=part,
                currency="EUR",
                effective_on=payment.paid_on,
                recorded_at=NOW,
                actor="Ann",
                reverses_id=reverses.id if reverses else None,
            )
        )

    def post(self) -> None:
        self.session.flush()
        connection = self.session.connection()
        post_history(connection, self.run.id, at=NOW, actor="Ann")
        with allow_bulk("kept figures"):
            refresh_balances(connection, groups_of_run(self.run.id))
        self.session.expire_all()


def test_a_moved_in_history_is_booked_owed_and_proved(desk):
    moving = Moving(desk)
    paid, part = moving.invoice("A-1", 10000, 2000), moving.invoice("A-2", 5000)
    moving.keep(InvoiceTax(invoice_id=paid.id, name="VAT", rate=20, base=10000, amount=2000))
    unknown_rate = moving.invoice("A-3", 1000, 77)
    moving.invoice("A-4", 700, 7, state=InvoiceState.VOID)
    moving.invoice("A-5", 900, state=InvoiceState.DRAFT)
    moving.invoice("A-6", 0)
    moving.payment(15000, (paid, 12000), (part, 2500))
    back = moving.payment(1500, (unknown_rate, 1000))
    taken = moving.session.scalars(select(Allocation).where(Allocation.payment_id == back.id)).one()
    moving.use(back, unknown_rate, -1000, taken)
    moving.keep(
        Refund(
            payment_id=back.id,
            group_id=desk.group.id,
            amount=400,
            currency="EUR",
            refunded_on=date(2024, 7, 1),
        )
    )

    moving.post()

    assert broken(desk.session) == set()
    assert (paid.balance, part.balance, unknown_rate.balance) == (0, 2500, 1077)
    assert (back.unallocated, back.refunded) == (1100, 400)
    assert desk.group.balance == 2500 + 1077 - 500 - 1100
    sums = select(Posting.account, func.sum(Posting.amount).label("held")).group_by(Posting.account)
    per_account = {row.account: row.held for row in desk.session.execute(sums)}
    assert per_account == {
        "receivable": 3577,
        "revenue": -16000,
        "tax:VAT": -2000,
        "tax:as imported": -77,
        "cash:card": 16500,
        "cash:transfer": -400,
        "advances": -1600,
    }
    days = desk.session.execute(
        select(JournalEntry.effective_on, JournalEntry.recorded_at).where(JournalEntry.document == "invoice")
    ).all()
    assert set(days) == {(date(2024, 5, 1), NOW)}


def test_a_resumed_run_books_nothing_twice(desk):
    """Design section 11: a crash leaves the run stopped, a re-run resumes."""
    moving = Moving(desk)
    first = moving.invoice("A-1", 10000)
    moving.post()
    booked = desk.session.scalar(select(func.count()).select_from(JournalEntry))
    moving.post()
    assert desk.session.scalar(select(func.count()).select_from(JournalEntry)) == booked == 1

    moving.payment(4000, (first, 4000))
    moving.post()

    assert first.balance == 6000
    assert broken(desk.session) == set()


def test_a_later_run_adds_to_what_an_earlier_one_brought(desk):
    earlier = Moving(desk)
    invoice = earlier.invoice("A-1", 10000)
    earlier.post()

    later = Moving(desk)
    later.payment(10000, (invoice, 10000))
    later.post()

    assert invoice.balance == 0
    assert broken(desk.session) == set()


def test_history_and_daily_work_share_one_ledger(desk):
    moving = Moving(desk)
    old = moving.invoice("A-1", 10000)
    moving.post()

    desk.pay("60", old, desk.invoice("5"))

    assert old.balance == 4000
    assert desk.session.get_one(CustomerGroup, desk.group.id).balance == 4500
    assert broken(desk.session) == set()
