"""Tasks and appointments on the profile and in a project [A25, A44, A52, A90-A94, P18, 94-96]."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Company, Event, EventState, OutboxMessage, Task, TaskState, User
from seeds.builders import a_contact, a_group, a_task, an_address, an_event
from seeds.work_builders import a_project, a_work_order, an_estimate
from tests.signing import a_user

NINE = datetime(2026, 3, 20, 9, tzinfo=UTC)
TYPED = {"title": "Survey", "kind": "visit", "starts_at": "2026-03-20T09:00", "ends_at": "2026-03-20T10:00"}


@pytest.fixture
def still(counter):
    """The counter on the day of the tests' clock."""
    counter.client.application.extensions["sawhorse_clock"] = counter.clock
    return counter


@pytest.fixture
def project(still):
    """A project of the customer, and where its tasks are."""
    made = a_project(still.look(), still.group)
    still.session.commit()
    return f"/admin/projects/{made.id}"


def the(counter, kind):
    return counter.look().scalars(select(kind)).one()


def names_on(page: str) -> list[str]:
    cards = page[page.index("cu-filter") :]
    return re.findall(r"tasks/\d+\?[^>]*>([^<]+)</a></h", cards)


def test_a_task_is_made_detailed_moved_and_deleted(still):
    """[A25, A90, A92-A94]"""
    still.fill("tasks/new", title="Call about the oak", due_on="31.3.2026", description="After five")
    task = the(still, Task)
    assert (task.group_id, str(task.due_on), task.state) == (still.group_id, "2026-03-31", TaskState.OPEN)
    details = still.page(f"tasks/{task.id}")
    assert "After five" in details and "31 Mar" in details and "Call about the oak" in details

    still.fill(f"tasks/{task.id}/edit", state="in progress", description="Before five")
    still.post(f"tasks/{task.id}/state", {"state": "done"})
    done = the(still, Task)
    assert (done.state, done.description) == (TaskState.DONE, "Before five") and done.done_at is not None
    assert still.post(f"tasks/{task.id}/state", {"state": "eaten"}).status_code == 422

    answer = still.post(f"tasks/{task.id}/delete", follow_redirects=True)
    assert still.look().scalars(select(Task)).all() == []
    assert "Task “Call about the oak” deleted" in answer.text


def test_a_deleted_task_comes_back_with_undo_and_leads_to_the_list_again(still):
    """[A94]"""
    task = a_task(still.look(), still.group, title="Ring twice").id
    still.session.commit()
    said = still.post(f"tasks/{task}/delete", follow_redirects=True).text
    act = re.search(r'action="(/admin/history/acts/\d+/undo)"', said)
    back = re.search(r'name="url" value="([^"]+)"', said)
    assert act and back and back[1] == f"{still.home}/tasks"

    answer = still.post(act[1], {"url": back[1]})

    assert answer.location == f"{still.home}/tasks" and the(still, Task).title == "Ring twice"


def test_the_list_is_narrowed_to_open_mine_done_and_all(still, project):
    """[A90] on the profile and in the project alike."""
    group, session = still.group, still.session
    ann = session.scalars(select(User.id).where(User.role == Role.OWNER)).one()
    inside = {"project_id": int(project.rsplit("/", 1)[-1])}
    a_task(session, group, title="For anybody", **inside)
    a_task(session, group, title="For Ann", assignee_id=ann, **inside)
    a_task(session, group, title="Was done", state=TaskState.DONE, **inside)
    session.commit()

    for page in (f"{still.home}/tasks", f"{project}/tasks"):
        shown = {key: set(names_on(still.page(f"{page}?show={key}"))) for key in ("open", "mine", "done", "all")}
        assert shown == {
            "open": {"For anybody", "For Ann"},
            "mine": {"For Ann"},
            "done": {"Was done"},
            "all": {"For anybody", "For Ann", "Was done"},
        }
        assert set(names_on(still.page(f"{page}?show=nonsense"))) == shown["open"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"remind_at": "2026-03-16T09:00"}, "This moment is over"),
        ({"remind_at": "2026-03-20T09:00", "assignee": ""}, "Give the task to somebody first"),
    ],
)
def test_a_reminder_that_reaches_nobody_is_refused_at_its_field(still, typed, said):
    """[96]"""
    answer = still.fill("tasks/new", title="Ring", **typed)

    assert answer.status_code == 422 and said in answer.text
    assert still.look().scalars(select(Task)).all() == []


def test_a_reminder_is_kept_and_an_old_one_does_not_stop_later_edits(still):
    """[96]"""
    who = str(still.look().scalars(select(User.id)).first())
    still.fill("tasks/new", title="Ring", remind_at="2026-03-20T09:00", assignee=who)
    task = the(still, Task)
    assert task.remind_at == NINE
    task.remind_at = NINE - timedelta(days=30)
    still.session.commit()

    still.fill(f"tasks/{task.id}/edit", title="Ring twice")

    assert the(still, Task).title == "Ring twice"


