"""What {{link}} prints: the reader's own link to what the message is about, or nothing [A64, A83, E12, E17]."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.models import (
    AccessState,
    Channel,
    Contact,
    DocumentLink,
    EventKind,
    Invoice,
    InvoiceState,
    Message,
    MessagePurpose,
)
from admin_app.policy import Closed, link_scope
from admin_app.services.messages.by_hand import Letter, write_by_hand
from admin_app.services.messages.preview import preview
from admin_app.services.messages.resolve import Recipient
from admin_app.services.messages.tell import tell
from admin_app.services.messages.words import draft, put_link
from admin_app.services.one_time_link import without_secrets
from admin_app.services.portal.links import link_named
from seeds.builders import an_event
from seeds.portal_builders import a_portal_account, access_to
from seeds.work_builders import MORNING, an_estimate
from tests.services.portal.conftest import BASE, SECRET

P, MAIL, SMS = MessagePurpose, Channel.MAIL, Channel.SMS
ADDRESS = re.compile(rf"{BASE}/portal/d/([^/\s]+)/")


def _offer(session, office, **but):
    """An estimate that was sent."""
    return an_estimate(session, office.project, "1000", state="sent", number="E-1", sent_at=MORNING, **but)


def _bill(session, office) -> Invoice:
    """An invoice that was issued."""
    invoice = Invoice(
        group_id=office.group.id,
        project_id=office.project.id,
        number="R-1",
        state=InvoiceState.ISSUED,
        issued_on=MORNING.date(),
        due_on=date(2026, 3, 16),
        subtotal=12000,
        total=12000,
        balance=12000,
    )
    session.add(invoice)
    session.flush()
    return invoice


def _to(contact: Contact) -> Recipient:
    return Recipient(contact.id, None, contact.name, contact.email or "", "chosen")


def _links(session) -> int:
    return session.scalar(select(func.count()).select_from(DocumentLink)) or 0


def _address(body: str) -> str:
    """The token of the link that a message carries."""
    found = ADDRESS.search(body)
    assert found, body
    return found[1]


def test_each_reader_of_a_proposal_gets_a_link_of_their_own(session, open_portal, ann, clock):
    """[A64, E17]"""
    office = open_portal
    readers = office.person("Paula", primary=True), office.person("Otto")
    office.open_to(*readers)
    estimate = _offer(session, office)

    rows = tell(session, P.ESTIMATE, estimate, ann, clock, to=[_to(one) for one in readers], key="sent")

    assert len(rows) == 2
    for row, reader in zip(rows, readers, strict=True):
        token = ADDRESS.search(row.body)
        assert token, row.body
        link = link_named(session, SECRET, token[1])
        assert link is not None
        assert (link.about, link.about_id, link.contact_id) == ("estimate", estimate.id, reader.id)
        assert not isinstance(link_scope(session, link), Closed)
        assert "{{" not in row.body
    again = tell(session, P.ESTIMATE, estimate, ann, clock, to=[_to(readers[0])], key="again")
    assert _address(again[0].body) == _address(rows[0].body), "one living link a reader"


def test_an_invoice_and_an_appointment_carry_the_links_that_open_them(session, open_portal, ann, clock):
    """[A83]"""
    office = open_portal
    paula = office.person("Paula", primary=True)
    invoice = _bill(session, office)
    visit = an_event(session, office.group)

    told = [
        tell(session, purpose, about, ann, clock, to=[_to(paula)], key=purpose.value)[0].body
        for purpose, about in ((P.INVOICE, invoice), (P.APPOINTMENT, visit))
    ]

    for body, words, kind in zip(
        told, ("See and pay: ", "Confirm it or ask to move it: "), ("invoice", "event"), strict=True
    ):
        assert words + BASE in body
        link = link_named(session, SECRET, _address(body))
        assert link is not None and link.about == kind


@pytest.mark.parametrize("off", ["company", "customer", "module", "brand", "user", "no public address"])
def test_where_the_portal_is_off_the_line_is_left_out(session, open_portal, ann, clock, off):
    """[W12, W33]"""
    office = open_portal
    paula = office.person("Paula", primary=True)
    office.open_to(paula)
    if off == "company":
        office.company.portal_enabled_default = False
    elif off == "customer":
        office.group.portal_on = False
    elif off == "module":
        office.group.portal_hides = ["proposals"]
    elif off == "brand":
        office.brand.portal_on = False
    elif off == "user":
        a_portal_account(session, paula, active=False)
    else:
        session.info["doorstep"] = None
    session.flush()

    (row,) = tell(session, P.ESTIMATE, _offer(session, office), ann, clock, to=[_to(paula)], key="sent")

    assert "Look at it" not in row.body
    assert "portal" not in row.body and "{{" not in row.body
    assert "\n\n\n" not in row.body
    assert _links(session) == 0


def test_a_proposal_to_whom_the_project_is_closed_has_no_link(session, open_portal, ann, clock):
    """[R33]"""
    paula = open_portal.person("Paula", primary=True)
    estimate = _offer(session, open_portal)

    (row,) = tell(session, P.ESTIMATE, estimate, ann, clock, to=[_to(paula)], key="sent")
    assert BASE not in row.body

    access = access_to(session, open_portal.project, paula)
    (row,) = tell(session, P.ESTIMATE, estimate, ann, clock, to=[_to(paula)], key="opened")
    assert BASE in row.body

    access.state = AccessState.REVOKED
    session.flush()
    (row,) = tell(session, P.ESTIMATE, estimate, ann, clock, to=[_to(paula)], key="closed")
    assert BASE not in row.body


def test_a_letter_written_by_hand_keeps_the_mark_until_it_goes(session, open_portal, ann, clock):
    """Looking at a letter makes no link; sending it to two makes two."""
    office = open_portal
    readers = office.person("Paula", primary=True), office.person("Otto")
    invoice = _bill(session, office)

    shown = draft(session, P.INVOICE, MAIL, invoice, ann, clock, _to(readers[0]))
    assert "See and pay: {{link}}" in shown.body
    assert _links(session) == 0

    body = "Dear both,\n\nsee {{ link }}\n\nand do not mind {{open}}."
    letter = Letter(MAIL, tuple(one.id for one in readers), "Your invoice", body)
    rows = write_by_hand(session, invoice, letter, ann, clock, "key-1")

    assert len({_address(row.body) for row in rows}) == 2
    assert all("{{open}}" in row.body for row in rows), "what a person types is never run"


def test_a_name_that_looks_like_the_mark_is_no_mark(session, open_portal, ann, clock):
    office = open_portal
    paula = office.person("Paula", primary=True, last_name="{{link}}")
    invoice = _bill(session, office)

    (row,) = tell(session, P.INVOICE, invoice, ann, clock, to=[_to(paula)], key="sent")

    assert row.body.count(BASE) == 1
    assert "{ {link}}" in row.body


def test_what_has_no_page_leads_to_the_portal_of_the_customer(session, open_portal, ann, clock):
    """[E12, W21, W22] Only who may sign in is led there."""
    office = open_portal
    paula = office.person("Paula", primary=True)
    words = Letter(MAIL, (paula.id,), "Hello", "All of it is here:\n{{link}}\nBye")

    (row,) = write_by_hand(session, office.group, words, ann, clock, "1")
    assert row.body == "All of it is here:\nBye"

    a_portal_account(session, paula)
    (row,) = write_by_hand(session, office.group, words, ann, clock, "2")
    assert f"\n{BASE}/portal/\n" in row.body

    office.group.portal_identifier = "the-harpers"
    session.flush()
    (row,) = write_by_hand(session, office.group, words, ann, clock, "3")
    assert f"\n{BASE}/portal/the-harpers/\n" in row.body


def test_our_own_calls_have_no_link(session, open_portal, ann, clock):
    office = open_portal
    paula = office.person("Paula", primary=True)
    a_portal_account(session, paula)
    call = an_event(session, office.group, kind=EventKind.CALL)

    (row,) = tell(session, P.APPOINTMENT, call, ann, clock, to=[_to(paula)], key="call")

    assert "/portal/d/" not in row.body


def test_the_preview_of_a_template_shows_a_sample_and_makes_nothing(session, open_portal, ann, clock):
    """[E16, E17, security.md promise 10]"""
    office = open_portal
    office.person("Paula", primary=True)
    _bill(session, office)

    shown = preview(session, P.INVOICE, MAIL, "Your invoice", "[[Pay: {{link}}]]", None, ann, clock)

    assert shown.body == f"Pay: {BASE}/portal/d/…/"
    assert _links(session) == 0


def test_putting_no_link_leaves_the_line_out():
    assert put_link("One\n\nSee {{link}}\n\nTwo", "") == "One\n\nTwo"
    assert put_link("One {{ link }}.", "https://x.test/") == "One https://x.test/."


def test_the_thread_that_others_read_carries_no_link_of_its_reader(session, open_portal, ann, clock):
    """[W12] Whoever reads the thread too must not open it in the other one's name."""
    office = open_portal
    paula = office.person("Paula", primary=True)

    (row,) = tell(session, P.INVOICE, _bill(session, office), ann, clock, to=[_to(paula)], key="sent")

    (message,) = session.scalars(select(Message)).all()
    assert ADDRESS.search(row.body) and not ADDRESS.search(message.body.replace("…", ""))
    assert "/portal/d/…" in message.body
    assert without_secrets("your signing code: 123456 works") == "your signing code: … works"
