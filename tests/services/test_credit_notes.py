"""Credit notes: whole, by line, by amount; used, taken back, paid back [M13, M24, M25, M27, M28, I7, I8]."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Conflict, Invalid, NotAllowed, Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    AuditEntry,
    Company,
    CreditNote,
    CustomerBalance,
    DocumentSnapshot,
    ImportRun,
    Invoice,
    InvoiceLine,
    InvoiceState,
    InvoiceTax,
    Posting,
    Standing,
    TaxMode,
    TaxRate,
)
from admin_app.money.balances import refresh_balances
from admin_app.money.history import post_history
from admin_app.records.guard import allow_bulk
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.use_credit import take_back_use, use_credit
from admin_app.services.void_invoice import void_invoice
from admin_app.services.write_credit_note import CreditForm, CreditPart, left_to_credit, write_credit_note
from seeds.builders import a_group
from tests.money.books import broken
from tests.services.desk import Desk, euros

TODAY = date(2026, 3, 17)


def account(desk: Desk, name: str) -> int:
    found = desk.session.scalar(select(func.sum(Posting.amount)).where(Posting.account == name))
    return int(found or 0)


def credit(desk: Desk, invoice: Invoice, amount: str | None = None, *parts: CreditPart, **but) -> CreditNote:
    form = CreditForm(invoice.id, "Wrong tree", euros(amount) if amount is not None else None, parts, **but)
    return write_credit_note(desk.session, form, desk.actor, desk.clock)


def owed(desk: Desk) -> tuple[int, int, int, int]:
    kept = desk.session.scalars(
        select(CustomerBalance).where(CustomerBalance.group_id == desk.group.id)
    ).one()
    return kept.receivable, kept.unallocated, kept.credits, desk.group.balance


def test_a_full_credit_of_an_unpaid_invoice_leaves_it_credited_not_paid(desk):
    """[M25]: its own series, its lines and rates copied, nothing owed, nothing open."""
    invoice = desk.invoice("100.00", "50.00", tax_names=("VAT",))

    note = credit(desk, invoice)

    assert (note.number, note.subtotal, note.tax, note.total, note.open) == (
        "NORTH-C-00001",
        15000,
        3000,
        18000,
        0,
    )
    assert [line.net for line in note.lines] == [10000, 5000]
    assert [(tax.name, tax.rate, tax.base, tax.amount) for tax in note.taxes] == [
        ("VAT", Decimal(20), 15000, 3000)
    ]
    assert (invoice.balance, invoice.credited) == (0, 18000)
    assert invoice.standing(TODAY) is Standing.CREDITED
    assert (account(desk, "revenue"), account(desk, "tax:VAT"), account(desk, "credits")) == (0, 0, 0)
    assert owed(desk) == (0, 0, 0, 0)
    assert note.derivation is not None
    assert note.derivation["amount"] == "180.00"


def test_the_surplus_over_what_is_open_pays_another_invoice(desk):
    """[M25, M27, IN#11024, ERPNext#12846]: the other balance falls by exactly what was used; that one is paid."""
    paid, other = desk.invoice("100"), desk.invoice("80")
    desk.pay("100", paid)
    note = credit(desk, paid)
    assert (note.open, paid.standing(TODAY), owed(desk)) == (10000, Standing.PAID, (8000, 0, 10000, -2000))

    use_credit(desk.session, note, other, euros("80"), desk.actor, desk.clock)

    assert (note.open, other.balance, other.credited) == (2000, 0, 0)
    assert other.standing(TODAY) is Standing.PAID, "only its own credit notes make an invoice credited"
    assert owed(desk) == (0, 0, 2000, -2000)
    assert broken(desk.session) == set()


def test_a_credit_settles_only_what_is_open_and_the_rest_stays(desk):
    invoice = desk.invoice("100")
    desk.pay("70", invoice)

    note = credit(desk, invoice, "50")

    assert (invoice.balance, invoice.credited, note.open) == (0, 3000, 2000)
    assert owed(desk) == (0, 0, 2000, -2000)


def test_what_a_credit_settled_is_taken_back_and_the_invoice_is_open_again(desk):
    """[M25, ERPNext#39783]"""
    invoice = desk.invoice("100")
    note = credit(desk, invoice)
    allocation = desk.session.scalars(select(Allocation)).one()

    take_back_use(desk.session, allocation, desk.actor, desk.clock)

    assert (invoice.balance, invoice.credited, note.open) == (10000, 0, 10000)
    assert invoice.standing(TODAY) is Standing.OPEN
    with pytest.raises(Unmet, match="taken back"):
        take_back_use(desk.session, allocation, desk.actor, desk.clock)
    assert broken(desk.session) == set()


@pytest.mark.parametrize("inside", [False, True], ids=["on top", "in prices"])
@pytest.mark.parametrize("mode", TaxMode)
def test_line_by_line_the_credits_come_to_the_invoice_to_the_cent(desk, mode, inside):
    """[M25, I8, Dolibarr#27972]: the last credit of a tax takes its left-over cent, whatever the mode."""
    desk.session.add(TaxRate(name="PST", rate=Decimal("9.975")))
    desk.session.get_one(Company, 1).tax_mode = mode
    draft = desk.draft("10.10", "19.99", "33.33", tax_names=("VAT", "PST"), prices_include_tax=inside)
    draft.discount = 500
    invoice = issue_invoice(desk.session, draft, desk.actor, desk.clock)
    halves = {
        line.id: Money(left.left.minor // 2, "EUR")
        for line, left in zip(invoice.lines, left_to_credit(desk.session, invoice).lines, strict=True)
    }

    notes = [credit(desk, invoice, None, CreditPart(line_id, net)) for line_id, net in halves.items()]
    notes += [credit(desk, invoice, None, CreditPart(line.id)) for line in invoice.lines]

    assert sum(note.total for note in notes) == invoice.total
    assert sum(note.tax for note in notes) == invoice.tax
    assert (invoice.balance, invoice.credited) == (0, invoice.total)
    assert left_to_credit(desk.session, invoice).total == euros("0")
    assert broken(desk.session) == set()
    with pytest.raises(Unmet, match="nothing to give back"):
        credit(desk, invoice)


@pytest.mark.parametrize("inside", [False, True], ids=["on top", "in prices"])
def test_amounts_are_credited_to_the_cent_and_the_last_one_takes_the_rest(desk, inside):
    """[M25]: thirds of 344.93; net and tax together are exactly what was asked."""
    desk.session.add(TaxRate(name="QST", rate=Decimal("9.975")))
    invoice = desk.invoice("100", "200", tax_names=("QST",), prices_include_tax=inside)
    third = Money(invoice.total // 3, "EUR")

    notes = [credit(desk, invoice, str(third)), credit(desk, invoice, str(third)), credit(desk, invoice)]

    assert [note.total for note in notes[:2]] == [third.minor, third.minor]
    assert all(note.subtotal + note.tax == note.total for note in notes)
    assert sum(note.total for note in notes) == invoice.total
    assert sum(note.tax for note in notes) == invoice.tax
    assert broken(desk.session) == set()


def test_a_line_that_gives_back_is_credited_below_zero(desk):
    invoice = desk.invoice("100", "-20", tax_names=("VAT",))

    note = credit(desk, invoice)

    assert [line.net for line in note.lines] == [10000, -2000]
    assert note.total == invoice.total == 9600
    assert broken(desk.session) == set()


def test_nothing_is_credited_beyond_itself(desk):
    """[I8]"""
    invoice = desk.invoice("100", "50", tax_names=("VAT",))
    first = invoice.lines[0]
    credit(desk, invoice, None, CreditPart(first.id, euros("60")))

    with pytest.raises(Unmet, match=r"40\.00 is left to credit, not 40\.01"):
        credit(desk, invoice, None, CreditPart(first.id, euros("40.01")))
    with pytest.raises(Unmet, match=r"left to credit, not -1\.00"):
        credit(desk, invoice, None, CreditPart(first.id, euros("-1")))
    with pytest.raises(Unmet, match=r"At most 108\.00 EUR"):
        credit(desk, invoice, "108.01")
    with pytest.raises(Unmet, match="not on this invoice"):
        credit(desk, invoice, None, CreditPart(desk.invoice("1").lines[0].id))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"amount": euros("0")}, "amount"),
        ({"amount": euros("1"), "parts": (CreditPart(1),)}, "amount"),
        ({"amount": Money.of("1", "USD")}, "amount"),
        ({"parts": (CreditPart(1, euros("0")),)}, "lines"),
        ({"issued_on": date(2026, 3, 18)}, "issued_on"),
        ({"issued_on": date(2026, 3, 1)}, "issued_on"),
    ],
)
def test_what_is_no_credit_is_refused_at_its_field(desk, change, field):
    invoice = desk.invoice("100", issued_on=date(2026, 3, 2))
    form = CreditForm(**{"invoice_id": invoice.id, "reason": "Why"} | change)

    with pytest.raises(Invalid) as refusal:
        write_credit_note(desk.session, form, desk.actor, desk.clock)

    assert list(refusal.value.fields) == [field]


