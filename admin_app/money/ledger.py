"""The books: everything that moves money is written here, once, in double entry (design section 4) [M26-M34].

Each act locks the customer first, so that two acts on the same customer's money wait for each other and nothing is
given out twice [M32].  The figures that lists show (`invoice.balance`, `payment.unallocated`, what a customer owes)
are caches which only this module and `money.balances` write; `money.proof` compares them with the journal.  One call::

    books = Books(session, actor, clock)
    books.allocate(payment, invoice, Money.of("50.00", "EUR"), on=clock.today())
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    Company,
    CustomerBalance,
    CustomerGroup,
    EntryKind,
    Invoice,
    InvoiceState,
    JournalEntry,
    Payment,
    PaymentState,
    Posting,
    Refund,
)
from admin_app.money import accounts, append_only

__all__ = ["Books", "append_only", "company_currency", "lock_customer"]


@dataclass(frozen=True, slots=True)
class Books:
    """The open books, with who writes and when; the caller's transaction decides whether it stays written."""

    session: Session
    actor: Actor
    clock: Clock

    def issue(self, invoice: Invoice) -> None:
        """receivable / revenue and tax by rate, on the issue date; the whole total is open from then on.

        An invoice of nothing posts nothing.  Raises Unmet in a locked period.
        """
        assert invoice.issued_on is not None
        sides = {accounts.RECEIVABLE: invoice.total, accounts.REVENUE: invoice.tax - invoice.total}
        for tax in invoice.taxes:
            name = accounts.tax(tax.name)
            sides[name] = sides.get(name, 0) - tax.amount
        self._write(EntryKind.INVOICE, "invoice", invoice, invoice.issued_on, sides)
        invoice.balance = invoice.total
        self.session.flush()  # the database checks the balance now, not at commit

    def void(self, invoice: Invoice) -> None:
        """The issue taken back on its own date: the invoice was a mistake [M13]."""
        self._reverse_entry("invoice", invoice, invoice.id)
        invoice.balance = 0
        self.session.flush()

    def receive(self, payment: Payment) -> None:
        """cash / advances, with the tip on its own account, on the day it was paid [M30]."""
        sides = {
            accounts.cash(payment.method): payment.amount,
            accounts.ADVANCES: payment.tip - payment.amount,
            accounts.TIPS: -payment.tip,
        }
        self._write(EntryKind.PAYMENT, "payment", payment, payment.paid_on, sides)
        payment.unallocated = payment.amount - payment.tip
        self.session.flush()

    def take_back_receipt(self, payment: Payment) -> None:
        """The payment and what it was used for, taken back on their own dates: it was a mistake [M29, D4]."""
        for allocation in self.standing_allocations(payment):
            self.take_back(allocation, on=allocation.effective_on)
        self._reverse_entry("payment", payment, payment.id)
        payment.state = PaymentState.REVERSED
        payment.unallocated = 0
        self.session.flush()

    def allocate(self, payment: Payment, invoice: Invoice, amount: Money, on: date) -> Allocation:
        """advances / receivable: a part of the payment is used for the invoice [M26, M27, M32, I14].

        `on` is the day from which it counts, never before the payment and the invoice.  Raises Unmet for more than
        the invoice is open for or the payment has left, for another customer's invoice, and for one that is not open.
        """
        self._refuse_mismatch(payment, invoice, amount)
        assert invoice.issued_on is not None
        allocation = Allocation(
            payment_id=payment.id,
            invoice_id=invoice.id,
            group_id=payment.group_id,
            amount=amount.minor,
            currency=amount.currency,
            effective_on=max(on, payment.paid_on, invoice.issued_on),
            recorded_at=self.clock.now(),
            actor=self.actor.name,
        )
        self._use(allocation, payment, invoice, EntryKind.ALLOCATION)
        return allocation

    def take_back(self, allocation: Allocation, on: date) -> Allocation:
        """An allocation taken back from `on`: the invoice is open again, the money is unallocated again.

        Raises Unmet for one that was taken back before.
        """
        taken_back = select(Allocation.id).where(Allocation.reverses_id == allocation.id)
        if allocation.amount < 0 or self.session.scalar(taken_back) is not None:
            raise Unmet("This money was taken back from the invoice before")
        payment, invoice = self._of(allocation)
        reversal = Allocation(
            payment_id=payment.id,
            invoice_id=invoice.id,
            group_id=allocation.group_id,
            amount=-allocation.amount,
            currency=allocation.currency,
            effective_on=max(on, allocation.effective_on),
            recorded_at=self.clock.now(),
            actor=self.actor.name,
            reverses_id=allocation.id,
        )
        self._use(reversal, payment, invoice, EntryKind.REVERSAL, self._entry("allocation", allocation.id))
        return reversal

    def pay_back(self, refund: Refund, payment: Payment) -> None:
        """advances / cash: money out of the unallocated part of a payment, its tip last [M28]."""
        from_tip = max(0, payment.refunded + refund.amount - (payment.amount - payment.tip))
        if refund.amount - from_tip > payment.unallocated:
            raise Unmet("What is used for invoices cannot be paid back; take it back from them first")
        sides = {
            accounts.ADVANCES: refund.amount - from_tip,
            accounts.TIPS: from_tip,
            accounts.cash(refund.method): -refund.amount,
        }
        self._write(EntryKind.REFUND, "refund", refund, refund.refunded_on, sides)
        payment.refunded += refund.amount
        payment.unallocated -= refund.amount - from_tip
        self.session.flush()

    def standing_allocations(self, payment: Payment) -> list[Allocation]:
        """What the payment is used for now, the latest first."""
        taken_back = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
        found = self.session.scalars(
            select(Allocation)
            .where(
                Allocation.payment_id == payment.id, Allocation.amount > 0, Allocation.id.not_in(taken_back)
            )
            .order_by(Allocation.id.desc())
        )
        return list(found)

    def refuse_locked(self, day: date) -> None:
        """Raise Unmet for a day in a locked period: those books went to the tax adviser [M34]."""
        locked = self.session.scalar(select(Company.locked_until))
        if locked is not None and day <= locked:
            raise Unmet(
                f"The books are locked until {locked:%d %B %Y}; nothing can be booked on {day:%d %B %Y}"
            )

    def _use(
        self,
        allocation: Allocation,
        payment: Payment,
        invoice: Invoice,
        kind: EntryKind,
        reverses: JournalEntry | None = None,
    ) -> None:
        """Keep the allocation with its entry, and the two caches that it moves."""
        self.session.add(allocation)
        self.session.flush()  # the entry names the allocation by its id
        sides = {accounts.ADVANCES: allocation.amount, accounts.RECEIVABLE: -allocation.amount}
        self._write(kind, "allocation", allocation, allocation.effective_on, sides, reverses)
        payment.unallocated -= allocation.amount
        invoice.balance -= allocation.amount
        self.session.flush()

    def _write(
        self,
        kind: EntryKind,
        document: str,
        row: Invoice | Payment | Allocation | Refund,
        on: date,
        sides: Mapping[str, int],
        reverses: JournalEntry | None = None,
    ) -> None:
        """One entry with a posting for each side that is not zero; the sides add up to zero."""
        self.refuse_locked(on)
        assert sum(sides.values()) == 0, f"unbalanced entry {sides}"
        if not any(sides.values()):
            return
        entry = JournalEntry(
            kind=kind,
            document=document,
            document_id=row.id,
            effective_on=on,
            recorded_at=self.clock.now(),
            actor=self.actor.name,
            reverses_id=reverses.id if reverses else None,
        )
        self.session.add(entry)
        self.session.flush()  # the postings name the entry by its id
        for account, amount in sides.items():
            if amount:
                self.session.add(
                    Posting(
                        entry_id=entry.id,
                        account=account,
                        group_id=row.group_id,
                        amount=amount,
                        currency=row.currency,
                    )
                )
        self._move_customer(row.group_id, row.currency, sides)

    def _reverse_entry(self, document: str, row: Invoice | Payment, row_id: int) -> None:
        """The entry of a document once more with its sides turned, on the original date, recorded now."""
        entry = self._entry(document, row_id)
        if entry is None:  # an invoice of nothing
            return
        sides: dict[str, int] = {}
        for posting in entry.postings:
            sides[posting.account] = sides.get(posting.account, 0) - posting.amount
        self._write(EntryKind.REVERSAL, document, row, entry.effective_on, sides, entry)

    def _entry(self, document: str, row_id: int) -> JournalEntry | None:
        """The entry that booked a document."""
        return self.session.scalar(
            select(JournalEntry).where(
                JournalEntry.document == document,
                JournalEntry.document_id == row_id,
                JournalEntry.kind != EntryKind.REVERSAL,
            )
        )

    def _move_customer(self, group_id: int, currency: str, sides: Mapping[str, int]) -> None:
        """Keep what the customer owes and has left in step with the entry [I12]."""
        kept = self.session.scalar(
            select(CustomerBalance).where(
                CustomerBalance.group_id == group_id, CustomerBalance.currency == currency
            )
        )
        if kept is None:
            kept = CustomerBalance(
                group_id=group_id, currency=currency, receivable=0, unallocated=0, credits=0
            )
            self.session.add(kept)
        kept.receivable += sides.get(accounts.RECEIVABLE, 0)
        kept.unallocated -= sides.get(accounts.ADVANCES, 0)
        if currency == company_currency(self.session):
            group = self.session.get_one(CustomerGroup, group_id)
            group.balance = kept.receivable - kept.unallocated - kept.credits

    def _of(self, allocation: Allocation) -> tuple[Payment, Invoice]:
        """The payment and the invoice of an allocation."""
        payment = self.session.get_one(Payment, allocation.payment_id)
        return payment, self.session.get_one(Invoice, allocation.invoice_id)

    def _refuse_mismatch(self, payment: Payment, invoice: Invoice, amount: Money) -> None:
        """Raise Unmet unless this much of this payment may be used for this invoice."""
        if payment.state is not PaymentState.RECEIVED:
            raise Unmet(f"This payment is {payment.state.value}; only money that was received can be used")
        if invoice.state is not InvoiceState.ISSUED:
            raise Unmet(f"Invoice {invoice} is {invoice.state.value}; only an issued invoice takes payments")
        if payment.group_id != invoice.group_id:
            raise Unmet(f"Invoice {invoice} belongs to another customer")
        if not payment.currency == invoice.currency == amount.currency:
            raise Unmet(
                f"A payment in {payment.currency} cannot pay invoice {invoice}, which is in {invoice.currency}"
            )
        if amount.minor <= 0:
            raise Unmet("Nothing would be used; give an amount above zero")
        if amount.minor > invoice.balance:
            open_amount = Money(invoice.balance, invoice.currency)
            raise Unmet(
                f"Invoice {invoice} has {open_amount} {amount.currency} left to pay, less than {amount}"
            )
        if amount.minor > payment.unallocated:
            left = Money(payment.unallocated, payment.currency)
            raise Unmet(f"This payment has {left} {amount.currency} left, less than {amount}")


def lock_customer(session: Session, group_id: int) -> CustomerGroup:
    """Hold a customer's money until the transaction ends, and see it as it is now.

    PostgreSQL locks the row; on SQLite the door's BEGIN IMMEDIATE has locked everything already.  What this session
    had read of the customer's documents before is read again.  Raises NotFound.
    """
    group = session.scalar(
        select(CustomerGroup)
        .where(CustomerGroup.id == group_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if group is None:
        raise NotFound("This customer does not exist")
    for thing in list(session.identity_map.values()):
        if isinstance(thing, Payment | Invoice | CustomerBalance) and thing.group_id == group_id:
            session.refresh(thing)
    return group


def company_currency(session: Session) -> str:
    """The currency in which a customer's one balance is shown."""
    return session.scalar(select(Company.currency)) or "EUR"
