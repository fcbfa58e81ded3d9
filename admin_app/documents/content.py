"""What a document says, frozen: the one input of the paper, the e-invoice and the signature [M11, L9].

Everything that the paper shows stands here as text; nothing is worked out later.  Amounts are decimal text in
major units of the document's currency, with all its decimals ("1234.50", yen "500"); quantities, unit prices
and rates are decimal text with as many decimals as were agreed.  Services fill it from the stored result of
the calculator; `canonical` gives the bytes that are kept, `content_hash` what a signature binds itself to.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from admin_app.documents.frozen import as_plain, as_sparse_bytes, read_plain

SCHEMA = 1
"""The version of this shape; a field that is added keeps it, a field that changes its meaning raises it."""


class PaperKind(enum.StrEnum):
    """The papers that leave the office."""

    ESTIMATE = "estimate"
    WORKORDER = "workorder"
    INVOICE = "invoice"
    DEPOSIT_INVOICE = "deposit invoice"
    CREDIT_NOTE = "credit note"
    RECEIPT = "receipt"
    REFUND = "refund"
    STATEMENT = "statement"

    @classmethod
    def billing(cls) -> tuple[PaperKind, ...]:
        """The papers that book revenue, and of which there can be an e-invoice."""
        return (cls.INVOICE, cls.DEPOSIT_INVOICE, cls.CREDIT_NOTE)

    @classmethod
    def asking(cls) -> tuple[PaperKind, ...]:
        """The papers that ask for money: bank details and the code of a transfer stand on them."""
        return (cls.INVOICE, cls.DEPOSIT_INVOICE, cls.STATEMENT)


class RowKind(enum.StrEnum):
    """How a row of the totals is set."""

    NORMAL = "normal"
    STRONG = "strong"
    """A sum that counts: total, amount due."""
    DEDUCTION = "deduction"
    """Taken off; its amount is given with its minus sign."""


class FieldKind(enum.StrEnum):
    """What a crew fills in by hand on a printed form."""

    CHECK = "check"
    TEXT = "text"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Sender:
    """The brand as it was on that day [141].  `country` and `registration` speak to the e-invoice.

    `address` is printed line by line; `postcode` and `city` repeat what the e-invoice wants apart.
    `logo` is the key of its bytes in `pictures`.
    """

    name: str
    legal_name: str | None = None
    address: tuple[str, ...] = ()
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    """Two letters, ISO 3166."""
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    tax_id: str | None = None
    registration: str | None = None
    """Number in the register of companies."""
    bank_name: str | None = None
    iban: str | None = None
    """IBAN, or the account as the country writes it."""
    bic: str | None = None
    accent: str | None = None
    """#1a2b3c"""
    logo: str | None = None
    footer: str | None = None
    """Small print under every page."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """The customer and where the letter goes, as they were on that day."""

    name: str
    contact: str | None = None
    """Printed under the name: the person who reads it."""
    address: tuple[str, ...] = ()
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    """Two letters, ISO 3166."""
    email: str | None = None
    tax_id: str | None = None
    reference: str | None = None
    """Buyer reference of the e-invoice (BT-10): the routing id of a public buyer."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A further line of the facts block: "Estimator", "Pete Oakes"."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the work.  `taxes` are names that `DocumentContent.taxes` explains."""

    description: str
    position: str | None = None
    """As printed: "1", "2.1"."""
    section: str | None = None
    """Lines that follow each other in one section stand under its heading."""
    alternative: str | None = None
    """The group of alternatives to which this line belongs: "Roof covering"."""
    details: str | None = None
    quantity: str | None = None
    unit: str | None = None
    unit_price: str | None = None
    discount: str | None = None
    """The amount taken off, positive."""
    discount_note: str | None = None
    """How it was agreed: "10 %"."""
    net: str | None = None
    """After the line's own discount, before the document's."""
    taxes: tuple[str, ...] = ()
    optional: bool = False
    chosen: bool = True
    """False: offered, not (or not yet) part of the total."""
    done: bool | None = None
    """For a workorder: whether the service is completed."""
    photo: str | None = None
    """The key of its bytes in `pictures`."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns the customer sees [58]; the totals are always shown where the paper has any."""

    quantity: bool = True
    unit_price: bool = True
    line_totals: bool = True
    taxes: bool = False
    """The names of its taxes on each line; needed where lines differ."""