def test_only_an_issued_invoice_is_credited_and_a_credited_one_is_not_void(desk):
    """[M13]"""
    draft, invoice = desk.draft("10"), desk.invoice("10")

    with pytest.raises(Unmet, match="only an issued one"):
        credit(desk, draft)
    note = credit(desk, invoice, "4")
    take_back_use(desk.session, desk.session.scalars(select(Allocation)).one(), desk.actor, desk.clock)
    with pytest.raises(Unmet, match="credit the rest instead"):
        void_invoice(desk.session, invoice, desk.actor, desk.clock)
    other = desk.invoice("4")
    use_credit(desk.session, note, other, euros("4"), desk.actor, desk.clock)
    with pytest.raises(Unmet, match="take the payment back"):
        void_invoice(desk.session, other, desk.actor, desk.clock)


def test_a_credit_crosses_no_customer_and_gives_no_more_than_it_has(desk):
    """[I14, M27]"""
    invoice = desk.invoice("100")
    desk.pay("100", invoice)
    note = credit(desk, invoice, "30")
    more = desk.invoice("50")

    with pytest.raises(Unmet, match=r"has 30\.00 EUR left"):
        use_credit(desk.session, note, more, euros("30.01"), desk.actor, desk.clock)
    desk.group = a_group(desk.session, name="Otto")
    with pytest.raises(Unmet, match="another customer"):
        use_credit(desk.session, note, desk.invoice("50"), euros("1"), desk.actor, desk.clock)


