"""Money comes in and goes out: payments, refunds, payouts of the card provider [M28-M31, 92]."""

from __future__ import annotations

from admin_app.kernel.errors import Unmet
from admin_app.models import CreditNote, EntryKind, Payment, PaymentState, PaymentWay, Payout, Refund
from admin_app.money import accounts
from admin_app.money.books_use import Uses
from admin_app.money.entries import subject_of


class Till(Uses):
    """The acts that move cash."""

    __slots__ = ()

    def receive(self, payment: Payment) -> None:
        """cash / advances, with the tip on its own account, on the day it was paid [M30]."""
        sides = {
            accounts.cash(payment.method): payment.amount,
            accounts.ADVANCES: payment.tip - payment.amount,
            accounts.TIPS: -payment.tip,
        }
        self.write(EntryKind.PAYMENT, subject_of(payment), payment.paid_on, sides)
        payment.unallocated = payment.amount - payment.tip
        self.session.flush()

    def take_back_receipt(self, payment: Payment) -> None:
        """The payment and what it was used for, taken back on their own dates: it was a mistake [M29, D4]."""
        for allocation in self.standing_allocations(payment):
            self.take_back(allocation, on=allocation.effective_on)
        self.reverse(subject_of(payment))
        payment.state = PaymentState.REVERSED
        payment.unallocated = 0
        self.session.flush()

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
        self.write(EntryKind.REFUND, subject_of(refund), refund.refunded_on, sides)
        payment.refunded += refund.amount
        payment.unallocated -= refund.amount - from_tip
        self.session.flush()

    def pay_out_credit(self, refund: Refund, credit: CreditNote) -> None:
        """credits / cash: the open part of a credit note goes back as money [M25, M28]."""
        if refund.amount > credit.open:
            raise Unmet(
                "What invoices use of a credit note cannot be paid back; take it back from them first"
            )
        sides = {accounts.CREDITS: refund.amount, accounts.cash(refund.method): -refund.amount}
        self.write(EntryKind.REFUND, subject_of(refund), refund.refunded_on, sides)
        credit.open -= refund.amount
        self.session.flush()

    def pay_out(self, payout: Payout) -> None:
        """bank and fees / cash:card: what the provider collected arrives, less what it keeps [M31]."""
        sides = {
            accounts.cash(PaymentWay.TRANSFER): payout.gross - payout.fee,
            accounts.FEES: payout.fee,
            accounts.cash(PaymentWay.CARD): -payout.gross,
        }
        self.write(EntryKind.PAYOUT, subject_of(payout), payout.paid_on, sides)
        self.session.flush()
