"""A job is moved by dropping it and by its form; two dispatchers, the past, people who left, the way back [95, 97]."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import (
    Company,
    Event,
    EventState,
    MessagePurpose,
    OutboxMessage,
    OutboxState,
    User,
    WorkOrder,
    WorkOrderState,
)
from tests.admin.customers.counter import typed_on
from tests.admin.schedule.board import WEEK, Board
from tests.services.weeks import TUESDAY, a_client, a_job, at, planned
from tests.signing import on_sqlite

THURSDAY = TUESDAY + timedelta(days=2)


def undo_url(page: str) -> str:
    """Where the button "Undo" of the message sends."""
    found = re.search(r'action="([^"]*/back\?[^"]*)"', page)
    assert found, "nothing here is undone"
    return html.unescape(found[1])


def mails(board: Board) -> list[OutboxMessage]:
    return list(board.look().scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def tells(board: Board) -> None:
    """The company tells of start dates by itself."""
    session = board.look()
    session.scalars(select(Company)).one().tell_start_dates = True
    session.commit()


def test_a_job_dropped_on_another_day_keeps_its_hours_and_its_crew(board: Board):
    page = board.said(board.drop("work", board.work_id, day="2026-03-19", source=f"p{board.cem}"))

    assert "“Fell the ash” moved to Thu 19 Mar 08:00–12:00, Cem Yılmaz, Chipper." in page
    assert (board.work.starts_at, board.work.ends_at) == (at(THURSDAY, 8), at(THURSDAY, 12))
    (day,) = board.session.scalars(select(Event).where(Event.work_order_id == board.work_id))
    assert (day.starts_at, day.assignee_id) == (at(THURSDAY, 8), board.cem)


def test_a_move_is_undone_by_its_button(board: Board):
    page = board.said(board.drop("work", board.work_id, day="2026-03-19"))

    back = board.said(board.post(undo_url(page)))

    assert "“Fell the ash” is back: Tue 17 Mar 08:00–12:00" in back
    assert board.work.starts_at == at(TUESDAY, 8)


@on_sqlite
def test_a_job_dropped_on_another_person_is_theirs(board: Board):
    board.drop("work", board.work_id, day="2026-03-17", source=f"p{board.cem}", target=f"p{board.dan}")

    assert [one.id for one in board.work.crew] == [board.dan]
    assert board.work.starts_at == at(TUESDAY, 8)


@on_sqlite
def test_work_without_a_day_dropped_on_a_person_fills_the_working_day(board: Board):
    board.drop("work", board.undated_id, day="2026-03-18", target=f"p{board.dan}")

    work = board.look().get_one(WorkOrder, board.undated_id)
    wednesday = TUESDAY + timedelta(days=1)
    assert (work.starts_at, work.ends_at) == (at(wednesday, 7), at(wednesday, 17))
    assert (work.state, [one.id for one in work.crew]) == (WorkOrderState.SCHEDULED, [board.dan])


@on_sqlite
def test_the_first_plan_is_undone_too(board: Board):
    page = board.said(board.drop("work", board.undated_id, day="2026-03-18", target=f"p{board.dan}"))

    board.post(undo_url(page))

    work = board.look().get_one(WorkOrder, board.undated_id)
    assert (work.state, work.starts_at) == (WorkOrderState.NEW, None)
    assert list(board.session.scalars(select(Event).where(Event.work_order_id == work.id))) == []


@on_sqlite
def test_work_dropped_on_the_side_list_has_no_day_any_more(board: Board):
    page = board.said(board.drop("work", board.work_id, source=f"p{board.cem}", target="waiting"))

    assert "“Fell the ash” is off the schedule." in page
    assert (board.work.state, board.work.starts_at) == (WorkOrderState.NEW, None)
    again = board.said(board.drop("work", board.work_id, day="2026-03-19", target=f"p{board.dan}"))
    assert "moved to Thu 19 Mar 07:00–17:00, Cem Yılmaz, Dan Obi, Chipper." in again


@on_sqlite
def test_work_is_taken_off_the_schedule_without_script(board: Board):
    url = f"/admin/schedule/workorder/{board.work_id}/off"
    assert "Cem Yılmaz will not find it in the calendar any more" in board.page(url)

    board.said(board.post(url))

    assert board.work.starts_at is None
    assert board.post(url).status_code == 409


@on_sqlite
def test_a_visit_is_dropped_on_whoever_makes_it(board: Board):
    board.drop("event", board.open_visit_id, day="2026-03-19", source="nobody", target=f"p{board.pete}")

    visit = board.look().get_one(Event, board.open_visit_id)
    assert (visit.assignee_id, visit.starts_at) == (board.pete, at(THURSDAY, 9))


@on_sqlite
def test_in_the_view_of_a_day_a_job_is_dropped_on_an_hour(board: Board):
    seen = board.seen(f"work-{board.work_id}", f"{WEEK}day")

    board.drop("work", board.work_id, seen=seen, at="2026-03-17T13:30:00Z")

    assert (board.work.starts_at, board.work.ends_at) == (at(TUESDAY, 13, 30), at(TUESDAY, 17, 30))


@on_sqlite
def test_a_job_dropped_on_another_machine_needs_that_one(board: Board):
    from seeds.work_builders import a_piece_of_equipment

    session = board.look()
    lift = a_piece_of_equipment(session, "Lift").id
    session.commit()
    board.drop("work", board.work_id, day="2026-03-17", source=f"e{board.chipper}", target=f"e{lift}")
    assert [one.name for one in board.work.equipment] == ["Lift"]

    refused = board.said(board.drop("event", board.visit_id, day="2026-03-17", target=f"e{lift}"))
    assert "planned for workorders, not for appointments" in refused


def test_who_and_what_is_double_booked_is_named_with_its_times_and_not_refused(board: Board):
    session = board.look()
    cem, machine = session.get_one(User, board.cem), board.chipper
    other = a_job(session, a_client(session, "Oak household", None), "Stump at the mill")
    planned(session, other, at(THURSDAY, 10), board.clock, cem, equipment=(machine,))
    session.commit()

    page = html.unescape(board.said(board.drop("work", board.work_id, day="2026-03-19")))

    assert "Cem Yılmaz is at “Stump at the mill” at that time: Thu 19 Mar 10:00–14:00." in page
    assert "Chipper is at “Stump at the mill” at that time: Thu 19 Mar 10:00–14:00." in page
    assert board.work.starts_at == at(THURSDAY, 8)


# ------------------------------------------------------------------------------------------ two dispatchers


def test_of_two_dispatchers_the_second_is_shown_both_versions(board: Board):
    """[promise 4] nothing of the second's is done; "Move it all the same" does it."""
    seen = board.seen(f"work-{board.work_id}")
    board.sign_in(Role.OFFICE)
    board.drop("work", board.work_id, seen=seen, day="2026-03-18", target=f"p{board.dan}")
    board.sign_in(Role.OWNER)

    answer = board.drop("work", board.work_id, seen=seen, day="2026-03-19")

    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert "Bea Okafor planned it anew while you were moving it. Nothing is changed yet." in page
    assert "<dd>Tue 17 Mar 08:00–12:00, Cem Yılmaz, Chipper</dd>" in page
    assert "<dd>Wed 18 Mar 08:00–12:00, Cem Yılmaz, Dan Obi, Chipper</dd>" in page
    assert "<dd>Thu 19 Mar 08:00–12:00, Cem Yılmaz, Chipper</dd>" in page
    assert board.work.starts_at == at(TUESDAY + timedelta(days=1), 8)
    fresh = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    board.drop("work", board.work_id, **{name: fresh[name] for name in ("seen", "plan")})
    assert board.work.starts_at == at(THURSDAY, 8)
    assert [one.name for one in board.work.crew] == ["Cem Yılmaz"]


