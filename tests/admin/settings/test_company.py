"""The company, its first mails and the outbox: what is saved, merged and refused [144]."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import SystemClock
from admin_app.models import (
    Brand,
    Company,
    CustomerGroup,
    Invoice,
    OutboxMessage,
    OutboxState,
    User,
)
from admin_app.services.manage_user import mail_invitation
from tests.admin.settings.pages import edit, typed_into
from tests.forms import send
from tests.signing import a_user, on_sqlite


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(office, rows):
    for path in ("/admin/settings/", "/admin/settings/brands/1", "/admin/settings/staff/1"):
        assert edit(office, path).status_code == 302, path

    with rows() as session:
        assert {session.scalar(select(kind.version)) for kind in (Company, Brand, User)} == {1}


def test_the_company_is_changed_and_the_lock_of_the_books_set(office, rows):
    assert edit(office, "/admin/settings/", name="Ashworth Ltd", locked_until="2026-01-31").status_code == 302

    with rows() as session:
        company = session.scalars(select(Company)).one()
        assert (company.name, company.locked_until) == ("Ashworth Ltd", date(2026, 1, 31))


@on_sqlite
def test_the_books_are_not_locked_ahead(office):
    next_week = datetime.now(UTC).date() + timedelta(days=7)
    answer = edit(office, "/admin/settings/", locked_until=next_week.isoformat())

    assert answer.status_code == 422
    assert "This day has not come yet" in answer.text


def test_a_currency_stays_once_there_is_money(office, rows):
    assert edit(office, "/admin/settings/", currency="EUR").status_code == 302, "there is none yet"
    with rows() as session:
        clara = CustomerGroup(name="Clara Client")
        session.add(Invoice(group=clara, currency="EUR"))

    answer = edit(office, "/admin/settings/", currency="USD")

    assert answer.status_code == 409
    assert "The books are kept in EUR and hold money already" in answer.text


def test_two_people_who_change_different_things_both_win(office, rows, app):
    """[144]: the second form was opened before the first was saved."""
    shown = typed_into(office.get("/admin/settings/"))
    edit(office, "/admin/settings/", phone="020 7946 0958")

    assert office.post("/admin/settings/", data=shown | {"name": "Ashworth Ltd"}).status_code == 302

    with rows() as session:
        company = session.scalars(select(Company)).one()
        assert company.name == "Ashworth Ltd"
        assert "7946" in (company.phone or "")


def test_two_people_who_change_the_same_thing_are_shown_both(office, rows):
    shown = typed_into(office.get("/admin/settings/"))
    edit(office, "/admin/settings/", name="Theirs Ltd")

    answer = office.post("/admin/settings/", data=shown | {"name": "Yours Ltd"})

    assert answer.status_code == 409
    assert "Theirs Ltd" in answer.text
    assert "Yours Ltd" in answer.text
    again = typed_into(answer)
    assert office.post("/admin/settings/", data=again | {"choose-name": "yours"}).status_code == 302
    with rows() as session:
        assert session.scalar(select(Company.name)) == "Yours Ltd"


@on_sqlite
def test_a_test_mail_waits_where_there_is_no_server_and_says_so(office, rows):
    assert send(office, "/admin/settings/mail-test").status_code == 302

    page = office.get("/admin/settings/first-steps").text
    assert "No mail server is set, so nothing can be sent" in page
    assert "The last one waits" in page
    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        assert (mail.recipient, mail.state) == ("ann@ashworth.test", OutboxState.WAITING)
    assert "A test mail from Ashworth" in office.get("/admin/outbox/").text


@on_sqlite
def test_without_a_sender_the_first_steps_say_what_is_missing(office, rows):
    with rows() as session:
        session.scalars(select(Company)).one().email = None

    assert "give the company an email address first" in office.get("/admin/settings/first-steps").text
    assert send(office, "/admin/settings/mail-test").status_code == 409


@on_sqlite
def test_a_failed_mail_is_shown_with_its_reason_and_tried_again(office, rows):
    send(office, "/admin/settings/mail-test")
    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        mail.state, mail.last_error, mail.attempts = OutboxState.FAILED, "The mail server said 550: no", 9

    assert "The mail server said 550: no" in office.get("/admin/outbox/?state=failed").text
    assert send(office, "/admin/outbox/1/again").status_code == 302

    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        assert (mail.state, mail.attempts) == (OutboxState.WAITING, 0)


@on_sqlite
def test_the_secret_of_a_link_is_not_read_in_the_outbox(office, rows):
    """Otherwise whoever may see the outbox could take over the account that the link is for."""
    with rows() as session:
        bea = a_user(session, Role.OFFICE)
        mail_invitation(session, bea, "https://office.example.com/welcome/SeCrEt-token_123", SystemClock())

    page = office.get("/admin/outbox/1").text

    assert "https://office.example.com/welcome/…" in page
    assert "SeCrEt" not in page


@on_sqlite
@pytest.mark.parametrize(
    "path", ["/admin/settings/brands/99", "/admin/settings/staff/99", "/admin/outbox/99"]
)
def test_what_is_not_there_is_not_found(office, path):
    assert office.get(path).status_code == 404