@dataclass(frozen=True, slots=True)
class TotalRow:
    """A row under the lines, in the order in which it is read; the caller decides the rows."""

    label: str
    amount: str
    kind: RowKind = RowKind.NORMAL


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One tax of the document: `rate` in percent of `base`."""

    name: str
    rate: str
    base: str
    amount: str
    category: str = "S"
    """EN 16931 (UNCL5305): S standard, Z zero, E exempt, AE reverse charge, G export, K intra-community, O none."""
    reason: str | None = None
    """Why it is not charged, where it is not: printed, and BT-120 of the e-invoice."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit invoice that this one deducts [M21]: positive amounts."""

    number: str
    issued_on: date
    net: str
    tax: str
    total: str
    taxes: tuple[TaxRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums by name, for the e-invoice and the code of a transfer; the paper shows them as `totals`.

    subtotal − discount = net; net + tax − allowance = total; total − prepaid = due.
    """

    subtotal: str
    discount: str
    net: str
    tax: str
    total: str
    prepaid: str
    """Deposits and payments of the day on which the document was frozen."""
    due: str
    allowance: str | None = None
    """Let off after tax, for settling early [M5]."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Another document that this one speaks of: the invoice that a credit note corrects."""

    number: str
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a receipt or refund went to: an invoice and the part of the money that it took."""

    document: str
    amount: str
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One entry of a customer's account, with the balance after it."""

    on: date
    document: str
    balance: str
    text: str | None = None
    debit: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """Who agreed to which content, and when [L9]; `picture` is the key of the drawn signature."""

    name: str
    on: date
    content_hash: str
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing that the crew ticks or writes by hand; `value` where it is already known."""

    label: str
    kind: FieldKind = FieldKind.CHECK
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a workorder: pre-job safety, report, finish [63]."""

    title: str
    fields: tuple[FormField, ...] = ()
    blank_lines: int = 0
    """Empty ruled lines beneath, for handwriting."""
    signatures: tuple[str, ...] = ()
    """A signature line each: "Crew leader", "Customer"."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """How an amount came about: the stored tree of the calculator, as it is [L7]."""

    label: str
    amount: str
    rule: str
    rounding: str | None = None
    """What rounding added, in major units; an endless fraction ends in "…"."""
    children: tuple[Derivation, ...] = ()

    @classmethod
    def of(cls, tree: Mapping[str, Any]) -> Derivation:
        """The tree as the calculator's `Step.to_json` gives it."""
        return read_plain(cls, tree)


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A document as it was said on its day.

    Printed of their own accord: kind, number, title, dates, order number, preceding documents, the recipient's
    tax number; `facts` is for what comes on top.  `facts` and `totals` are printed in the order given.
    """

    kind: PaperKind
    currency: str
    sender: Sender
    recipient: Recipient
    schema: int = field(default_factory=lambda: SCHEMA)
    """Always written: a default that moved on would change what an old paper says."""
    language: str = "en_GB"
    """The locale of words, dates and numbers: "de", "en_GB"."""
    number: str | None = None
    """None: a draft, and the paper says so; a statement needs none."""
    title: str | None = None
    """What it is about: "Crown reduction, Mill Lane"."""
    revision: int | None = None
    """Of an estimate; the first one is not printed."""
    part: tuple[int, int] | None = None
    """(2, 3): the second of three invoices for one order [M18]."""
    issued_on: date | None = None
    due_on: date | None = None
    expires_on: date | None = None
    delivered_on: date | None = None
    """Day of the service, or its last day where `delivered_from` is given."""
    delivered_from: date | None = None
    order_number: str | None = None
    """The client's own order number."""
    preceding: tuple[Reference, ...] = ()
    facts: tuple[Fact, ...] = ()
    site: tuple[str, ...] = ()
    intro: str | None = None
    closing: str | None = None
    lines: tuple[Line, ...] = ()
    columns: Columns = Columns()
    prices_include_tax: bool = False
    totals: tuple[TotalRow, ...] = ()
    sums: Sums | None = None
    taxes: tuple[TaxRow, ...] = ()
    deposits: tuple[Deposit, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    statement: tuple[StatementRow, ...] = ()
    derivation: Derivation | None = None
    appendix: bool = False
    """Whether the derivation is printed after the document."""
    payment_text: str | None = None
    """The terms in words: "30 days net, 2 % within 10 days"."""
    payment_reference: str | None = None
    """What the customer writes on the transfer."""
    signed: Signed | None = None
    crew_notes: str | None = None
    forms: tuple[Form, ...] = ()

    @property
    def is_draft(self) -> bool:
        """Whether it has no number yet, where it needs one."""
        return self.number is None and self.kind is not PaperKind.STATEMENT

    def to_json(self) -> dict[str, Any]:
        """Every field as plain values: dates as 2026-03-31, what is absent as None."""
        found: dict[str, Any] = as_plain(self)
        return found


def canonical(content: DocumentContent) -> bytes:
    """The bytes that are kept and hashed: JSON with sorted keys, UTF-8, no spaces.

    What stands at its default is left out, so that a field added next year changes no hash of this year.
    """
    return as_sparse_bytes(content)


def content_hash(frozen: bytes) -> str:
    """SHA-256 of canonical bytes, as hex: what a signature binds itself to [L9]."""
    return hashlib.sha256(frozen).hexdigest()


def content_from_json(plain: Mapping[str, Any]) -> DocumentContent:
    """The content that `to_json` or `canonical` wrote.

    Raises Invalid, with the path of the field, where something is no such document.
    """
    return read_plain(DocumentContent, plain)
