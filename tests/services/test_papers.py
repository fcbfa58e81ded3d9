"""Papers say what was stored, are frozen when they go out, and travel with their mail [M8, M11, A59, A80, L9, R33]."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import (
    AccessState,
    Channel,
    Company,
    DocumentSnapshot,
    Membership,
    MembershipRole,
    MessagePurpose,
    OutboxMessage,
    ProjectAccess,
)
from admin_app.services.messages.threads import thread_of
from admin_app.services.messages.words import draft
from admin_app.services.papers.freeze import freeze, is_intact, snapshot_of, thawed
from admin_app.services.papers.paper_of import pdf_of
from admin_app.services.papers.send import Letter, mail_paper, recipients, send_paper
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.refund_payment import RefundForm, refund_payment
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_contact, an_address
from seeds.work_builders import a_project, a_work_order, an_estimate
from tests.services.desk import euros

LETTER = "Our papers, as agreed"


def words_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture
def store(tmp_path):
    return FolderStorage(tmp_path / "files")


@pytest.fixture
def clara(desk):
    desk.session.scalars(select(Company)).one().email = "office@ashworth.test"
    return a_contact(desk.session, desk.group, primary=True, email="clara@example.com")


@pytest.fixture
def estimate(desk, clara):
    an_address(desk.session, desk.group, line1="7 Bill Street", is_billing=True)
    project = a_project(desk.session, desk.group)
    return an_estimate(desk.session, project, "120.00", total=12000, subtotal=12000)


def test_the_total_on_paper_is_the_stored_one(desk, store):
    """[M8] 150.00 and 20 % of it, as page, API and books have it."""
    invoice = desk.invoice("100.00", "50.00", tax_names=("VAT",))

    said = words_of(pdf_of(desk.session, store, "invoice", invoice))

    assert "€180.00" in said.replace(" ", "")
    assert "NORTH-00001" in said


def test_an_issued_invoice_keeps_its_words_when_the_customer_moves_and_the_brand_is_renamed(desk, store):
    """[M11] Issue freezes customer, address and brand."""
    address = an_address(desk.session, desk.group, line1="7 Bill Street", is_billing=True)
    invoice = desk.invoice("100.00")
    before = pdf_of(desk.session, store, "invoice", invoice)

    address.line1 = "99 Elsewhere Road"
    desk.group.name = "Somebody Else"
    invoice.group.brand = None
    desk.session.flush()

    assert pdf_of(desk.session, store, "invoice", invoice) == before
    assert "7 Bill Street" in words_of(before)


def test_a_draft_says_so_and_follows_every_edit(desk, store, estimate):
    assert snapshot_of(desk.session, estimate) is None

    estimate.title = "Fell two ashes"
    desk.session.flush()

    said = words_of(pdf_of(desk.session, store, "estimate", estimate))
    assert "Draft" in said
    assert "Fell two ashes" in said


def test_what_is_frozen_is_frozen_once(desk, clock, estimate):
    first = freeze(desk.session, estimate, clock)
    estimate.title = "Something else"
    desk.session.flush()

    again = freeze(desk.session, estimate, clock)

    assert again.id == first.id
    assert thawed(again).title == "Fell the ash"


def test_a_changed_snapshot_is_found_out(desk, clock, estimate):
    """[I10, L9]"""
    snapshot = freeze(desk.session, estimate, clock)
    assert is_intact(snapshot)
    content = json.loads(snapshot.content)
    content["title"] = "Fell the oak"

    desk.session.connection().exec_driver_sql(
        "UPDATE document_snapshot SET content = " + _quoted(json.dumps(content))
    )
    desk.session.refresh(snapshot)

    assert not is_intact(snapshot)


def _quoted(plain: str) -> str:
    return "'" + plain.replace("'", "''").replace("%", "%%") + "'"


def test_a_workorder_on_paper_has_services_and_access_and_no_price(desk, store, estimate):
    """[A76] The crew reads it."""
    project = estimate.project
    project.address = an_address(
        desk.session, desk.group, line1="2 Site Lane", access_notes="Key at number 4"
    )
    work = a_work_order(desk.session, estimate, notes="Mind the greenhouse")

    said = words_of(pdf_of(desk.session, store, "workorder", work))

    assert "Work 1" in said
    assert "Key at number 4" in said
    assert "Mind the greenhouse" in said
    assert "120" not in said


def test_a_refund_on_paper_names_what_is_paid_back(desk, store):
    """[M28] The credit note by its number, a payment by its day."""
    paid = desk.invoice("100.00")
    payment = desk.pay("140.00", paid)
    note = write_credit_note(desk.session, CreditForm(paid.id, "Wrong tree"), desk.actor, desk.clock)
    today = desk.clock.today()
    of_note = refund_credit(
        desk.session, CreditRefundForm(note.id, euros("30.00"), today), desk.actor, desk.clock
    )
    of_payment = refund_payment(
        desk.session, RefundForm(payment.id, euros("40.00"), today), desk.actor, desk.clock
    )

    assert f"Credit note {note.number}" in words_of(pdf_of(desk.session, store, "refund", of_note))
    assert "Your payment Mar 17, 2026" in words_of(pdf_of(desk.session, store, "refund", of_payment))


def test_only_contacts_with_an_address_can_be_written_to(desk, clara, estimate):
    a_contact(desk.session, desk.group, first_name="Cleo")

    assert recipients(desk.session, estimate) == [clara]


def test_an_issued_invoice_goes_out_with_its_paper_once_a_form(desk, clock, clara):
    """[A80] A second press of the same form queues nothing more; sent is said from here on."""
    invoice = desk.invoice("100.00")
    letter = Letter(clara.id, LETTER, "Dear Clara")

    for _ in range(2):
        send_paper(desk.session, "invoice", invoice, letter, desk.actor, clock, "k1")

    (mail,) = desk.session.scalars(select(OutboxMessage)).all()
    assert (mail.recipient, mail.subject) == ("clara@example.com", LETTER)
    assert mail.papers == [{"paper": "invoice", "id": invoice.id, "name": "NORTH-00001"}]
    assert invoice.sent_at == clock.now()


def test_a_draft_invoice_is_not_sent(desk, clock, clara):
    draft = desk.draft("100.00")

    with pytest.raises(Unmet, match="only an issued one"):
        send_paper(desk.session, "invoice", draft, Letter(clara.id, LETTER, ""), desk.actor, clock, "k")


def test_an_estimate_goes_only_to_whom_the_project_is_open(desk, clock, clara, estimate):
    """[R33]"""
    estimate.number, estimate.sent_at = "E-1", datetime(2026, 3, 2, tzinfo=UTC)
    letter = Letter(clara.id, LETTER, "")

    with pytest.raises(Unmet, match="grant access"):
        send_paper(desk.session, "estimate", estimate, letter, desk.actor, clock, "k")

    access = ProjectAccess(
        project_id=estimate.project_id, contact_id=clara.id, state=AccessState.INVITED, granted_at=clock.now()
    )
    desk.session.add(access)
    desk.session.flush()
    assert send_paper(desk.session, "estimate", estimate, letter, desk.actor, clock, "k").id


def test_a_stranger_cannot_be_chosen_as_recipient(desk, clock, estimate):
    other = a_contact(desk.session, first_name="Otto", email="otto@example.com")
    estimate.sent_at = clock.now()

    with pytest.raises(Invalid, match="Choose a contact"):
        send_paper(desk.session, "estimate", estimate, Letter(other.id, LETTER, ""), desk.actor, clock, "k")


def test_the_words_to_begin_with_name_amount_and_day(desk, clock, clara):
    invoice = desk.invoice("100.00")

    words = draft(desk.session, MessagePurpose.INVOICE, Channel.MAIL, invoice, desk.actor, clock)

    assert words.subject.startswith("Invoice NORTH-00001")
    assert "€100.00 is due by April 16, 2026" in words.body


def test_a_paper_that_goes_by_itself_reaches_who_pays_and_stands_in_its_thread(desk, clock, clara):
    """[26, 100] The billing contact, not the primary one; the message is kept with the invoice."""
    payer = a_contact(desk.session, first_name="Bill", email="bill@example.com")
    desk.session.add(
        Membership(group_id=desk.group.id, contact_id=payer.id, role=MembershipRole.BILLING, position=2)
    )
    invoice = desk.invoice("100.00")

    (mail,) = mail_paper(desk.session, "invoice", invoice, desk.actor, clock, "k")

    assert (mail.recipient, mail.reason) == ("bill@example.com", "Bill Client is the billing contact")
    assert mail.papers == [{"paper": "invoice", "id": invoice.id, "name": "NORTH-00001"}]
    assert invoice.sent_at == clock.now()
    (message,) = thread_of(desk.session, invoice).messages
    assert message.outbox_id == mail.id


def test_snapshots_are_never_changed_by_the_program(desk, clock, estimate):
    snapshot = freeze(desk.session, estimate, clock)

    kept = desk.session.execute(text("SELECT count(*) FROM document_snapshot")).scalar()

    assert kept == 1
    assert desk.session.get(DocumentSnapshot, snapshot.id).total == 12000
