"""My jobs, the first page of a crew: today in full, the days below, a clock left running, what a phone may keep."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import FixedClock
from admin_app.models import Clocking, TimeEntry, WorkOrder
from admin_app.services.run_clock import GUESSED
from admin_app.services.schedule_work import Plan, schedule_work
from seeds.builders import a_note
from seeds.work_builders import a_piece_of_equipment
from tests.admin.jobs.site import Site
from tests.services.agreed import agree, offer
from tests.signing import on_sqlite, sign_in_as

KEEPS = "X-Sawhorse-Keep"


@pytest.fixture
def cem(site: Site) -> Site:
    site.sign_in(Role.CREW)
    return site


def planned(site: Site, title: str, days: int) -> None:
    """Another job of cem, so many days from now."""
    site.look()
    work = agree(site.desk, offer(site.desk))
    work.title, work.needs_safety_form = title, False
    start = site.clock.now().replace(hour=7, minute=0) + timedelta(days=days)
    schedule_work(
        site.session,
        work,
        Plan(start, start + timedelta(hours=1), (site.crew_id,)),
        site.desk.actor,
        site.clock,
    )
    site.session.commit()


def words(page: str) -> str:
    """What a reader sees, without what is hidden until it is needed."""
    page = re.sub(r"(?s)<div data-step=[^>]* hidden>.*?</div>|<script.*?</script>", " ", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_today_stands_in_full_and_in_order_with_the_days_below(cem):
    """[61, A70]"""
    planned(cem, "Early hedge", 0)
    planned(cem, "Beech", 1)
    planned(cem, "Lime", 3)
    planned(cem, "Willow", 12)
    planned(cem, "Forgotten poplar", -2)

    page = words(cem.page("/admin/jobs/"))

    order = ["Today", "Early hedge", "Fell the ash", "Left open", "Forgotten poplar", "Tomorrow", "Beech"]
    order += ["Friday 20 March", "Lime", "Later", "Willow"]
    places = [page.index(one) for one in order]
    assert places == sorted(places)


def test_a_card_of_today_says_all_that_is_needed_on_the_way(cem):
    work = cem.work
    work.equipment = [a_piece_of_equipment(cem.session, "Chipper", plate="BF12 ABC")]
    cem.session.commit()

    page = cem.page("/admin/jobs/")

    for told in (
        "08:00–12:00",
        "Kučera household",
        "12 Mill Lane",
        "Gate is locked",
        "Chipper",
        "BF12 ABC",
        "0 of 2 done",
        "Pre-job safety form owed",
        "Finish form owed",
        "Fill in the pre-job safety form",
    ):
        assert told in words(page), told
    assert 'href="tel:02079460991"' in page
    assert re.search(r'href="https://www\.google\.com/maps/dir/\?api=1&amp;destination=12\+Mill\+Lane', page)
    assert re.search(r'(?s)<details class="sh-secret">(?:(?!</details>).)*Key safe 4711', page)
    # The steps of the one card that leads; one of them is seen at a time.
    assert page.count("btn-primary") == page.count("data-step=")
    assert len(re.findall(r"data-step=[^>]* hidden>", page)) == page.count("data-step=") - 1


def test_the_next_thing_to_do_follows_the_work(cem):
    """Safety form, start, ticks, finish form, the end: one after the other, each as the only one that is seen [63]."""

    def next_thing() -> str:
        shown = re.search(r'data-step="([^"]+)"(?: data-done)?(?: data-left="\d+")?>', cem.page(cem.job))
        return shown[1] if shown else "none"

    assert next_thing() == "form-safety"
    cem.post(f"{cem.job}/forms/safety", {f"q{cem.question_id}": "yes"})
    assert next_thing() == "begin"
    cem.post(f"{cem.job}/begin")
    assert next_thing() == "services"
    cem.post(f"{cem.job}/services", {"service": [s.id for s in cem.work.services], "step": "complete"})
    assert next_thing() == "form-finish"
    cem.post(f"{cem.job}/forms/finish")
    assert next_thing() == "finish"
    cem.post(f"{cem.job}/finish")
    assert next_thing() == "none"
    assert "Done. The office takes it from here." in words(cem.page(cem.job))


def test_notes_of_the_office_reach_the_phone_with_the_next_page_and_its_notepad_does_not(cem):
    """[A70]; what the office writes about the customer may name a price."""
    assert "Ring twice" not in cem.page(cem.job)
    work = cem.work
    work.notes = "Ring twice"
    a_note(cem.session, work.group, body="Wants ten percent off", author="Ann Ashworth", project_id=work.project_id)
    cem.session.commit()

    assert "Ring twice" in cem.page(cem.job) and "Ring twice" in cem.page("/admin/jobs/")
    assert "ten percent" not in cem.page(cem.job)


def test_a_clock_left_overnight_is_put_right_first(cem):
    """The page asks when it ended and proposes the end of the working day; nothing is booked before."""
    cem.post(f"{cem.job}/forms/safety", {f"q{cem.question_id}": "yes"})
    cem.post(f"{cem.job}/begin")
    morning_after(cem)

    page = cem.page("/admin/jobs/")
    assert "When did you stop?" in page and 'value="17:00"' in page
    assert cem.look().scalar(select(TimeEntry.id)) is None
    refused = cem.said(cem.post(f"{cem.job}/stop", {"ended": "at dusk"}))
    assert "Write it as 16:30" in refused
    said = cem.said(cem.post(f"{cem.job}/stop", {"ended": "15:30", "back": "/admin/jobs/"}))

    assert "6 h written down." in said
    assert cem.look().scalars(select(TimeEntry.minutes)).all() == [360]
    assert "When did you stop?" not in said


def test_a_guess_stays_in_sight_until_somebody_has_put_it_right(cem):
    """Whoever simply starts again next morning has not said when yesterday ended."""
    cem.post(f"{cem.job}/forms/safety", {f"q{cem.question_id}": "yes"})
    cem.post(f"{cem.job}/begin")
    morning_after(cem)

    said = cem.said(cem.post(f"{cem.job}/begin"))

    assert "7 h 30 min written down. The clock was left running; correct it under Time." in said
    entry = cem.look().scalars(select(TimeEntry)).one()
    assert (entry.minutes, entry.note) == (450, f"{GUESSED}; counted until 17:00")
    path = f"{cem.job}/time/{entry.id}"
    assert path in cem.page("/admin/jobs/") and "the clock was left running; counted until 17:00" in said
    form = cem.page(path)
    assert GUESSED not in form
    cem.post(path, {"worked_on": "17 Mar 2026", "minutes": "6:00", "note": ""})
    assert "left running" not in cem.page("/admin/jobs/")
    assert cem.look().scalars(select(Clocking.work_order_id)).all() == [cem.work_id]


def morning_after(site: Site) -> None:
    """It is half past seven on the next day."""
    site.clock = FixedClock(site.clock.now() + timedelta(hours=22), "UTC")
    site.client.application.extensions["sawhorse_clock"] = site.clock
    sign_in_as(site.client, Role.CREW)


@on_sqlite
def test_a_phone_keeps_pages_of_jobs_for_their_crew_only(cem):
    """[security.md, no-store] the office names the person, on pages of jobs alone; caches on the way keep nothing."""
    kept = ["/admin/jobs/", "/admin/jobs/no-signal", cem.job, f"{cem.job}/forms/safety"]
    for path in kept:
        answer = cem.client.get(path)
        assert answer.headers[KEEPS] == str(cem.crew_id), path
        assert answer.headers["Cache-Control"] == "no-store", path
    for path in (f"{cem.job}/time/new", f"{cem.job}/forms", "/admin/jobs/ticket", "/password", "/admin/customers/"):
        assert KEEPS not in cem.client.get(path).headers, path

    cem.sign_in(Role.OFFICE)
    for path in kept:
        assert KEEPS not in cem.client.get(path).headers or path.endswith("no-signal"), path
    assert "data-worker" not in cem.page("/admin/jobs/")


@on_sqlite
def test_the_worker_is_a_script_below_the_pages_that_it_answers_for(cem):
    answer = cem.client.get("/admin/jobs/sw.js")

    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/admin/jobs/"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
    cem.client.delete_cookie("session")
    assert cem.client.get("/admin/jobs/sw.js").status_code == 302


@on_sqlite
def test_the_pages_of_tomorrow_are_fetched_ahead_and_no_others(cem):
    planned(cem, "Beech", 1)
    planned(cem, "Willow", 4)
    ids = {work.title: work.id for work in cem.session.scalars(select(WorkOrder))}

    page = cem.page("/admin/jobs/")

    ahead = re.search(r'data-warm="([^"]*)"', page)
    assert ahead
    assert f"/admin/jobs/{ids['Beech']}&#34;" in ahead[1] and f"{cem.job}/forms/safety" in ahead[1]
    assert f"/admin/jobs/{ids['Willow']}&#34;" not in ahead[1] and f"/admin/jobs/{cem.other_id}" not in ahead[1]
