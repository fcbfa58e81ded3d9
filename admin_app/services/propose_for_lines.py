"""Whose money a line of the bank is and what it pays: proposals with their reasons; nothing is booked here [92, L8].

The customer is found by the numbers in the payer's text, by the account that paid before, by the payer's name, and last
by the amount alone.  Money that somebody recorded by hand already is found too, so that nothing is booked twice.  One
call::

    proposals = LineProposer(session, actor, lines).of(line)
    proposals[0].exact      # may be accepted unseen
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from admin_app import policy
from admin_app.kernel.actor import Actor
from admin_app.kernel.money import Money
from admin_app.kernel.text import fold
from admin_app.models import (
    BankLine,
    BankLineState,
    Contact,
    CustomerGroup,
    Invoice,
    InvoiceState,
    Membership,
    Payment,
    PaymentState,
    PaymentWay,
    Refund,
)
from admin_app.money.proposer import OpenDocument, Proposal, Strategy, propose
from admin_app.money.references import named_in
from admin_app.services.propose_uses import as_open
from admin_app.services.words_of_names import Names

DAYS_APART = timedelta(days=5)
"""So far may the day that somebody wrote by hand be from the bank's."""
MOST_CUSTOMERS = 5
"""Customers that are proposed for one line."""
MOST_OPEN = 50_000
"""Open invoices that are looked through."""
_NAMED = "The text names"
BY_HAND = (PaymentWay.TRANSFER, PaymentWay.DIRECT_DEBIT, PaymentWay.CHEQUE, PaymentWay.OTHER)
"""Ways of money that shows up on the bank's statement one by one; card money comes as payouts."""


@dataclass(frozen=True, slots=True)
class LineProposal:
    """One thing that a line may be: money of a customer with its uses, or what was recorded by hand before.

    `exact`: the customer is certain, the amounts agree to the cent, and nothing else fits.
    """

    group_id: int
    customer: str
    why: str
    exact: bool
    use: Proposal | None = None
    payment: Payment | None = None
    refund: Refund | None = None

    @property
    def explanation(self) -> str:
        """Why this customer, and why these documents, as sentences."""
        told = (self.why, self.use.explanation if self.use is not None else "")
        return ". ".join(part for part in told if part)


@dataclass(slots=True)
class _Found:
    """Why a customer came up for a line; `sure` where it was not the amount alone."""

    reasons: list[str] = field(default_factory=list)
    sure: bool = False


