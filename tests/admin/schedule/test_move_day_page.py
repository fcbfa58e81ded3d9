"""The page of a moved day: the list first, one press, undo within the page, and what is refused [97, L14]."""

from __future__ import annotations

import html
import re
from datetime import timedelta

from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import EventKind, OutboxMessage
from tests.admin.schedule.board import Board
from tests.services.weeks import TUESDAY, at
from tests.signing import on_sqlite

URL = "/admin/schedule/move-day"
THURSDAY = TUESDAY + timedelta(days=2)


def form_of(page: str) -> dict[str, list[str]]:
    """What the list's form holds, several of a name kept."""
    form = page[page.index('class="sc-move"') :]
    form = form[: form.index("</form>")]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        facts = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        if facts.get("type") == "checkbox" and " checked" not in tag:
            continue
        found.setdefault(facts["name"], []).append(html.unescape(facts.get("value", "")))
    return found


def count(board: Board) -> int:
    return len(board.look().scalars(select(OutboxMessage)).all())


def test_the_list_is_seen_first_and_one_press_does_it(board: Board):
    page = html.unescape(board.page(f"{URL}?day=2026-03-17&to=2026-03-19"))

    assert "2 jobs and appointments on Tuesday 17 March 2026" in page
    assert "Mail to clara@finch.example" in page and "Clara Finch is the primary contact." in page
    assert board.work.starts_at == at(TUESDAY, 8)
    done = html.unescape(board.said(board.post(URL, form_of(page))))
    assert "2 jobs and appointments moved from Tue 17 Mar to Thu 19 Mar. 2 clients are told." in done
    assert (board.work.starts_at, board.visit.starts_at) == (at(THURSDAY, 8), at(THURSDAY, 14))
    assert count(board) == 2


@on_sqlite
def test_a_call_to_make_moves_without_a_mail_unless_somebody_wants_one(board: Board):
    """The client was promised no hour of it."""
    board.visit.kind = EventKind.CALL
    board.session.commit()

    form = form_of(board.page(f"{URL}?day=2026-03-17&to=2026-03-19"))

    assert f"event-{board.visit_id}" in form["pick"]
    assert form["tell"] == [f"work-{board.work_id}"]


def test_a_double_press_moves_and_tells_once(board: Board):
    form = form_of(board.page(f"{URL}?day=2026-03-17&to=2026-03-19"))

    answers = [board.post(URL, form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert count(board) == 2


@on_sqlite
def test_it_is_undone_within_the_page(board: Board):
    form = form_of(board.page(f"{URL}?day=2026-03-17&to=2026-03-19"))
    page = board.said(board.post(URL, form))
    found = re.search(r'action="([^"]*/move-day/\d+/undo)"', page)
    assert found

    back = board.said(board.post(found[1]))

    assert "Undone for 2" in back
    assert board.work.starts_at == at(TUESDAY, 8)
    assert "This was undone already." in board.said(board.post(found[1]))


@on_sqlite
def test_unticked_things_stay_and_unticked_clients_hear_nothing(board: Board):
    form = form_of(board.page(f"{URL}?day=2026-03-17&to=2026-03-19"))
    form |= {"pick": [f"work-{board.work_id}"], "tell": []}

    board.post(URL, form)

    assert (board.work.starts_at, board.visit.starts_at) == (at(THURSDAY, 8), at(TUESDAY, 14))
    assert count(board) == 0


def test_of_two_dispatchers_the_second_sees_how_it_stands_now(board: Board):
    form = form_of(board.page(f"{URL}?day=2026-03-17&to=2026-03-19"))
    board.drop("work", board.work_id, day="2026-03-18")

    answer = board.post(URL, form)

    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert "planned “Fell the ash” anew while you were moving it: Wed 18 Mar 08:00–12:00" in page
    assert "Nothing was moved; the list below is how it stands now." in page
    assert board.visit.starts_at == at(TUESDAY, 14)


@on_sqlite
def test_without_a_day_the_next_working_day_is_proposed(board: Board):
    page = board.page(f"{URL}?day=2026-03-20")

    assert 'name="to" value="2026-03-23"' in page


@on_sqlite
def test_days_that_cannot_be_are_said_at_their_field(board: Board):
    assert "is over; choose today or a later day." in board.page(f"{URL}?day=2026-03-17&to=2026-03-01")
    assert "Choose another day than the one that is moved." in board.page(f"{URL}?day=2026-03-17&to=2026-03-17")
    assert "is not a date" in board.page(f"{URL}?day=soon")
    assert board.post(URL, {"day": "2026-03-17", "to": "2026-03-19"}).status_code == 422
    assert board.post(URL, {"day": "x"}).status_code == 422


@on_sqlite
def test_a_day_without_anything_says_so(board: Board):
    assert "nothing is planned" in board.page(f"{URL}?day=2026-06-01&to=2026-06-02")


@on_sqlite
def test_one_persons_day_is_chosen(board: Board):
    page = board.page(f"{URL}?day=2026-03-17&to=2026-03-19&who={board.pete}")

    assert "Look at the oak" in page and "Fell the ash" not in page


@on_sqlite
def test_crews_move_no_day(board: Board):
    board.sign_in(Role.CREW)

    board.page(URL, status=403)
    assert board.post(URL).status_code == 403
