"""What a field crew finds on its phone: its own jobs, everything needed on site, and no price [61-63, A70-A74]."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import ServiceState, TimeEntry, WorkOrderState
from tests.admin.customers.counter import Statements
from tests.admin.jobs.site import HOUR_COST, PRICES, Site
from tests.services.agreed import agree, offer
from tests.signing import on_sqlite

MONEY = re.compile(r"€|£|EUR|771|662|444\.44|44\.44|333\.33|\bprice|\bcost", re.IGNORECASE)
PAGES = ("", "/forms", "/forms/safety", "/forms/report", "/forms/finish", "/time/new")


@pytest.fixture
def cem(site: Site) -> Site:
    site.sign_in(Role.CREW)
    return site


def test_a_crew_lands_on_its_own_jobs_by_day(cem):
    """The morning: /admin/ leads to today's jobs, and to no others."""
    answer = cem.client.get("/admin/")
    assert answer.location == "/admin/jobs/"

    page = cem.page("/admin/jobs/")

    assert "Today, Tuesday 17 March" in page
    assert "Fell the ash" in page and "08:00–12:00" in page and "12 Mill Lane" in page
    assert "Birchmoor" not in page


def test_the_job_says_what_is_needed_on_site(cem):
    """Address with a map, the key to the site, the contact's phone, notes for the crew, what the client said [A70]."""
    page = cem.page(cem.job)

    for words in (
        "12 Mill Lane",
        "openstreetmap.org",
        "Key safe 4711",
        "tel:02079460991",
        "Gate is locked",
    ):
        assert words in page, words
    assert "Mind the dog" in page and "Oak by the gate" in page


def test_no_page_of_a_job_says_what_anything_costs(cem):
    """Prices, costs of hours and their currency appear nowhere, before and after the work is done."""
    cem.post(f"{cem.job}/time/new", {"worked_on": "16 Mar 2026", "minutes": "1:30"})
    assert cem.look().scalar(select(TimeEntry.hour_cost)) == HOUR_COST
    cem.post(f"{cem.job}/forms/safety", {f"q{cem.question_id}": "yes"})
    cem.post(f"{cem.job}/steps/start")
    cem.post(f"{cem.job}/services", {"service": [s.id for s in cem.work.services], "step": "complete"})
    entry_id = cem.look().scalar(select(TimeEntry.id))

    paths = ["/admin/jobs/", *(cem.job + page for page in PAGES), f"{cem.job}/time/{entry_id}"]
    paths += ["/admin/work-orders/", f"/admin/work-orders/details/?id={cem.work_id}", "/admin/time-entries/"]
    paths += [f"/admin/time-entries/details/?id={entry_id}"]
    told = []
    for path in paths:
        page = re.sub(r"(?s)<script.*?</script>|<[^>]*>", " ", cem.page(path))
        told += [(path, found.group()) for found in [MONEY.search(page)] if found]

    assert PRICES[0][:3] in MONEY.pattern
    assert told == []


def test_jobs_of_others_are_not_there(cem):
    """A crew opens its own workorders only; every other address says that there is nothing."""
    other = f"/admin/jobs/{cem.other_id}"
    for path in (other, *(other + page for page in PAGES)):
        cem.page(path, 404)
    for path, data in (
        (f"{other}/steps/start", {}),
        (f"{other}/services", {"step": "complete"}),
        (f"{other}/forms/safety", {}),
        (f"{other}/time/new", {"worked_on": "16 Mar 2026", "minutes": "60"}),
    ):
        assert cem.post(path, data).status_code == 404, path
    assert cem.client.get(f"/admin/projects/workorders/{cem.other_id}").status_code == 404


def test_the_workspace_sends_a_crew_to_its_job(cem):
    """The tab knows prices; whoever follows a link to it lands on the page that knows none."""
    assert cem.client.get(cem.tab).location.endswith(cem.job)


def test_a_day_on_site(cem):
    """Safety form, start, ticking services, undo, time, finish [62, 63, A73, A74]."""
    first = cem.page(cem.job)
    assert re.search(r'data-step="form-safety">', first) and re.search(r'data-step="begin" hidden', first)

    said = cem.said(cem.post(f"{cem.job}/forms/safety", {f"q{cem.question_id}": "yes"}))
    assert "Pre-job safety form filled in." in said
    assert "The work has begun." in cem.said(cem.post(f"{cem.job}/steps/start"))
    first, second = (service.id for service in cem.work.services)
    said = cem.said(cem.post(f"{cem.job}/services", {"service": [first, second], "step": "complete"}))
    assert "2 services completed." in said
    cem.post(f"{cem.job}/services", {"one": f"{second}:reopen"})
    assert [s.state for s in cem.work.services] == [ServiceState.COMPLETED, ServiceState.OPEN]
    refused = cem.said(cem.post(f"{cem.job}/steps/finish"))
    assert "1 service is not completed" in refused
    cem.post(f"{cem.job}/services", {"service": [second], "step": "complete"})
    said = cem.said(cem.post(f"{cem.job}/time/new", {"worked_on": "17 Mar 2026", "minutes": "1:30"}))
    assert "1 h 30 min written down." in said
    cem.post(f"{cem.job}/steps/finish")

    assert cem.work.state is WorkOrderState.FINISHED
    # It stays where it stood today, and owes the form that the office asks for.
    assert re.search(r'data-step="form-finish">', cem.page("/admin/jobs/"))


