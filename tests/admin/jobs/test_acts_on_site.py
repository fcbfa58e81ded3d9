"""Acts of a phone: each counts once, at the time at which it was done, under the person who did it [61-63, 67, A70]."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import FixedClock
from admin_app.models import (
    Attachment,
    AuditEntry,
    Clocking,
    FormKey,
    Note,
    ServiceState,
    TimeEntry,
    WorkForm,
    WorkOrderState,
)
from tests.admin.jobs.site import Site
from tests.forms import token_of
from tests.signing import a_user, on_sqlite, sign_in_as

JSON = {"Accept": "application/json"}
TIMES = 20


@pytest.fixture
def cem(site: Site) -> Site:
    """The crew, with no form in its way."""
    work = site.work
    work.needs_safety_form = work.needs_finish_form = False
    site.session.commit()
    site.sign_in(Role.CREW)
    return site


def act(site: Site, path: str, key: str = "", **data):
    """Send an act as the script does."""
    return site.post(f"{site.job}/{path}", {"key": key, **data}, headers=JSON)


def a_picture(colour: str = "green", name: str = "IMG_1.jpg") -> tuple[BytesIO, str]:
    content = BytesIO()
    Image.new("RGB", (640, 480), colour).save(content, "JPEG")
    content.seek(0)
    return content, name


def count(site: Site, entity) -> int:
    return site.look().scalar(select(func.count()).select_from(entity)) or 0


def look(site: Site, path: str):
    """The whole answer, its file closed again."""
    with site.client.get(path) as answer:
        answer.get_data()
        return answer


def a_colleague(site: Site, **but: str) -> None:
    """Somebody else on the same job; nobody is signed in anew."""
    work = site.work
    work.crew.append(a_user(site.session, Role.SUBCONTRACTOR, **but))
    site.session.commit()


def later(site: Site, **passed: float) -> None:
    """Time goes by at the office."""
    site.clock = FixedClock(site.clock.now() + timedelta(**passed), "Europe/London")
    site.client.application.extensions["sawhorse_clock"] = site.clock
    sign_in_as(site.client, Role.CREW)


def test_a_day_of_acts_as_a_script_sends_them(cem):
    """Start, tick, note, finish: each answered by a sentence; the clock is booked with the finish."""
    begun = act(cem, "begin", "k1")
    later(cem, hours=2)
    ids = [service.id for service in cem.work.services]
    ticked = act(cem, "services", "k2", service=ids, step="complete")
    noted = act(cem, "notes", "k3", body="The gate sticks")
    finished = act(cem, "finish", "k4")

    assert begun.json == {"said": "The work has begun. Your clock runs since 09:30."}
    assert ticked.json == {"said": "2 services completed."}
    assert noted.json == {"said": "The office can read your note now."}
    assert "The work is finished." in finished.json["said"] and "2 h written down." in finished.json["said"]
    assert cem.work.state is WorkOrderState.FINISHED
    assert cem.session.scalars(select(TimeEntry.minutes)).all() == [120]
    (note,) = cem.session.scalars(select(Note))
    assert (note.body, note.author, note.project_id) == ("The gate sticks", "Cem Yılmaz", cem.project_id)


@pytest.mark.parametrize(
    ("path", "data", "entity"),
    [
        ("begin", {}, Clocking),
        ("notes", {"body": "The gate sticks"}, Note),
        ("photos", {"photo": "picture"}, Attachment),
        ("forms/safety", {}, WorkForm),
    ],
)
def test_twenty_repeats_at_once_count_once_and_get_the_first_answer(cem, path, data, entity):
    """The signal went between the act and its answer, again and again."""
    token = token_of(cem.client.get("/password"))
    app = cem.client.application
    cookie = cem.client.get_cookie("session")
    assert cookie is not None

    def send_it(_: int):
        own = app.test_client()
        own.set_cookie("session", cookie.value)
        sent = data | ({"photo": a_picture()} if "photo" in data else {})
        sent |= {f"q{cem.question_id}": "yes"} if path.startswith("forms") else {}
        body = {"csrf_token": token, "key": "one", "at": "2026-03-17T09:00:00+00:00"} | sent
        return own.post(f"{cem.job}/{path}", data=body, headers=JSON)

    with ThreadPoolExecutor(TIMES) as phones:
        answers = list(phones.map(send_it, range(TIMES)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json["said"] for answer in answers}) == 1
    assert count(cem, entity) == 1
    assert count(cem, FormKey) == 1


def test_a_key_answers_nobody_else(cem):
    """The key of one person, sent by a colleague on the same job."""
    a_colleague(cem)
    act(cem, "begin", "cems")
    sign_in_as(cem.client, Role.SUBCONTRACTOR)

    answer = act(cem, "begin", "cems")

    assert answer.status_code == 409
    assert cem.look().scalars(select(Clocking.user_id)).all() == [cem.crew_id]


@on_sqlite
def test_what_one_person_did_never_goes_out_under_another(cem):
    """The queue of a phone names its person; the office refuses it under a colleague's session."""
    a_colleague(cem)
    sign_in_as(cem.client, Role.SUBCONTRACTOR)

    for path in ("begin", "notes", "photos"):
        answer = act(cem, path, f"of cem {path}", person=cem.crew_id, body="Mine")
        assert answer.status_code == 409, path
        assert "when that person signs in" in answer.json["error"]
    assert count(cem, Clocking) == count(cem, Note) == count(cem, Attachment) == 0


