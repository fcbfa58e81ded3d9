"""The estimate's page and its dialogues: what is open, what is closed and why [A58-A68, L15]."""

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.models import Estimate, EstimateState, Lead, LeadState, OutboxMessage, Signature, WorkOrder
from tests.admin.estimates.office import ONE_LINE
from tests.forms import read_off
from tests.signing import on_sqlite, sign_in_as

pytestmark = on_sqlite


def test_writing_an_estimate_answers_the_lead(office, rows):
    """[A41, A55]"""
    office.begin()

    with rows() as session:
        assert session.get_one(Lead, office.ids["lead"]).state is LeadState.ESTIMATED


def test_one_form_begins_one_estimate_however_often_it_is_sent(office, rows):
    key = read_off(r'name="key" value="([^"]+)"', office.page(f"{office.home}/estimates/new"))

    first, second = office.begin(key=key), office.begin(key=key)

    assert first == second
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(Estimate)) == 1


def test_a_draft_without_lines_says_why_it_cannot_be_sent_and_where_to_mend_it(office):
    """[L15]"""
    estimate = office.begin()

    page = office.page(office.of(estimate))

    assert "An estimate needs at least one line that counts." in page
    assert f'href="{office.of(estimate, "/edit")}">Add a line' in page
    assert 'aria-disabled="true"' in page
    assert "needs at least one line" in office.page(office.of(estimate, "/step/send"))
    assert office.step(estimate, "send", way="hand", contact="").status_code == 409


def test_sending_by_mail_asks_for_access_first_and_can_open_it(office, rows):
    """[R33]"""
    estimate = office.written()
    typed = {"way": "mail", "contact": str(office.contact), "message": "Dear Clara"}

    refused = office.step(estimate, "send", **typed)
    assert refused.status_code == 409 and "grant access" in refused.text and "Dear Clara" in refused.text
    assert office.look(estimate, lambda e: (e.state, e.number)) == (EstimateState.DRAFT, None)

    assert office.step(estimate, "send", **typed, grant="on").status_code == 302
    assert office.look(estimate, lambda e: e.state) is EstimateState.SENT
    with rows() as session:
        (mail,) = session.scalars(select(OutboxMessage)).all()
        assert mail.recipient == "clara@finch.example" and "Dear Clara" in mail.body


def test_handing_over_sends_no_mail(office, rows):
    estimate = office.sent()

    assert office.look(estimate, lambda e: (e.state, e.number is not None)) == (EstimateState.SENT, True)
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    assert "papers/estimate" in office.page(office.of(estimate))


def test_a_second_click_on_send_finds_it_sent(office):
    estimate = office.sent()

    again = office.step(estimate, "send", way="hand", contact=str(office.contact), message="")

    assert again.status_code == 409 and "This estimate is sent" in again.text
    assert office.look(estimate, lambda e: e.state) is EstimateState.SENT


def test_confirming_asks_how_they_agreed_and_makes_the_workorder(office, rows):
    estimate = office.sent()
    refused = office.step(estimate, "confirm", way="told", how=" ", comment="Mind the dog")
    assert (
        refused.status_code == 422
        and "Say how they agreed" in refused.text
        and "Mind the dog" in refused.text
    )

    office.step(estimate, "confirm", way="told", how="On the phone", comment="Mind the dog")

    told = office.look(estimate, lambda e: (e.state, e.confirmed_how, e.client_comment))
    assert told == (EstimateState.CONFIRMED, "On the phone", "Mind the dog")
    with rows() as session:
        assert session.scalars(select(WorkOrder)).one().client_comment == "Mind the dog"
    assert "Write change order" in office.page(office.of(estimate))


def test_a_signature_on_paper_is_bound_to_what_was_sent_and_kept_when_it_is_superseded(office, rows):
    """[60]"""
    estimate = office.sent()
    office.step(estimate, "confirm", way="signed", how="", signer="Clara Finch", comment="")
    with rows() as session:
        assert session.scalars(select(Signature)).one().signer == "Clara Finch"

    answer = office.step(estimate, "revise")

    draft = int(read_off(r"/estimates/(\d+)/edit", answer.headers["Location"]))
    old = office.page(office.of(estimate))
    assert "Signed, then superseded by revision 2." in old and "Signed, superseded" in old
    assert "Signed by Clara Finch" in office.page(office.of(draft))
    office.post(office.of(draft, "/discard"))
    assert office.look(estimate, lambda e: e.state) is EstimateState.CONFIRMED


