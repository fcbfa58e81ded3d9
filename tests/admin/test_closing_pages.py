"""The pages of the month close: checklist, figures with their rows, statements, journal, lock [90, 91, M34-M37]."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.models import AccountMapping, Company, JournalExport, OutboxMessage
from seeds.builders import a_contact
from tests.forms import read_off, send
from tests.services.desk import a_desk
from tests.signing import on_sqlite, sign_in_as

pytestmark = on_sqlite


@pytest.fixture
def office(app, rows, clock):
    """Clara was billed 120 with tax in February and paid 60 of it; today is 17 March."""
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        desk = a_desk(session, SYSTEM, clock)
        session.get_one(Company, 1).email = "office@north.example"
        a_contact(session, desk.group, primary=True, email="clara@example.org")
        invoice = desk.invoice("100", tax_names=("VAT",), issued_on=date(2026, 2, 28))
        desk.pay("60", invoice, paid_on=date(2026, 2, 28))
        desk.invoice("7", tax_names=("VAT",), issued_on=date(2026, 3, 1))


def links(page, part):
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', page.text) if part in link]


def test_the_checklist_says_what_is_left_and_the_lock_its_consequence(office, signed_in, rows):
    page = signed_in.get("/admin/close/")
    assert "Month close: February 2026" in page.text and "3 entries" in page.text

    answer = send(signed_in, "/admin/close/lock", {"month": "2026-02"})

    assert answer.status_code == 302
    assert "locked until" in signed_in.get(answer.location).text
    with rows() as session:
        assert session.scalars(select(Company.locked_until)).one() == date(2026, 2, 28)
    assert send(signed_in, "/admin/close/lock", {"month": "2026-02"}).status_code == 409
    assert send(signed_in, "/admin/close/lock", {"month": "2026-03"}).status_code == 422
    assert send(signed_in, "/admin/close/lock", {"month": "soon"}).status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "2026-2", "0000-01", "march", "2026-02-01", "²026-02"])
def test_a_month_that_is_none_is_not_there(office, signed_in, month):
    assert signed_in.get(f"/admin/close/{month}/tax").status_code == 404


def test_tax_is_shown_on_both_bases_and_opens_its_rows(office, signed_in):
    issued = signed_in.get("/admin/close/2026-02/tax")
    collected = signed_in.get("/admin/close/2026-02/tax?basis=collected")

    assert "20.00" in issued.text and "10.00" in collected.text
    [rows] = links(issued, "/tax/rows")
    assert "NORTH-00001" in signed_in.get(rows).text
    assert "1.40" in signed_in.get("/admin/close/2026-03/tax").text


def test_the_aged_list_ties_and_opens_its_rows(office, signed_in):
    page = signed_in.get("/admin/close/2026-02/aged")

    assert "difference 0.00" in page.text and "60.00" in page.text and "68.40" not in page.text
    for link in links(page, "/aged/"):
        assert "NORTH-00001" in signed_in.get(link).text


def test_statements_are_handed_over_once(office, signed_in):
    page = signed_in.get("/admin/close/2026-02/statements")
    assert "Send 1 statement" in page.text

    assert send(signed_in, "/admin/close/2026-02/statements").status_code == 302
    assert send(signed_in, "/admin/close/2026-02/statements").status_code == 302

    told = signed_in.get("/admin/close/2026-02/statements/progress").json
    assert told == {"done": 0, "total": 1, "text": "0 of 1 statements", "finished": False}
    assert send(signed_in, "/admin/close/2026-03/statements").status_code == 409


def test_the_journal_leaves_and_is_fetched_again(office, signed_in, rows):
    form = {"format": "csv", "from": "2026-02-01", "to": "2026-02-28"}
    assert send(signed_in, "/admin/close/journal", form).status_code == 302
    [link] = links(signed_in.get("/admin/close/journal"), "/exports/")
    with signed_in.get(link) as first:
        assert b"receivable" in first.data and "attachment" in first.headers["Content-Disposition"]

    assert send(signed_in, "/admin/close/journal", form).status_code == 409
    assert send(signed_in, "/admin/close/journal", form | {"again": "on"}).status_code == 302
    assert send(signed_in, "/admin/close/journal", form | {"format": "pdf"}).status_code == 422
    assert send(signed_in, "/admin/close/journal", form | {"from": "someday"}).status_code == 422
    assert (
        send(signed_in, "/admin/close/journal", form | {"format": "datev", "again": "on"}).status_code == 422
    )
    with rows() as session:
        assert [one.entries for one in session.scalars(select(JournalExport))] == [3, 3]


def test_the_mapping_is_kept(office, signed_in, rows):
    page = signed_in.get("/admin/close/accounts")
    accounts = re.findall(r'name="account" value="([^"]+)"', page.text)
    form = {"account": accounts, "consultant": "1001", "client": "77", "first_month": "1", "chart": "SKR04"}
    form |= {f"code-{place}": "1210" if name == "receivable" else "" for place, name in enumerate(accounts)}

    assert send(signed_in, "/admin/close/accounts", form).status_code == 302
    assert send(signed_in, "/admin/close/accounts", form | {"client": "x"}).status_code == 422
    assert send(signed_in, "/admin/close/accounts", form | {"first_month": "13"}).status_code == 422

    with rows() as session:
        assert [(one.account, one.code) for one in session.scalars(select(AccountMapping))] == [
            ("receivable", "1210")
        ]
    datev = {"format": "datev", "from": "2026-02-01", "to": "2026-02-28"}
    assert send(signed_in, "/admin/close/journal", datev).status_code == 302


def test_one_statement_is_read_drawn_and_sent_once(office, signed_in, rows):
    page = signed_in.get("/admin/close/statement/1?since=lifetime")
    assert "NORTH-00001" in page.text and "68.40" in page.text
    assert "NORTH-00001" not in signed_in.get("/admin/close/statement/1?since=day&from=2026-03-01").text
    assert "once more" not in signed_in.get("/admin/close/statement/1?since=day&from=xx").text
    pdf = signed_in.get("/admin/close/statement/1.pdf")
    assert pdf.data.startswith(b"%PDF") and pdf.mimetype == "application/pdf"
    key = read_off(r'name="key" value="([^"]+)"', page.text)

    for _ in range(2):
        answer = send(signed_in, "/admin/close/statement/1/send", {"key": key, "since": "lifetime"})
        assert answer.status_code == 302

    with rows() as session:
        [mail] = session.scalars(select(OutboxMessage))
        assert mail.recipient == "clara@example.org" and mail.papers[0]["store_key"]


@pytest.mark.parametrize(
    ("role", "expected"), [(Role.ESTIMATOR, 200), (Role.ANALYST, 200), (Role.CREW, 403)], ids=str
)
def test_who_sees_money_reads_statements(office, client, role, expected):
    sign_in_as(client, role)

    assert client.get("/admin/close/statement/1").status_code == expected
    assert client.get("/admin/close/").status_code == 403
    sends = send(client, "/admin/close/statement/1/send", {"key": "k"}).status_code
    assert sends == (302 if role is Role.ESTIMATOR else 403)