def test_acts_count_when_they_were_done_not_when_they_arrived(cem):
    """An hour without signal, on a phone whose clock is ten minutes fast."""
    fast = timedelta(minutes=10)
    now = cem.clock.now()
    sent = (now + fast).isoformat()

    for number, (path, ago, data) in enumerate(
        [("begin", 60, {}), ("services", 20, {"step": "complete"}), ("finish", 15, {})]
    ):
        done = (now + fast - timedelta(minutes=ago)).isoformat()
        ticked = [s.id for s in cem.work.services] if path == "services" else []
        answer = act(cem, path, f"k{number}", at=done, sent=sent, service=ticked, **data)
        assert answer.status_code == 200, path

    work = cem.work
    assert work.started_at == now - timedelta(minutes=60)
    assert work.finished_at == now - timedelta(minutes=15)
    assert {one.completed_at for one in work.services} == {now - timedelta(minutes=20)}
    assert cem.session.scalars(select(TimeEntry.minutes)).all() == [45]
    # The history tells when the office learned of it.
    assert cem.session.scalar(select(func.max(AuditEntry.at))) == now


@on_sqlite
@pytest.mark.parametrize(
    ("at", "status", "words"),
    [
        ("2026-03-03T09:00:00+00:00", 422, "more than 14 days ago"),
        ("yesterday", 422, "did not say when"),
        ("2026-03-17T09:00:00", 422, "did not say when"),
        ("0001-01-01T00:00:00+23:59", 422, ""),
        ("9999-12-31T23:59:59-23:59", 200, "Your clock runs since 09:30"),
    ],
)
def test_a_time_that_cannot_be_is_refused_or_bounded(cem, at, status, words):
    answer = act(cem, "begin", "k", at=at)

    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)


@on_sqlite
def test_a_refusal_keeps_nothing_and_the_same_act_is_taken_later(cem):
    """409 with a sentence; when the obstacle is gone the phone sends the same key again."""
    act(cem, "begin", "k1")
    refused = act(cem, "finish", "k2")
    act(cem, "services", "k3", service=[s.id for s in cem.work.services], step="complete")

    again = act(cem, "finish", "k2")

    assert refused.status_code == 409 and "2 services are not completed" in refused.json["error"]
    assert again.status_code == 200
    assert cem.work.state is WorkOrderState.FINISHED


@on_sqlite
def test_what_a_colleague_did_first_is_no_refusal(cem):
    act(cem, "begin", "k1")
    ids = [service.id for service in cem.work.services]
    act(cem, "services", "k2", service=ids, step="complete")

    again = act(cem, "services", "k3", one=f"{ids[0]}:complete")

    assert again.json == {"said": "It was completed already."}
    act(cem, "finish", "k4")
    assert act(cem, "finish", "k5").json["said"] == "It was finished already."
    assert all(service.state is ServiceState.COMPLETED for service in cem.work.services)


@on_sqlite
def test_a_form_of_a_phone_tells_what_is_missing_at_its_question(cem):
    missing = act(cem, "forms/safety", "k1")
    filled = act(cem, "forms/safety", "k1", **{f"q{cem.question_id}": "yes"})

    assert missing.status_code == 422
    assert list(missing.json["fields"]) == [f"q{cem.question_id}"]
    assert filled.json == {"said": "Pre-job safety form filled in."}
    assert len(cem.work.forms) == 1


