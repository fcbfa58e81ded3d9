"""A credit note is written: all of an invoice, some of its lines, or an amount [M25, 74, I8].

It settles its own invoice up to what is open; the rest is an open credit, to be used for other invoices of the
customer (`use_credit.py`) or paid back (`refund_credit.py`).  What it credited of a contract can be billed again [M24].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.flow import Event
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import share_by_largest_remainder
from admin_app.models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteTax,
    DocumentKind,
    Invoice,
    InvoiceKind,
    InvoiceState,
    TaxRate,
)
from admin_app.money.accounts import AS_IMPORTED
from admin_app.money.bill_taxes import Charging
from admin_app.money.crediting import (
    Credit,
    Creditable,
    CreditableLine,
    CreditableTax,
    credit_all,
    credit_amount,
    credit_lines,
)
from admin_app.money.draft import Tax
from admin_app.money.ledger import Books, lock_customer
from admin_app.services.answer_once import answer_once
from admin_app.services.facts import Said
from admin_app.services.keep_bill import left_of_deposit
from admin_app.services.reactions import react
from admin_app.services.take_number import brand_for, take_number


@dataclass(frozen=True, slots=True)
class CreditPart:
    """What is credited of one line, in the terms of the invoice's prices; without `net`, all that is left of it."""

    line_id: int
    net: Money | None = None


@dataclass(frozen=True, slots=True)
class CreditForm:
    """What the credit form says: with `parts` these lines, with `amount` (tax included) so much, else everything."""

    invoice_id: int
    reason: str
    amount: Money | None = None
    parts: tuple[CreditPart, ...] = ()
    issued_on: date | None = None
    """None: today."""


def write_credit_note(
    session: Session, form: CreditForm, actor: Actor, clock: Clock, form_key: str | None = None
) -> CreditNote:
    """Issue a credit note and let it settle its own invoice as far as that is open.

    `form_key` is the key drawn with the form.  Raises Invalid (with fields) for a form that says nothing, Unmet for
    more than is left to credit, for an invoice that is not issued and in a locked period, NotFound, NotAllowed.
    """
    policy.demand(actor, policy.Permission.CREDIT)

    def book() -> CreditNote:
        invoice = session.get(Invoice, form.invoice_id)
        if invoice is None:
            raise NotFound("This invoice does not exist")
        lock_customer(session, invoice.group_id)
        return book_credit_note(session, invoice, form, actor, clock)

    return answer_once(
        session, clock, key=form_key, purpose="write credit note", content=form, kind=CreditNote, act=book
    )


def book_credit_note(
    session: Session, invoice: Invoice, form: CreditForm, actor: Actor, clock: Clock
) -> CreditNote:
    """The credit note with its number, entries and paper; the customer is locked by the caller."""
    day = form.issued_on or clock.today()
    _check(form, invoice, day, clock)
    said = _asked(form, left_to_credit(session, invoice))
    brand = brand_for(session, invoice.brand_id or invoice.group.brand_id)
    books = Books(session, actor, clock)
    books.refuse_locked(day)
    note = CreditNote(
        number=take_number(session, brand, DocumentKind.CREDIT_NOTE, day),
        group_id=invoice.group_id,
        invoice=invoice,
        brand_id=brand.id,
        issued_on=day,
        reason=form.reason.strip()[:400],
        currency=invoice.currency,
        subtotal=said.net.minor,
        tax=said.tax.minor,
        total=said.total.minor,
        open=0,
        derivation=said.derivation.to_json(),
        lines=[
            CreditNoteLine(
                position=place,
                invoice_line_id=line.id,
                description=line.description,
                net=line.net.minor,
                tax_names=list(line.taxes),
            )
            for place, line in enumerate(said.lines, start=1)
        ],
        taxes=[
            CreditNoteTax(name=tax.name, rate=tax.rate, base=tax.base.minor, amount=tax.amount.minor)
            for tax in said.taxes
        ],
    )
    session.add(note)
    session.flush()  # the entry names the credit note by its id
    books.credit(note)
    settle_own_invoice(books, note, invoice, day)
    react(session, Event("credit_note_issued"), note, actor, clock, Said())
    return note


def preview_credit_note(session: Session, form: CreditForm, actor: Actor, clock: Clock) -> Credit:
    """What a credit note would say, for the person who is about to write it; raises as `write_credit_note` does."""
    policy.demand(actor, policy.Permission.CREDIT)
    invoice = session.get(Invoice, form.invoice_id)
    if invoice is None:
        raise NotFound("This invoice does not exist")
    _check(form, invoice, form.issued_on or clock.today(), clock)
    return _asked(form, left_to_credit(session, invoice))


def settle_own_invoice(books: Books, note: CreditNote, invoice: Invoice, day: date) -> None:
    """Use a credit note for its own invoice, as far as both reach."""
    amount = min(invoice.balance, note.open)
    if amount > 0:
        books.allocate(note, invoice, Money(amount, invoice.currency), on=day)


