"""The board through the front door: cards, moves that ask what their step asks, columns that say why not [68, L15]."""

import html
from datetime import date

import pytest
from sqlalchemy import event, select

from admin_app.flow import FLOWS
from admin_app.kernel.actor import Role
from admin_app.models import (
    Estimate,
    EstimateState,
    Lead,
    LeadState,
    Service,
    ServiceState,
    WorkOrder,
    WorkOrderState,
)
from admin_app.records.pipeline import MOST_CARDS
from admin_app.web.database import db
from seeds.builders import a_brand, a_company, a_group, a_user
from seeds.work_builders import a_lead, a_lead_status, a_project, a_work_order, an_estimate
from tests.forms import read_off, send
from tests.signing import on_sqlite, sign_in_as

pytestmark = on_sqlite

BOARD = "/admin/pipeline/"


@pytest.fixture
def ids(app, rows, clock):
    """A lead, a draft estimate and a workorder in progress of the Finch household."""
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        a_company(session)
        a_brand(session, is_default=True)
        project = a_project(session, a_group(session, name="Finch household"))
        estimate = an_estimate(session, project, title="Fell the ash", total=48_000)
        agreed = an_estimate(session, project, state=EstimateState.CONFIRMED, confirmed_on=date(2026, 3, 3))
        work = a_work_order(session, agreed, state=WorkOrderState.IN_PROGRESS)
        lead = a_lead(session, project, title="Look at the oak")
        status = a_lead_status(session, "Site visit")
        return {
            "project": project.id,
            "estimate": estimate.id,
            "workorder": work.id,
            "lead": lead.id,
            "status": status.id,
        }


def page(client, path=BOARD):
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return html.unescape(answer.text)


def test_the_board_shows_cards_and_where_each_can_go(signed_in, ids):
    text = page(signed_in)

    for words in (
        "Finch household",
        "Look at the oak",
        "€480.00",
        "15 days",
        "Site visit",
        "Work in progress",
    ):
        assert words in text
    assert f"/estimates/{ids['estimate']}/step/send?back=" in text
    assert f"/move/workorder/{ids['workorder']}/work-finished" in text
    assert f"/move/lead/{ids['lead']}/postponed" in text


def test_a_lead_is_moved_to_a_status_of_ours_and_put_off(signed_in, ids, rows):
    move = f"{BOARD}move/lead/{ids['lead']}"
    assert "Site visit: Look at the oak" in page(signed_in, f"{move}/status-{ids['status']}")
    answer = send(signed_in, f"{move}/status-{ids['status']}")
    assert answer.headers["Location"] == BOARD

    refused = send(signed_in, f"{move}/postponed", {"until": "yesterday"})
    assert refused.status_code == 422 and 'value="yesterday"' in refused.text
    send(signed_in, f"{move}/postponed", {"until": "2026-05-01"})
    with rows() as session:
        lead = session.get_one(Lead, ids["lead"])
        assert (lead.state, lead.postponed_until) == (LeadState.POSTPONED, date(2026, 5, 1))
    send(signed_in, f"{move}/status-{ids['status']}")
    with rows() as session:
        assert session.get_one(Lead, ids["lead"]).custom_status_id == ids["status"]


def test_work_moves_by_its_steps_and_says_what_is_in_the_way(signed_in, ids, rows):
    move = f"{BOARD}move/workorder/{ids['workorder']}/work-finished"
    assert "services are not completed" in page(signed_in, move).replace("service is", "services are")
    assert send(signed_in, move).status_code == 409
    with rows() as session:
        for service in session.scalars(select(Service)):
            service.state = ServiceState.COMPLETED

    assert send(signed_in, move).status_code == 302

    with rows() as session:
        assert session.get_one(WorkOrder, ids["workorder"]).state is WorkOrderState.FINISHED


@pytest.mark.parametrize(
    ("card", "column", "why"),
    [
        ("lead", "estimate-sent", "Write its estimate first"),
        ("lead", "work-new", "Its workorder follows when the estimate is confirmed, and begins as new"),
        ("estimate", "new", "An estimate does not become a lead again"),
        ("estimate", "work-new", "It is draft; into “Work new” it comes from sent"),
        ("estimate", "invoiced", "Its invoice follows when the workorder is completed"),
        ("workorder", "work-scheduled", "It is in progress; into “Work scheduled” it comes from new"),
        ("workorder", "done", "Its invoice follows when the workorder is completed"),
    ],
)
def test_a_column_that_cannot_take_a_card_says_why(signed_in, ids, card, column, why):
    """[L15]"""
    text = page(signed_in, f"{BOARD}move/{card}/{ids[card]}/{column}")

    assert f"{why}." in text
    assert '<button type="submit" class="btn btn-primary"' not in text


