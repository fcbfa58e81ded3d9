"""Which open documents a payment is for: proposals with their reasons, nothing is posted here [L8, 92, M27].

One call::

    best, *others = propose(Money.of("1250.00", "EUR"), documents, "your invoices N-00012 + N-00015")
    best.exact        # may be accepted without looking
    best.explanation  # "The text names invoices N-00012 and N-00015, together exactly 1,250.00"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from admin_app.kernel.money import Money
from admin_app.money.exact_sum import MOST_AMOUNTS, find_exact_sum
from admin_app.money.references import named_in

MOST_NAMES = 5
"""Documents that an explanation names before it says "and 3 more"."""


class Strategy(StrEnum):
    """How a proposal was found; the surest first."""

    REFERENCE = "reference"
    """The payer's text names the documents or the client's order."""
    SINGLE = "single"
    """One document is exactly the amount."""
    SUBSET = "subset"
    """Some documents add up to exactly the amount."""
    OLDEST = "oldest"
    """The oldest are paid first, as far as the money goes."""


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """An issued document with what is still to pay; `client_order_no` is the client's own number for it."""

    key: str
    number: str
    issued_on: date
    due_on: date | None
    balance: Money
    client_order_no: str | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """How much of the payment goes to a document; never more than its balance."""

    document: OpenDocument
    amount: Money

    @property
    def in_full(self) -> bool:
        """Whether nothing of the document stays open."""
        return self.amount == self.document.balance


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to use the payment; Σ uses + unallocated = the payment.

    `exact`: every document is paid in full, nothing is left and nothing else fits as well, so that it may be
    accepted unseen.  `rank` 1 is the surest.
    """

    strategy: Strategy
    uses: tuple[Use, ...]
    unallocated: Money
    exact: bool
    explanation: str
    rank: int = 0


def propose(credit: Money, open_documents: Sequence[OpenDocument], hint: str = "") -> tuple[Proposal, ...]:
    """The proposals for a payment or credit, the surest first; none without money or open documents.

    `hint` is the payer's text.  Documents in another currency, or with nothing to pay, are passed over [M9].
    The same question always gets the same answer, in whatever order the documents are given.
    """
    documents = sorted(
        (one for one in open_documents if one.balance.currency == credit.currency and one.balance.minor > 0),
        key=lambda one: (one.issued_on, one.due_on or one.issued_on, one.number, one.key),
    )
    if credit.minor <= 0 or not documents:
        return ()
    named = _named(documents, hint)
    found = [
        _by_reference(credit, named),
        _by_single(credit, documents),
        _by_subset(credit, documents),
        _by_age(credit, documents),
    ]
    kept: list[Proposal] = []
    for proposal in found:
        if proposal is None or any(proposal.uses == other.uses for other in kept):
            continue
        kept.append(replace(_unless_the_text_disagrees(proposal, named), rank=len(kept) + 1))
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class _Named:
    """The documents that the text names, and the client's order numbers by which it does."""

    documents: tuple[OpenDocument, ...]
    orders: tuple[str, ...]

    def __str__(self) -> str:
        """ "the text names invoice N-1 (order PO-7)"."""
        orders = f" (order {', '.join(self.orders)})" if self.orders else ""
        return f"the text names {_listed(self.documents)}{orders}"


def _named(documents: Sequence[OpenDocument], hint: str) -> _Named:
    """The documents whose number or client's order number stands in the text."""
    numbers = {f"number {at}": (one.number,) for at, one in enumerate(documents)}
    orders = {f"order {at}": (one.client_order_no or "",) for at, one in enumerate(documents)}
    keys = named_in(hint, numbers | orders)
    by_order = {at for at in range(len(documents)) if f"order {at}" in keys and f"number {at}" not in keys}
    return _Named(
        tuple(one for at, one in enumerate(documents) if f"number {at}" in keys or at in by_order),
        tuple(dict.fromkeys(documents[at].client_order_no or "" for at in sorted(by_order))),
    )


def _by_reference(credit: Money, named: _Named) -> Proposal | None:
    """What the text names; of several, those that add up to the amount, else the oldest first."""
    documents = named.documents
    if not documents:
        return None
    together = Money.total((one.balance for one in documents), credit.currency)
    says = _sentence(f"{named}, {'which is' if len(documents) == 1 else 'together'}")
    if together == credit:
        explanation = f"{says} exactly {_amount(credit)}"
        return _proposal(Strategy.REFERENCE, credit, documents, explanation, alone=True)
    if together < credit:
        rest = f"{_amount(credit - together)} stays unallocated"
        return _proposal(Strategy.REFERENCE, credit, documents, f"{says} {_amount(together)}; {rest}")
    found = _adding_up(credit, documents)
    if found:
        explanation = f"{_sentence(str(named))}; of these {found.explanation}"
        return _proposal(Strategy.REFERENCE, credit, found.documents, explanation, alone=found.alone)
    explanation = f"{says} {_amount(together)}; {_amount(credit)} of it is paid"
    if len(documents) > 1:
        explanation += ", the oldest first"
    return _proposal(Strategy.REFERENCE, credit, documents, explanation)


