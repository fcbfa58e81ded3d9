"""The schedule by week and day: rows, spans, narrowing, the side list, and its cost in statements [95-97, A70, A71]."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from admin_app.admin.schedule.drawing import draw_day, draw_week, hours_of_day
from admin_app.kernel.actor import Role
from admin_app.kernel.wall_hours import bounds_of
from admin_app.models import Brand, FormKind, WorkForm, WorkOrder, WorkOrderState
from admin_app.records.schedule import Row, Wanted, read_schedule
from seeds.builders import a_brand
from seeds.work_builders import a_piece_of_equipment
from tests.admin.customers.counter import Statements
from tests.admin.schedule.board import WEEK, Board, row_of
from tests.services.weeks import TUESDAY, a_client, a_hand, a_job, a_visit, at, planned
from tests.signing import a_user, on_sqlite

MONDAY = TUESDAY - timedelta(days=1)


def test_each_person_has_a_row_with_jobs_and_visits(board: Board):
    page = board.page()

    assert "Fell the ash" in row_of(page, f"p{board.cem}")
    assert "08:00–12:00" in row_of(page, f"p{board.cem}")
    assert "Look at the oak" in row_of(page, f"p{board.pete}")
    assert "Fell the ash" not in row_of(page, f"p{board.dan}")
    assert "Yearly tree check" in row_of(page, "nobody")
    assert 'aria-current="date"' in page


@on_sqlite
def test_notes_for_the_crew_stand_on_the_job(board: Board):
    """[A70]"""
    assert "Gate is locked" in row_of(board.page(), f"p{board.cem}")
    assert "Gate is locked" in board.page(f"/admin/schedule/workorder/{board.work_id}")


@on_sqlite
def test_machines_have_rows_in_place_of_people(board: Board):
    page = board.page(f"{WEEK}?rows=equipment")

    assert "Fell the ash" in row_of(page, f"e{board.chipper}")
    assert row_of(page, f"p{board.cem}") == ""


def test_the_side_list_has_work_without_a_day_and_visits_nobody_makes(board: Board):
    side = board.page().split("<aside", 1)[1]

    assert "Hedge at the school" in side
    assert "Yearly tree check" in side
    assert "Look at the oak" not in side


def test_the_side_list_is_searched(board: Board):
    found = board.page(f"{WEEK}?q=school").split("<aside", 1)[1]
    missed = board.page(f"{WEEK}?q=poplar").split("<aside", 1)[1]

    assert "Hedge at the school" in found
    assert "Yearly tree check" not in found
    assert "No workorder without a day says “poplar”" in missed


@on_sqlite
def test_other_weeks_are_reached_by_their_day(board: Board):
    assert "23 – 29 March 2026" in board.page(f"{WEEK}?on=2026-03-25")
    assert "Fell the ash" not in row_of(board.page(f"{WEEK}?on=2026-03-25"), f"p{board.cem}")
    assert "30 March – 5 April 2026" in board.page(f"{WEEK}?on=2026-04-05")
    assert "Tuesday 17 March 2026" in board.page(f"{WEEK}day?on=2026-03-17")


@on_sqlite
@pytest.mark.parametrize("day", ["yesterday-ish", "2026-02-30", "9999-01-01", "03/04/2026"])
def test_a_day_that_is_none_is_refused_in_words(board: Board, day: str):
    assert board.page(f"{WEEK}?on={day}", status=422)


@on_sqlite
def test_it_is_narrowed_to_a_role_and_to_oneself(board: Board):
    estimators = board.page(f"{WEEK}?role=estimator")
    board.sign_in(Role.ESTIMATOR)
    mine = board.page(f"{WEEK}?mine=1")

    assert row_of(estimators, f"p{board.pete}") and not row_of(estimators, f"p{board.cem}")
    assert "Look at the oak" in row_of(mine, f"p{board.pete}")
    assert row_of(mine, f"p{board.cem}") == ""


def test_it_is_narrowed_to_a_brand_of_the_project_or_the_customer(board: Board):
    session = board.look()
    north: Brand = a_brand(session, name="North", key="north")
    session.get_one(WorkOrder, board.work_id).project.brand_id = north.id
    session.commit()

    page = board.page(f"{WEEK}?brand={north.id}")

    assert "Fell the ash" in row_of(page, f"p{board.cem}")
    assert "Look at the oak" not in page


@on_sqlite
def test_a_crew_sees_its_own_row_and_no_side_list(board: Board):
    board.sign_in(Role.CREW)

    page = board.page()

    assert "Fell the ash" in row_of(page, f"p{board.cem}")
    assert row_of(page, f"p{board.dan}") == "" and "Look at the oak" not in page
    assert "<aside" not in page and "draggable=\"true\"" not in page
    assert "Save the plan" not in board.page(f"/admin/schedule/workorder/{board.work_id}")
    board.page(f"/admin/schedule/workorder/{board.undated_id}", status=404)
    board.page(f"/admin/schedule/event/{board.visit_id}", status=404)


@on_sqlite
def test_a_crew_moves_nothing(board: Board):
    seen = board.seen(f"work-{board.work_id}")
    board.sign_in(Role.CREW)

    assert board.drop("work", board.work_id, seen=seen, day="2026-03-19").status_code == 403
    assert board.post(f"/admin/schedule/workorder/{board.work_id}", {"seen": seen}).status_code == 403
    assert board.work.starts_at == at(TUESDAY, 8)


@on_sqlite
def test_forms_that_were_filled_are_read_from_the_day(board: Board):
    """[A71] the job's date leads to its page, which leads to what was filled in."""
    session = board.look()
    form = WorkForm(
        work_order_id=board.work_id, kind=FormKind.FINISH, answers=[], filled_by="Cem", filled_at=at(TUESDAY, 12)
    )
    session.add(form)
    session.get_one(WorkOrder, board.work_id).state = WorkOrderState.COMPLETED
    session.commit()

    page = board.page(f"/admin/schedule/workorder/{board.work_id}")

    assert "Finish form" in page and f"/admin/jobs/{board.work_id}/forms" in page
    assert "completed" in row_of(board.page(), f"p{board.cem}")