@on_sqlite
def test_the_same_move_by_both_is_no_conflict(board: Board):
    seen = board.seen(f"work-{board.work_id}")
    board.drop("work", board.work_id, seen=seen, day="2026-03-19")

    page = board.said(board.drop("work", board.work_id, seen=seen, day="2026-03-19"))

    assert "stands there already" in page


@on_sqlite
def test_the_form_shows_both_versions_and_keeps_what_was_typed(board: Board):
    url = f"/admin/schedule/workorder/{board.work_id}"
    typed = typed_on(board.client.get(url)) | {"starts_at": "2026-03-20T08:00", "ends_at": "2026-03-20T10:00"}
    board.drop("work", board.work_id, day="2026-03-19")

    answer = board.post(url, typed)

    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert "Ann Ashworth planned it anew meanwhile" in page and "Thu 19 Mar 08:00–12:00" in page
    assert 'value="2026-03-20T08:00"' in page
    saved = board.post(url, typed | {"seen": board.seen(f"work-{board.work_id}")})
    assert saved.status_code == 302
    assert board.work.starts_at == at(THURSDAY + timedelta(days=1), 8)


@on_sqlite
def test_an_undo_after_somebody_elses_move_changes_nothing(board: Board):
    page = board.said(board.drop("work", board.work_id, day="2026-03-19"))
    board.drop("work", board.work_id, day="2026-03-20")

    refused = board.said(board.post(undo_url(page)))

    assert "planned “Fell the ash” anew" in html.unescape(refused)
    assert board.work.starts_at == at(THURSDAY + timedelta(days=1), 8)