def test_the_open_part_is_paid_back_with_a_number_and_no_more(desk):
    """[M25, M28]"""
    invoice = desk.invoice("100")
    desk.pay("100", invoice)
    note = credit(desk, invoice, "60")

    form = CreditRefundForm(note.id, euros("45"), TODAY)
    refund = refund_credit(desk.session, form, desk.actor, desk.clock)

    assert (refund.number, note.open) == ("NORTH-R-00001", 1500)
    assert (account(desk, "credits"), account(desk, "cash:transfer")) == (-1500, 5500)
    assert owed(desk) == (0, 0, 1500, -1500)
    with pytest.raises(Unmet, match=r"15\.00 EUR is open"):
        refund_credit(desk.session, form, desk.actor, desk.clock)
    assert broken(desk.session) == set()


def test_money_in_use_goes_back_with_a_credit_note_and_nothing_is_owed_again(desk):
    """[M28]: the second answer to what happens with the invoice."""
    invoice = desk.invoice("100", tax_names=("VAT",))
    payment = desk.pay("130", invoice)

    form = RefundForm(payment.id, euros("50"), TODAY, reason="One tree less", credit_invoices=True)
    refund_payment(desk.session, form, desk.actor, desk.clock)

    note = desk.session.scalars(select(CreditNote)).one()
    assert (note.total, note.reason, note.open) == (4000, "One tree less", 0)
    assert (payment.refunded, payment.unallocated) == (5000, 0)
    assert (invoice.balance, invoice.credited) == (0, 4000)
    assert owed(desk) == (0, 0, 0, 0)
    assert broken(desk.session) == set()


