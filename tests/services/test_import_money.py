"""Moving history in: invoices, lines, payments and refunds by the rules of design section 11 [M1, M9, M27-M29]."""

from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.models import (
    Allocation,
    CustomerBalance,
    CustomerGroup,
    Invoice,
    InvoiceLine,
    InvoiceState,
    JournalEntry,
    Payment,
    PaymentWay,
    Posting,
    Refund,
)
from admin_app.money import proof
from tests.services.moving import said

GROUPS = "external_id,name\nG1,Ash\nG2,Birk"
INVOICES = "number,group,issued_on,due_on,currency,subtotal,tax,total,status\n"
PAYMENTS = "external_id,group,invoice,paid_on,amount,method,reference\n"
ONE = INVOICES + "I1,G1,2025-01-10,2025-02-10,EUR,100.00,20.00,120.00,open"


@pytest.fixture
def proved(rows):
    """After the test, every invariant of the books holds."""
    yield
    with rows() as session:
        broken = [found.title for found in proof.prove(session) if not found.holds]
    assert not broken


@pytest.fixture
def balances(rows):
    """A function that tells what a customer owes, has left, and each invoice's balance."""

    def tell(group="G1"):
        with rows() as session:
            kept = session.scalars(
                select(CustomerBalance).join(CustomerGroup).where(CustomerGroup.external_id == group)
            ).all()
            open_parts = dict(
                session.execute(select(Invoice.number, Invoice.balance).order_by(Invoice.number)).all()
            )
            return [(one.currency, one.receivable, one.unallocated) for one in kept], open_parts

    return tell


pytestmark = pytest.mark.usefixtures("proved")


def test_an_invoice_is_posted_on_its_day_with_its_tax_as_imported(move, rows, balances):
    outcome = move(groups=GROUPS, invoices=ONE)

    assert not outcome.refused
    assert balances() == ([("EUR", 12000, 0)], {"I1": 12000})
    with rows() as session:
        entry = session.scalars(select(JournalEntry)).one()
        assert entry.effective_on == date(2025, 1, 10)
        posted = dict(session.execute(select(Posting.account, Posting.amount)).all())
        assert posted == {"receivable": 12000, "revenue": -10000, "tax:as imported": -2000}
        invoice = session.scalars(select(Invoice)).one()
        assert (invoice.imported, invoice.derivation) == (True, None)


def test_an_invoice_without_lines_gets_one_of_its_subtotal(move, rows):
    move(groups=GROUPS, invoices=ONE)

    with rows() as session:
        line = session.scalars(select(InvoiceLine)).one()
        assert (line.position, line.net, str(line.unit_price)) == (1, 10000, "100.0000")


def test_drafts_stay_drafts_with_a_foreign_number_and_void_ones_are_booked_and_taken_back(
    move, rows, balances
):
    move(
        groups=GROUPS,
        invoices=INVOICES
        + "D1,G1,,,EUR,50.00,0.00,50.00,draft\nV1,G1,2025-03-01,2025-03-01,EUR,70.00,0.00,70.00,void",
    )

    with rows() as session:
        draft = session.scalars(select(Invoice).where(Invoice.external_id == "D1")).one()
        assert (draft.state, draft.number, draft.balance) == (InvoiceState.DRAFT, None, 0)
        void = session.scalars(select(Invoice).where(Invoice.number == "V1")).one()
        assert (void.state, void.balance) == (InvoiceState.VOID, 0)
        days = session.scalars(select(JournalEntry.effective_on)).all()
        assert days == [date(2025, 3, 1)] * 2
    assert balances() == ([("EUR", 0, 0)], {None: 0, "V1": 0})


def test_payments_fill_their_invoice_and_what_is_over_stays_unallocated(move, rows, balances):
    """[M27]"""
    move(
        groups=GROUPS,
        invoices=ONE,
        payments=PAYMENTS
        + "P1,G1,I1,2025-02-01,50.00,card,R1\nP2,G1,I1,2025-01-05,100.00,bank,\nP3,G1,,2025-01-01,5.00,cash,",
    )

    assert balances() == ([("EUR", 0, 3500)], {"I1": 0})
    with rows() as session:
        used = session.execute(
            select(Payment.external_id, Allocation.amount, Allocation.effective_on)
            .join(Allocation, Allocation.payment_id == Payment.id)
            .order_by(Payment.external_id)
        ).all()
        assert used == [("P1", 2000, date(2025, 2, 1)), ("P2", 10000, date(2025, 1, 10))]
        ways = dict(session.execute(select(Payment.external_id, Payment.method)).all())
        assert ways == {"P1": PaymentWay.CARD, "P2": PaymentWay.OTHER, "P3": PaymentWay.CASH}