def test_an_estimator_gives_tasks_to_colleagues_by_name_without_opening_the_staff_list(still):
    still.sits_down(Role.ESTIMATOR)

    page = still.page("tasks/new")

    assert "Pete" in page and "Ann Ashworth" in page and "ashworth.test" not in page
    assert still.get("/admin/users/").status_code == 403
    assert still.fill("tasks/new", title="Mine", assignee="999").status_code == 422


def test_a_task_of_a_project_is_made_there_and_named_on_the_profile(still, project):
    """[A44]"""
    still.fill(f"{project}/task", title="Order the crane")

    assert the(still, Task).project_id == int(project.rsplit("/", 1)[-1])
    assert "Fell the ash" in still.page("tasks")


def test_the_crew_reads_its_own_task_and_changes_nothing(still):
    group, session = still.group, still.session
    other = a_task(session, group, title="Not theirs").id
    session.commit()
    still.sits_down(Role.CREW)
    me = still.look().scalars(select(User.id).where(User.role == Role.CREW)).one()
    own = a_task(still.session, group, title="Bring the saw", assignee_id=me).id
    still.session.commit()

    assert "Bring the saw" in still.page(f"tasks/{own}")
    assert still.get(f"tasks/{other}").status_code == 404
    for path in (f"tasks/{own}/edit", f"tasks/{own}/delete"):
        assert still.get(path).status_code == 403


# ------------------------------------------------------------------------------------------ appointments


def test_an_event_takes_place_at_an_address_and_with_a_contact_of_this_customer(still):
    """[P18, 95]"""
    otto, own = str(still.membership("Otto").contact_id), str(still.group.addresses[0].id)
    session = still.session
    stranger = str(an_address(session, a_group(session, name="Other")).id)
    nobody = str(a_contact(session, a_group(session, name="Third"), first_name="Ida").id)
    session.commit()

    for foreign in ({"address": stranger}, {"contact": nobody}):
        refused = still.fill("events/new", **TYPED | foreign)
        assert refused.status_code == 422 and "not offered here" in refused.text
    still.fill("events/new", **TYPED, address=own, contact=otto)

    event = the(still, Event)
    assert (str(event.address_id), str(event.contact_id), event.starts_at) == (own, otto, NINE)
    assert "Survey" in still.page("events") and "with Otto Finch" in still.page("events")


def test_a_free_time_is_a_button_that_wins_over_what_was_typed(still):
    """[A52] half past nine on Tuesday the 17th: the next quarter is offered, in the company's hours."""
    page = still.page("events/new")
    offered = re.findall(r'name="slot" value="([^"]+)"', page)
    assert offered[0] == "2026-03-17T09:30:00+00:00/2026-03-17T10:30:00+00:00" and "09:30–10:30" in page

    still.fill("events/new", title="Survey", starts_at="", ends_at="", slot=offered[1].replace("&#43;", "+"))

    event = the(still, Event)
    assert f"{event.starts_at.isoformat()}/{event.ends_at.isoformat()}" == offered[1]


def test_the_free_times_are_those_of_whoever_comes(still):
    """[95] fetched by the form when another person is chosen."""
    group, session = still.group, still.session
    pete = a_user(session, Role.ESTIMATOR)
    an_event(session, group, assignee_id=pete.id, starts_at=NINE, ends_at=NINE + timedelta(hours=8))
    who = pete.id
    session.commit()

    busy = still.page(f"events/slots?assignee={who}&day=2026-03-20")
    free = still.page("events/slots?assignee=&day=2026-03-20")

    assert "2026-03-20T16:00:00+00:00" in free and "2026-03-20T16:00:00+00:00" not in busy
    assert "2026-03-20T07:00:00+00:00" in busy
    assert still.get("events/slots?assignee=x&day=nonsense").status_code == 200


@pytest.mark.parametrize("slot", ["soon", "2026-03-20T09:00/2026-03-20T10:00", "2026-03-20T09:00:00+00:00"])
def test_a_free_time_that_was_never_offered_is_refused(still, slot):
    answer = still.fill("events/new", title="Survey", slot=slot)

    assert answer.status_code == 422 and "not one that was offered" in answer.text


def test_the_same_form_twice_makes_one_appointment(still):
    """Promise 2: pressed again while the answer was on its way."""
    page = still.get("events/new")
    key = re.search(r'name="key" value="([^"]+)"', page.text)
    assert key

    for _ in range(2):
        still.post("events/new", TYPED | {"key": key[1]})

    assert len(still.look().scalars(select(Event)).all()) == 1