def test_the_history_and_the_paper_of_a_credit_note_are_written_with_it(desk):
    """[143, M11]"""
    credit(desk, desk.invoice("10"))

    kinds = desk.session.scalars(select(DocumentSnapshot.kind)).all()
    assert {kind.value for kind in kinds} == {"invoice", "credit note"}
    told = desk.session.scalars(select(AuditEntry.entity).where(AuditEntry.entity == "CreditNote")).all()
    assert told == ["CreditNote"]


def test_the_same_form_sent_twice_is_one_credit_note(desk):
    """security.md"""
    invoice = desk.invoice("100")
    form = CreditForm(invoice.id, "Twice", euros("30"))

    first = write_credit_note(desk.session, form, desk.actor, desk.clock, "a key")
    again = write_credit_note(desk.session, form, desk.actor, desk.clock, "a key")

    assert again is first
    assert invoice.balance == 7000
    with pytest.raises(Conflict):
        write_credit_note(
            desk.session, CreditForm(invoice.id, "Twice", euros("31")), desk.actor, desk.clock, "a key"
        )


def test_nothing_is_credited_in_a_locked_period(desk):
    """[M34]"""
    invoice = desk.invoice("100", issued_on=date(2026, 2, 1))
    desk.session.get_one(Company, 1).locked_until = date(2026, 2, 28)
    desk.session.flush()

    with pytest.raises(Unmet, match="locked until"):
        credit(desk, invoice, issued_on=date(2026, 2, 28))
    assert credit(desk, invoice).issued_on == TODAY


def test_an_estimator_books_payments_but_credits_nothing(desk):
    """policy: CREDIT belongs to the office."""
    pete = Actor(ActorKind.STAFF, "Pete", id=None, role=Role.ESTIMATOR)
    form = CreditForm(desk.invoice("1").id, "Why")

    with pytest.raises(NotAllowed):
        write_credit_note(desk.session, form, pete, desk.clock)


def test_an_imported_invoice_whose_rates_nobody_knows_is_credited_in_proportion(desk):
    """design section 11: no rate is inferred, and no cent of its tax stays behind."""
    run = ImportRun(at=desk.clock.now(), actor="Ann")
    desk.session.add(run)
    desk.session.flush()
    invoice = Invoice(
        group_id=desk.group.id,
        number="OLD-7",
        state=InvoiceState.ISSUED,
        issued_on=date(2025, 5, 1),
        due_on=date(2025, 5, 31),
        currency="EUR",
        subtotal=10000,
        tax=1999,
        total=11999,
        imported=True,
        import_run_id=run.id,
        lines=[
            InvoiceLine(position=1, description="Oak", quantity=1, unit_price=100, net=10000, tax_names=[])
        ],
        taxes=[],
    )
    desk.session.add(invoice)
    desk.session.flush()
    with allow_bulk("imported"):
        post_history(desk.session.connection(), run.id, at=desk.clock.now(), actor="test")
        refresh_balances(desk.session.connection())
    desk.session.expire_all()

    notes = [credit(desk, invoice, "40"), credit(desk, invoice)]

    assert sum(note.tax for note in notes) == 1999
    assert account(desk, "tax:as imported") == 0
    assert [tax.name for tax in notes[0].taxes] == ["as imported"]
    assert desk.session.scalar(select(func.count()).select_from(InvoiceTax)) == 0
    assert broken(desk.session) == set()
