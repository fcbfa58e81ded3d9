"""The desk under the hand, in a real browser: free times, tasks, names under an @, uploads [A52, A92, 103]."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from admin_app.models import Attachment, Event, Mention, OutboxMessage, Task
from admin_app.models.engine import writing
from seeds.builders import a_contact, a_group, a_task, a_user, an_address, an_event
from seeds.work_builders import a_lead, a_project
from tests.browser.company import SmallCompany, found, sign_in
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """The small company with a lead of the Finches, and an estimator who is busy tomorrow."""
    company = found(tmp_path)
    with writing(), company.session() as session:
        pete = a_user(session, "pete")
        finches = a_group(session, name="Finch household")
        clara = a_contact(session, finches, primary=True, email="clara@finch.example")
        site = an_address(session, finches)
        project = a_project(
            session, finches, address_id=site.id, contact_id=clara.id, estimator_id=pete.id
        )
        a_lead(session, project)
        a_task(session, finches, title="Order the crane")
        for days in range(90):
            day = company.clock.now().replace(hour=4, minute=0) + timedelta(days=days)
            an_event(session, finches, assignee_id=pete.id, starts_at=day, ends_at=day + timedelta(hours=8))
        session.commit()
    return company


def test_the_desk_answers_to_the_hand(
    page: Page, serve: Serve, company: SmallCompany, tmp_path: Path
) -> None:
    address = serve(company.app)
    sign_in(page, address)

    _plan_a_visit_on_a_free_time(page, address, company)
    _finish_a_task_in_its_pop_up_and_undo_a_deletion(page, address, company)
    _call_a_colleague_in_a_note(page, address, company)
    _bring_two_files_of_which_one_is_refused(page, address, company, tmp_path)


def _plan_a_visit_on_a_free_time(page: Page, address: str, company: SmallCompany) -> None:
    """A52: the estimator has no morning free; another colleague has, and it is fetched at once."""
    page.goto(f"{address}/admin/projects/1/lead")
    page.get_by_role("link", name="Schedule appointment").click()
    dialog = page.get_by_role("dialog", name="New appointment")
    expect(dialog.get_by_label("Who comes")).to_be_visible()
    expect(dialog.get_by_label("07:00–08:00")).to_have_count(0)
    dialog.get_by_label("Who comes").select_option(label="Bea Okafor")
    morning = dialog.get_by_label("07:00–08:00").last
    morning.check(force=True)

    expect(dialog.get_by_label("Starts")).to_have_value(morning.get_attribute("data-starts") or "")
    dialog.get_by_role("button", name="Add appointment").click()

    expect(page.get_by_text("is in the calendar. Nobody was told")).to_be_visible()
    with company.session() as session:
        event = session.scalars(select(Event).where(Event.project_id == 1)).one()
        assert event.ends_at == event.starts_at + timedelta(hours=1)
        assert session.scalars(select(OutboxMessage)).all() == []  # the company has no address to write from


def _finish_a_task_in_its_pop_up_and_undo_a_deletion(page: Page, address: str, company: SmallCompany) -> None:
    """A92, A94: the status is chosen in the details; the bin asks, and Undo takes it back."""
    page.goto(f"{address}/admin/customers/1/tasks")
    page.get_by_role("link", name="Order the crane", exact=True).click()
    page.get_by_label("Status of Order the crane").select_option("in progress")
    expect(page.get_by_text("“Order the crane” is in progress.")).to_be_visible()

    page.get_by_role("link", name="Delete Order the crane").click()
    page.get_by_role("button", name="Delete task").click()
    expect(page.get_by_text("Nothing to do.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Order the crane", exact=True)).to_be_visible()
    with company.session() as session:
        assert session.scalars(select(Task.title)).all() == ["Order the crane"]


def _call_a_colleague_in_a_note(page: Page, address: str, company: SmallCompany) -> None:
    """103: Enter takes the name and sends nothing; Ctrl+Enter adds the note."""
    page.goto(f"{address}/admin/projects/1/tasks")
    note = page.get_by_label("A new note")
    note.press_sequentially("Ask @nov")
    expect(page.get_by_role("listbox", name="Colleagues")).to_have_text("Pete Novák")
    note.press("Enter")
    expect(note).to_have_value("Ask @Pete Novák ")
    note.press_sequentially("about the pond")
    note.press("Control+Enter")

    expect(page.locator(".cu-mention")).to_have_text("@Pete Novák")
    with company.session() as session:
        assert len(session.scalars(select(Mention)).all()) == 1


def _bring_two_files_of_which_one_is_refused(
    page: Page, address: str, company: SmallCompany, tmp_path: Path
) -> None:
    """103: each file has its line; the list stands anew without loading the page."""
    good, bad = tmp_path / "Plan.txt", tmp_path / "page.html"
    good.write_text("one")
    bad.write_text("<html>")
    page.goto(f"{address}/admin/customers/1/files")
    page.get_by_label("Drop files here, or choose them").set_input_files([good, bad])

    expect(page.get_by_text("page.html was not kept.")).to_be_visible()
    expect(page.locator("[data-upload-said]")).to_have_text("1 of 2 added. 1 refused.")
    expect(page.locator("[data-file-list]").get_by_role("link", name="Plan.txt", exact=True)).to_be_visible()
    with company.session() as session:
        assert session.scalars(select(Attachment.name)).all() == ["Plan.txt"]
