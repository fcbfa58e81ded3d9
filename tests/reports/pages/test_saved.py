"""Kept questions on their pages: what each button does, whose they are, what the tiles print [125, 136]."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import SavedReport
from tests.forms import send
from tests.signing import sign_in_as

QUESTION = "metric=collected&by=month&period=year"


def words_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.get_data(as_text=True)))


def kept(rows):
    with rows() as session:
        return list(session.scalars(select(SavedReport).order_by(SavedReport.id)))


@pytest.fixture
def ada(app, books):
    """The analyst."""
    client = app.test_client()
    sign_in_as(client, Role.ANALYST)
    return client


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("save", {}),
        ("share", {"shared": True}),
        ("dashboard", {"on_dashboard": True}),
        ("mail", {"mailed": True}),
    ],
)
def test_each_button_of_the_explorer_keeps_the_question_and_does_what_it_says(desk_of_ann, rows, then, told):
    answer = send(desk_of_ann, "/reports/saved", {"query": QUESTION, "title": "Cash this year", "then": then})

    assert answer.status_code == 302
    assert "period=year" in answer.headers["Location"]
    [report] = kept(rows)
    assert report.query == "metric=collected&by=month&period=year"
    assert {name: getattr(report, name) for name in ("shared", "on_dashboard", "mailed")} == {
        "shared": False, "on_dashboard": False, "mailed": False,
    } | told  # fmt: skip
    assert "Kept as “Cash this year”" in words_of(desk_of_ann.get(answer.headers["Location"]))


def test_a_threshold_is_typed_in_the_unit_of_the_figure(desk_of_ann, rows):
    form = {"query": QUESTION, "title": "Cash", "then": "alert", "over": "1,000.50", "under": "10"}

    send(desk_of_ann, "/reports/saved", form)

    [report] = kept(rows)
    assert (report.alert_over, report.alert_under) == (1000_50, 10_00)
    assert "alert above €1,000.50 or below €10.00" in words_of(desk_of_ann.get("/reports/saved"))


@pytest.mark.parametrize(
    "form",
    [
        {"query": "metric=nothing", "title": "Cash"},
        {"query": "", "title": "Cash"},
        {"query": QUESTION, "title": " "},
        {"query": QUESTION, "title": "Cash", "then": "alert"},
        {"query": QUESTION, "title": "Cash", "then": "alert", "over": "much"},
        {"query": QUESTION, "title": "Cash", "then": "alert", "over": "1", "under": "2"},
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_kept(desk_of_ann, rows, form):
    assert send(desk_of_ann, "/reports/saved", form).status_code == 422
    assert kept(rows) == []


def test_a_form_without_its_token_changes_nothing(desk_of_ann, rows):
    assert desk_of_ann.post("/reports/saved", data={"query": QUESTION, "title": "Cash"}).status_code == 400
    assert kept(rows) == []


def test_switches_of_the_saved_page_turn_on_and_off(desk_of_ann, rows):
    send(desk_of_ann, "/reports/saved", {"query": QUESTION, "title": "Cash"})
    [report] = kept(rows)

    for switch, name in (("share", "shared"), ("dashboard", "on_dashboard"), ("mail", "mailed")):
        for on in ("yes", "no"):
            send(desk_of_ann, f"/reports/saved/{report.id}/{switch}", {"on": on})
            assert getattr(kept(rows)[0], name) is (on == "yes"), (switch, on)


def test_a_report_is_renamed_watched_deleted_and_brought_back(desk_of_ann, rows):
    send(desk_of_ann, "/reports/saved", {"query": QUESTION, "title": "Cash"})
    [report] = kept(rows)

    send(desk_of_ann, f"/reports/saved/{report.id}/rename", {"title": "Cash of the year"})
    send(desk_of_ann, f"/reports/saved/{report.id}/alert", {"over": "500"})
    gone = send(desk_of_ann, f"/reports/saved/{report.id}/delete", follow_redirects=True)
    assert kept(rows) == []
    assert "Deleted: Cash of the year." in words_of(gone)
    undo = re.search(r'action="(/reports/saved/\d+/bring-back)"', gone.get_data(as_text=True))
    assert undo
    send(desk_of_ann, undo[1])

    [back] = kept(rows)
    assert (back.id, back.title, back.alert_over) == (report.id, "Cash of the year", 500_00)


def test_a_shared_report_is_read_by_others_and_changed_by_its_owner_only(desk_of_ann, ada, rows):
    send(desk_of_ann, "/reports/saved", {"query": QUESTION, "title": "Cash", "then": "share"})
    send(desk_of_ann, "/reports/saved", {"query": "metric=invoiced", "title": "Ann alone"})
    shared, private = kept(rows)

    page = words_of(ada.get("/reports/saved"))
    assert "Cash" in page
    assert "kept by Ann Ashworth" in page
    assert "Ann alone" not in page
    for act in ("rename", "share", "dashboard", "move", "mail", "alert", "delete", "bring-back"):
        form = {"title": "Mine", "on": "yes", "to": "back"}
        assert send(ada, f"/reports/saved/{shared.id}/{act}", form).status_code in (403, 404), act
        assert send(ada, f"/reports/saved/{private.id}/{act}", form).status_code == 404, act
    assert [one.title for one in kept(rows)] == ["Cash", "Ann alone"]


def test_tiles_print_the_figure_its_comparison_and_a_line(desk_of_ann, ada):
    send(
        desk_of_ann,
        "/reports/saved",
        {"query": QUESTION + "&compare=year", "title": "Cash", "then": "dashboard"},
    )
    send(desk_of_ann, "/reports/saved", {"query": "metric=invoiced", "title": "Bills", "then": "dashboard"})
    send(ada, "/reports/saved", {"query": "metric=collected&by=method", "title": "Ways", "then": "dashboard"})

    page = desk_of_ann.get("/reports/dashboards")
    words = words_of(page)
    assert "€430.25" in words
    assert "against €0.00 from 1 Jan 2025 through 17 Mar 2025" in words
    tiles = words[words.index("Your tiles") :]
    assert tiles.index("Cash") < tiles.index("Bills")
    assert "Ways" not in words  # hers alone
    assert page.get_data(as_text=True).count("<polyline") == 1
    assert "/reports/rows?metric=collected" in page.get_data(as_text=True)


def test_a_tile_that_cannot_be_answered_any_more_says_why_and_the_others_stand(desk_of_ann, rows):
    send(desk_of_ann, "/reports/saved", {"query": QUESTION, "title": "Cash", "then": "dashboard"})
    send(desk_of_ann, "/reports/saved", {"query": "metric=invoiced", "title": "Bills", "then": "dashboard"})
    with rows() as session:
        session.scalars(select(SavedReport).order_by(SavedReport.id)).first().query = "metric=profit"

    page = desk_of_ann.get("/reports/dashboards")

    assert page.status_code == 200
    assert "There is no metric “profit”" in words_of(page)
    assert "€470.50" in words_of(page)
    assert desk_of_ann.get("/reports/saved").status_code == 200


def test_tiles_move_and_the_page_shows_the_new_order(desk_of_ann, rows):
    for title in ("One", "Two", "Three"):
        query = f"metric=collected&period={ {'One': 'month', 'Two': 'year', 'Three': '90days'}[title] }"
        send(desk_of_ann, "/reports/saved", {"query": query, "title": title, "then": "dashboard"})
    third = kept(rows)[2]

    send(desk_of_ann, f"/reports/saved/{third.id}/move", {"to": "forward"})

    words = words_of(desk_of_ann.get("/reports/dashboards"))
    words = words[words.index("Your tiles") :]
    assert words.index("One") < words.index("Three") < words.index("Two")
    assert send(desk_of_ann, f"/reports/saved/{third.id}/move", {"to": "up"}).status_code == 422


def test_the_weekly_letter_is_switched_off_and_on_on_the_saved_page(desk_of_ann, ada):
    assert "You get it." in words_of(desk_of_ann.get("/reports/saved"))
    assert "You do not get it." in words_of(ada.get("/reports/saved"))

    send(desk_of_ann, "/reports/saved/digest", {"on": "no"})
    send(ada, "/reports/saved/digest", {"on": "yes"})

    assert "You do not get it." in words_of(desk_of_ann.get("/reports/saved"))
    assert "You get it." in words_of(ada.get("/reports/saved"))
