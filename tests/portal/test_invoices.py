"""Invoices, credit notes, payments, receipts and the statement as a client sees them [W7, E6, 82, 87, 90]."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader
from sqlalchemy import select

from admin_app.models import (
    Contact,
    CreditNote,
    CustomerBalance,
    CustomerGroup,
    Invoice,
    InvoiceState,
    Payment,
    PortalReceipt,
)
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.void_invoice import void_invoice
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from admin_app.services.write_off_invoice import WriteOffForm, write_off_invoice
from seeds.work_builders import a_project
from tests.portal.household import HOSTILE
from tests.services.desk import Desk, euros


def page_of(till, number: int) -> str:
    return f"/portal/invoices/{till.public_id(Invoice, number)}"


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def credit(till, number: int, text: str) -> int:
    with till.rows() as session:
        form = CreditForm(number, "Not done", amount=euros(text))
        return int(write_credit_note(session, form, session.info["actor"], till.clock).id)


def balance(till) -> int:
    with till.rows() as session:
        kept = session.scalars(select(CustomerBalance).where(CustomerBalance.group_id == till.group)).one()
        return int(kept.receivable - kept.unallocated - kept.credits)


def shown_closing(text: str) -> str:
    """The balance at the foot of the statement."""
    found = re.search(r"<tfoot>.*?<td>([^<]*)</td></tr></tfoot>", text, re.S)
    assert found
    return found[1]


def test_an_invoice_leads_with_amount_due_date_and_state_then_its_frozen_lines(till):
    """[W7, M8] What the page says is the frozen paper; a later edit of the row changes no line of it."""
    with till.rows() as session:
        session.get_one(Invoice, till.invoices[0]).lines[0].description = "Something else"
    text = till.come_in().get(page_of(till, till.invoices[0])).text

    assert text.index("100.00") < text.index("Due ") < text.index("What it is for") < text.index("Work 1")
    assert "To pay" in text
    assert "Something else" not in text
    assert "How this total comes about" in text


def test_a_transfer_has_its_code_for_what_is_open(till):
    text = till.come_in().get(page_of(till, till.invoices[0])).text
    assert 'src="data:image/svg+xml;base64,' in text
    assert "DE02120300000000202051" in text

    till.pay_by_bank("40", till.invoices[0])
    later = till.come_in().get(page_of(till, till.invoices[0])).text

    assert "Partly paid" in later
    assert "60.00" in later
    assert re.findall(r"base64,[^\"]+", text) != re.findall(r"base64,[^\"]+", later)


def test_a_paid_invoice_says_thank_you_and_leads_to_the_receipt(till):
    till.pay_by_bank("100", till.invoices[0])
    clara = till.come_in()

    text = clara.get(page_of(till, till.invoices[0])).text

    assert "Thank you" in text
    receipt = f"/portal/receipts/{till.public_id(Payment, 1)}"
    assert receipt in text or "Paid by transfer" in text
    assert "Pay by bank transfer" not in text


def test_the_list_says_what_is_due_in_all_and_filters(till):
    second = till.invoice("50", title="Hedge")
    till.pay_by_bank("100", till.invoices[0])
    clara = till.come_in()

    every, to_pay, done = (clara.get(f"/portal/invoices/?show={word}").text for word in ("", "open", "paid"))

    assert "50.00" in every.split("To pay")[1][:200]
    assert page_of(till, second) in to_pay
    assert page_of(till, till.invoices[0]) not in to_pay
    assert page_of(till, till.invoices[0]) in done
    assert page_of(till, second) not in done


def test_drafts_and_invoices_of_other_projects_are_not_there(till):
    with till.rows() as session:
        desk = Desk(session, session.info["actor"], till.clock, session.get_one(CustomerGroup, till.group))
        draft = desk.draft("5", project_id=till.project, title="Draft of ours")
        elsewhere = a_project(session, desk.group, title="Secret")
        hidden = desk.invoice("77", project_id=elsewhere.id, title="Hidden bill")
        numbers = draft.id, hidden.id
    clara = till.come_in()

    for number in numbers:
        assert clara.get(page_of(till, number)).status_code == 404
        assert clara.get(page_of(till, number) + "/pdf").status_code == 404
    for path in ("/portal/invoices/", "/portal/statement", "/portal/payments/"):
        text = clara.get(path).text
        assert "Hidden bill" not in text
        assert "Draft of ours" not in text
        assert "77.00" not in text


def test_a_void_invoice_says_that_nothing_is_to_pay(till):
    with till.rows() as session:
        void_invoice(session, session.get_one(Invoice, till.invoices[0]), session.info["actor"], till.clock)
    assert till.the(Invoice, till.invoices[0]).state is InvoiceState.VOID

    text = till.come_in().get(page_of(till, till.invoices[0])).text

    assert "cancelled" in text
    assert 'name="paying"' not in text


def test_a_credit_note_stands_beside_its_invoice_with_its_own_page_and_paper(till):
    note = credit(till, till.invoices[0], "30")
    clara = till.come_in()
    path = f"/portal/credit-notes/{till.public_id(CreditNote, note)}"

    assert path in clara.get(page_of(till, till.invoices[0])).text
    assert "70.00" in clara.get(page_of(till, till.invoices[0])).text
    assert "Not done" in clara.get(path).text
    pdf = clara.get(f"{path}/pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")


def test_papers_are_attachments_and_reading_them_is_written_down(till):
    """[L19]"""
    clara = till.come_in()
    clara.get(page_of(till, till.invoices[0]))
    pdf = clara.get(page_of(till, till.invoices[0]) + "/pdf")

    assert pdf.headers["Content-Disposition"].startswith("attachment")
    seen = till.all_of(PortalReceipt)
    assert [(one.about, one.how.value) for one in seen] == [("invoice", "opened"), ("invoice", "downloaded")]
    assert seen[0].content_hash
    assert seen[0].content_hash == seen[1].content_hash


def test_payments_list_receipts_refunds_and_what_is_with_us(till):
    """[87]"""
    till.pay_by_bank("130", till.invoices[0])
    with till.rows() as session:
        form = RefundForm(1, euros("10"), till.clock.today(), reason="Too much")
        refund_payment(session, form, session.info["actor"], till.clock)
    clara = till.come_in()

    text = clara.get("/portal/payments/").text
    assert "20.00" in text.split("is with us")[0]
    assert "Too much" in text
    receipt = f"/portal/receipts/{till.public_id(Payment, 1)}"
    assert receipt in text
    shown = clara.get(receipt).text
    assert "130.00" in shown
    assert "NORTH-00001" in shown
    assert clara.get(f"{receipt}/pdf").data[:5] == b"%PDF-"


def test_a_receipt_names_no_invoice_that_is_hidden_from_its_reader(till):
    with till.rows() as session:
        desk = Desk(session, session.info["actor"], till.clock, session.get_one(CustomerGroup, till.group))
        hidden = desk.invoice("77", project_id=a_project(session, desk.group, title="Secret").id)
        desk.pay("177", session.get_one(Invoice, till.invoices[0]), hidden)
        number = str(hidden.number)
    clara = till.come_in()
    receipt = f"/portal/receipts/{till.public_id(Payment, 1)}"

    assert number not in clara.get(receipt).text
    assert number not in clara.get("/portal/payments/").text
    pdf = clara.get(f"{receipt}/pdf")
    assert number not in text_of(pdf.data)
    assert "NORTH-00001" in text_of(pdf.data)


def test_the_statement_ends_with_the_balance_of_the_ledger(till):
    """[90, I12] Every kind of entry: bill, payment, refund, credit, loss."""
    second = till.invoice("50")
    till.pay_by_bank("60", till.invoices[0])
    credit(till, second, "20")
    with till.rows() as session:
        actor = session.info["actor"]
        refund_payment(
            session,
            RefundForm(1, euros("5"), till.clock.today(), reopen_invoices=True),
            actor,
            till.clock,
        )
        write_off_invoice(session, WriteOffForm(second, "Lost", euros("10")), actor, till.clock)
    clara = till.come_in()

    for since in ("", "?since=lifetime", "?since=last+zero", "?since=day&from=2026-03-01"):
        assert shown_closing(clara.get(f"/portal/statement{since}").text) == f"{balance(till) / 100:.2f}"
    assert balance(till) == 10000 + 5000 - 6000 - 2000 + 500 - 1000
    pdf = clara.get("/portal/statement/pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")


def test_a_statement_from_a_later_day_brings_the_balance_forward(till):
    text = till.come_in().get("/portal/statement?since=day&from=2026-03-18").text

    assert "Brought forward" in text
    assert shown_closing(text) == "100.00"


def test_mistyped_questions_are_answered_calmly(till):
    clara = till.come_in()

    for asked in (
        "since=never",
        "since=day&from=yesterday",
        "since=day&from=9999-99-99",
        "currency=%00",
        "currency=nowhere",
        "since=day",
    ):
        assert clara.get(f"/portal/statement?{asked}").status_code == 200, asked
    assert clara.get("/portal/invoices/?show=%27&page=-3").status_code == 200
    assert clara.get(f"/portal/invoices/{'x' * 300}").status_code == 404


def test_hostile_words_are_text(till):
    number = till.invoice("9", title=HOSTILE[:200])
    with till.rows() as session:
        session.get_one(Contact, till.contact).first_name = HOSTILE
    clara = till.come_in()

    for path in ("/portal/invoices/", page_of(till, number), "/portal/statement", "/portal/payments/"):
        text = clara.get(path).text
        assert "<img src=x" not in text
        assert "49" not in text.split("7*7")[0][-20:]


def test_a_contact_who_does_not_look_after_the_account_sees_the_project_s_bills_only(till):
    with till.rows() as session:
        desk = Desk(session, session.info["actor"], till.clock, session.get_one(CustomerGroup, till.group))
        account_only = desk.invoice("33", title="Yearly fee").id
    tim = till.come_in(till.another_contact())

    assert tim.get(page_of(till, till.invoices[0])).status_code == 200
    assert tim.get(page_of(till, account_only)).status_code == 404
    assert "Yearly fee" not in tim.get("/portal/invoices/").text
    assert "Yearly fee" in till.come_in().get("/portal/invoices/").text
    assert "/portal/statement" not in tim.get("/portal/invoices/").text


def test_the_parts_are_gone_where_invoices_are_switched_off(till):
    """[117]"""
    with till.rows() as session:
        session.get_one(CustomerGroup, till.group).portal_hides = ["invoices"]
    clara = till.come_in()

    for path in ("/portal/invoices/", page_of(till, till.invoices[0]), "/portal/statement", "/portal/cards/"):
        assert clara.get(path).status_code == 404, path


def test_money_for_a_project_is_seen_with_the_project(till):
    with till.rows() as session:
        desk = Desk(session, session.info["actor"], till.clock, session.get_one(CustomerGroup, till.group))
        desk.pay("25", project_id=till.project)
    tim = till.come_in(till.another_contact())

    assert "25.00" in tim.get("/portal/payments/").text
