"""Calendar feeds: secret addresses, what their files hold and what they never hold [96]."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import FixedClock
from admin_app.models import CalendarFeed, Company, Event, EventState, User, WorkOrder
from admin_app.services.move_job import move_thing
from admin_app.services.planned_as import Planned, planned_as
from tests.admin.schedule.board import Board
from tests.services.weeks import TUESDAY, a_client, a_job, a_visit, at, planned
from tests.signing import on_sqlite

FEEDS = "/admin/schedule/feeds"


def made(board: Board, **form: str) -> str:
    """The path of a new address, as the page shows it once."""
    return shown(board.post(FEEDS, form).get_data(as_text=True))


def shown(page: str) -> str:
    found = re.search(r'value="http[^"]*?(/calendar/[\w-]+\.ics)"', html.unescape(page))
    assert found, "no address is shown"
    return found[1]


def entries(board: Board, path: str) -> dict[str, Any]:
    """What a calendar program reads, by the title; it is not signed in."""
    stranger = board.client.application.test_client()
    board.session.rollback()
    answer = stranger.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    calendar = icalendar.Calendar.from_ical(answer.get_data())
    return {str(entry["summary"]): entry for entry in calendar.walk("VEVENT")}


def test_an_address_is_shown_once_and_only_its_hash_is_kept(board: Board):
    path = made(board)

    token = path.removeprefix("/calendar/").removesuffix(".ics")
    (feed,) = board.look().scalars(select(CalendarFeed))
    assert len(token) >= 40 and token not in feed.token_hash
    assert token not in board.page(FEEDS)


def test_everybodys_feed_has_jobs_and_visits_with_zones(board: Board):
    session = board.look()
    session.scalars(select(Company)).one().zone = "Europe/London"
    session.commit()

    found = entries(board, made(board, everybodys="1"))

    job = found["Fell the ash (Finch household)"]
    assert job["dtstart"].params["TZID"] == "Europe/London"
    assert job["dtstart"].dt == at(TUESDAY, 8)
    assert str(job["location"]).startswith("12 Mill Lane")
    assert (str(job["status"]), str(job["description"])) == ("CONFIRMED", "Cem Yılmaz\nGate is locked")
    assert {"Look at the oak (Finch household)", "Yearly tree check (Birch household)"} < set(found)


@on_sqlite
def test_the_zone_is_explained_in_the_file(board: Board):
    session = board.look()
    session.scalars(select(Company)).one().zone = "Europe/London"
    session.commit()
    path = made(board, everybodys="1")

    text = board.client.application.test_client().get(path).get_data(as_text=True)

    assert "BEGIN:VTIMEZONE" in text and "TZID:Europe/London" in text


@on_sqlite
def test_my_feed_has_what_is_mine(board: Board):
    board.sign_in(Role.CREW)

    assert list(entries(board, made(board))) == ["Fell the ash (Finch household)"]


@on_sqlite
def test_a_crew_has_no_address_of_everybodys_schedule(board: Board):
    """Not by the form, and not by an address from a time in the office."""
    path = made(board, everybodys="1")
    board.sign_in(Role.CREW)
    assert board.post(FEEDS, {"everybodys": "1"}).status_code == 403
    session = board.look()
    (feed,) = session.scalars(select(CalendarFeed))
    feed.user_id = board.cem
    session.commit()

    assert list(entries(board, path)) == ["Fell the ash (Finch household)"]


@on_sqlite
def test_a_feed_holds_no_money_and_no_way_into_a_site(board: Board):
    board.look()
    text = board.client.application.test_client().get(made(board, everybodys="1")).get_data(as_text=True)

    assert "Key safe" not in text and "4711" not in text and "100.00" not in text and "€" not in text


def test_names_stay_the_same_through_moves_and_the_sequence_rises(board: Board):
    path = made(board, everybodys="1")
    before = entries(board, path)["Fell the ash (Finch household)"]
    session = board.look()
    work = session.get_one(WorkOrder, board.work_id)
    now = planned_as(work)
    later = Planned(at(TUESDAY + timedelta(days=2), 8), None, now.people, now.equipment)
    move_thing(session, work, now, later, board.actor, board.clock)
    session.commit()

    after = entries(board, path)["Fell the ash (Finch household)"]

    assert before["uid"] == after["uid"]
    assert int(after["sequence"]) > int(before["sequence"])
    assert after["dtstart"].dt == at(TUESDAY + timedelta(days=2), 8)


@on_sqlite
def test_what_was_called_off_says_so(board: Board):
    session = board.look()
    session.get_one(Event, board.visit_id).state = EventState.CANCELLED
    session.commit()

    found = entries(board, made(board, everybodys="1"))

    assert str(found["Look at the oak (Finch household)"]["status"]) == "CANCELLED"


@on_sqlite
def test_it_reaches_from_thirty_days_back_to_a_year_ahead(board: Board):
    session, group = board.look(), a_client(board.session, "Oak household", None)
    for title, days in (("Long ago", -32), ("Lately", -29), ("Next year", 364), ("Far ahead", 367)):
        a_visit(session, group, at(TUESDAY, 10) + timedelta(days=days), title=title)
    planned(session, a_job(session, group, "Sixty days"), at(TUESDAY, 8) - timedelta(days=50), board.clock, hours=1440)
    session.commit()

    found = {title.split(" (")[0] for title in entries(board, made(board, everybodys="1"))}

    assert {"Lately", "Next year", "Sixty days"} <= found
    assert found & {"Long ago", "Far ahead"} == set()


def test_a_renewed_address_replaces_the_old_one(board: Board):
    old = made(board)
    (feed,) = board.look().scalars(select(CalendarFeed))

    new = shown(board.post(f"{FEEDS}/{feed.id}/renew").get_data(as_text=True))

    board.page(old, status=404)
    assert entries(board, new) is not None


@on_sqlite
def test_an_ended_address_and_those_of_people_who_left_open_nothing(board: Board):
    ended, left = made(board), made(board)
    first, second = board.look().scalars(select(CalendarFeed.id).order_by(CalendarFeed.id))
    board.said(board.post(f"{FEEDS}/{first}/end"))
    board.page(ended, status=404)
    board.page(left)
    session = board.look()
    session.get_one(User, session.get_one(CalendarFeed, second).user_id).active = False
    session.commit()

    stranger = board.client.application.test_client()
    assert stranger.get(left).status_code == 404
    assert stranger.get("/calendar/nonsense.ics").status_code == 404
    assert stranger.get(f"/calendar/{'x' * 5000}.ics").status_code == 404


@on_sqlite
def test_addresses_of_others_are_neither_renewed_nor_ended(board: Board):
    made(board)
    (feed,) = board.look().scalars(select(CalendarFeed))
    board.sign_in(Role.OFFICE)

    assert board.post(f"{FEEDS}/{feed.id}/renew").status_code == 404
    assert board.post(f"{FEEDS}/{feed.id}/end").status_code == 404


@on_sqlite
def test_at_most_ten_addresses_a_person(board: Board):
    for _ in range(10):
        made(board)

    assert "You have 10 addresses already" in board.said(board.post(FEEDS))


def test_the_last_reading_is_known_to_the_hour_and_nothing_else_is_written(board: Board):
    path = made(board)
    entries(board, path)
    (feed,) = board.look().scalars(select(CalendarFeed))
    assert feed.read_at == board.clock.now()
    board.client.application.extensions["sawhorse_clock"] = FixedClock(board.clock.now() + timedelta(minutes=30))

    entries(board, path)

    (feed,) = board.look().scalars(select(CalendarFeed))
    assert feed.read_at == datetime(2026, 3, 17, 9, 30, tzinfo=UTC)


@on_sqlite
@pytest.mark.parametrize("path", ["/calendar/.ics", "/calendar/a/b.ics", "/calendar/%00.ics"])
def test_addresses_that_are_none_are_not_found(board: Board, path: str):
    assert board.client.application.test_client().get(path).status_code == 404