def test_a_negative_payment_is_a_refund_and_reopens_its_invoice(move, rows, balances):
    """[M28]"""
    outcome = move(
        groups=GROUPS,
        invoices=ONE.replace("open", "paid"),
        payments=PAYMENTS + "P1,G1,I1,2025-01-12,120.00,card,\nP2,G1,I1,2025-02-12,-30.00,card,",
    )

    assert balances() == ([("EUR", 3000, 0)], {"I1": 3000})
    with rows() as session:
        refund = session.scalars(select(Refund)).one()
        assert (refund.external_id, refund.amount, refund.refunded_on) == ("P2", 3000, date(2025, 2, 12))
        payment = session.scalars(select(Payment)).one()
        assert (payment.refunded, payment.unallocated) == (3000, 0)
    assert ("invoices.csv", 2, "status") in [finding[:3] for finding in said(outcome, "warning")]


def test_a_refund_over_two_payments_is_one_refund_of_each(move, rows, balances):
    move(
        groups=GROUPS,
        invoices=ONE,
        payments=PAYMENTS
        + "P1,G1,I1,2025-01-12,60.00,card,\nP2,G1,I1,2025-01-14,60.00,card,\nP3,G1,I1,2025-02-12,-100.00,card,",
    )

    assert balances() == ([("EUR", 10000, 0)], {"I1": 10000})
    with rows() as session:
        refunds = session.execute(
            select(Refund.external_id, Payment.external_id, Refund.amount).join(Payment).order_by(Refund.id)
        ).all()
        assert refunds == [("P3", "P2", 6000), ("P3#2", "P1", 4000)]


def test_more_cannot_go_back_than_came(move, rows):
    outcome = move(
        groups=GROUPS,
        invoices=ONE,
        payments=PAYMENTS
        + "P1,G1,I1,2025-01-12,60.00,card,\nP2,G1,I1,2025-02-12,-60.01,card,\nP3,G1,,2025-02-12,-1.00,card,",
    )

    assert [finding[:3] for finding in said(outcome)] == [
        ("payments.csv", 4, "invoice"),
        ("payments.csv", 3, "amount"),
    ]
    with rows() as session:
        assert session.scalar(select(func.count(Refund.id))) == 0


def test_a_payment_takes_its_invoices_currency_else_the_customers_only_one_else_the_companys(move, rows):
    """[M9]"""
    move(
        groups=GROUPS + "\nG3,Cole",
        invoices=INVOICES
        + "I1,G1,2025-01-10,2025-01-10,USD,10.00,0,10.00,open\nI2,G2,2025-01-10,2025-01-10,JPY,1000,0,1000,open\n"
        "I3,G1,2025-01-11,2025-01-11,GBP,10.00,0,10.00,open",
        payments=PAYMENTS
        + "P1,G1,I1,2025-02-01,10.00,card,\nP2,G2,,2025-02-01,500,card,\nP3,G1,,2025-02-01,5.00,card,\n"
        "P4,G3,,2025-02-01,5.00,card,",
    )

    with rows() as session:
        money = session.execute(
            select(Payment.external_id, Payment.amount, Payment.currency).order_by(Payment.id)
        )
        assert money.all() == [
            ("P1", 1000, "USD"),
            ("P2", 500, "JPY"),
            ("P3", 500, "EUR"),
            ("P4", 500, "EUR"),
        ]


def test_amounts_finer_than_their_currency_are_refused(move):
    """[M1]"""
    outcome = move(
        groups=GROUPS,
        invoices=INVOICES
        + "I1,G1,2025-01-10,2025-01-10,JPY,10.50,0,10.50,open\nI2,G1,2025-01-10,2025-01-10,TND,1.505,0,1.505,open\n"
        "I3,G1,2025-01-10,2025-01-10,EUR,1.505,0,1.505,open",
    )

    assert {finding[1] for finding in said(outcome)} == {2, 4}