def test_a_week_of_forty_people_costs_as_many_statements_as_one_of_three(board: Board):
    few = _statements(board)
    session, clock = board.look(), board.clock
    group = a_client(session, "Oak household", None)
    machine = a_piece_of_equipment(session, "Lift")
    for number in range(40):
        hand = a_hand(session, f"Hand {number}")
        for day in range(3):
            planned(
                session,
                a_job(session, group, f"Job {number}.{day}"),
                at(MONDAY + timedelta(days=day), 8),
                clock,
                hand,
                equipment=(machine.id,),
            )
        a_visit(session, group, at(TUESDAY, 15), hand)
    for number in range(5):
        a_job(session, group, f"Undated {number}")
    session.commit()

    assert _statements(board) == few
    assert few <= 20


def _statements(board: Board) -> int:
    board.page()  # what is read once a process is read
    with Statements(board.client) as statements:
        board.page()
    return statements.count


# ------------------------------------------------------------------------------------------ drawn


@pytest.fixture
def week(session, ann, clock):
    """A function that reads the week of cem with these jobs on it."""

    def read(*jobs: tuple[date, int, float], zone: str = "UTC", first: date = MONDAY, days: int = 7):
        cem = a_user(session, Role.CREW)
        group = a_client(session)
        for number, (day, hour, hours) in enumerate(jobs):
            planned(session, a_job(session, group, f"Job {number}"), at(day, hour), clock, cem, hours=hours)
        return read_schedule(session, ann, first, days, zone, Wanted(role=Role.CREW))

    return read


def spans(lines) -> list[list[tuple[int, int]]]:
    return [[(cell.column, cell.span) for cell in line if cell.things] for line in lines]


@on_sqlite
def test_a_job_of_several_days_lies_across_them(week):
    schedule = week((MONDAY, 8, 56), (TUESDAY, 9, 2), (MONDAY + timedelta(days=3), 8, 4))

    lines = draw_week(schedule.rows[0], schedule.days).lines

    assert spans(lines) == [[(0, 3), (3, 1)], [(1, 1)]]
    assert all(sum(cell.span for cell in line) == 7 for line in lines)


@on_sqlite
def test_a_job_of_sixty_days_lies_across_the_week_and_says_that_it_goes_on(week):
    schedule = week((date(2026, 2, 20), 8, 60 * 24))

    ((cell,),) = draw_week(schedule.rows[0], schedule.days).lines

    assert (cell.column, cell.span, cell.begins_before, cell.goes_on) == (0, 7, True, True)


@on_sqlite
def test_a_free_week_has_a_day_to_drop_on_for_each_day(week):
    schedule = week()

    assert [len(line) for line in draw_week(Row("p1", "Cem", ""), schedule.days).lines] == [7]


@on_sqlite
def test_a_day_is_drawn_by_half_hours_and_widened_to_what_lies_outside(week):
    schedule = week((TUESDAY, 6, 2), (TUESDAY, 7, 1), (TUESDAY, 17, 1.5), first=TUESDAY, days=1)

    hours = hours_of_day(TUESDAY, schedule.things, "07:00", "17:00", "UTC")
    lines = draw_day(schedule.rows[0], hours).lines

    assert [words for words, _ in hours.heads][::12] == ["06:00", "18:00"]
    assert spans(lines) == [[(0, 4), (22, 3)], [(2, 2)]]


@on_sqlite
@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_on_which_clocks_change_has_the_hours_it_has(week, day, count):
    starts, ends = bounds_of(day, 1, "Europe/London")
    schedule = week(first=day, days=1, zone="Europe/London")

    hours = hours_of_day(day, schedule.things, "00:00", "23:30", "Europe/London")

    assert len(hours.marks) == 2 * count
    assert (hours.marks[0], hours.marks[-1] + timedelta(minutes=30)) == (starts, ends)