def _by_single(credit: Money, documents: Sequence[OpenDocument]) -> Proposal | None:
    """The oldest document that is exactly the amount."""
    fitting = [one for one in documents if one.balance == credit]
    if not fitting:
        return None
    explanation = _sentence(f"{_listed(fitting[:1])} is exactly {_amount(credit)}")
    if len(fitting) > 1:
        explanation += f"; as much is open on {_listed(fitting[1:])}"
    return _proposal(Strategy.SINGLE, credit, fitting[:1], explanation, alone=len(fitting) == 1)


def _by_subset(credit: Money, documents: Sequence[OpenDocument]) -> Proposal | None:
    """Several documents that add up to exactly the amount."""
    if len(documents) > 1 and Money.total((one.balance for one in documents), credit.currency) == credit:
        explanation = f"All {len(documents)} open invoices add up to exactly {_amount(credit)}"
        return _proposal(Strategy.SUBSET, credit, documents, explanation, alone=True)
    found = _adding_up(credit, documents)
    if found is None or len(found.documents) < 2:
        return None
    return _proposal(
        Strategy.SUBSET, credit, found.documents, _sentence(found.explanation), alone=found.alone
    )


def _by_age(credit: Money, documents: Sequence[OpenDocument]) -> Proposal:
    """The oldest first, as far as the money goes [V18]."""
    proposal = _proposal(Strategy.OLDEST, credit, documents, "")
    full = [use.document for use in proposal.uses if use.in_full]
    parts = [f"{_listed(full)} in full"] if full else []
    parts += [
        f"{_amount(use.amount)} of the {_amount(use.document.balance)} of {_listed([use.document])}"
        for use in proposal.uses
        if not use.in_full
    ]
    explanation = f"The oldest first: {' and '.join(parts)}"
    if proposal.unallocated:
        explanation += f"; {_amount(proposal.unallocated)} stays unallocated"
    return replace(proposal, explanation=explanation)


@dataclass(frozen=True, slots=True)
class _AddingUp:
    """The fewest documents that are exactly the amount; `alone` where it is certain that no others are."""

    documents: tuple[OpenDocument, ...]
    alone: bool
    explanation: str


def _adding_up(credit: Money, documents: Sequence[OpenDocument]) -> _AddingUp | None:
    """The fewest and oldest documents that add up to the amount, if any do."""
    small_enough = [one for one in documents if one.balance <= credit]
    searched = small_enough[:MOST_AMOUNTS]
    found = find_exact_sum(credit.minor, [one.balance.minor for one in searched])
    if found is None:
        return None
    chosen = tuple(searched[at] for at in found.chosen)
    fits = "is exactly" if len(chosen) == 1 else "add up to exactly"
    explanation = f"{_listed(chosen)} {fits} {_amount(credit)}"
    if not found.alone:
        explanation += "; others, as few, do too"
    unseen = len(small_enough) - len(searched)
    if unseen:
        explanation += f"; only the oldest {MOST_AMOUNTS} were searched, not {unseen} newer"
    return _AddingUp(chosen, found.alone and not unseen, explanation)


def _proposal(
    strategy: Strategy,
    credit: Money,
    documents: Iterable[OpenDocument],
    explanation: str,
    *,
    alone: bool = False,
) -> Proposal:
    """The money spent on the documents in their order, each up to its balance."""
    left = credit
    uses = []
    for one in documents:
        amount = min(left, one.balance)
        if amount:
            uses.append(Use(one, amount))
            left -= amount
    exact = alone and not left and all(use.in_full for use in uses)
    return Proposal(strategy, tuple(uses), left, exact, explanation)


def _unless_the_text_disagrees(proposal: Proposal, named: _Named) -> Proposal:
    """Amounts that fit are no proof when the text names something else."""
    if proposal.strategy is Strategy.REFERENCE or not named.documents:
        return proposal
    return replace(proposal, exact=False, explanation=f"{proposal.explanation}, but {named}")


def _listed(documents: Sequence[OpenDocument]) -> str:
    """ "invoice N-1", "invoices N-1, N-2 and N-3", or five of them "and 4 more"."""
    names = [one.number for one in documents[:MOST_NAMES]]
    if len(documents) > MOST_NAMES:
        names.append(f"{len(documents) - MOST_NAMES} more")
    if len(names) == 1:
        return f"invoice {names[0]}"
    return f"invoices {', '.join(names[:-1])} and {names[-1]}"


def _amount(amount: Money) -> str:
    """The amount as a sentence shows it: "1,250.00"."""
    return f"{amount.decimal:,f}"


def _sentence(text: str) -> str:
    """The text with a capital in front; names keep theirs."""
    return text[0].upper() + text[1:]
