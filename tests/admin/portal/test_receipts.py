"""Truthful receipts beside each document: opened when and by whom, downloaded as which content [L19, 122]."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Attachment, CustomerGroup, Estimate, EstimateState, PortalReceipt, SeenHow
from admin_app.records.portal_receipts import CALLED, called, seen_of_document
from admin_app.services.messages.about import KINDS as THREADS
from admin_app.services.portal.receipts import FILE
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from tests.admin.customers.counter import Statements
from tests.services.desk import Desk
from tests.signing import on_sqlite

pytestmark = on_sqlite


def told(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def documents(counter, project_id, ann, clock):
    """Word → (number of the record, the page of the desk on which it stands)."""
    session = counter.look()
    group = session.get_one(CustomerGroup, counter.group_id)
    desk = Desk(session, ann, clock, group)
    invoice = desk.invoice("100.00", project_id=project_id)
    credit = write_credit_note(session, CreditForm(invoice.id, "Goodwill"), ann, clock)
    estimate = session.scalars(select(Estimate)).one()
    estimate.state, estimate.sent_at, estimate.number = EstimateState.SENT, clock.now(), "E-1"
    file = Attachment(
        group_id=group.id, name="Oak.jpg", content_type="image/jpeg", size=3, sha256="c" * 64, store_key="oak"
    )
    file.shared = True
    session.add(file)
    session.flush()
    found = {
        "estimate": (estimate.id, f"/admin/projects/{project_id}/estimates/{estimate.id}"),
        "invoice": (invoice.id, f"/admin/invoices/details/?id={invoice.id}"),
        "credit-note": (credit.id, f"/admin/billing/credits/{credit.id}"),
        "file": (file.id, f"{counter.home}/files/{file.id}/versions"),
    }
    session.commit()
    return found


def kept(counter, clock, about, number, contact_id, how=SeenHow.OPENED, **but):
    counter.session.rollback()
    facts = {"at": clock.now(), "group_id": counter.group_id, "contact_id": contact_id, "how": how}
    counter.session.add(PortalReceipt(about=about, about_id=number, **facts | but))
    counter.session.commit()


@pytest.mark.parametrize("about", ["estimate", "invoice", "credit-note", "file"])
def test_a_document_says_who_opened_and_who_downloaded_it(counter, clock, clara, documents, about):
    number, page = documents[about]
    assert "Not opened in the portal yet" in counter.page(page)

    kept(counter, clock, about, number, clara, at=clock.now() - timedelta(days=3))
    kept(counter, clock, about, number, clara, SeenHow.DOWNLOADED, content_hash="ab12" * 16)
    kept(counter, clock, about, number + 1, clara, at=clock.now() - timedelta(days=1))

    said = told(counter.page(page))
    assert "Opened Sat 14 Mar 09:30 by Clara Finch" in said
    assert "Downloaded today 09:30 by Clara Finch as ab12ab12" in said
    assert "yesterday 09:30" not in said, "what was done with another document is not told here"


def test_the_tab_of_the_project_tells_it_too(counter, clock, clara, documents, project_id):
    number, _ = documents["invoice"]
    kept(counter, clock, "invoice", number, None, by_link=True)

    page = told(counter.page(f"/admin/projects/{project_id}/invoice?bill={number}"))
    assert "by somebody with the link by its link" in page


def test_many_receipts_cost_one_statement_and_the_latest_are_shown(counter, clock, clara, documents):
    number, page = documents["estimate"]
    kept(counter, clock, "estimate", number, clara)
    with Statements(counter.client) as few:
        counter.page(page)
    for minutes in range(20):
        kept(counter, clock, "estimate", number, clara, at=clock.now() + timedelta(minutes=minutes))
    with Statements(counter.client) as many:
        counter.page(page)

    assert many.count == few.count
    assert len(seen_of_document(counter.look(), "estimate", number)) == 12


def test_a_contact_that_is_gone_leaves_the_receipt(counter, clock, documents):
    number, page = documents["estimate"]
    kept(counter, clock, "estimate", number, None)

    assert "by somebody with the link" in told(counter.page(page))


def test_crews_read_no_receipts_beside_a_file(counter, clock, clara, documents):
    number, page = documents["file"]
    kept(counter, clock, "file", number, clara)
    counter.sits_down(Role.CREW)

    assert "Clara Finch" not in counter.get(page).text


def test_every_kind_that_is_seen_has_a_name_here(counter, ann, documents):
    """Receipts name records as threads do, and files; none of these words is unknown to the office."""
    assert {*THREADS, FILE} - {"task", "customer"} == set(CALLED)
    things = [(about, number) for about, (number, _) in documents.items()]

    names = called(counter.look(), ann, things)
    assert names["estimate", documents["estimate"][0]] == "Estimate E-1"
    assert names["file", documents["file"][0]] == "File Oak.jpg"
    assert names["invoice", documents["invoice"][0]].startswith("Invoice ")
