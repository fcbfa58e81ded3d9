"""What is billed, held back, credited and written off in the books [M5, M13, M20, M21, M25, 81]."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    CreditNote,
    DepositUse,
    EntryKind,
    Invoice,
    InvoiceKind,
    InvoiceState,
    WriteOff,
    WriteOffKind,
)
from admin_app.money import accounts
from admin_app.money.entries import Entries, release_of, subject_of


class Billing(Entries):
    """The acts on invoices that move no cash."""

    __slots__ = ()

    def issue(self, invoice: Invoice) -> None:
        """receivable and retained / revenue and tax by rate, on the issue date [M20, M21].

        A deposit invoice goes to deposits instead of revenue; a bill that deducts deposits takes their net from there
        and their tax off its own.  What is open from then on is total − deducted − retained.  An invoice of nothing
        posts nothing.  Raises Unmet in a locked period.  The caller flushes, with the invoice's new state.
        """
        assert invoice.issued_on is not None
        own_account = accounts.DEPOSITS if invoice.kind is InvoiceKind.DEPOSIT else accounts.REVENUE
        open_now = invoice.total - invoice.deducted - invoice.retained
        sides = {
            accounts.RECEIVABLE: open_now,
            accounts.RETAINED: invoice.retained,
            own_account: invoice.tax - invoice.total,
        }
        for tax in invoice.taxes:
            _add(sides, accounts.tax(tax.name), -tax.amount)
        for use in self._deposits_of(invoice):
            _add(sides, accounts.DEPOSITS, use.net)
            for name, amount in use.taxes.items():
                _add(sides, accounts.tax(name), amount)
        self.write(EntryKind.INVOICE, subject_of(invoice), invoice.issued_on, sides)
        invoice.balance = open_now

    def void(self, invoice: Invoice) -> None:
        """The issue, and a release of what was held back, taken back on their own dates: a mistake [M13]."""
        self.reverse(release_of(invoice))
        self.reverse(subject_of(invoice))
        invoice.balance = 0

    def release(self, invoice: Invoice, on: date) -> None:
        """receivable / retained: what was held back is due from `on` [M20]; raises Unmet where nothing is held."""
        if (
            invoice.state is not InvoiceState.ISSUED
            or invoice.released_on is not None
            or not invoice.retained
        ):
            raise Unmet(f"Nothing is held back of invoice {invoice}")
        assert invoice.issued_on is not None
        day = max(on, invoice.issued_on)
        sides = {accounts.RECEIVABLE: invoice.retained, accounts.RETAINED: -invoice.retained}
        self.write(EntryKind.RETAINAGE, release_of(invoice), day, sides)
        invoice.released_on = day
        invoice.balance += invoice.retained
        self.session.flush()

    def credit(self, credit: CreditNote) -> None:
        """revenue (of a deposit invoice: deposits) and tax / credits, on its issue day [M25]."""
        of_deposit = credit.invoice.kind is InvoiceKind.DEPOSIT
        sides = {
            accounts.DEPOSITS if of_deposit else accounts.REVENUE: credit.subtotal,
            accounts.CREDITS: -credit.total,
        }
        for tax in credit.taxes:
            _add(sides, accounts.tax(tax.name), tax.amount)
        self.write(EntryKind.CREDIT_NOTE, subject_of(credit), credit.issued_on, sides)
        credit.open = credit.total
        self.session.flush()

    def write_off(self, loss: WriteOff, invoice: Invoice) -> None:
        """write_off, or allowance, / receivable; raises Unmet for more than is open."""
        if loss.amount > invoice.balance:
            left = Money(invoice.balance, invoice.currency)
            raise Unmet(f"Invoice {invoice} has {left} {left.currency} left to pay")
        account = accounts.ALLOWANCE if loss.kind is WriteOffKind.ALLOWANCE else accounts.WRITE_OFF
        sides = {account: loss.amount, accounts.RECEIVABLE: -loss.amount}
        self.write(EntryKind.WRITE_OFF, subject_of(loss), loss.written_off_on, sides)
        invoice.written_off += loss.amount
        invoice.balance -= loss.amount
        self.session.flush()

    def take_back_write_off(self, loss: WriteOff, invoice: Invoice, on: date) -> None:
        """The amount is asked for again from `on`; raises Unmet for one that was taken back before."""
        if loss.taken_back_on is not None:
            raise Unmet(f"This was taken back on {loss.taken_back_on:%d %B %Y}")
        day = max(on, loss.written_off_on)
        self.reverse(subject_of(loss), day)
        loss.taken_back_on = day
        invoice.written_off -= loss.amount
        invoice.balance += loss.amount
        self.session.flush()

    def _deposits_of(self, invoice: Invoice) -> list[DepositUse]:
        """The deposits that the invoice deducts; with nothing deducted there are none to ask for."""
        if not invoice.deducted:
            return []
        return list(self.session.scalars(select(DepositUse).where(DepositUse.invoice_id == invoice.id)))


def _add(sides: dict[str, int], account: str, amount: int) -> None:
    """Put an amount on a side that may be there already."""
    sides[account] = sides.get(account, 0) + amount