@on_sqlite
def test_a_crew_takes_no_step_of_the_office(cem):
    for step in ("complete", "reopen"):
        assert cem.post(f"{cem.job}/steps/{step}").status_code == 403, step
    for step in ("cancel", "schedule"):
        assert cem.post(f"{cem.job}/steps/{step}").status_code == 404, step
    service = cem.work.services[0].id
    assert cem.post(f"{cem.job}/services", {"one": f"{service}:cancel"}).status_code == 403
    assert cem.post(f"{cem.job}/services", {"one": f"{service}:nonsense"}).status_code == 404


@on_sqlite
def test_ticking_nothing_is_said_above_the_page(cem):
    assert "Tick the services first." in cem.said(cem.post(f"{cem.job}/services", {"step": "complete"}))


@on_sqlite
def test_a_form_sent_half_comes_back_filled(cem):
    """[63] every question that is missing is named, what was answered stays."""
    answer = cem.post(f"{cem.job}/forms/safety", {})

    assert answer.status_code == 422
    assert "1 question needs an answer" in answer.text and "Is the drop zone closed off?" in answer.text
    assert cem.work.forms == []


@on_sqlite
def test_forms_stay_readable_when_the_work_is_completed(cem):
    """[A71] opened from the date of the event, and filled in no more."""
    cem.post(f"{cem.job}/forms/safety", {f"q{cem.question_id}": "no"})
    work = cem.work
    work.needs_finish_form = False
    cem.session.commit()
    cem.post(f"{cem.job}/steps/start")
    cem.post(f"{cem.job}/services", {"service": [s.id for s in cem.work.services], "step": "complete"})
    cem.sign_in(Role.OFFICE)
    cem.post(f"{cem.job}/steps/complete")
    assert cem.work.state is WorkOrderState.COMPLETED

    events = cem.page(f"/admin/customers/{cem.work.group_id}/events")
    assert f"/admin/jobs/{cem.work_id}/forms" in events
    assert f"/admin/jobs/{cem.work_id}/forms" in cem.page(f"/admin/projects/{cem.project_id}/tasks")
    page = cem.page(f"{cem.job}/forms")
    assert "Is the drop zone closed off?" in page and ">No<" in page and "Cem Yılmaz" in page
    assert "stay as they are" in page
    cem.page(f"{cem.job}/forms/safety", 409)


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("1:30", 90), ("1.5", 90), ("1h30", 90), ("90 min", 90), ("90", 90), ("8", 480), ("0:05", 5)],
)
def test_time_is_read_as_people_write_it(cem, typed, minutes):
    cem.post(f"{cem.job}/time/new", {"worked_on": "16 Mar 2026", "minutes": typed})

    assert cem.look().scalar(select(TimeEntry.minutes)) == minutes


@on_sqlite
@pytest.mark.parametrize("typed", ["", "soon", "1:75", "0", "25:00"])
def test_time_that_is_none_comes_back_with_a_sentence(cem, typed):
    answer = cem.post(f"{cem.job}/time/new", {"worked_on": "16 Mar 2026", "minutes": typed})

    assert answer.status_code == 422
    assert "Not saved yet" in answer.text
    assert cem.look().scalar(select(TimeEntry.id)) is None


@on_sqlite
def test_a_crew_cannot_write_the_time_of_others(cem):
    """Whose time it is comes from who is signed in, whatever the form says; and it takes none away."""
    data = {"worked_on": "16 Mar 2026", "minutes": "60", "user": "999"}
    cem.post(f"{cem.job}/time/new", data)
    entry = cem.look().scalars(select(TimeEntry)).one()

    assert entry.user_id == cem.crew_id
    assert cem.post(f"{cem.job}/time/{entry.id}/delete").status_code == 403


@on_sqlite
def test_a_button_pressed_twice_writes_one_entry(cem):
    data = {"worked_on": "16 Mar 2026", "minutes": "60", "key": "one key"}
    for _ in range(2):
        cem.post(f"{cem.job}/time/new", data)

    assert len(cem.look().scalars(select(TimeEntry)).all()) == 1


@on_sqlite
def test_the_list_costs_as_many_statements_with_many_jobs_as_with_one(cem):
    """A fixed number of statements (design section 10)."""
    cem.page("/admin/jobs/")
    with Statements(cem.client) as few:
        cem.page("/admin/jobs/")
    crew = cem.work.crew
    for _ in range(5):
        agree(cem.desk, offer(cem.desk)).crew = crew
    cem.session.commit()
    with Statements(cem.client) as many:
        page = cem.page("/admin/jobs/")

    assert page.count('<li class="sh-card') == 6
    assert many.count == few.count
