"""A bookkeeper with pencil and paper: what every balance has to be, worked out a second way.

It knows the rules of the trade in Decimal euros and nothing of the program: no module of `admin_app` is read here.
Each act either happens, or raises `No` and leaves the paper as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
RATE = Decimal("0.20")
NOTHING = Decimal(0)


class No(Exception):
    """This may not be done."""


def half_up(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(eq=False)
class Bill:
    """An invoice; `net` and `tax` matter where it bills a contract."""

    who: int
    day: date
    net: Decimal
    tax: Decimal
    contract: Contract | None = None
    is_deposit: bool = False
    project: int | None = None
    retained: Decimal = NOTHING
    released: bool = False
    deducts: list[tuple[Bill, Decimal]] = field(default_factory=list)
    credits: list[Note] = field(default_factory=list)
    void: bool = False
    id: int = 0

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    @property
    def deducted(self) -> Decimal:
        return sum((amount for _, amount in self.deducts), NOTHING)

    @property
    def credited_net(self) -> Decimal:
        return sum((note.net for note in self.credits), NOTHING)

    @property
    def credited_tax(self) -> Decimal:
        return sum((note.tax for note in self.credits), NOTHING)


@dataclass(eq=False)
class Note:
    """A credit note."""

    who: int
    bill: Bill
    net: Decimal
    tax: Decimal
    refunded: Decimal = NOTHING
    id: int = 0

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


@dataclass(eq=False)
class Receipt:
    """Money that came."""

    who: int
    day: date
    amount: Decimal
    tip: Decimal = NOTHING
    project: int | None = None
    refunded: Decimal = NOTHING
    gone: bool = False
    id: int = 0


@dataclass(eq=False)
class Use:
    """What a bill took of money or of a credit, as long as it stands."""

    source: Receipt | Note
    bill: Bill
    amount: Decimal
    day: date


@dataclass(eq=False)
class Loss:
    """What was written off, as long as it stands."""

    bill: Bill
    amount: Decimal
    stands: bool = True
    id: int = 0


@dataclass(eq=False)
class Contract:
    """A confirmed estimate of one line with 20 % tax."""

    who: int
    project: int
    net: Decimal
    id: int = 0

    @property
    def tax(self) -> Decimal:
        return half_up(self.net * RATE)


class Paper:
    """All sheets of the bookkeeper."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.locked: date | None = None
        self.bills: list[Bill] = []
        self.notes: list[Note] = []
        self.receipts: list[Receipt] = []
        self.uses: list[Use] = []
        self.losses: list[Loss] = []
        self.contracts: list[Contract] = []

    # --- what the sheets say ---

    def open_of(self, bill: Bill) -> Decimal:
        if bill.void:
            return NOTHING
        held = NOTHING if bill.released else bill.retained
        used = sum((use.amount for use in self.uses if use.bill is bill), NOTHING)
        lost = sum((loss.amount for loss in self.losses if loss.bill is bill and loss.stands), NOTHING)
        return bill.total - bill.deducted - held - used - lost

    def left_of(self, source: Receipt | Note) -> Decimal:
        used = sum((use.amount for use in self.uses if use.source is source), NOTHING)
        if isinstance(source, Note):
            return source.total - source.refunded - used
        if source.gone:
            return NOTHING
        payable = source.amount - source.tip
        return payable - used - min(source.refunded, payable)

    def settled_by_own_credits(self, bill: Bill) -> Decimal:
        return sum(
            (use.amount for use in self.uses if use.bill is bill and use.source in bill.credits), NOTHING
        )

    def written_off(self, bill: Bill) -> Decimal:
        return sum((loss.amount for loss in self.losses if loss.bill is bill and loss.stands), NOTHING)

    def used_as_deposit(self, deposit: Bill) -> Decimal:
        standing = (bill for bill in self.bills if not bill.void)
        return sum((part for bill in standing for one, part in bill.deducts if one is deposit), NOTHING)

    def creditable(self, bill: Bill) -> Decimal:
        used = self.used_as_deposit(bill) if bill.is_deposit else NOTHING
        return bill.total - bill.credited_net - bill.credited_tax - used

    def customer(self, who: int) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """What a customer owes, has unallocated, has as open credits, and what is held back of the bills."""
        mine = [bill for bill in self.bills if bill.who == who and not bill.void]
        return (
            sum((self.open_of(bill) for bill in mine), NOTHING),
            sum((self.left_of(one) for one in self.receipts if one.who == who), NOTHING),
            sum((self.left_of(note) for note in self.notes if note.who == who), NOTHING),
            sum((bill.retained for bill in mine if not bill.released), NOTHING),
        )

    # --- acts ---

    def is_locked(self, day: date) -> bool:
        return self.locked is not None and day <= self.locked

    def issue(self, bill: Bill) -> Bill:
        self.bills.append(bill)
        if bill.project is not None:
            ours = [one for one in self.receipts if one.project == bill.project and not one.gone]
            for receipt in sorted(ours, key=lambda one: one.day):
                self._use_what_fits(receipt, bill)
        return bill

    def pay(self, receipt: Receipt, bills: list[Bill]) -> Receipt:
        left = receipt.amount - receipt.tip
        seen: set[Bill] = set()
        for bill in bills:
            fits = min(self.open_of(bill), left) if bill not in seen else NOTHING
            if fits > 0 and bill.who != receipt.who:
                raise No
            left, seen = left - fits, seen | {bill}
        self.receipts.append(receipt)
        for bill in bills:
            self._use_what_fits(receipt, bill)
        return receipt

    def use(self, source: Receipt | Note, bill: Bill, amount: Decimal) -> None:
        gone = isinstance(source, Receipt) and source.gone
        if gone or bill.void or source.who != bill.who or amount <= 0:
            raise No
        if amount > self.open_of(bill) or amount > self.left_of(source):
            raise No
        self.uses.append(Use(source, bill, amount, self.today))

    def take_back(self, use: Use) -> None:
        self.uses.remove(use)

    def credit(self, bill: Bill, amount: Decimal | None) -> Note:
        left = self.creditable(bill)
        wanted = left if amount is None else amount
        if bill.void or wanted <= 0 or wanted > left:
            raise No
        net, tax = self._split(bill, wanted, left)
        note = Note(bill.who, bill, net, tax)
        bill.credits.append(note)
        self.notes.append(note)
        self._use_what_fits(note, bill)
        return note

    def refund(self, receipt: Receipt, amount: Decimal, answer: str) -> list[Note]:
        if receipt.gone or amount <= 0 or amount > receipt.amount - receipt.refunded:
            raise No
        standing = [use for use in self.uses if use.source is receipt][::-1]
        missing = amount - self.left_of(receipt)
        freed: list[tuple[Use, Decimal]] = []
        for use in standing:
            if missing <= 0:
                break
            part = min(use.amount, missing)
            freed.append((use, part))
            missing -= part
        if freed and answer == "neither":
            raise No
        if answer == "credit":
            asked: dict[Bill, Decimal] = {}
            for use, part in freed:
                asked[use.bill] = asked.get(use.bill, NOTHING) + part
            if any(part > self.creditable(bill) for bill, part in asked.items()):
                raise No
        for use, part in freed:
            self.uses.remove(use)
            if use.amount > part:
                self.uses.append(Use(receipt, use.bill, use.amount - part, self.today))
        receipt.refunded += amount
        return [self.credit(use.bill, part) for use, part in freed] if answer == "credit" else []

    def refund_note(self, note: Note, amount: Decimal) -> None:
        if amount <= 0 or amount > self.left_of(note):
            raise No
        note.refunded += amount

    def write_off(self, bill: Bill, amount: Decimal) -> Loss:
        if bill.void or not 0 < amount <= self.open_of(bill):
            raise No
        loss = Loss(bill, amount)
        self.losses.append(loss)
        return loss

    def take_back_loss(self, loss: Loss) -> None:
        if not loss.stands:
            raise No
        loss.stands = False

    def release(self, bill: Bill) -> None:
        if bill.void or bill.released or not bill.retained:
            raise No
        bill.released = True
        for note in bill.credits:
            self._use_what_fits(note, bill)

    def void(self, bill: Bill) -> None:
        used = any(use.bill is bill for use in self.uses)
        if bill.void or used or bill.credits or self.written_off(bill) or self.is_locked(bill.day):
            raise No
        if self.used_as_deposit(bill):
            raise No
        bill.void = True

    def delete(self, receipt: Receipt) -> None:
        self._refuse_correction(receipt)
        self.uses = [use for use in self.uses if use.source is not receipt]
        receipt.gone = True

    def edit(self, receipt: Receipt, amount: Decimal) -> Receipt:
        if amount == receipt.amount and not receipt.tip:
            return receipt  # nothing about the money changes
        self._refuse_correction(receipt)
        before = [use for use in self.uses if use.source is receipt]
        self.delete(receipt)
        new = Receipt(receipt.who, receipt.day, amount, NOTHING, receipt.project)
        self.receipts.append(new)
        left = amount
        for use in before:
            part = min(left, use.amount)
            if part > 0:
                self.uses.append(Use(new, use.bill, part, max(new.day, use.bill.day)))
                left -= part
        return new

    def deposit(self, contract: Contract, amount: Decimal) -> Bill:
        asked = [
            bill for bill in self.bills if bill.contract is contract and bill.is_deposit and not bill.void
        ]
        standing = sum((one.total - one.credited_net - one.credited_tax for one in asked), NOTHING)
        whole = contract.net + contract.tax
        if amount <= 0 or standing + amount > whole:
            raise No
        net, tax = shared(amount, contract.net, contract.tax)
        bill = Bill(contract.who, self.today, net, tax, contract, is_deposit=True, project=contract.project)
        return self.issue(bill)

    def bill_rest(self, contract: Contract) -> Bill:
        billed = [
            bill for bill in self.bills if bill.contract is contract and not bill.is_deposit and not bill.void
        ]
        net = contract.net - sum((bill.net - bill.credited_net for bill in billed), NOTHING)
        tax = contract.tax - sum((bill.tax - bill.credited_tax for bill in billed), NOTHING)
        if net + tax <= 0 or not net:
            raise No
        bill = Bill(contract.who, self.today, net, tax, contract, project=contract.project)
        left = bill.total
        for deposit in [
            one for one in self.bills if one.contract is contract and one.is_deposit and not one.void
        ]:
            part = min(left, self.creditable(deposit))
            if part > 0:
                bill.deducts.append((deposit, part))
                left -= part
        return self.issue(bill)

    # --- how ---

    def _use_what_fits(self, source: Receipt | Note, bill: Bill) -> None:
        fits = min(self.open_of(bill), self.left_of(source))
        if fits > 0:
            self.uses.append(Use(source, bill, fits, self.today))

    def _split(self, bill: Bill, amount: Decimal, left: Decimal) -> tuple[Decimal, Decimal]:
        """Net and tax of a part of what is left, of which only a bill of one line asks."""
        net_left, tax_left = bill.net - bill.credited_net, bill.tax - bill.credited_tax
        if amount == left and not (bill.is_deposit and self.used_as_deposit(bill)):
            return net_left, tax_left
        return shared(amount, net_left, tax_left)

    def _refuse_correction(self, receipt: Receipt) -> None:
        days = [receipt.day, *(use.day for use in self.uses if use.source is receipt)]
        if receipt.gone or receipt.refunded or any(self.is_locked(day) for day in days):
            raise No


def shared(amount: Decimal, net: Decimal, tax: Decimal) -> tuple[Decimal, Decimal]:
    """An amount in the proportion of net and tax; the last cent goes where more of it belongs, else to the tax."""
    exact_net, exact_tax = (amount * part / (net + tax) for part in (net, tax))
    low_net, low_tax = (part.quantize(CENT, ROUND_DOWN) for part in (exact_net, exact_tax))
    if low_net + low_tax < amount:
        if exact_tax - low_tax >= exact_net - low_net:
            low_tax += CENT
        else:
            low_net += CENT
    return low_net, low_tax