def test_options_are_chosen_with_the_confirmation(office):
    """[57]"""
    estimate = office.begin()
    lines = ONE_LINE | {
        "lines-1-description": "Grind the stump",
        "lines-1-unit_price": "20",
        "lines-1-option": "out",
    }
    office.write(estimate, **lines)
    office.step(estimate, "send", way="hand", contact="", message="")
    key = office.look(estimate, lambda e: e.lines[1].key)
    assert "Grind the stump · 20.00" in office.page(office.of(estimate, "/step/confirm"))

    office.step(estimate, "confirm", way="told", how="By mail", options=key)

    assert office.look(estimate, lambda e: (e.subtotal, e.state)) == (50_000, EstimateState.CONFIRMED)


def test_a_deposit_that_is_not_there_links_to_the_payment_and_can_be_overridden(office):
    estimate = office.sent(deposit="30 %")

    page = office.page(office.of(estimate))

    assert "The deposit has not arrived." in page and "/payments/new" in page
    office.step(estimate, "confirm", way="told", how="Pays in cash on the day")
    assert office.look(estimate, lambda e: e.state) is EstimateState.CONFIRMED


@pytest.mark.parametrize(
    ("step", "state", "field"),
    [
        ("request_changes", EstimateState.CHANGES_REQUESTED, "client_comment"),
        ("decline", EstimateState.DECLINED, "declined_reason"),
    ],
)
def test_no_and_not_like_this_need_words(office, step, state, field):
    estimate = office.sent()
    assert office.step(estimate, step, reason="").status_code == 409

    office.step(estimate, step, reason="Too dear")

    assert office.look(estimate, lambda e: (e.state, getattr(e, field))) == (state, "Too dear")
    assert "Too dear" in office.page(office.of(estimate))


def test_an_expired_estimate_offers_its_revision(office, rows):
    estimate = office.sent()
    with rows() as session:
        session.get_one(Estimate, estimate).expires_on = date(2026, 3, 1)

    page = office.page(office.of(estimate))

    assert "This estimate expired on 1 March 2026; revise it to send it again." in page
    assert re.search(r'/step/revise">Revise estimate', page)


def test_a_change_order_adds_to_the_contract_and_a_copy_begins_anew(office):
    """[53, 59, M15]"""
    estimate = office.sent()
    office.step(estimate, "confirm", way="told", how="On the phone")

    answer = office.post(f"{office.home}/estimates/new?change_of={estimate}", {"title": "More", "source": ""})
    more = int(read_off(r"/estimates/(\d+)/edit", answer.headers["Location"]))
    answer = office.post(f"{office.home}/estimates/new", {"title": "Again", "source": str(estimate)})
    copy = int(read_off(r"/estimates/(\d+)/edit", answer.headers["Location"]))

    assert office.look(more, lambda e: e.change_of_id) == estimate
    assert office.look(copy, lambda e: (e.change_of_id, len(e.lines), e.total)) == (None, 1, 57_600)
    page = office.page(office.of(estimate))
    assert "Change orders" in page and "More" in page and "Again" in page


def test_readers_see_the_document_and_no_buttons(office):
    estimate = office.written()
    sign_in_as(office.client, Role.ANALYST)

    page = office.page(office.of(estimate))

    assert "Fell the ash" in page and "/step/" not in page and "/edit" not in page
    assert office.client.get(office.of(estimate, "/edit")).status_code == 403


def test_another_projects_estimate_is_not_found_here(office, rows):
    from admin_app.models import CustomerGroup
    from seeds.work_builders import a_project, an_estimate

    with rows() as session:
        other = an_estimate(session, a_project(session, session.get_one(CustomerGroup, office.group))).id

    for rest in ("", "/edit", "/step/send", "/options", "/discard", "/taxes", "/terms/money"):
        assert office.client.get(office.of(other, rest)).status_code == 404, rest
    assert office.client.get(f"/admin/projects/at/estimate/{other}").status_code == 302
    assert office.client.get(office.of(office.written(), "/step/expire")).status_code == 404


def test_the_page_costs_the_same_statements_however_long_the_estimate_is(office, app):
    from sqlalchemy import event

    from admin_app.web.database import db

    short, seen = office.written(), []
    long = office.begin()
    lines = {f"lines-{n}-description": f"Line {n}" for n in range(30)}
    lines |= {f"lines-{n}-unit_price": "1" for n in range(30)}
    office.write(long, **lines)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    office.page(office.of(short))
    few = len(seen)
    seen.clear()

    office.page(office.of(long))

    assert abs(len(seen) - few) <= 1  # the long one stands beside another estimate, the short one too