@on_sqlite
def test_jobs_of_another_crew_are_not_there_for_acts_and_photos(cem):
    theirs = f"/admin/jobs/{cem.other_id}"
    for path in ("begin", "stop", "finish", "notes", "photos", "services", "forms/safety"):
        data = {"key": path, "body": "x", "photo": a_picture()}
        assert cem.post(f"{theirs}/{path}", data, headers=JSON).status_code == 404, path
    act(cem, "photos", "mine", photo=a_picture())
    own = cem.look().scalars(select(Attachment.id)).one()
    for path in (f"photos/{own}", f"photos/{own}/small"):
        assert look(cem, f"{theirs}/{path}").status_code == 404
        assert look(cem, f"{cem.job}/{path}").status_code == 200
    assert cem.post(f"{theirs}/photos/{own}/delete").status_code == 404


def test_photos_lie_with_the_workorder_and_its_project(cem):
    """[A97] several at once; the office finds them on the tab and among the files of the project."""
    answer = cem.post(
        f"{cem.job}/photos", {"photo": [a_picture(), a_picture("red", "IMG_2.jpg")]}, headers=JSON
    )

    assert answer.json == {"said": "2 photos are with the office."}
    photos = cem.look().scalars(select(Attachment)).all()
    assert {(one.work_order_id, one.project_id, one.shared) for one in photos} == {
        (cem.work_id, cem.project_id, False)
    }
    small = look(cem, f"{cem.job}/photos/{photos[0].id}/small")
    assert small.mimetype == "image/webp" and "sandbox" in small.headers["Content-Security-Policy"]
    page = cem.page(cem.job)
    assert page.count("/small\"") == 2
    cem.sign_in(Role.OFFICE)
    assert cem.page(cem.tab).count("/small\"") == 2
    assert "IMG_2.jpg" in cem.page(f"/admin/projects/{cem.project_id}/files")


@on_sqlite
def test_what_is_no_photo_is_named_and_nothing_is_kept(cem):
    paper = (BytesIO(b"%PDF-1.4 not a photo"), "bill.pdf")

    answer = cem.post(f"{cem.job}/photos", {"photo": [a_picture(), paper]}, headers=JSON)

    assert answer.status_code == 422 and "bill.pdf" in answer.json["error"]
    assert count(cem, Attachment) == 0
    assert act(cem, "photos", "none").status_code == 422


def test_a_crew_takes_its_own_photos_away_and_no_others(cem):
    """[A97] a colleague of the same name is somebody else all the same."""
    a_colleague(cem, name="Cem Yılmaz")
    act(cem, "photos", "k1", photo=a_picture())
    first = cem.look().scalars(select(Attachment.id)).one()
    sign_in_as(cem.client, Role.SUBCONTRACTOR)
    assert f"photos/{first}/delete" not in cem.page(cem.job)

    assert cem.post(f"{cem.job}/photos/{first}/delete").status_code == 403
    sign_in_as(cem.client, Role.CREW)
    assert f"photos/{first}/delete" in cem.page(cem.job)
    assert cem.post(f"{cem.job}/photos/{first}/delete").status_code == 302

    assert count(cem, Attachment) == 0


def test_without_script_every_act_is_a_form(cem):
    """The same addresses answer a plain form with a page that says what was done."""
    assert "Your clock runs since 09:30." in cem.said(cem.post(f"{cem.job}/begin"))
    later(cem, hours=1)
    assert "1 h written down." in cem.said(cem.post(f"{cem.job}/stop"))
    assert "Your clock is not running." in cem.said(cem.post(f"{cem.job}/stop"))
    said = cem.said(cem.post(f"{cem.job}/photos", {"photo": [a_picture()]}))
    assert "1 photo is with the office." in said
    assert "The office can read your note now." in cem.said(
        cem.post(f"{cem.job}/notes", {"body": "The gate sticks"})
    )
    assert "The gate sticks" in cem.page(cem.job)
    assert "Write a few words first." in cem.said(cem.post(f"{cem.job}/notes", {"body": " "}))


def test_the_ticket_names_the_person_and_carries_a_token(cem):
    ticket = cem.client.get("/admin/jobs/ticket", headers=JSON)

    assert ticket.json["person"] == cem.crew_id and ticket.json["token"]
    assert ticket.headers["Cache-Control"] == "no-store"
    cem.client.delete_cookie("session")
    assert cem.client.get("/admin/jobs/ticket", headers=JSON).status_code == 401
