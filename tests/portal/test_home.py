"""The first page of the portal: what waits, what comes, what is new since the last visit [L19, 122]."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.kernel.clock import Clock
from admin_app.models import Contact, Estimate, EstimateState, Event, Invoice, PortalSession
from seeds.portal_builders import a_document_link
from tests.portal.counting import statements_of
from tests.portal.household import HOSTILE, Household, an_invoice, another_appointment
from tests.portal.signing import link_path


def words_of(client: FlaskClient, path: str = "/portal/") -> str:
    page = client.get(path)
    assert page.status_code == 200, page.status
    return page.get_data(as_text=True)


def test_she_is_greeted_and_asked_to_sign_before_anything_else(clara: FlaskClient):
    words = words_of(clara)

    assert "Hello, Clara" in words
    assert "Read and sign proposal" in words
    assert words.count("btn primary") == 1  # never more than one primary button (look.md)


def test_what_is_overdue_goes_before_what_is_to_be_signed(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.scalars(select(Invoice).where(Invoice.public_id == house.invoice)).one().due_on = date(
            2026, 3, 1
        )

    words = words_of(clara)

    assert "Overdue" in words
    assert f"/portal/invoices/{house.invoice}" in words
    assert "Read and sign proposal" not in words


def test_several_open_invoices_are_one_sum_and_lead_to_the_list(
    clara: FlaskClient, house: Household, rows: Any
):
    with rows() as session:
        estimate = session.scalars(select(Estimate).where(Estimate.public_id == house.estimate)).one()
        estimate.state = EstimateState.CONFIRMED
        an_invoice(session, estimate.project, "N-2", due_on=date(2026, 4, 2))

    words = words_of(clara)

    assert "2 invoices" in words
    assert "120.00" in words
    assert "Pay invoices" in words


def test_an_appointment_without_an_answer_waits_where_nothing_else_does(
    clara: FlaskClient, house: Household, rows: Any
):
    settle_everything(rows)

    assert "Does this time suit you?" in words_of(clara)


def test_a_missing_phone_number_is_asked_for_last(clara: FlaskClient, house: Household, rows: Any):
    settle_everything(rows)
    with rows() as session:
        session.delete(session.scalars(select(Event).where(Event.public_id == house.event)).one())
        session.scalars(select(Contact).where(Contact.id == house.contact)).one().phone = None

    assert "We have no phone number of you" in words_of(clara)


def test_what_came_since_the_last_visit_is_told_and_nothing_of_before(
    clara: FlaskClient, house: Household, rows: Any
):
    with rows() as session:
        visit = session.scalars(select(PortalSession)).one()
        visit.previous_visit_at = datetime(2026, 3, 15, tzinfo=UTC)
    fresh = words_of(clara)
    with rows() as session:
        session.scalars(select(PortalSession)).one().previous_visit_at = datetime(2026, 3, 17, 9, tzinfo=UTC)
        for event in session.scalars(select(Event)):
            event.created_at = datetime(2026, 3, 1, tzinfo=UTC)
    stale = words_of(clara)

    fresh, stale = (page.partition("Since your last visit")[2] for page in (fresh, stale))
    for told in ("Proposal E-Clara", "Invoice N-Clara", "Ann Ashworth wrote to you", "A new file"):
        assert told in fresh
        assert told not in stale
    assert "Nothing new since" in stale


def test_nothing_of_another_household_is_news(clara: FlaskClient, foreign: Household):
    words = words_of(clara)

    assert "Otto" not in words
    assert "gutter" not in words


def test_a_document_link_leads_to_its_document(app: Flask, client: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        link = a_document_link(
            session, session.scalars(select(Event).where(Event.public_id == house.event)).one()
        )
    path = link_path(app, link)

    answer = client.get(f"{path}/")

    assert answer.status_code == 302
    assert answer.location == f"{path}/appointments/{house.event}"


def test_whoever_is_not_signed_in_is_sent_to_the_door(client: FlaskClient, house: Household):
    answer = client.get("/portal/")

    assert answer.status_code == 302
    assert "/portal/sign-in" in answer.location


def test_hostile_names_stand_there_as_text(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.scalars(select(Contact).where(Contact.id == house.contact)).one().first_name = HOSTILE
        session.scalars(select(Event).where(Event.public_id == house.event)).one().title = HOSTILE

    words = words_of(clara)

    assert "<img src=x" not in words
    assert "&lt;img src=x" in words
    assert "{{7*7}}" in words


def test_the_page_asks_as_many_statements_for_many_things_as_for_few(
    app: Flask, clara: FlaskClient, house: Household, rows: Any, clock: Clock
):
    words_of(clara)
    few = statements_of(app, lambda: words_of(clara))
    with rows() as session:
        project = session.scalars(select(Estimate).where(Estimate.public_id == house.estimate)).one().project
        for number in range(12):
            another_appointment(
                session, house, f"Visit {number}", starts_at=clock.now() + timedelta(days=number + 1)
            )
            an_invoice(session, project, f"N-more-{number}")
    many = statements_of(app, lambda: words_of(clara))

    assert many == few


def settle_everything(rows: Any) -> None:
    """Nothing is to be signed or paid."""
    with rows() as session:
        for estimate in session.scalars(select(Estimate)):
            estimate.state = EstimateState.CONFIRMED
        for invoice in session.scalars(select(Invoice)):
            invoice.balance = 0