# ------------------------------------------------------------------------------------------ bad input


@on_sqlite
def test_a_job_of_sixty_days_keeps_its_length(board: Board):
    session = board.look()
    long = a_job(session, a_client(session, "Oak household", None), "Clear the wood")
    planned(session, long, at(TUESDAY, 8), board.clock, hours=60 * 24)
    session.commit()

    page = board.said(board.drop("work", long.id, day="2026-03-19"))

    assert "moved to Thu 19 Mar 08:00 to Mon 18 May" in page
    work = board.look().get_one(WorkOrder, long.id)
    assert work.starts_at == at(THURSDAY, 8)
    assert work.ends_at == at(THURSDAY, 8) + timedelta(days=60)


@on_sqlite
def test_nothing_is_moved_into_the_past(board: Board):
    page = board.said(board.drop("work", board.work_id, day="2026-03-16"))

    assert "Monday 16 March is over; choose today or a later day." in page
    assert board.work.starts_at == at(TUESDAY, 8)


@on_sqlite
def test_a_person_who_was_switched_off_gets_nothing_new_and_keeps_a_row_for_what_is_left(board: Board):
    session = board.look()
    for number in (board.cem, board.dan):
        session.get_one(User, number).active = False
    session.commit()

    page = board.said(board.drop("work", board.work_id, day="2026-03-17", target=f"p{board.dan}"))
    assert "Somebody of this crew does not work here any more." in page
    assert "switched off" in board.page()
    board.drop("work", board.work_id, day="2026-03-19")
    assert board.work.starts_at == at(THURSDAY, 8)


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"ends_at": "2026-03-17T07:00"}, "This is before the start"),
        ({"starts_at": ""}, "When does the work start?"),
        ({"starts_at": "2026-02-30T08:00"}, "is not a day of the calendar"),
        ({"ends_at": "2028-01-01T08:00"}, "This is more than a year after the start"),
        ({"crew": "999999"}, "Somebody of this crew does not work here any more"),
        ({"equipment": "999999"}, "One of these machines is not planned for anything new"),
        ({"seen": "yesterday"}, "This page is too old; open it again"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(board: Board, typed: dict[str, Any], said: str):
    url = f"/admin/schedule/workorder/{board.work_id}"

    answer = board.post(url, typed_on(board.client.get(url)) | typed)

    assert answer.status_code == 422
    assert said in html.unescape(answer.get_data(as_text=True))
    assert board.work.ends_at == at(TUESDAY, 12)


@on_sqlite
@pytest.mark.parametrize(
    "sent",
    [
        {"day": "someday"},
        {"at": "noon"},
        {"day": "2026-03-19", "seen": "|||||"},
        {"day": "2026-03-19", "target": "p" + "9" * 30},
        {"day": "2026-03-19", "target": "<script>"},
    ],
)
def test_what_the_schedule_never_sends_is_no_error_of_the_program(board: Board, sent: dict[str, str]):
    assert board.drop("work", board.work_id, **sent).status_code == 302


@on_sqlite
def test_an_hour_that_the_clock_leaves_out_is_refused(board: Board):
    session = board.look()
    session.scalars(select(Company)).one().zone = "Europe/London"
    session.commit()
    url = f"/admin/schedule/workorder/{board.work_id}"

    typed = typed_on(board.client.get(url)) | {"starts_at": "2026-03-29T01:30", "ends_at": ""}
    answer = board.post(url, typed)

    assert "There is no 01:30 on that day: the clocks go forward" in answer.get_data(as_text=True)


@on_sqlite
def test_a_job_dropped_beyond_the_change_of_the_clocks_keeps_its_hours(board: Board):
    session = board.look()
    session.scalars(select(Company)).one().zone = "Europe/London"
    session.commit()

    page = board.said(board.drop("work", board.work_id, day="2026-03-30"))

    assert "moved to Mon 30 Mar 08:00–12:00" in page
    assert board.work.starts_at == at(TUESDAY + timedelta(days=13), 7)


@on_sqlite
def test_finished_work_and_called_off_visits_are_not_moved(board: Board):
    work_seen, visit_seen = board.seen(f"work-{board.work_id}"), board.seen(f"event-{board.visit_id}")
    session = board.look()
    session.get_one(WorkOrder, board.work_id).state = WorkOrderState.FINISHED
    session.get_one(Event, board.visit_id).state = EventState.CANCELLED
    session.commit()

    page = board.said(board.drop("work", board.work_id, seen=work_seen, day="2026-03-19"))
    assert "This workorder is finished, so no day is planned for it." in page
    assert "is called off already" in board.said(
        board.drop("event", board.visit_id, seen=visit_seen, day="2026-03-19")
    )
    assert "Look at the oak" not in board.page()


# ------------------------------------------------------------------------------------------ the client is told


def test_the_form_tells_the_client_when_it_is_ticked(board: Board):
    """[E5]"""
    url = f"/admin/schedule/workorder/{board.work_id}"
    typed = typed_on(board.client.get(url)) | {"starts_at": "2026-03-19T08:00", "ends_at": ""}

    page = board.said(board.post(url, typed | {"tell": "on"}))

    (mail,) = mails(board)
    assert "Clara Finch is told." in page
    assert (mail.recipient, mail.purpose) == ("clara@finch.example", MessagePurpose.START_DATE_MOVED.value)


@on_sqlite
def test_the_form_tells_nobody_unticked_and_is_ticked_by_the_company(board: Board):
    url = f"/admin/schedule/workorder/{board.work_id}"
    assert "tell" not in typed_on(board.client.get(url))
    board.post(url, typed_on(board.client.get(url)) | {"starts_at": "2026-03-19T08:00", "ends_at": ""})
    assert mails(board) == []

    tells(board)

    assert typed_on(board.client.get(url))["tell"] == "on"


@on_sqlite
def test_what_is_dragged_is_told_after_a_while_once_and_not_after_an_undo(board: Board):
    """Two moves within minutes are one mail; an undo takes it back."""
    tells(board)
    board.drop("work", board.work_id, day="2026-03-19")
    page = board.said(board.drop("work", board.work_id, day="2026-03-20"))

    first, second = mails(board)
    assert (first.state, second.state) == (OutboxState.WITHDRAWN, OutboxState.WAITING)
    assert second.due_at == board.clock.now() + timedelta(minutes=5)
    board.post(undo_url(page))
    assert [mail.state for mail in mails(board)] == [OutboxState.WITHDRAWN] * 2


@on_sqlite
def test_whoever_has_read_the_new_day_hears_of_the_old_one_again_after_an_undo(board: Board):
    tells(board)
    page = board.said(board.drop("work", board.work_id, day="2026-03-19"))
    session = board.look()
    session.scalars(select(OutboxMessage)).one().state = OutboxState.SENT
    session.commit()

    back = board.said(board.post(undo_url(page)))

    # Today at eight is over at half past nine, so nobody is told of it by mail.
    assert "Nobody is told: the day is over." in back
    assert len(mails(board)) == 1


@on_sqlite
def test_a_client_without_an_address_is_no_obstacle(board: Board):
    tells(board)

    page = board.said(board.drop("work", board.undated_id, day="2026-03-18"))

    assert "Nobody is told: Clara Birch has no email address." in page
    assert board.look().get_one(WorkOrder, board.undated_id).starts_at is not None
