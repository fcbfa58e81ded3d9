"""Credit notes, write-offs, retainage and refunds at the desk [M5, M20, M25, M28, 74, 75, 79, 81, 87, 88]."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Allocation, CreditNote, Invoice, Payment, Refund, WriteOff, WriteOffKind
from admin_app.money.proof import prove
from admin_app.services.issue_invoice import issue_invoice
from tests.admin.customers.counter import typed_on


def books_hold(counter):
    return all(finding.holds for finding in prove(counter.look()))


def the(counter, entity):
    return counter.look().scalars(select(entity)).one()


def credit_page(invoice):
    return f"/admin/billing/invoices/{invoice}/credit"


def test_a_credit_note_is_shown_before_it_is_booked(counter, issue):
    """[M25, 75]: its lines, its tax, what it does to the balance and what stays open."""
    invoice = issue("100", "50")
    line = counter.look().get_one(Invoice, invoice).lines[0].id
    typed = {"how": "lines", f"net-{line}": "40", "reason": "Branch left out"}

    shown = counter.fill(credit_page(invoice), act="preview", **typed)

    assert shown.status_code == 200
    preview = shown.text[shown.text.index("data-preview") :]
    assert "€40.00" in preview and "€8.00" in preview and "€48.00" in preview
    assert "asks for <span" in preview and "€132.00" in preview
    assert counter.look().scalars(select(CreditNote)).all() == []

    booked = counter.post(credit_page(invoice), typed_on(shown) | {"act": "book"})

    note = the(counter, CreditNote)
    assert booked.headers["Location"] == f"/admin/billing/credits/{note.id}"
    assert (note.total, note.tax, note.open, note.reason) == (48_00, 8_00, 0, "Branch left out")
    page = counter.page(booked.headers["Location"])
    assert "asks for €48.00 less" in page and f"/admin/papers/credit-note/{note.id}.pdf" in page
    assert books_hold(counter)


def test_the_whole_and_an_amount_are_credited_too(counter, issue):
    first, second = issue("100"), issue("100")

    counter.fill(credit_page(first), act="book", how="all", reason="Twice")
    counter.fill(credit_page(second), act="book", how="amount", amount="60", reason="Agreed")

    session = counter.look()
    assert [note.total for note in session.scalars(select(CreditNote).order_by(CreditNote.id))] == [
        120_00,
        60_00,
    ]
    assert "Everything of this invoice is credited already" in counter.page(credit_page(first))


@pytest.mark.parametrize(
    ("typed", "status", "told"),
    [
        ({"how": "all", "reason": ""}, 422, "Say why this is credited"),
        ({"how": "amount", "amount": "120.01", "reason": "x"}, 409, "can still be credited"),
        ({"how": "amount", "amount": "", "reason": "x"}, 422, "Enter what is credited"),
        ({"how": "amount", "amount": "1e5", "reason": "x"}, 422, "is not an amount"),
        ({"how": "lines", "reason": "x"}, 422, "Write beside the lines"),
        ({"how": "amount", "amount": "1", "reason": "kept", "issued_on": "2030-01-01"}, 422, "not come yet"),
    ],
)
def test_a_credit_that_cannot_be_is_told_and_what_was_typed_stays(counter, issue, typed, status, told):
    invoice = issue("100")

    answer = counter.fill(credit_page(invoice), act="book", **typed)

    assert answer.status_code == status
    assert told in answer.text and typed["reason"] in answer.text
    assert counter.look().scalars(select(CreditNote)).all() == []


def test_one_press_is_one_credit_note(counter, issue):
    invoice = issue("100")
    form = typed_on(counter.get(credit_page(invoice))) | {
        "how": "amount",
        "amount": "10",
        "reason": "x",
        "act": "book",
    }

    answers = [counter.post(credit_page(invoice), form).status_code for _ in range(3)]

    assert answers == [302, 302, 302]
    assert the(counter, CreditNote).total == 10_00


def test_an_open_credit_is_used_taken_back_and_paid_back(counter, issue):
    """[M25-M28, 87, 88]"""
    paid, other = issue("100"), issue("50")
    counter.fill(
        "payments/new", paid_on="17 Mar 2026", amount="120", spread="chosen", **{f"use-{paid}": "120"}
    )
    counter.fill(credit_page(paid), act="book", how="amount", amount="70", reason="Too much")
    note = the(counter, CreditNote)
    home = f"/admin/billing/credits/{note.id}"
    assert note.open == 70_00
    assert note.number in counter.page("payments") and f"{home}/use" in counter.page("payments")

    counter.fill(f"{home}/use", invoice=str(other), amount="60")
    assert counter.look().get_one(Invoice, other).balance == 0
    use = counter.look().scalars(select(Allocation.id).where(Allocation.credit_note_id == note.id)).one()
    assert "€60.00 more" in counter.page(f"{home}/uses/{use}/take-back")
    counter.fill(f"{home}/uses/{use}/take-back")
    assert counter.look().get_one(Invoice, other).balance == 60_00
    assert counter.get(f"{home}/uses/{use}/take-back").status_code == 404

    over = counter.fill(f"{home}/refund", amount="71")
    assert over.status_code == 409
    counter.fill(f"{home}/refund", amount="70", reason="As agreed")
    refund = the(counter, Refund)
    assert (refund.amount, refund.credit_note_id) == (70_00, note.id)
    page = counter.page("payments")
    assert refund.number in page and f"/admin/papers/refund/{refund.id}.pdf" in page
    assert f"refund {refund.number}" in counter.page(home)
    assert "Nothing is open of this credit note" in counter.page(f"{home}/use")
    assert books_hold(counter)


def test_a_refund_can_credit_what_it_paid(counter, issue):
    """[M28]: the person says whether the invoice is open again or credited."""
    invoice = issue("100")
    counter.fill("payments/new", paid_on="17 Mar 2026", amount="120", spread="oldest")
    payment = the(counter, Payment).id

    counter.fill(
        f"payments/{payment}/refund", amount="30", refunded_on="17 Mar 2026", follows="credit", reason="Gate"
    )

    note = the(counter, CreditNote)
    assert (note.total, note.open, note.reason) == (30_00, 0, "Gate")
    assert counter.look().get_one(Invoice, invoice).balance == 0
    assert books_hold(counter)


def test_a_bad_debt_is_written_off_and_taken_back(counter, issue):
    """[81]: consequences in numbers first."""
    invoice = issue("100")
    page = f"/admin/billing/invoices/{invoice}/write-off"
    assert "€120.00 is open" in counter.page(page)

    nameless = counter.fill(page, reason="")
    counter.fill(page, amount="20", reason="Gone away")

    assert nameless.status_code == 422 and "Say why" in nameless.text
    loss = the(counter, WriteOff)
    assert (loss.amount, loss.kind) == (20_00, WriteOffKind.BAD_DEBT)
    assert counter.look().get_one(Invoice, invoice).balance == 100_00
    assert "Gone away" in counter.page(f"/admin/billing/write-offs/{loss.id}")
    counter.fill(f"/admin/billing/write-offs/{loss.id}/take-back")
    assert counter.look().get_one(Invoice, invoice).balance == 120_00
    assert "It was taken back on" in counter.page(f"/admin/billing/write-offs/{loss.id}/take-back")
    assert books_hold(counter)


def test_an_allowance_for_early_payment_is_its_own_kind(counter, issue):
    """[M5]"""
    invoice = issue("100")

    counter.fill(
        f"/admin/billing/invoices/{invoice}/write-off",
        kind="settlement allowance",
        amount="2.40",
        reason="2 % within 10 days",
    )

    assert the(counter, WriteOff).kind is WriteOffKind.ALLOWANCE


def test_retainage_is_released_early_only_when_that_is_said(counter, issue):
    """[M20, 79]"""
    session = counter.look()
    draft = issue_with_retainage(counter, session)
    page = f"/admin/billing/invoices/{draft}/release"
    shown = counter.page(page)
    assert "€12.00 held back" in shown and "106 days from now" in shown

    silent = counter.fill(page)
    counter.fill(page, early="on", due_on="2026-04-17")

    assert silent.status_code == 422 and "tick that the customer pays before" in silent.text
    invoice = counter.look().get_one(Invoice, draft)
    assert (invoice.balance, invoice.released_on, invoice.due_on) == (
        120_00,
        date(2026, 3, 17),
        date(2026, 4, 17),
    )
    assert "Nothing is held back" in counter.page(page)
    assert books_hold(counter)


def issue_with_retainage(counter, session):
    from admin_app.models import InvoiceLine

    invoice = Invoice(group_id=counter.group_id, currency="EUR", retained_until=date(2026, 7, 1))
    invoice.lines.append(
        InvoiceLine(
            position=1,
            description="Work",
            quantity=Decimal(1),
            unit_price=Decimal(100),
            net=0,
            tax_names=["VAT"],
        )
    )
    session.add(invoice)
    session.flush()
    invoice.total, invoice.retained = 120_00, 12_00
    issue_invoice(session, invoice, counter.actor, counter.clock)
    session.commit()
    return invoice.id


def test_the_lists_lead_to_the_pages(counter, issue):
    invoice = issue("100")
    counter.fill(credit_page(invoice), act="book", how="amount", amount="10", reason="x")
    counter.fill(f"/admin/billing/invoices/{invoice}/write-off", amount="5", reason="y")

    assert f"/admin/billing/credits/{the(counter, CreditNote).id}" in counter.page("/admin/credit-notes/")
    assert f"/admin/billing/write-offs/{the(counter, WriteOff).id}" in counter.page("/admin/write-offs/")
    details = counter.page(f"/admin/invoices/details/?id={invoice}")
    assert credit_page(invoice) in details and "Credit note NORTH-C-00001" in details


@pytest.mark.parametrize("role", [Role.ESTIMATOR, Role.ANALYST, Role.CREW], ids=str)
def test_who_may_not_credit_is_refused(counter, issue, role):
    invoice = issue("100")
    counter.sits_down(role)

    assert counter.get(credit_page(invoice)).status_code == 403
    assert counter.get(f"/admin/billing/invoices/{invoice}/write-off").status_code == 403