def test_totals_that_do_not_add_up_are_refused(move, rows):
    outcome = move(
        groups=GROUPS,
        invoices=INVOICES
        + "I1,G1,2025-01-10,2025-01-10,EUR,100.00,20.00,121.00,open\n"
        "I2,G1,2025-01-10,2025-01-10,EUR,30.00,0,30.00,open\n"
        "I3,G1,,2025-01-10,EUR,30.00,0,30.00,open\nI4,G1,2025-01-10,2025-01-10,EUR,-3.00,0,-3.00,open",
        invoice_lines="number,position,description,quantity,unit_price,amount\nI2,1,Work,1,20.00,20.00\nI2,2,Fee,1,9.99,9.99",
        payments=PAYMENTS + "P1,G1,I2,2025-02-01,30.00,card,",
    )

    assert [finding[:3] for finding in said(outcome)] == [
        ("invoices.csv", 2, "total"),
        ("invoices.csv", 4, "issued_on"),
        ("invoices.csv", 5, "total"),
        ("invoices.csv", 3, "subtotal"),
        ("invoice_lines.csv", 2, "number"),
        ("invoice_lines.csv", 3, "number"),
        ("payments.csv", 2, "invoice"),
    ]
    assert "100.00 and tax of 20.00 do not make 121.00" in [sentence for *_, sentence in said(outcome)]
    with rows() as session:
        assert session.scalar(select(func.count(Invoice.id))) == 0


def test_zero_invoices_are_kept_and_post_nothing_and_payments_of_nothing_are_left_out(move, rows):
    outcome = move(
        groups=GROUPS,
        invoices=INVOICES + "I1,G1,2025-01-10,2025-01-10,EUR,0.00,0.00,0.00,paid",
        payments=PAYMENTS + "P1,G1,I1,2025-01-10,0.00,card,",
    )

    assert "A payment of 0.00 is left out" in [sentence for *_, sentence in said(outcome, "warning")]
    assert (outcome.tallies["payments.csv"].created, outcome.tallies["payments.csv"].skipped) == (0, 1)
    with rows() as session:
        assert session.scalars(select(Invoice)).one().standing(date(2026, 1, 1)) == "paid"
        assert session.scalar(select(func.count(JournalEntry.id))) == 0
        assert session.scalar(select(func.count(Payment.id))) == 0


def test_lines_come_with_their_invoice(move, rows):
    outcome = move(
        groups=GROUPS,
        invoices=ONE,
        invoice_lines="number,position,description,quantity,unit_price,amount\n"
        'I1,1,"Cut, chip",2.5,30.00,75.00\nI1,2,Fee,1,25.00,25.00\nI9,1,Lost,1,1.00,1.00',
    )

    assert [finding[:3] for finding in said(outcome)] == [("invoice_lines.csv", 4, "number")]
    with rows() as session:
        lines = session.execute(
            select(InvoiceLine.description, InvoiceLine.net).order_by(InvoiceLine.position)
        ).all()
        assert lines == [("Cut, chip", 7500), ("Fee", 2500)]


def test_a_payment_of_another_customers_invoice_is_refused(move):
    outcome = move(groups=GROUPS, invoices=ONE, payments=PAYMENTS + "P1,G2,I1,2025-02-01,10.00,card,")

    assert said(outcome)[0][:3] == ("payments.csv", 2, "group")


def test_what_stands_in_the_books_is_not_changed_by_a_file(move, balances):
    """[M29]"""
    paid = PAYMENTS + "P1,G1,I1,2025-02-01,10.00,card,"
    move(groups=GROUPS, invoices=ONE, payments=paid)

    outcome = move(
        invoices=ONE.replace("100.00,20.00,120.00", "90.00,20.00,110.00"),
        payments=paid.replace("10.00", "11.00"),
    )

    assert [finding[:3] for finding in said(outcome)] == [
        ("invoices.csv", 2, "number"),
        ("payments.csv", 2, "invoice"),
    ]
    assert balances() == ([("EUR", 11000, 1000 - 1000)], {"I1": 11000})


def test_a_later_file_pays_an_invoice_of_an_earlier_one_and_gives_it_back(move, balances):
    move(groups=GROUPS, invoices=ONE)
    move(payments=PAYMENTS + "P1,G1,I1,2025-02-01,120.00,card,")
    assert balances() == ([("EUR", 0, 0)], {"I1": 0})

    move(payments=PAYMENTS + "P2,G1,I1,2025-02-03,-20.00,card,")

    assert balances() == ([("EUR", 2000, 0)], {"I1": 2000})


def test_a_draft_is_issued_by_a_later_file(move, rows, balances):
    move(groups=GROUPS, invoices=ONE.replace("open", "draft"))
    move(invoices=ONE)

    assert balances() == ([("EUR", 12000, 0)], {"I1": 12000})
    with rows() as session:
        assert session.scalar(select(func.count(Invoice.id))) == 1