def test_a_card_that_skips_steps_is_offered_to_be_forced(signed_in, ids):
    """[A86]"""
    text = page(signed_in, f"{BOARD}move/lead/{ids['lead']}/work-new")

    assert f"/admin/projects/{ids['project']}/force/workorder" in text and "Create workorder now" in text


def test_a_step_with_a_page_of_its_own_leads_there(signed_in, ids):
    answer = signed_in.get(f"{BOARD}move/estimate/{ids['estimate']}/estimate-sent")

    assert f"/estimates/{ids['estimate']}/step/send" in answer.headers["Location"]


def test_after_the_step_of_an_estimate_one_is_back_on_the_board(signed_in, ids, rows):
    step = f"/admin/projects/{ids['project']}/estimates/{ids['estimate']}/step/send?back={BOARD}"

    answer = send(signed_in, step, {"way": "hand", "contact": "", "message": "", "back": BOARD})

    assert answer.headers["Location"] == BOARD
    with rows() as session:
        assert session.get_one(Estimate, ids["estimate"]).state is EstimateState.SENT


def test_strange_cards_and_columns_are_not_found(signed_in, ids):
    for path in (
        "lead/4711/postponed",
        f"lead/{ids['lead']}/nowhere",
        f"ghost/{ids['lead']}/new",
        "lead/1/status-4711",
    ):
        assert signed_in.get(f"{BOARD}move/{path}").status_code == 404, path


def test_the_board_is_narrowed_and_a_long_column_is_opened_alone(signed_in, ids, rows):
    with rows() as session:
        pete = a_user(session, "pete")
        project = a_project(session, a_group(session, name="Heron farm"), estimator_id=pete.id)
        for _ in range(MOST_CARDS + 3):
            a_lead(session, project)
        number = pete.id

    text = page(signed_in)
    assert "4 more" in text
    alone = page(signed_in, read_off(r'href="([^"]+)">4 more', text))
    assert alone.count("data-card=") == MOST_CARDS + 4 and "Whole pipeline" in alone
    narrowed = page(signed_in, f"{BOARD}?estimator={number}")
    assert "Heron farm" in narrowed and "Finch household" not in narrowed
    assert "Nothing of this is open" in page(signed_in, f"{BOARD}?mine=1")


def test_readers_see_the_board_and_move_nothing(client, ids):
    sign_in_as(client, Role.ANALYST)

    text = page(client)

    assert "Finch household" in text and "Move to" not in text and 'draggable="true"' not in text
    assert client.get(f"{BOARD}move/lead/{ids['lead']}/postponed").status_code == 403


def test_a_crew_is_turned_away(client, ids):
    sign_in_as(client, Role.CREW)

    assert client.get(BOARD).status_code == 403 and client.get(f"{BOARD}flow").status_code == 403


def test_an_empty_board_says_what_it_will_hold(signed_in, rows):
    with rows() as session:
        a_company(session)

    assert "stand here in the column of their state" in page(signed_in)


def test_the_board_costs_the_same_statements_however_full_it_is(app, signed_in, ids, rows):
    seen = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    page(signed_in)
    few = len(seen)
    with rows() as session:
        for n in range(15):
            project = a_project(session, a_group(session, name=f"Customer {n}"))
            a_lead(session, project)
            an_estimate(session, project, state=EstimateState.SENT)
    seen.clear()

    page(signed_in)

    assert len(seen) == few


def test_the_flow_is_drawn_from_its_tables_with_counts_and_every_reason(signed_in, ids):
    """[L15]: one source for buttons and drawing."""
    text = page(signed_in, f"{BOARD}flow")

    for flow in FLOWS.values():
        for state in flow.states:
            assert f">{state.value.capitalize()}</text>" in text
        for step in flow.steps:
            for guard in step.guards:
                if isinstance(guard.sentence, str):
                    assert guard.sentence in text
            if step.label:
                assert step.label in text
    assert "Invoice N-00012 closed this work" in text and "1 service is not completed" in text
    assert text.count("oldest 15 d") >= 3
