"""The "+" of a step: the estimate comes first, the forced step goes on by itself [A86-A89, D8]."""

import re

from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Estimate, EstimateState, Invoice, OutboxMessage, WorkOrder
from tests.admin.estimates.office import ONE_LINE
from tests.forms import read_off
from tests.signing import on_sqlite, sign_in_as

pytestmark = on_sqlite


def test_the_estimate_form_comes_first_and_the_forced_step_continues_on_save(office, rows):
    answer = office.post(f"{office.home}/force/workorder", {"reason": "Agreed at the gate"})
    editor = answer.headers["Location"]
    assert re.search(r"/estimates/\d+/edit\?then=workorder&reason=Agreed", editor)
    page = office.page(editor)
    assert "The workorder follows when this is saved." in page and "Save and create workorder" in page
    estimate = int(read_off(r"/estimates/(\d+)/edit", editor))

    office.write(estimate, **ONE_LINE, then="workorder", reason="Agreed at the gate")

    assert office.look(estimate, lambda e: (e.state, e.not_sent, e.sent_at, e.confirmed_how)) == (
        EstimateState.CONFIRMED,
        True,
        None,
        "Agreed at the gate",
    )
    with rows() as session:
        work = session.scalars(select(WorkOrder)).one()
        assert (work.estimate_id, work.forced_reason) == (estimate, "Agreed at the gate")
        assert session.scalars(select(OutboxMessage)).all() == []
    assert "Skipped" in office.page(office.of(estimate))


def test_a_forced_invoice_has_an_unsent_estimate_and_a_workorder_before_it(office, rows):
    office.written()

    answer = office.post(f"{office.home}/force/invoice", {"reason": "Done on the spot"})

    assert answer.status_code == 302
    with rows() as session:
        assert session.scalars(select(Estimate)).one().not_sent
        work, bill = session.scalars(select(WorkOrder)).one(), session.scalars(select(Invoice)).one()
        assert (bill.work_order_id, bill.total) == (work.id, 57_600)


def test_a_second_click_makes_nothing_new(office, rows):
    office.written()
    for target in ("workorder", "workorder", "invoice", "invoice", "estimate"):
        assert office.post(f"{office.home}/force/{target}", {"reason": "In a hurry"}).status_code == 302

    with rows() as session:
        for entity in (Estimate, WorkOrder, Invoice):
            assert len(session.scalars(select(entity)).all()) == 1


def test_a_reason_is_asked_for_and_kept(office):
    office.written()
    bare = office.post(f"{office.home}/force/workorder")
    assert bare.status_code == 302 and "/force/workorder" in bare.headers["Location"]
    assert "Why are the steps between skipped?" in office.page(f"{office.home}/force/workorder")

    refused = office.post(f"{office.home}/force/workorder", {"reason": "  "})

    assert refused.status_code == 422 and "Say why the steps between are skipped" in refused.text


def test_what_the_client_declined_is_looked_at_before_it_is_forced(office):
    estimate = office.sent()
    office.step(estimate, "decline", reason="Too dear")

    answer = office.post(f"{office.home}/force/workorder", {"reason": "They came back"})

    draft = int(read_off(r"/estimates/(\d+)/edit\?then=workorder", answer.headers["Location"]))
    assert office.look(draft, lambda e: (e.revision, e.state)) == (2, EstimateState.DRAFT)
    office.write(draft, **ONE_LINE, then="workorder", reason="They came back")
    assert office.look(draft, lambda e: e.state) is EstimateState.CONFIRMED


def test_mistakes_in_the_form_keep_the_forced_step_waiting(office, rows):
    answer = office.post(f"{office.home}/force/workorder", {"reason": "Agreed"})
    estimate = int(read_off(r"/estimates/(\d+)/edit", answer.headers["Location"]))

    refused = office.write(
        estimate, **ONE_LINE | {"lines-0-unit_price": "lots"}, then="workorder", reason="Agreed"
    )

    assert refused.status_code == 422 and 'name="then" value="workorder"' in refused.text
    with rows() as session:
        assert session.scalars(select(WorkOrder)).all() == []


def test_strange_steps_and_roles_that_may_not_are_refused(office):
    assert office.post(f"{office.home}/force/payment", {"reason": "x"}).status_code == 404
    assert office.post("/admin/projects/4711/force/workorder", {"reason": "x"}).status_code == 404
    sign_in_as(office.client, Role.ANALYST)
    assert office.post(f"{office.home}/force/workorder", {"reason": "x"}).status_code == 403


def test_a_step_is_created_from_the_side_bar_of_the_profile(office, rows):
    """[A88]"""
    office.written()
    here = f"/admin/projects/of/{office.group}/force"
    assert here in office.page(f"/admin/customers/{office.group}")
    assert "Fell the ash" in office.page(here)

    office.post(here, {"project": str(office.project), "step": "workorder", "reason": "In a hurry"})

    with rows() as session:
        assert session.scalars(select(WorkOrder)).one().forced_reason == "In a hurry"
    assert office.post(here, {"project": "4711", "step": "workorder", "reason": "x"}).status_code == 404


def test_the_strip_offers_what_is_not_there_yet(office):
    """[A86]"""
    office.written()

    page = office.page(f"{office.home}/estimate")

    assert f"{office.home}/force/workorder?back=" in page and f"{office.home}/force/estimate" not in page