def test_an_appointment_of_a_project_proposes_its_site_contact_and_estimator(still):
    """[A52]"""
    group, session = still.group, still.session
    pete = a_user(session, Role.ESTIMATOR)
    site, otto = group.addresses[0].id, group.memberships[1].contact_id
    made = a_project(session, group, address_id=site, contact_id=otto, estimator_id=pete.id).id
    who = pete.id
    session.commit()

    still.fill(f"/admin/projects/{made}/appointment", starts_at="2026-03-20T09:00")

    event = the(still, Event)
    assert (event.project_id, event.address_id, event.contact_id, event.assignee_id) == (made, site, otto, who)
    assert event.title == "Visit: Fell the ash"
    assert "Visit: Fell the ash" in still.page(f"/admin/projects/{made}/tasks")


def test_an_appointment_is_moved_and_the_clash_is_said(still):
    """[95, 61]"""
    group, session = still.group, still.session
    pete = a_user(session, Role.ESTIMATOR)
    an_event(session, group, title="Dentist", assignee_id=pete.id, starts_at=NINE)
    moved = an_event(session, group, title="Survey", starts_at=NINE - timedelta(days=1)).id
    who = str(pete.id)
    session.commit()

    wrong = still.fill(f"events/{moved}/move", starts_at="2026-03-20T09:00", ends_at="2026-03-20T08:00")
    assert wrong.status_code == 422 and "before the start" in wrong.text
    answer = still.post(
        f"events/{moved}/move",
        {"starts_at": "2026-03-20T08:30", "ends_at": "2026-03-20T09:30", "assignee": who},
        follow_redirects=True,
    )

    event = still.look().get_one(Event, moved)
    assert event.starts_at == NINE - timedelta(minutes=30) and str(event.assignee_id) == who
    assert "“Dentist” at that time too" in answer.text


def test_an_appointment_is_called_off_planned_again_done_and_deleted(still):
    """[95]"""
    event = an_event(still.look(), still.group, starts_at=NINE).id
    still.session.commit()

    still.post(f"events/{event}/off", {"reason": "She is ill"})
    off = the(still, Event)
    assert off.state is EventState.CANCELLED and "She is ill" in (off.notes or "")
    still.post(f"events/{event}/again")
    assert the(still, Event).state is EventState.PLANNED
    still.post(f"events/{event}/done")
    assert the(still, Event).state is EventState.DONE
    refused = still.post(f"events/{event}/done", follow_redirects=True)
    assert "done already" in refused.text
    said = still.post(f"events/{event}/delete", follow_redirects=True).text
    assert "Event “Survey visit” deleted" in said and "Undo" in said
    assert still.look().scalars(select(Event)).all() == []


def test_what_comes_stands_before_what_was(still):
    group, session = still.group, still.session
    for title, days in (("Last week", -7), ("In two days", 2), ("Tomorrow", 1)):
        an_event(session, group, title=title, starts_at=still.clock.now() + timedelta(days=days))
    session.commit()

    page = still.page("events")

    assert page.index("Tomorrow") < page.index("In two days") < page.index("What was") < page.index("Last week")


def test_a_day_of_a_workorder_is_changed_there(still):
    """[A70]"""
    group, session = still.group, still.session
    work = a_work_order(session, an_estimate(session, a_project(session, group)))
    event = an_event(session, group, work_order_id=work.id, title="Felling").id
    session.commit()

    assert "belongs to a workorder" in still.page(f"events/{event}")
    answer = still.post(f"events/{event}/move", TYPED, follow_redirects=True)
    assert answer.status_code == 409 and "belongs to a workorder" in answer.text
    assert f"events/{event}/move" not in still.page("events")


def test_the_client_is_mailed_about_a_task_once_and_its_details_show_it(still):
    """[A91] with the recipient chosen, and the reason beside it."""
    group, session = still.group, still.session
    session.get_one(Company, 1).email = "office@ashworth.example"
    task = a_task(session, group, title="Order the crane").id
    session.commit()
    letter = re.search(r'href="(/admin/write/task/\d+)', still.page(f"tasks/{task}"))
    assert letter
    page = still.get(letter[1])
    assert "Clara Finch is the primary contact" in page.text
    typed = {"contact": str(still.membership("Clara").contact_id), "subject": "The crane", "body": "It is ordered."}
    key = re.search(r'name="key" value="([^"]+)"', page.text)
    assert key

    for _ in range(2):
        still.post(letter[1], typed | {"key": key[1]})

    (mail,) = still.look().scalars(select(OutboxMessage)).all()
    assert (mail.recipient, mail.subject, mail.purpose) == ("clara@finch.example", "The crane", "task")
    details = still.page(f"tasks/{task}")
    assert "Written about it" in details and "to clara@finch.example" in details
