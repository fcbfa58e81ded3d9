"""Money and credits are used for invoices, and taken back from them [M23-M27, M32, I14]."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.models import Allocation, CreditNote, EntryKind, Invoice, InvoiceState, Payment, PaymentState
from admin_app.money import accounts
from admin_app.money.entries import Entries, subject_of

Source = Payment | CreditNote
"""What an invoice can be settled with."""


class Uses(Entries):
    """The acts that settle invoices and open them again."""

    __slots__ = ()

    def allocate(self, source: Source, invoice: Invoice, amount: Money, on: date) -> Allocation:
        """advances (or credits) / receivable: a part of a payment or credit note is used for the invoice [M26, M27].

        `on` is the day from which it counts, never before the money, the credit and the invoice.  Raises Unmet for
        more than the invoice is open for or the source has left, for another customer's or currency's invoice, and
        for one that is not open.
        """
        _refuse_mismatch(source, invoice, amount)
        assert invoice.issued_on is not None
        came = source.paid_on if isinstance(source, Payment) else source.issued_on
        allocation = Allocation(
            payment_id=source.id if isinstance(source, Payment) else None,
            credit_note_id=source.id if isinstance(source, CreditNote) else None,
            invoice_id=invoice.id,
            group_id=source.group_id,
            amount=amount.minor,
            currency=amount.currency,
            effective_on=max(on, came, invoice.issued_on),
            recorded_at=self.clock.now(),
            actor=self.actor.name,
        )
        self._use(allocation, source, invoice)
        return allocation

    def take_back(self, allocation: Allocation, on: date) -> Allocation:
        """An allocation taken back from `on`: the invoice is open again, the money or credit is there again.

        Raises Unmet for one that was taken back before.
        """
        taken_back = select(Allocation.id).where(Allocation.reverses_id == allocation.id)
        if allocation.amount < 0 or self.session.scalar(taken_back) is not None:
            raise Unmet("This was taken back from the invoice before")
        reversal = Allocation(
            payment_id=allocation.payment_id,
            credit_note_id=allocation.credit_note_id,
            invoice_id=allocation.invoice_id,
            group_id=allocation.group_id,
            amount=-allocation.amount,
            currency=allocation.currency,
            effective_on=max(on, allocation.effective_on),
            recorded_at=self.clock.now(),
            actor=self.actor.name,
            reverses_id=allocation.id,
        )
        self._use(reversal, self.source_of(allocation), self.session.get_one(Invoice, allocation.invoice_id))
        return reversal

    def standing_allocations(self, source: Source) -> list[Allocation]:
        """What a payment or credit note is used for now, the latest first."""
        mine = Allocation.payment_id if isinstance(source, Payment) else Allocation.credit_note_id
        taken_back = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
        found = self.session.scalars(
            select(Allocation)
            .where(mine == source.id, Allocation.amount > 0, Allocation.id.not_in(taken_back))
            .order_by(Allocation.id.desc())
        )
        return list(found)

    def source_of(self, allocation: Allocation) -> Source:
        """The payment or credit note of an allocation."""
        if allocation.payment_id is not None:
            return self.session.get_one(Payment, allocation.payment_id)
        return self.session.get_one(CreditNote, allocation.credit_note_id)

    def _use(self, allocation: Allocation, source: Source, invoice: Invoice) -> None:
        """Keep the allocation with its entry, and the caches that it moves."""
        self.session.add(allocation)
        self.session.flush()  # the entry names the allocation by its id
        own_account = accounts.ADVANCES if isinstance(source, Payment) else accounts.CREDITS
        sides = {own_account: allocation.amount, accounts.RECEIVABLE: -allocation.amount}
        if allocation.reverses_id is None:
            self.write(EntryKind.ALLOCATION, subject_of(allocation), allocation.effective_on, sides)
        else:
            original = self.session.get_one(Allocation, allocation.reverses_id)
            reversed_entry = self.entry_of(subject_of(original))
            self.write(
                EntryKind.REVERSAL, subject_of(allocation), allocation.effective_on, sides, reversed_entry
            )
        if isinstance(source, Payment):
            source.unallocated -= allocation.amount
        else:
            source.open -= allocation.amount
            if source.invoice_id == invoice.id:
                invoice.credited += allocation.amount
        invoice.balance -= allocation.amount
        self.session.flush()


def _refuse_mismatch(source: Source, invoice: Invoice, amount: Money) -> None:
    """Raise Unmet unless this much of this payment or credit note may be used for this invoice."""
    word = "payment" if isinstance(source, Payment) else "credit note"
    if isinstance(source, Payment) and source.state is not PaymentState.RECEIVED:
        raise Unmet(f"This payment is {source.state.value}; only money that was received can be used")
    if invoice.state is not InvoiceState.ISSUED:
        raise Unmet(f"Invoice {invoice} is {invoice.state.value}; only an issued invoice takes payments")
    if source.group_id != invoice.group_id:
        raise Unmet(f"Invoice {invoice} belongs to another customer")
    if not source.currency == invoice.currency == amount.currency:
        raise Unmet(
            f"A {word} in {source.currency} cannot pay invoice {invoice}, which is in {invoice.currency}"
        )
    if amount.minor <= 0:
        raise Unmet("Nothing would be used; give an amount above zero")
    if amount.minor > invoice.balance:
        open_amount = Money(invoice.balance, invoice.currency)
        raise Unmet(f"Invoice {invoice} has {open_amount} {amount.currency} left to pay, less than {amount}")
    left = Money(source.unallocated if isinstance(source, Payment) else source.open, source.currency)
    if amount > left:
        raise Unmet(f"This {word} has {left} {amount.currency} left, less than {amount}")