class LineProposer:
    """Proposes for the lines of one page or one act; what is open is read once."""

    def __init__(self, session: Session, actor: Actor, lines: Sequence[BankLine]) -> None:
        """Read what the lines may be about: open invoices, known accounts, names, money recorded by hand."""
        self._session, self._actor = session, actor
        self._open: dict[int, list[OpenDocument]] = defaultdict(list)
        self._names: dict[int, str] = {}
        self._owner: dict[str, int] = {}
        self._numbers: dict[str, tuple[str, ...]] = {}
        self._figures: dict[str, list[str]] = defaultdict(list)
        self._read_open({line.currency for line in lines})
        self._accounts = self._known_accounts(lines)
        self._words = self._read_names()
        self._payments, self._refunds = self._by_hand(lines)

    def of(self, line: BankLine) -> tuple[LineProposal, ...]:
        """What the line may be, the surest first; none where nothing speaks for anybody."""
        if line.amount < 0:
            return self._refunds_for(line)
        found = self._customers(line)
        by_hand = self._recorded(line, found)
        doubled = {one.group_id for one in by_hand}
        proposals = [
            proposal
            for group_id, reasons in list(found.items())[:MOST_CUSTOMERS]
            for proposal in self._uses(line, group_id, reasons, known=group_id in doubled)
        ]
        certain = {one.group_id for one in (*by_hand, *proposals) if one.exact}
        sure = [group_id for group_id, reasons in found.items() if reasons.sure]
        alone = len(certain) == 1 and len(sure) == 1
        ordered = sorted((*by_hand, *proposals), key=lambda one: not one.exact)
        return tuple(one if alone or not one.exact else _doubtful(one) for one in ordered)

    def forget(self, group_id: int) -> None:
        """Something was booked for this customer: read again what is open, and what is recorded by hand."""
        for document in self._open.pop(group_id, []):
            self._owner.pop(document.key, None)
        query = self._open_query().where(Invoice.group_id == group_id)
        for invoice in self._session.scalars(query.execution_options(populate_existing=True)):
            self._keep(invoice)

    def spend(self, proposal: LineProposal) -> None:
        """What was recorded by hand has its line now."""
        if proposal.payment is not None:
            self._payments.remove(proposal.payment)
        if proposal.refund is not None:
            self._refunds.remove(proposal.refund)

    def _open_query(self) -> Select[Any]:
        query = select(Invoice).where(Invoice.state == InvoiceState.ISSUED, Invoice.balance > 0)
        return policy.visible(self._actor, query)

    def _read_open(self, currencies: Iterable[str]) -> None:
        query = self._open_query().where(Invoice.currency.in_(sorted(currencies)))
        for invoice in self._session.scalars(query.order_by(Invoice.issued_on, Invoice.id).limit(MOST_OPEN)):
            self._keep(invoice)

    def _keep(self, invoice: Invoice) -> None:
        document = as_open(invoice)
        self._open[invoice.group_id].append(document)
        self._owner[document.key] = invoice.group_id
        self._numbers[document.key] = tuple(
            number for number in (document.number, document.client_order_no) if number
        )
        for number in self._numbers[document.key]:
            figures = _last_figures(number)
            if figures and document.key not in self._figures[figures]:
                self._figures[figures].append(document.key)

    def _known_accounts(self, lines: Sequence[BankLine]) -> dict[str, int]:
        """Account → the customer for whom it paid last; an account that paid for two is nobody's."""
        wanted = sorted({line.counterparty_account for line in lines if line.counterparty_account})
        query = (
            select(BankLine.counterparty_account, Payment.group_id)
            .join(Payment, Payment.id == BankLine.payment_id)
            .where(
                BankLine.state == BankLineState.BOOKED,
                BankLine.counterparty_account.in_(wanted),
                Payment.state == PaymentState.RECEIVED,
            )
            .distinct()
        )
        owners: dict[str, set[int]] = defaultdict(set)
        for account, group_id in self._session.execute(query):
            owners[str(account)].add(group_id)
        return {account: groups.pop() for account, groups in owners.items() if len(groups) == 1}

    def _read_names(self) -> Names:
        """The names of customers who owe something, and of their contacts."""
        names = Names()
        ids = sorted({*self._open, *self._accounts.values()})
        for start in range(0, len(ids), 900):
            some = ids[start : start + 900]
            groups = select(CustomerGroup.id, CustomerGroup.name).where(CustomerGroup.id.in_(some))
            for group_id, name in self._session.execute(groups):
                self._names[group_id] = name
                names.add(group_id, name)
            contacts = (
                select(Membership.group_id, Contact.first_name, Contact.last_name)
                .join(Contact, Contact.id == Membership.contact_id)
                .where(Membership.group_id.in_(some))
            )
            for group_id, first, last in self._session.execute(contacts):
                names.add(group_id, f"{first or ''} {last or ''}")
        return names

    def _by_hand(self, lines: Sequence[BankLine]) -> tuple[list[Payment], list[Refund]]:
        """Payments and refunds of these amounts and days that no line of the bank stands for yet."""
        if not lines:
            return [], []
        first = min(line.booked_on for line in lines) - DAYS_APART
        last = max(line.booked_on for line in lines) + DAYS_APART
        amounts = sorted({abs(line.amount) for line in lines})
        taken = select(BankLine.payment_id).where(BankLine.payment_id.is_not(None))
        payments = (
            select(Payment)
            .where(
                Payment.state == PaymentState.RECEIVED,
                Payment.provider.is_(None),
                Payment.method.in_(BY_HAND),
                Payment.amount.in_(amounts),
                Payment.paid_on.between(first, last),
                Payment.id.not_in(taken),
            )
            .order_by(Payment.id)
        )
        back = select(BankLine.refund_id).where(BankLine.refund_id.is_not(None))
        refunds = (
            select(Refund)
            .where(
                Refund.amount.in_(amounts),
                Refund.method.in_(BY_HAND),
                Refund.refunded_on.between(first, last),
                Refund.id.not_in(back),
            )
            .order_by(Refund.id)
        )
        see = self._session.scalars
        return (
            list(see(policy.visible(self._actor, payments.options(joinedload(Payment.group))))),
            list(see(policy.visible(self._actor, refunds.options(joinedload(Refund.group))))),
        )

    def _customers(self, line: BankLine) -> dict[int, _Found]:
        """Who the line may be from, those first for whom most speaks."""
        found: dict[int, _Found] = defaultdict(_Found)
        for group_id, numbers in self._named(line.text or "").items():
            found[group_id].reasons.append(f"{_NAMED} {', '.join(numbers[:3])}")
            found[group_id].sure = True
        account = self._accounts.get(line.counterparty_account or "")
        if account is not None:
            found[account].reasons.append("Paid from this account before")
            found[account].sure = True
        for group_id in self._words.in_text(line.counterparty or ""):
            found[group_id].reasons.append(f"The payer is called {(line.counterparty or '').strip()[:60]}")
            found[group_id].sure = True
        if not found:
            whole = Money(line.amount, line.currency)
            for group_id, documents in self._open.items():
                if any(one.balance == whole for one in documents):
                    found[group_id].reasons.append("Only the amount speaks for it")
        ordered = sorted(found.items(), key=lambda item: (-len(item[1].reasons), item[0]))
        return dict(ordered)

    def _named(self, text: str) -> dict[int, list[str]]:
        """The customers whose open invoices, or orders, the text names; and the numbers."""
        joined = "".join(character for character in fold(text) if character.isalnum())
        keys = {key for figures, owners in self._figures.items() if figures in joined for key in owners}
        keys = {key for key in keys if key in self._owner}
        named = named_in(text, {key: self._numbers[key] for key in keys}) if keys else set()
        found: dict[int, list[str]] = defaultdict(list)
        for key in sorted(named, key=int):
            found[self._owner[key]].append(self._numbers[key][0])
        return found

    def _recorded(self, line: BankLine, found: dict[int, _Found]) -> list[LineProposal]:
        """Payments recorded by hand that are this line."""
        alike = [
            one
            for one in self._payments
            if (one.amount, one.currency) == (line.amount, line.currency)
            and abs(one.paid_on - line.booked_on) <= DAYS_APART
        ]
        alike.sort(key=lambda one: (one.group_id not in found, abs(one.paid_on - line.booked_on), one.id))
        same = [one for one in alike if one.group_id in found and found[one.group_id].sure]
        return [
            LineProposal(
                payment.group_id,
                payment.group.name,
                f"A payment of the same amount was recorded by hand on {payment.paid_on:%-d %B %Y}; "
                "it becomes this line, nothing is booked twice",
                exact=len(same) == 1 and payment is same[0],
                payment=payment,
            )
            for payment in alike[:MOST_CUSTOMERS]
        ]

    def _uses(self, line: BankLine, group_id: int, reasons: _Found, *, known: bool) -> Iterable[LineProposal]:
        """What the customer's open invoices make of the money, the surest two ways."""
        whole = Money(line.amount, line.currency)
        for use in propose(whole, self._open.get(group_id, []), line.text or "")[:2]:
            told = [reason for reason in reasons.reasons if not _says_twice(reason, use)]
            if known:
                told.append("A payment of this amount stands recorded by hand")
            exact = use.exact and reasons.sure and not known and use.rank == 1
            yield LineProposal(group_id, self._names.get(group_id, ""), ". ".join(told), exact, use)

    def _refunds_for(self, line: BankLine) -> tuple[LineProposal, ...]:
        """Refunds recorded by hand that are this money going out."""
        alike = [
            one
            for one in self._refunds
            if (one.amount, one.currency) == (-line.amount, line.currency)
            and abs(one.refunded_on - line.booked_on) <= DAYS_APART
        ]
        text = line.text or ""
        named = named_in(text, {str(one.id): (one.number,) for one in alike if one.number})
        known = self._accounts.get(line.counterparty_account or "")
        sure = [one for one in alike if str(one.id) in named or one.group_id == known]
        return tuple(
            LineProposal(
                refund.group_id,
                refund.group.name,
                f"Refund {refund.number or ''} of {refund.refunded_on:%-d %B %Y} is exactly this amount",
                exact=len(sure) == 1 and refund is sure[0],
                refund=refund,
            )
            for refund in alike[:MOST_CUSTOMERS]
        )


def _says_twice(reason: str, use: Proposal) -> bool:
    """Whether the reason for the documents names them too."""
    return use.strategy is Strategy.REFERENCE and reason.startswith(_NAMED)


def _doubtful(proposal: LineProposal) -> LineProposal:
    """The same, to be looked at: another customer is as likely."""
    return LineProposal(
        proposal.group_id,
        proposal.customer,
        ". ".join(part for part in (proposal.why, "Another customer fits as well") if part),
        False,
        proposal.use,
        proposal.payment,
        proposal.refund,
    )


def _last_figures(number: str) -> str:
    """The last run of digits of a number, without zeros in front."""
    runs = "".join(character if character.isdigit() else " " for character in fold(number)).split()
    return runs[-1].lstrip("0") if runs else ""
