"""The Workorder tab of a project: services, schedule, forms, costs, steps and its three actions [A70-A76, 61-67]."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Event, Invoice, InvoiceState, JobCost, ServiceState, TimeEntry, WorkOrderState
from seeds.builders import an_event
from seeds.work_builders import a_project
from tests.admin.customers.counter import Statements
from tests.admin.jobs.site import Site
from tests.services.agreed import agree, change, offer
from tests.signing import on_sqlite


@pytest.fixture
def bea(site: Site) -> Site:
    """The office."""
    site.sign_in(Role.OFFICE)
    return site


def test_the_tab_shows_the_work_its_money_and_what_is_in_the_way(bea):
    page = bea.page(bea.tab)

    assert "771.11" in page and "662.22" in page
    assert "Mind the dog" in page and "From the road side" in page and "Gate is locked" in page
    assert "The pre-job safety form is not filled in" in page
    assert "Cem Yılmaz" in page


def test_the_actions_are_exactly_three(bea):
    """[A76] and each of them leads somewhere."""
    page = bea.page(bea.tab)
    block = page[page.index('id="actions-title"') :]
    block = block[: block.index("</section>")]
    links = re.findall(r'<a class="btn" href="([^"]+)">.*?</i>([^<]+)</a>', block)

    assert [words for _, words in links] == ["View workorder PDF", "Add payment", "Edit estimate"]
    for url, words in links:
        assert bea.client.get(url.replace("&amp;", "&")).status_code == 200, words


def test_complete_selected_and_a_row_that_was_left(bea):
    """[A74] one transaction, and the row that could not says why."""
    first, second = (service.id for service in bea.work.services)
    back = f"{bea.tab}?work={bea.work_id}"
    bea.post(f"{bea.job}/services", {"one": f"{first}:complete", "back": back})

    answer = bea.post(f"{bea.job}/services", {"service": [first, second], "step": "complete", "back": back})

    assert answer.location == back
    said = bea.said(answer)
    assert "1 service completed. “Work 1” was left: This service is completed" in said
    assert all(service.state is ServiceState.COMPLETED for service in bea.work.services)


def test_a_completed_service_enables_a_partial_invoice(bea):
    """[A75]"""
    bill = f"/admin/billing/contracts/{bea.work.estimate_id}/bill"
    assert bill not in bea.page(bea.tab)

    bea.post(f"{bea.job}/services", {"one": f"{bea.work.services[0].id}:complete"})

    page = bea.page(bea.tab)
    assert bill in page and "Completed and not invoiced" in page
    bea.page(bill)


def test_notes_reach_the_crew_and_forms_are_switched_off(bea):
    """[A70, A72]"""
    path = f"{bea.tab}/edit"
    bea.page(path)
    bea.post(path, {"title": "Fell the ash", "notes": "Ring twice"})

    work = bea.work
    assert (work.notes, work.needs_safety_form, work.needs_finish_form) == ("Ring twice", False, False)
    assert [event.notes for event in bea.session.scalars(select(Event))] == ["Ring twice"]
    assert "The work has begun." in bea.said(bea.post(f"{bea.job}/steps/start"))


def test_a_new_day_moves_the_calendar_and_a_clash_is_said(bea):
    an_event(
        bea.session,
        bea.desk.group,
        title="Visit at the mill",
        assignee_id=bea.crew_id,
        starts_at=bea.clock.now().replace(day=20, hour=9, minute=0),
        ends_at=None,
    )
    bea.session.commit()
    bea.page(f"{bea.tab}/schedule")

    answer = bea.post(
        f"{bea.tab}/schedule",
        {"starts_at": "2026-03-20T08:00", "ends_at": "2026-03-20T12:00", "crew": [bea.crew_id]},
    )

    said = bea.said(answer)
    assert "Planned for Fri 20 Mar 08:00–12:00, Cem Yılmaz." in said
    assert "Cem Yılmaz is at “Visit at the mill” at that time: Fri 20 Mar 09:00." in said
    days = bea.look().scalars(select(Event).where(Event.work_order_id == bea.work_id)).all()
    assert [(day.starts_at.day, day.assignee_id) for day in days] == [(20, bea.crew_id)]


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"starts_at": ""}, "When does the work start?"),
        ({"starts_at": "soon"}, "is not a"),
        ({"starts_at": "2026-03-20T08:00", "ends_at": "2026-03-19T08:00"}, "This is before the start"),
        ({"starts_at": "2026-03-20T08:00", "crew": ["999"]}, "does not work here any more"),
    ],
)
def test_a_plan_that_cannot_be_comes_back_with_what_was_typed(bea, typed, sentence):
    answer = bea.post(f"{bea.tab}/schedule", typed)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert bea.work.starts_at.day == 17


def test_the_way_to_completion_and_back(bea):
    """[A77, 4.2]: completed it stands in the tray; opened again the work goes on."""
    bea.post(f"{bea.tab}/edit", {"title": "Fell the ash"})
    bea.post(f"{bea.job}/steps/start")
    refused = bea.said(bea.post(f"{bea.job}/steps/complete"))
    assert "2 services are not completed; complete or cancel them first." in refused
    bea.post(f"{bea.job}/services", {"service": [s.id for s in bea.work.services], "step": "complete"})
    bea.post(f"{bea.job}/steps/complete")
    assert bea.work.state is WorkOrderState.COMPLETED
    assert "Complete selected" not in bea.page(bea.tab)

    (draft,) = bea.look().scalars(select(Invoice))
    assert (draft.state, draft.total) == (InvoiceState.DRAFT, 77111 + 66222)

    bea.post(f"{bea.job}/steps/reopen")

    reopened = bea.work
    assert reopened.state is WorkOrderState.IN_PROGRESS
    bea.post(f"{bea.job}/steps/complete")
    assert len(bea.look().scalars(select(Invoice)).all()) == 1


def test_work_is_called_off_with_a_reason(bea):
    path = f"{bea.tab}/cancel"
    assert "Why?" in bea.page(path)
    answer = bea.post(path, {"reason": " "})
    assert answer.status_code == 409 and "Say why" in answer.text

    bea.post(path, {"reason": "Sold the house"})

    assert (bea.work.state, bea.work.cancelled_reason) == (WorkOrderState.CANCELLED, "Sold the house")
    assert "Sold the house" in bea.page(bea.tab)
    assert "Why?" not in bea.page(path)


def test_costs_and_time_are_booked_corrected_and_taken_away(bea):
    """[67] and what is left of the price is told."""
    data = {
        "description": "Skip",
        "kind": "disposal",
        "amount": "120.50",
        "spent_on": "16 Mar 2026",
        "key": "k",
    }
    for _ in range(2):
        bea.post(f"{bea.tab}/costs/new", data)
    cost = bea.look().scalars(select(JobCost)).one()
    bea.post(f"{bea.tab}/costs/{cost.id}", data | {"amount": "100.00"})
    bea.post(f"{bea.job}/time/new", {"user": bea.crew_id, "worked_on": "16 Mar 2026", "minutes": "2"})
    entry = bea.look().scalars(select(TimeEntry)).one()
    assert entry.hour_cost == 4444

    page = re.sub(r"(?s)<[^>]*>", " ", bea.page(bea.tab))

    # 771.11 + 662.22 − 2 × 44.44 − 100.00; planned 333.33 of the first line
    for amount in ("1,433.33", "88.88", "100.00", "1,244.45", "86.8 %", "333.33", "1,100.00", "76.7 %"):
        assert amount in page, amount
    assert "1 line says neither hours nor cost" in page
    bea.post(f"{bea.tab}/costs/{cost.id}/delete")
    bea.post(f"{bea.job}/time/{entry.id}/delete")
    assert bea.look().scalar(select(JobCost.id)) is None
    assert bea.look().scalar(select(TimeEntry.id)) is None


@on_sqlite
def test_a_cost_without_an_amount_comes_back(bea):
    answer = bea.post(f"{bea.tab}/costs/new", {"description": "", "amount": "much", "spent_on": ""})

    assert answer.status_code == 422
    assert "Description is missing" in answer.text and "is not an amount" in answer.text


@on_sqlite
def test_an_analyst_reads_and_changes_nothing(site):
    site.sign_in(Role.ANALYST)

    page = site.page(site.tab)

    assert "Estimate against actual" in page and "Complete selected" not in page
    assert "Choose day and crew" not in page and "Book cost" not in page
    assert site.post(f"{site.job}/services", {"step": "complete"}).status_code == 403
    assert site.client.get(f"{site.tab}/costs/new").status_code == 403


@on_sqlite
def test_a_project_without_a_workorder_says_how_one_comes(bea):
    project = a_project(bea.session, bea.desk.group, title="Hedge")
    bea.session.commit()

    assert "No workorder yet" in bea.page(f"/admin/projects/{project.id}/workorder")


@on_sqlite
def test_a_workorder_of_another_project_is_not_found(bea):
    bea.page(f"{bea.tab}?work={bea.other_id}", 404)
    bea.page(f"{bea.tab}/schedule?work={bea.other_id}", 404)
    assert bea.client.get(f"/admin/projects/workorders/{bea.work_id}").location.endswith(
        f"{bea.tab}?work={bea.work_id}"
    )


@on_sqlite
def test_change_orders_stand_under_the_same_workorder(bea):
    """[M15]"""
    agree(bea.desk, change(bea.desk, bea.work.estimate, "40.40"))
    bea.session.commit()

    assert "40.40" in bea.page(bea.tab)


@on_sqlite
def test_the_tab_costs_as_many_statements_with_many_services_as_with_few(bea):
    """A fixed number of statements (design section 10)."""
    other = agree(bea.desk, offer(bea.desk, *["10"] * 30))
    path = f"/admin/projects/{other.project_id}/workorder"
    bea.session.commit()
    bea.page(bea.tab)

    with Statements(bea.client) as few:
        bea.page(f"/admin/projects/{bea.project_id}/workorder")
    with Statements(bea.client) as many:
        bea.page(path)

    assert many.count <= few.count


@on_sqlite
def test_the_questions_are_the_companys_own(bea):
    """[63] the settings list."""
    assert "Is the drop zone closed off?" in bea.page("/admin/form-questions/")
    bea.post(
        "/admin/form-questions/new/",
        {"form": "report", "position": "10", "question": "What was done?", "answer": "text"},
    )
    assert "What was done?" in bea.page(f"{bea.job}/forms/report")