def left_to_credit(session: Session, invoice: Invoice) -> Creditable:
    """What of an invoice can still be credited, by line and tax; of a deposit invoice what no issued bill deducts."""
    currency = invoice.currency
    nets = _left_of_lines(session, invoice)
    taxes = _left_of_taxes(session, invoice)
    if invoice.kind is InvoiceKind.DEPOSIT and invoice.issued_on is not None:
        left = left_of_deposit(session, invoice)
        used = sum(nets.values()) - left.net.minor
        shares = share_by_largest_remainder(used, list(nets.values())) if used else [0] * len(nets)
        nets = {line_id: net - share for (line_id, net), share in zip(nets.items(), shares, strict=True)}
        taxes = {name: left.taxes[name].minor if name in left.taxes else rest for name, rest in taxes.items()}
    rates = {tax.name: tax.rate for tax in invoice.taxes}
    return Creditable(
        currency=currency,
        lines=tuple(
            CreditableLine(
                line.id,
                line.description,
                Money(nets[line.id], currency),
                tuple(name for name in line.tax_names if name in rates),
            )
            for line in invoice.lines
        ),
        taxes=tuple(
            CreditableTax(name, rates.get(name), Money(rest, currency)) for name, rest in taxes.items()
        ),
        charging=_charging(session, invoice),
        in_prices=invoice.prices_include_tax,
    )


def _left_of_lines(session: Session, invoice: Invoice) -> dict[int, int]:
    """Minor units left of each line, after its share of the document's discount and what was credited before."""
    nets = [line.net for line in invoice.lines]
    shares = share_by_largest_remainder(invoice.discount, nets) if sum(nets) else [0] * len(nets)
    credited = session.execute(
        select(CreditNoteLine.invoice_line_id, func.sum(CreditNoteLine.net))
        .join(CreditNote, CreditNote.id == CreditNoteLine.credit_note_id)
        .where(CreditNote.invoice_id == invoice.id)
        .group_by(CreditNoteLine.invoice_line_id)
    )
    before = {line_id: int(net) for line_id, net in credited}
    return {
        line.id: line.net - share - before.get(line.id, 0)
        for line, share in zip(invoice.lines, shares, strict=True)
    }


def _left_of_taxes(session: Session, invoice: Invoice) -> dict[str, int]:
    """Minor units left of each tax by name; what an import knew no rate of has a name of its own."""
    found = {tax.name: tax.amount for tax in invoice.taxes}
    unknown = invoice.tax - sum(found.values())
    if unknown:
        found[AS_IMPORTED] = found.get(AS_IMPORTED, 0) + unknown
    credited = session.execute(
        select(CreditNoteTax.name, func.sum(CreditNoteTax.amount))
        .join(CreditNote, CreditNote.id == CreditNoteTax.credit_note_id)
        .where(CreditNote.invoice_id == invoice.id)
        .group_by(CreditNoteTax.name)
    )
    for name, amount in credited:
        found[name] = found.get(name, 0) - int(amount)
    return found


def _charging(session: Session, invoice: Invoice) -> Charging | None:
    """How the invoice was taxed; None where an import did not say all of it."""
    if any(tax.rate is None for tax in invoice.taxes) or sum(t.amount for t in invoice.taxes) != invoice.tax:
        return None
    compound = set(session.scalars(select(TaxRate.name).where(TaxRate.compound)))
    taxes = tuple(
        Tax(tax.name, tax.rate, tax.name in compound) for tax in invoice.taxes if tax.rate is not None
    )
    return Charging(taxes, invoice.tax_mode, invoice.prices_include_tax)


def _asked(form: CreditForm, left: Creditable) -> Credit:
    """What the form asks for, of what is left."""
    if form.amount is not None:
        return credit_amount(left, form.amount)
    if not form.parts:
        return credit_all(left)
    rests = {line.id: line.left for line in left.lines}
    nets: dict[int, Money] = {}
    for part in form.parts:
        if part.line_id not in rests:
            raise Unmet("A line that was chosen is not on this invoice")
        if part.line_id in nets:
            raise Invalid("A line is credited once a credit note", {"lines": "This line is there twice"})
        nets[part.line_id] = rests[part.line_id] if part.net is None else part.net
    return credit_lines(left, nets)


def _check(form: CreditForm, invoice: Invoice, day: date, clock: Clock) -> None:
    """Refuse what is no credit of this invoice."""
    if not form.reason.strip():
        raise Invalid("A credit note says why", {"reason": "Say why this is credited"})
    if form.amount is not None and form.parts:
        raise Invalid("Credit lines or an amount", {"amount": "Leave the amount or the lines empty"})
    if invoice.state is not InvoiceState.ISSUED:
        raise Unmet(f"Invoice {invoice} is {invoice.state.value}; only an issued one can be credited")
    currencies = {form.amount.currency} if form.amount is not None else set()
    currencies |= {part.net.currency for part in form.parts if part.net is not None}
    if currencies - {invoice.currency}:
        raise Invalid(f"This invoice is in {invoice.currency}", {"amount": f"Credit in {invoice.currency}"})
    assert invoice.issued_on is not None
    if day < invoice.issued_on:
        raise Invalid(
            "A credit note follows its invoice",
            {"issued_on": f"The invoice is dated {invoice.issued_on:%d %B %Y}"},
        )
    if day > clock.today():
        raise Invalid("A credit note is dated when it is written", {"issued_on": "This day has not come yet"})
